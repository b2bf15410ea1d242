"""transform_net (nets/transform_net.cpp), with random weights unless a file is given: trained ones are not ours to ship."""
import numpy as np

from nets import Net, same_pads
from weights import Weights, random_convolution, write

DOWN = (("conv1", 9, 1, 3, 32), ("conv2", 3, 2, 32, 64), ("conv3", 3, 2, 64, 128))
RESIDUALS = tuple(f"res{i}" for i in range(1, 6))
UP = (("up1", 128, 64), ("up2", 64, 32))
EPS = 1e-3


def forward(ops, x):
    def layer(name, x, k, stride=1):
        x = ops.conv(name, x, stride, same_pads(ops.size(x), k, stride))
        return ops.instance_norm(f"{name}.norm", x, f"{name}.scale", f"{name}.shift", EPS)

    for name, k, stride, _, _ in DOWN:
        x = ops.relu(layer(name, x, k, stride))
    for name in RESIDUALS:
        y = ops.relu(layer(f"{name}.conv1", x, 3))
        x = ops.add(layer(f"{name}.conv2", y, 3), x)
    for name, _, _ in UP:
        x = ops.deconv(name, x, 2, (0, 0, 1, 1))
        x = ops.relu(ops.instance_norm(f"{name}.norm", x, f"{name}.scale", f"{name}.shift", EPS))
    return ops.affine(ops.tanh(layer("out", x, 9)), 150, 127.5)


def random_weights() -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    weights = {}

    def layer(name, weight, channels, spread=1.0):
        weights[f"{name}.weight"] = weight
        weights[f"{name}.scale"] = (random.uniform(0.8, 1.2, channels) * spread).astype(np.float32)
        weights[f"{name}.shift"] = random.uniform(-0.2, 0.2, channels).astype(np.float32)

    for name, k, _, inputs, outputs in DOWN:
        layer(name, random_convolution(random, outputs, inputs, k), outputs)
    for name in RESIDUALS:
        for conv in ("conv1", "conv2"):
            layer(f"{name}.{conv}", random_convolution(random, 128, 128, 3), 128)
    for name, inputs, outputs in UP:
        layer(name, random_convolution(random, inputs, outputs, 3), outputs)
    layer("out", random_convolution(random, 3, 32, 9), 3, spread=0.5)
    return weights


def make(folder, size, weights):
    width, height = size or (1024, 680)
    file = weights or folder / "transform_net.safetensors"
    if not file.exists():
        write(file, random_weights(), {"net": "transform_net"})
    return Net("transform_net", height, width, file, Weights(file), forward,
               lambda picture: np.ascontiguousarray(picture.transpose(2, 0, 1)[None].astype(np.float32)),
               lambda out: out[:, :height, :width].clip(0, 255) / 255)
