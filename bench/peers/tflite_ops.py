"""The nets as TFLite files, as far as selfie needs it: written through the schema's own object API."""
import pathlib

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

Operator = schema.BuiltinOperator


class TfliteOps:
    """Values are (tensor index, channels, height, width); the file's layout is N,H,W,C."""

    def __init__(self, net):
        self.weights = net.weights
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.buffers = [schema.BufferT()]  # the first is for all that have no data
        self.codes: list[int] = []

    def tensor(self, shape, values=None):
        tensor = schema.TensorT()
        tensor.shape = np.array(shape, np.int32)
        tensor.type = schema.TensorType.INT32 if values is not None and values.dtype == np.int32 else schema.TensorType.FLOAT32
        tensor.name = f"t{len(self.graph.tensors)}".encode()
        tensor.buffer = 0
        if values is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
            self.buffers.append(buffer)
            tensor.buffer = len(self.buffers) - 1
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def constant(self, values):
        return self.tensor(values.shape, values)

    def node(self, code, inputs, shape, options=None, **settings):
        """`shape` is channels, height, width; `options` names a table of the schema."""
        output = self.tensor((1, *shape[1:], shape[0]))
        if code not in self.codes:
            self.codes.append(code)
        op = schema.OperatorT()
        op.opcodeIndex = self.codes.index(code)
        op.inputs, op.outputs = np.array(inputs, np.int32), np.array([output], np.int32)
        if options:
            op.builtinOptionsType = getattr(schema.BuiltinOptions, options)
            op.builtinOptions = getattr(schema, f"{options}T")()
            for key, value in settings.items():
                setattr(op.builtinOptions, key, value)
        self.graph.operators.append(op)
        return (output, *shape)

    def weight_shape(self, name):
        return self.weights[f"{name}.weight"].shape

    def conv(self, name, x, stride, pads, groups=1, reflect=False):
        _, _, height, width = x
        outputs, _, k, _ = self.weight_shape(name)
        rows, columns = -(-height // stride), -(-width // stride)
        if sum(pads[0::2]) != max((rows - 1) * stride + k - height, 0) or reflect:
            raise NotImplementedError(f"{name}: only SAME padding")
        weight, bias = self.weights[f"{name}.weight"], self.constant(self.weights[f"{name}.bias"])
        settings = {"padding": schema.Padding.SAME, "strideH": stride, "strideW": stride}
        if groups > 1:
            kernel = self.constant(weight.transpose(1, 2, 3, 0))
            return self.node(Operator.DEPTHWISE_CONV_2D, [x[0], kernel, bias], (outputs, rows, columns), "DepthwiseConv2DOptions",
                             depthMultiplier=1, **settings)
        kernel = self.constant(weight.transpose(0, 2, 3, 1))
        return self.node(Operator.CONV_2D, [x[0], kernel, bias], (outputs, rows, columns), "Conv2DOptions", **settings)

    def deconv(self, name, x, stride, cut):
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        shape = (weight.shape[1], stride * x[2], stride * x[3])
        sizes = np.array([1, *shape[1:], shape[0]], np.int32)
        inputs = [self.constant(sizes), self.constant(weight.transpose(1, 2, 3, 0)), x[0], self.constant(bias)]
        return self.node(Operator.TRANSPOSE_CONV, inputs, shape, "TransposeConvOptions", padding=schema.Padding.SAME,
                         strideH=stride, strideW=stride)

    def relu(self, x):
        return self.node(Operator.RELU, [x[0]], x[1:])

    def sigmoid(self, x):
        return self.node(Operator.LOGISTIC, [x[0]], x[1:])

    def hard_swish(self, x):
        return self.node(Operator.HARD_SWISH, [x[0]], x[1:])

    def mean(self, x):
        axes = self.constant(np.array([1, 2], np.int32))
        return self.node(Operator.MEAN, [x[0], axes], (x[1], 1, 1), "ReducerOptions", keepDims=True)

    def add(self, x, y):
        return self.node(Operator.ADD, [x[0], y[0]], x[1:], "AddOptions")

    def multiply(self, x, y):
        return self.node(Operator.MUL, [x[0], y[0]], x[1:], "MulOptions")

    def enlarge(self, x, mode):
        size = self.constant(np.array([2 * x[2], 2 * x[3]], np.int32))
        if mode != "linear":
            raise NotImplementedError(mode)
        return self.node(Operator.RESIZE_BILINEAR, [x[0], size], (x[1], 2 * x[2], 2 * x[3]), "ResizeBilinearOptions",
                         halfPixelCenters=True)

    def size(self, x):
        return x[2], x[3]


def write_tflite(net, path: pathlib.Path) -> None:
    ops = TfliteOps(net)
    picture = ops.tensor((1, net.height, net.width, 3))
    output = net.forward(ops, (picture, 3, net.height, net.width))
    ops.graph.inputs, ops.graph.outputs = np.array([picture], np.int32), np.array([output[0]], np.int32)
    model = schema.ModelT()
    model.version, model.subgraphs, model.buffers, model.operatorCodes = 3, [ops.graph], ops.buffers, []
    for code in ops.codes:
        entry = schema.OperatorCodeT()
        entry.builtinCode = code
        entry.deprecatedBuiltinCode = min(code, 127)
        entry.version = 3 if code == Operator.TRANSPOSE_CONV else 1  # 3 takes a bias
        model.operatorCodes.append(entry)
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(builder.Output())
