"""portrait-fcn (nets/portrait_fcn.cpp) at full width, with random weights: trained ones are not ours to ship."""
import numpy as np

from nets import Net
from weights import Weights, random_convolution, write

MEAN_BGR = (104.008, 116.669, 122.675)
INPUT_SCALE = 1 / 255
# One row a block of VGG-16: its convolutions, then a pooling.
BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


def forward(ops, x):
    def conv(name, x, pad=0):
        return ops.conv(name, x, 1, [pad] * 4)

    def fuse(x, skip, offset):
        return ops.add(x, ops.crop(skip, offset, offset, *ops.size(x)))

    height, width = ops.size(x)
    pools = []
    for block, widths in enumerate(BLOCKS, start=1):
        for index in range(1, len(widths) + 1):
            x = ops.relu(conv(f"conv{block}_{index}", x, pad=100 if (block, index) == (1, 1) else 1))
        x = ops.max_pool(x)
        pools.append(x)
    x = ops.relu(conv("fc7", ops.relu(conv("fc6", x))))
    x = ops.deconv("upscore2", conv("score_fr", x), 2, (0, 0, 0, 0))
    x = fuse(x, conv("score_pool4", pools[3]), 5)
    x = ops.deconv("upscore_pool4", x, 2, (0, 0, 0, 0))
    x = fuse(x, conv("score_pool3", pools[2]), 9)
    return ops.crop(ops.deconv("upscore8", x, 8, (0, 0, 0, 0)), 31, 31, height, width)


def bilinear(size: int) -> np.ndarray:
    half = size / 2
    row = 1 - np.abs(np.arange(size) - (half - 0.5)) / half
    return np.outer(row, row)


def random_weights() -> dict[str, np.ndarray]:
    """Weights that keep activations and scores of the order of 1."""
    random = np.random.default_rng(1)
    weights = {}

    def convolution(name: str, inputs: int, outputs: int, size: int, gain: float = 2) -> None:
        weights[f"{name}.weight"] = random_convolution(random, outputs, inputs, size, gain)
        weights[f"{name}.bias"] = random.standard_normal(outputs, np.float32) * np.float32(0.1)

    channels = 3
    for block, widths in enumerate(BLOCKS, start=1):
        for index, width in enumerate(widths, start=1):
            convolution(f"conv{block}_{index}", channels, width, 3)
            channels = width
    convolution("fc6", channels, 4096, 7)
    convolution("fc7", 4096, 4096, 1)
    for name, inputs in (("score_fr", 4096), ("score_pool4", 512), ("score_pool3", 256)):
        convolution(name, inputs, 2, 1, gain=1)
    for name, size in (("upscore2", 4), ("upscore_pool4", 4), ("upscore8", 16)):
        values = random.standard_normal((2, 2, size, size), np.float32) * np.float32(0.02)
        values[0, 0] += bilinear(size)
        values[1, 1] += bilinear(size)
        weights[f"{name}.weight"] = values.astype(np.float32)
    return weights


def planes(picture: np.ndarray) -> np.ndarray:
    scaled = (picture[..., ::-1].astype(np.float32) - np.float32(MEAN_BGR)) * np.float32(INPUT_SCALE)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


def probability(out: np.ndarray) -> np.ndarray:
    """The others end with the two scores, ours with the probability."""
    return out if len(out) == 1 else 1 / (1 + np.exp(out[:1] - out[1:]))


def make(folder, size, weights):
    width, height = size or (600, 800)
    file = weights or folder / "portrait_fcn.safetensors"
    if not file.exists():
        write(file, random_weights(), {"net": "portrait-fcn", "input_scale": repr(INPUT_SCALE), "input_channels": "3",
                                       "input_mean": ",".join(map(str, MEAN_BGR))})
    return Net("portrait-fcn", height, width, file, Weights(file), forward, planes, probability)
