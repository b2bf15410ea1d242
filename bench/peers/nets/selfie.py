"""selfie (nets/selfie.cpp), MediaPipe's 256x256 net."""
from nets import SHIPPED, Net, same_pads, unit_planes
from weights import Weights

# first convolution, depthwise convolution, its stride and activation, whether a gate and whether the input is added
BLOCKS = ((1, 0, 2, "relu", True, False), (5, 1, 2, "relu", False, False), (7, 2, 1, "relu", False, True),
          (9, 3, 2, "hard_swish", True, False), (13, 4, 1, "hard_swish", True, True), (17, 5, 1, "hard_swish", True, True),
          (21, 6, 1, "hard_swish", True, True), (25, 7, 1, "hard_swish", True, True))
LEVELS = ((31, 8), (35, 9), (39, 10))  # first convolution, depthwise convolution


def forward(ops, x):
    def conv(index, x):
        return ops.conv(f"conv{index}", x, 1, (0, 0, 0, 0))

    def depthwise(index, x, stride=1):
        channels, _, k, _ = ops.weight_shape(f"dw{index}")
        return ops.conv(f"dw{index}", x, stride, same_pads(ops.size(x), k, stride), groups=channels)

    def factors(index, x):
        return ops.sigmoid(conv(index + 1, ops.relu(conv(index, ops.mean(x)))))

    half = x = ops.hard_swish(ops.conv("conv0", x, 2, same_pads(ops.size(x), 3, 2)))
    ends = []
    for first, index, stride, activation, gated, residual in BLOCKS:
        activate = getattr(ops, activation)
        y = activate(depthwise(index, activate(conv(first, x)), stride))
        if gated:
            y = ops.multiply(y, factors(first + 1, y))
        y = conv(first + (3 if gated else 1), y)
        x = ops.add(y, x) if residual else y
        ends.append(x)
    x = ops.multiply(ops.relu(conv(29, x)), ops.sigmoid(conv(30, ops.mean(x))))
    for (first, index), skip in zip(LEVELS, (ends[2], ends[0], half)):
        x = conv(first, ops.enlarge(x, "linear"))
        x = ops.add(ops.multiply(skip, factors(first + 1, ops.add(skip, x))), x)
        x = ops.relu(conv(first + 3, x))
        x = ops.add(x, ops.relu(depthwise(index, x)))
    return ops.sigmoid(ops.deconv("segment", x, 2, (0, 0, 0, 0)))


def make(folder, size, weights):
    file = weights or SHIPPED / "selfie.safetensors"
    return Net("selfie", 256, 256, file, Weights(file), forward, unit_planes, lambda out: out)
