"""The nets as ONNX files, of fixed size, which lets the engines plan the most."""
import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save


class OnnxOps:
    """Values are (name, channels, height, width)."""

    def __init__(self, net, split_norms: bool):
        self.weights = net.weights
        self.split_norms = split_norms
        self.nodes = []
        self.constants = {}
        self.count = 0

    def constant(self, name, values):
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def numbers(self, values, dtype=np.int64):
        values = np.asarray(values, dtype)
        return self.constant(f"{values.dtype}:{values.tolist()}", values)

    def node(self, op, inputs, shape, name=None, **attributes):
        self.count += 1
        output = name or f"{op}_{self.count}"
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return (output, *shape)

    def parameters(self, name):
        names = [part for part in (f"{name}.weight", f"{name}.bias") if part in self.weights]
        return [self.constant(part, self.weights[part]) for part in names]

    def weight_shape(self, name):
        return self.weights[f"{name}.weight"].shape

    def conv(self, name, x, stride, pads, groups=1, reflect=False):
        if reflect:
            x, pads = self.pad_reflect(x, pads), (0, 0, 0, 0)
        outputs, _, k, _ = self.weight_shape(name)
        _, _, height, width = x
        shape = (outputs, (height + pads[0] + pads[2] - k) // stride + 1, (width + pads[1] + pads[3] - k) // stride + 1)
        return self.node("Conv", [x[0], *self.parameters(name)], shape, name, kernel_shape=[k, k], strides=[stride] * 2,
                         pads=list(pads), group=groups)

    def deconv(self, name, x, stride, cut):
        _, outputs, k, _ = self.weight_shape(name)
        _, _, height, width = x
        shape = (outputs, (height - 1) * stride + k - cut[0] - cut[2], (width - 1) * stride + k - cut[1] - cut[3])
        return self.node("ConvTranspose", [x[0], *self.parameters(name)], shape, name, kernel_shape=[k, k],
                         strides=[stride] * 2, pads=list(cut))

    def instance_norm(self, name, x, scale, shift, eps):
        if self.split_norms:
            return self.split_norm(name, x, scale, shift, eps)
        constants = [self.constant(part, self.weights[part]) for part in (scale, shift)]
        return self.node("InstanceNormalization", [x[0], *constants], x[1:], name, epsilon=eps)

    def split_norm(self, name, x, scale, shift, eps):
        each = (x[1], 1, 1)
        gamma, beta = (self.constant(part, self.weights[part].reshape(each)) for part in (scale, shift))
        mean = self.node("ReduceMean", [x[0]], each, axes=[2, 3], keepdims=1)
        centred = self.node("Sub", [x[0], mean[0]], x[1:])
        squares = self.node("Mul", [centred[0], centred[0]], x[1:])
        variance = self.node("ReduceMean", [squares[0]], each, axes=[2, 3], keepdims=1)
        deviation = self.node("Sqrt", [self.node("Add", [variance[0], self.numbers(eps, np.float32)], each)[0]], each)
        factor = self.node("Div", [gamma, deviation[0]], each)
        return self.node("Add", [self.node("Mul", [centred[0], factor[0]], x[1:])[0], beta], x[1:], name)

    def relu(self, x):
        return self.node("Relu", [x[0]], x[1:])

    def sigmoid(self, x):
        return self.node("Sigmoid", [x[0]], x[1:])

    def tanh(self, x):
        return self.node("Tanh", [x[0]], x[1:])

    def hard_swish(self, x):
        return self.node("HardSwish", [x[0]], x[1:])

    def mean(self, x):
        return self.node("GlobalAveragePool", [x[0]], (x[1], 1, 1))

    def add(self, x, y):
        return self.node("Add", [x[0], y[0]], x[1:])

    def multiply(self, x, y):
        return self.node("Mul", [x[0], y[0]], x[1:])

    def affine(self, x, scale, offset):
        x = self.node("Mul", [x[0], self.numbers(scale, np.float32)], x[1:])
        return self.node("Add", [x[0], self.numbers(offset, np.float32)], x[1:])

    def pad_reflect(self, x, pads):
        top, left, bottom, right = pads
        shape = (x[1], x[2] + top + bottom, x[3] + left + right)
        return self.node("Pad", [x[0], self.numbers([0, 0, top, left, 0, 0, bottom, right])], shape, mode="reflect")

    def enlarge(self, x, mode):
        rule = {"nearest": {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
                "linear": {"coordinate_transformation_mode": "half_pixel"}}[mode]
        return self.node("Resize", [x[0], "", self.numbers([1, 1, 2, 2], np.float32)], (x[1], 2 * x[2], 2 * x[3]), mode=mode, **rule)

    def max_pool(self, x):
        return self.node("MaxPool", [x[0]], (x[1], -(-x[2] // 2), -(-x[3] // 2)), kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)

    def size(self, x):
        return x[2], x[3]

    def crop(self, x, top, left, height, width):
        bounds = [[top, left], [top + height, left + width], [2, 3]]
        return self.node("Slice", [x[0], *map(self.numbers, bounds)], (x[1], height, width))


def write_onnx(net, path: pathlib.Path, split_norms: bool) -> None:
    """split_norms: instance norms as means, differences and products instead of the one operator."""
    ops = OnnxOps(net, split_norms)
    picture = ("picture", 3, net.height, net.width)
    output = net.forward(ops, picture)

    def info(value):
        return helper.make_tensor_value_info(value[0], TensorProto.FLOAT, [1, *value[1:]])
    graph = helper.make_graph(ops.nodes, net.name, [info(picture)], [info(output)], list(ops.constants.values()))
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8), path)
