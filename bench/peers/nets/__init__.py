"""The nets, each written once, as calls to an `ops` object: the ops of torch_ops.py run it, those of onnx_ops.py and
tflite_ops.py write it down for other engines. All take and give N,C,H,W:

    conv(name, x, stride, pads, groups, reflect)   weight NAME.weight, bias NAME.bias where there is one; pads: top, left, bottom, right
    deconv(name, x, stride, cut)                   transposed; `cut` of its full result is dropped: top, left, bottom, right
    instance_norm(name, x, scale, shift, eps)      scale and shift are names of tensors
    relu, sigmoid, tanh, hard_swish, mean(x)       mean over H and W
    add(x, y), multiply(x, y), affine(x, scale, offset)
    pad_reflect(x, pads), enlarge(x, mode)         twice the size, "nearest" or "linear" with half-pixel centres
    max_pool(x)                                    2x2, stride 2, the last window cut where the size is odd
    size(x), crop(x, top, left, height, width), weight_shape(name)
"""
import dataclasses
import pathlib
from collections.abc import Callable, Mapping

import numpy as np


@dataclasses.dataclass
class Net:
    name: str  # bench_nets's
    height: int
    width: int
    file: pathlib.Path  # the weights for ours
    weights: Mapping[str, np.ndarray]  # for the others
    forward: Callable  # (ops, x) -> output
    planes: Callable[[np.ndarray], np.ndarray]  # [H,W,3] RGB uint8 -> [1,3,H,W] float32 as the net wants it
    result: Callable[[np.ndarray], np.ndarray]  # output [C,h,w], or ours -> what PSNR compares, 0..1
    side: np.ndarray | None = None  # the second input of ours; the others have it in their weights


def same_pads(size: tuple[int, int], k: int, stride: int) -> tuple[int, int, int, int]:
    """TensorFlow's SAME: top, left, bottom, right."""
    def along(n: int) -> tuple[int, int]:
        total = max((-(-n // stride) - 1) * stride + k - n, 0)
        return total // 2, total - total // 2
    (top, bottom), (left, right) = along(size[0]), along(size[1])
    return top, left, bottom, right


def unit_planes(picture: np.ndarray) -> np.ndarray:
    """[H,W,3] uint8 -> [1,3,H,W] in 0..1."""
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None].astype(np.float32) * np.float32(1 / 255))


def make_net(name: str, folder: pathlib.Path, size: tuple[int, int] | None = None, weights: pathlib.Path | None = None) -> Net:
    """`folder` is where generated weights lie, or are to lie; `weights` a file to take instead; size: width, height."""
    from nets import multistyle, portrait_fcn, selfie, transform_net
    modules = {"multistyle": multistyle, "transform_net": transform_net, "selfie": selfie, "portrait-fcn": portrait_fcn}
    return modules[name].make(folder, size, weights)


NAMES = ("multistyle", "transform_net", "selfie", "portrait-fcn")
SHIPPED = pathlib.Path(__file__).resolve().parents[3] / "weights"
