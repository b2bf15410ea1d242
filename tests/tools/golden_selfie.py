"""Makes tests/data/selfie: what OpenCV and LiteRT give for MediaPipe's two selfie segmentation files.

  python golden_selfie.py MODELS PICTURES OUT      (MODELS: the folder with the two .tflite files of PyPI's mediapipe 0.10.14;
                                                    PICTURES: a folder with astronaut_150x200.png)

A file holds `picture` [H,W,3] uint8 and `matte` [h,w] float16, 0..1; the landscape net's also `seen` [h,w,3] uint8, the picture at
the net's size.

LiteRT does not know the files' one custom operator, a transposed convolution: the model is cut before it, and this last layer
is done here. OpenCV must be 4.9 or older: later ones do not round coordinates to 1/32 pixel."""
import os
import sys

import cv2
import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from golden_common import picture, save


def cut_before_custom(path):
    """The model as bytes, ending before its custom operator; and that operator's kernel [2,2,16] and bias."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(open(path, "rb").read(), 0))
    graph = model.subgraphs[0]
    at = next(i for i, op in enumerate(graph.operators) if model.operatorCodes[op.opcodeIndex].customCode)
    custom = graph.operators[at]

    def constant(tensor):
        """float16, behind the DEQUANTIZE operator that gives `tensor`."""
        source = next(op.inputs[0] for op in graph.operators if tensor in op.outputs)
        data = bytes(bytearray(model.buffers[graph.tensors[source].buffer].data))
        return np.frombuffer(data, "<f2").astype(np.float64)

    kernel, bias = constant(custom.inputs[1]).reshape(2, 2, 16), constant(custom.inputs[2])
    graph.operators = graph.operators[:at]
    graph.outputs = np.array([custom.inputs[0]], np.int32)
    model.signatureDefs = []
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output()), kernel, bias


def run(path, seen):
    model, kernel, bias = cut_before_custom(path)
    net = Interpreter(model_content=model)
    net.allocate_tensors()
    net.set_tensor(net.get_input_details()[0]["index"], (seen.astype(np.float32) / 255)[None])
    net.invoke()
    x = net.get_tensor(net.get_output_details()[0]["index"])[0].astype(np.float64)
    y = np.einsum("yxc,ijc->yixj", x, kernel).reshape(2 * x.shape[0], 2 * x.shape[1]) + bias
    return 0.5 + 0.5 * np.tanh(0.5 * y)


def stretch(rgb, w, h):
    """As MediaPipe does: source = destination * size / net's size, without a half pixel's shift; 0 outside."""
    corners = lambda x, y: np.float32([[0, 0], [x, 0], [x, y], [0, y]])
    m = cv2.getPerspectiveTransform(corners(rgb.shape[1], rgb.shape[0]), corners(w, h))
    return cv2.warpPerspective(rgb, m, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)


def main(models, pictures, out):
    rgb = picture(os.path.join(pictures, "astronaut_150x200.png"), crop=(8, 20, 120, 101))
    for name, file, w, h in [("selfie", "selfie_segmentation.tflite", 256, 256),
                             ("selfie-landscape", "selfie_segmentation_landscape.tflite", 256, 144)]:
        seen = stretch(rgb, w, h)
        tensors = {"picture": rgb, "matte": run(os.path.join(models, file), seen).astype(np.float16)}
        save(out, name, tensors | ({"seen": seen} if w != h else {}))


main(*sys.argv[1:])
