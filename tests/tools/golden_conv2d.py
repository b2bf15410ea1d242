"""Makes tests/data/conv2d: three convolutions as the nets have them, computed by PyTorch in float64.

  python golden_conv2d.py OUT

contract.0   9x9 on RGB 0..255 with reflection; the input is divided by 255 (weight_scale)
contract.1   3x3, stride 2, zero padding of 1 above and left only, relu
depthwise    5x5, stride 1, groups = channels, bias, residual, hard-swish
Each file holds x [H,W,C], weight [K,C/groups,R,S], bias [K], residual [P,Q,K] (depthwise only) and two results [P,Q,K] in float32:
y from the values as they are, y16 from x, weight and residual rounded to float16 (not rounded itself)."""
import sys

import numpy as np
import torch
import torch.nn.functional as F

from golden_common import save

rng = np.random.default_rng(20)


def uniform(*shape):
    return rng.uniform(-1, 1, shape).astype(np.float32)


def run(t, convolve):
    """convolve(x [1,C,H,W], weight, bias, residual or None) -> [1,K,P,Q], all float64."""
    def chw(a):
        return torch.from_numpy(a.astype(np.float64)).permute(2, 0, 1)[None]

    def result(rounded):
        r = (lambda a: a.astype(np.float16)) if rounded else (lambda a: a)
        residual = chw(r(t["residual"])) if "residual" in t else None
        y = convolve(chw(r(t["x"])), torch.from_numpy(r(t["weight"]).astype(np.float64)),
                     torch.from_numpy(t["bias"].astype(np.float64)), residual)
        return y[0].permute(1, 2, 0).numpy().astype(np.float32)

    return {**t, "y": result(False), "y16": result(True)}


def main(out):
    t = {"x": rng.integers(0, 256, (13, 11, 3)).astype(np.float32), "weight": uniform(16, 3, 9, 9) / 16, "bias": uniform(16)}
    save(out, "contract.0", run(t, lambda x, w, b, _: F.conv2d(F.pad(x / 255, (4, 4, 4, 4), mode="reflect"), w, b)))

    t = {"x": uniform(14, 12, 16), "weight": uniform(24, 16, 3, 3) / 12, "bias": uniform(24)}
    save(out, "contract.1", run(t, lambda x, w, b, _: F.relu(F.conv2d(F.pad(x, (1, 0, 1, 0)), w, b, stride=2))))

    t = {"x": uniform(9, 10, 19), "weight": uniform(19, 1, 5, 5), "bias": uniform(19), "residual": uniform(9, 10, 19)}
    save(out, "depthwise", run(t, lambda x, w, b, r: F.hardswish(F.conv2d(x, w, b, padding=2, groups=19) + r)))


main(sys.argv[1])
