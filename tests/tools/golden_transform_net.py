"""Makes tests/data/transform_net: what PyTorch gives in float64 for weights made by a formula that tests/golden/formula.h shares.

  python golden_transform_net.py PICTURES OUT      (PICTURES: a folder with astronaut_48x36.png, coffee_131x97.png, chelsea_97x131.png)

A file holds `picture` [H,W,3] uint8 and `output` [3,4 ceil(H/4),4 ceil(W/4)] float32, 0..255 before clipping."""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

from golden_common import formula, picture, save


def weight(name, k_out, k_in, k, transposed=False):
    shape = (k_in, k_out, k, k) if transposed else (k_out, k_in, k, k)
    values = formula(name + ".weight", shape) / np.sqrt(k_in * k * k)
    return torch.from_numpy(values.astype(np.float32)).double()


def norm(name, x):
    channels = x.shape[1]
    scale = (1 + 0.25 * formula(name + ".scale", (channels,))).astype(np.float32)
    shift = (0.25 * formula(name + ".shift", (channels,))).astype(np.float32)
    y = (x - x.mean((2, 3), keepdim=True)) / torch.sqrt(x.var((2, 3), correction=0, keepdim=True) + 1e-3)
    return y * torch.from_numpy(scale).view(1, -1, 1, 1) + torch.from_numpy(shift).view(1, -1, 1, 1)


def same(n, k, stride):
    total = max((-(-n // stride) - 1) * stride + k - n, 0)
    return total // 2, total - total // 2


def conv(name, x, channels, k, stride=1):
    padding = same(x.shape[3], k, stride) + same(x.shape[2], k, stride)
    return norm(name, F.conv2d(F.pad(x, padding), weight(name, channels, x.shape[1], k), stride=stride))


def up(name, x, channels):
    h, w = 2 * x.shape[2], 2 * x.shape[3]
    y = F.conv_transpose2d(x, weight(name, channels, x.shape[1], 3, transposed=True), stride=2)
    return norm(name, y[:, :, :h, :w])


def run(rgb):
    x = torch.from_numpy(rgb.astype(np.float64)).permute(2, 0, 1)[None]
    x = F.relu(conv("conv1", x, 32, 9))
    x = F.relu(conv("conv2", x, 64, 3, 2))
    x = F.relu(conv("conv3", x, 128, 3, 2))
    for i in range(1, 6):
        x = x + conv(f"res{i}.conv2", F.relu(conv(f"res{i}.conv1", x, 128, 3)), 128, 3)
    x = F.relu(up("up1", x, 64))
    x = F.relu(up("up2", x, 32))
    return (torch.tanh(conv("out", x, 3, 9)) * 150 + 127.5)[0].numpy()


def main(pictures, out):
    cases = {
        "picture_48x36": ("astronaut_48x36.png", None),
        "odd_37x29": ("coffee_131x97.png", (30, 40, 29, 37)),
        "mixed_30x23": ("chelsea_97x131.png", (50, 30, 23, 30)),
        "tiny_3x5": ("coffee_131x97.png", (40, 60, 5, 3)),
        "pixel_1x1": ("coffee_131x97.png", (40, 60, 1, 1)),
    }
    for name, (file, crop) in cases.items():
        rgb = picture(os.path.join(pictures, file), crop=crop)
        save(out, name, {"picture": rgb, "output": run(rgb).astype(np.float32)})
    flat = np.full((9, 14, 3), (200, 90, 31), np.uint8)
    save(out, "flat_14x9", {"picture": flat, "output": run(flat).astype(np.float32)})


main(*sys.argv[1:])
