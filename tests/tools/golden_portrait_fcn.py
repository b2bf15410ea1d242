"""Makes tests/data/portrait_fcn: what PyTorch gives in float64 for weights made by a formula that tests/golden/formula.h shares.

  python golden_portrait_fcn.py PICTURES OUT         (PICTURES: a folder with coffee_131x97.png)
  python golden_portrait_fcn.py PICTURES --full OUT  the net at full width, for the test case "[.full]" of tests/golden/portrait_fcn.cpp

A file holds `picture` [H,W,3] uint8 and `score` [classes,H,W] float32; those of the plus net `face` [8] float32 too."""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

from golden_common import formula, picture, save

STAGES = [["conv1_1", "conv1_2"], ["conv2_1", "conv2_2"], ["conv3_1", "conv3_2", "conv3_3"],
          ["conv4_1", "conv4_2", "conv4_3"], ["conv5_1", "conv5_2", "conv5_3"]]
# No two neighbours are alike, so that a width taken from the wrong layer shows.
SLIM = {"conv1_1": 3, "conv1_2": 5, "conv2_1": 6, "conv2_2": 7, "conv3_1": 8, "conv3_2": 9, "conv3_3": 10,
        "conv4_1": 11, "conv4_2": 13, "conv4_3": 12, "conv5_1": 9, "conv5_2": 8, "conv5_3": 12, "fc6": 14, "fc7": 10}
FULL = {**{layer: 64 * min(2**i, 8) for i, stage in enumerate(STAGES) for layer in stage}, "fc6": 4096, "fc7": 4096}
SCALE, MEAN = 1 / 255, (104.008, 116.669, 122.675)
MASK = (20, 15)  # rows, columns
LANDMARKS = 5


def tensor(name, shape, divisor):
    return torch.from_numpy((formula(name, shape) / divisor).astype(np.float32)).double()


class Net:
    def __init__(self, widths, classes):
        self.widths, self.classes = widths, classes

    def conv(self, name, x, channels, k, pad=0):
        # He et al.: what goes through a relu keeps its size.
        weight = tensor(name + ".weight", (channels, x.shape[1], k, k), np.sqrt(x.shape[1] * k * k) / np.sqrt(6))
        return F.conv2d(x, weight, tensor(name + ".bias", (channels,), 4), padding=pad)

    def layer(self, name, x, k, pad=0):
        return F.relu(self.conv(name, x, self.widths[name], k, pad))

    def score(self, name, x):
        return self.conv(name, x, self.classes, 1)

    def up(self, name, x, k, stride):
        shape = (self.classes, self.classes, k, k)
        return F.conv_transpose2d(x, tensor(name + ".weight", shape, np.sqrt(self.classes * k * k) / np.sqrt(6)), stride=stride)

    def run(self, x):
        h, w = x.shape[2:]
        pools = []
        for stage in STAGES:
            for name in stage:
                x = self.layer(name, x, 3, 100 if name == "conv1_1" else 1)
            x = F.max_pool2d(x, 2, 2, ceil_mode=True)
            pools.append(x)
        x = self.score("score_fr", self.layer("fc7", self.layer("fc6", x, 7), 1))
        for name, below, pool, k, stride, crop in (("score_pool4", "upscore2", 3, 4, 2, 5),
                                                   ("score_pool3", "upscore_pool4", 2, 4, 2, 9)):
            x = self.up(below, x, k, stride)
            x = x + self.score(name, pools[pool])[:, :, crop:crop + x.shape[2], crop:crop + x.shape[3]]
        return self.up("upscore8", x, 16, 8)[0, :, 31:31 + h, 31:31 + w].numpy()


def bgr(rgb):
    x = (rgb[..., ::-1].astype(np.float64) - np.float32(MEAN).astype(np.float64)) * float(np.float32(SCALE))
    return np.moveaxis(x, 2, 0)


def face_channels(h, w, face):
    """x, y, mask as in docs of PortraitInput (runtime/graph.h)."""
    rows, columns = MASK
    mask = (formula("mean_mask", MASK) / 4).astype(np.float32)
    centre = np.floor((formula("canonical_landmarks", (LANDMARKS, 2)) / 4).astype(np.float32).astype(np.float64).mean(0))
    px, py = np.meshgrid(np.arange(1, w + 1.0), np.arange(1, h + 1.0))
    a = face.astype(np.float64)
    u, v = a[0] * px + a[1] * py + a[2], a[3] * px + a[4] * py + a[5]
    framed = np.pad(mask.astype(np.float64), 1000)  # zeros wherever a pixel of the pictures here can fall
    i, j = np.floor(v).astype(int) - 1 + 1000, np.floor(u).astype(int) - 1 + 1000
    down, right = v - np.floor(v), u - np.floor(u)
    there = np.clip(i, 0, framed.shape[0] - 2), np.clip(j, 0, framed.shape[1] - 2)
    at = lambda r, c: framed[there[0] + r, there[1] + c]
    value = (1 - down) * ((1 - right) * at(0, 0) + right * at(0, 1)) + down * ((1 - right) * at(1, 0) + right * at(1, 1))
    near = (u >= -600) & (u <= columns + 600) & (v >= -600) & (v <= rows + 600) & (a[6] > 0)
    return np.where(near, np.stack([(u - centre[0]) / columns, (v - centre[1]) / rows, value]), 0)


def score(net, channels):
    return net.run(torch.from_numpy(channels)[None]).astype(np.float32)


def main(pictures, out, full=None):
    coffee = lambda h, w: picture(os.path.join(pictures, "coffee_131x97.png"), crop=(20, 30, h, w))
    if out == "--full":
        rgb = coffee(24, 32)
        save(full, "full_32x24", {"picture": rgb, "score": score(Net(FULL, 2), bgr(rgb))})
        return
    for classes, (h, w) in ((3, (1, 1)), (2, (7, 5)), (3, (33, 65))):
        rgb = coffee(h, w)
        save(out, f"classes_{classes}_{w}x{h}", {"picture": rgb, "score": score(Net(SLIM, classes), bgr(rgb))})
    # Turned a little, enlarged or far away, so that every rule of the mask is met.
    faces = {"near": (0.21, 0.04, 1.3, -0.05, 0.26, -0.8, 1, 0), "far": (60, 5, -900, -7, 50, -700, 1, 0),
             "none": (1, 0, 0, 0, 1, 0, 0, 0)}
    for name, numbers in faces.items():
        rgb, face = coffee(31, 38), np.float32(numbers)
        channels = np.concatenate([bgr(rgb), face_channels(*rgb.shape[:2], face)])
        save(out, f"plus_{name}_38x31", {"picture": rgb, "face": face, "score": score(Net(SLIM, 2), channels)})


main(*sys.argv[1:])
