"""Makes tests/data/arbitrary: what onnxruntime gives for the published ONNX files, as floats and at any size.

  python golden_arbitrary.py PREDICT.onnx TRANSFORM.onnx OUT

The files hold integers, and pairs of nodes that quantise activations. Here the integers become floats, the pairs go, and
so does the fixed size. A file holds `picture` [H,W,3] uint8, `style` [100] and `output` [3,H,W], 0..1; its style is that
of style_picture(kind), or six parts of kind 0 to four of kind 1 (`kind` 2)."""
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

from golden_common import save


def style_picture(kind):
    """As tests/golden/arbitrary.cpp makes it: stripes that bend, and rings."""
    y, x, c = np.mgrid[0:256, 0:256, 0:3]
    if kind == 0:
        return ((3 * x + 5 * y * (c + 1) // 2 + x * y // 64) % 256).astype(np.uint8)
    return (((x - 100) ** 2 + (y - 140) ** 2) // (40 + 30 * c) % 256).astype(np.uint8)


def content_picture(height, width):
    """Smooth, with an edge."""
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    wave = 120 + 90 * np.sin(x / (5.0 + c)) * np.cos(y / (7.0 - c))
    return np.where(x + 2 * y > width, wave, 200 - wave / 3 - 20 * c).clip(0, 255).astype(np.uint8)


def float_session(path):
    graph = onnx.load(path).graph
    constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    same_as = {}  # a tensor that is another one, but for its quantisation
    floats = {}
    nodes = []
    for node in graph.node:
        x = node.input[0] if node.input else ""
        if node.op_type == "DequantizeLinear" and x in constants:
            scale = constants[node.input[1]]
            if scale.size > 1:
                scale = scale.reshape([-1] + [1] * (constants[x].ndim - 1))  # all have axis 0
            floats[node.output[0]] = (constants[x].astype(np.float32) * scale).astype(np.float32)
            assert not constants[node.input[2]].any()
        elif node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            same_as[node.output[0]] = x
        else:
            nodes.append(node)

    def original(name):
        while name in same_as:
            name = same_as[name]
        return name

    for node in nodes:
        node.input[:] = [original(name) for name in node.input]
    for output in graph.output:
        nodes.append(onnx.helper.make_node("Identity", [original(output.name)], [output.name]))
    inputs = [onnx.helper.make_tensor_value_info(i.name, 1, [1, "h", "w", "c"]) for i in graph.input if i.name not in constants]
    outputs = [onnx.helper.make_tensor_value_info(o.name, 1, None) for o in graph.output]
    values = [numpy_helper.from_array(v, k) for k, v in {**constants, **floats}.items()]
    model = onnx.helper.make_model(onnx.helper.make_graph(nodes, "floats", inputs, outputs, values),
                                   opset_imports=[onnx.helper.make_opsetid("", 15)])
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def transform(session, rgb, style):
    x = rgb.astype(np.float32) / 255
    x = np.pad(x, ((0, -x.shape[0] % 4), (0, -x.shape[1] % 4), (0, 0)), mode="reflect")[None]
    names = [i.name for i in session.get_inputs()]
    y = session.run(None, dict(zip(names, (x, style.reshape(1, 1, 1, 100)))))[0][0]
    return y[:rgb.shape[0], :rgb.shape[1]].transpose(2, 0, 1)


def main(predict, paint, out):
    predictor = float_session(predict)
    name = predictor.get_inputs()[0].name
    styles = [predictor.run(None, {name: style_picture(k)[None].astype(np.float32) / 255})[0].reshape(100) for k in (0, 1)]
    styles.append((np.float32(0.6) * styles[0] + np.float32(0.4) * styles[1]).astype(np.float32))
    painter = float_session(paint)
    for file, height, width, kind in [("least_5x6", 6, 5, 0), ("slim_7x61", 61, 7, 1), ("odd_50x37", 37, 50, 0),
                                      ("rings_50x37", 37, 50, 1), ("blend_64x48", 48, 64, 2)]:
        rgb = content_picture(height, width)
        save(out, file, {"picture": rgb, "kind": np.array([kind], np.float32), "style": styles[kind],
                         "output": transform(painter, rgb, styles[kind])})


if __name__ == "__main__":
    main(*sys.argv[1:])
