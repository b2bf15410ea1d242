"""multistyle (nets/multistyle.cpp). The others get one style's scales and shifts as constants, which spares them the mixing."""
import numpy as np

from nets import SHIPPED, Net, unit_planes
from weights import Weights

STYLE = 7
CONTRACT = (("contract.0", 9, 1), ("contract.1", 3, 2), ("contract.2", 3, 2))
RESIDUALS = 6
EXPAND = (("expand.0", 3, True), ("expand.1", 3, True), ("expand.2", 9, False))


def forward(ops, x):
    def layer(name, x, k, stride=1):
        x = ops.conv(name, x, stride, [k // 2] * 4, reflect=True)
        return ops.instance_norm(f"{name}.norm", x, f"{name}.norm.gamma", f"{name}.norm.beta", 1e-5)

    height, width = ops.size(x)
    if height % 4 or width % 4:
        x = ops.pad_reflect(x, (0, 0, -height % 4, -width % 4))
    for name, k, stride in CONTRACT:
        x = ops.relu(layer(name, x, k, stride))
    for i in range(RESIDUALS):
        y = ops.relu(layer(f"res.{i}.0", x, 3))
        x = ops.add(layer(f"res.{i}.1", y, 3), x)
    for name, k, enlarge in EXPAND:
        x = layer(name, ops.enlarge(x, "nearest") if enlarge else x, k)
        x = ops.relu(x) if enlarge else ops.sigmoid(x)
    return x


def make(folder, size, weights):
    width, height = size or (1024, 680)
    file = weights or SHIPPED / "multistyle.safetensors"
    stored = Weights(file)
    chosen = {name: values[STYLE] if ".norm." in name else values for name, values in stored.items()}
    style = np.zeros(len(stored["contract.0.norm.gamma"]), np.float32)
    style[STYLE] = 1
    return Net("multistyle", height, width, file, chosen, forward, unit_planes,
               lambda out: out[:, :height, :width].clip(0, 1), style)
