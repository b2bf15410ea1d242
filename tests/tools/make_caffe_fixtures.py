"""Makes in tests/data/convert: small_v1.caffemodel and small_v2.caffemodel, files of both forms; fcn8s.*, one FCN-8s of
little width and random numbers as Caffe, PyTorch and ONNX keep it, and as fcn8s.safetensors what each is to become;
small_mask.png.

    pip install numpy onnx pillow protobuf safetensors torch
    python tests/tools/make_caffe_fixtures.py tests/data/convert

Caffe has no package any more, so its messages are described here, with the field numbers of BVLC's caffe.proto, and
written by Google's protobuf. The values of a tensor of the small files are 0, 1, 2, ... in C order.
"""

import collections
import pathlib
import sys

import numpy as np
import onnx
import torch
from PIL import Image
from safetensors.numpy import save_file
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FIELD = descriptor_pb2.FieldDescriptorProto
REPEATED, OPTIONAL = FIELD.LABEL_REPEATED, FIELD.LABEL_OPTIONAL


def messages():
    file = descriptor_pb2.FileDescriptorProto(name="caffe_part.proto", package="caffe", syntax="proto2")

    def message(name, *fields):
        made = file.message_type.add(name=name)
        for number, field, label, kind, *rest in fields:
            added = made.field.add(name=field, number=number, label=label)
            if isinstance(kind, str):
                added.type, added.type_name = FIELD.TYPE_MESSAGE, f".caffe.{kind}"
            else:
                added.type = kind
            if rest:
                added.options.packed = rest[0]

    message("BlobShape", (1, "dim", REPEATED, FIELD.TYPE_INT64, True))
    message("BlobProto", (1, "num", OPTIONAL, FIELD.TYPE_INT32), (2, "channels", OPTIONAL, FIELD.TYPE_INT32),
            (3, "height", OPTIONAL, FIELD.TYPE_INT32), (4, "width", OPTIONAL, FIELD.TYPE_INT32),
            (5, "data", REPEATED, FIELD.TYPE_FLOAT, True), (6, "diff", REPEATED, FIELD.TYPE_FLOAT, True),
            (7, "shape", OPTIONAL, "BlobShape"), (8, "double_data", REPEATED, FIELD.TYPE_DOUBLE, True))
    message("LayerParameter", (1, "name", OPTIONAL, FIELD.TYPE_STRING), (2, "type", OPTIONAL, FIELD.TYPE_STRING),
            (3, "bottom", REPEATED, FIELD.TYPE_STRING), (4, "top", REPEATED, FIELD.TYPE_STRING),
            (10, "phase", OPTIONAL, FIELD.TYPE_INT32), (7, "blobs", REPEATED, "BlobProto"))
    message("V1LayerParameter", (2, "bottom", REPEATED, FIELD.TYPE_STRING), (3, "top", REPEATED, FIELD.TYPE_STRING),
            (4, "name", OPTIONAL, FIELD.TYPE_STRING), (5, "type", OPTIONAL, FIELD.TYPE_INT32),
            (6, "blobs", REPEATED, "BlobProto"), (7, "blobs_lr", REPEATED, FIELD.TYPE_FLOAT))
    message("NetParameter", (1, "name", OPTIONAL, FIELD.TYPE_STRING), (2, "layers", REPEATED, "V1LayerParameter"),
            (3, "input", REPEATED, FIELD.TYPE_STRING), (4, "input_dim", REPEATED, FIELD.TYPE_INT32),
            (100, "layer", REPEATED, "LayerParameter"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"caffe.{name}"))
            for name in ("NetParameter", "BlobProto")}


MESSAGES = messages()


def fill(blob, shape, old=False, double=False, diff=False):
    values = np.arange(int(np.prod(shape)), dtype=np.float64)
    fill_values(blob, values.reshape(shape), old, double)
    if diff:
        blob.diff.extend(-values)


def fill_values(blob, values, old=False, double=False):
    shape = values.shape
    if old:
        blob.num, blob.channels, blob.height, blob.width = (1,) * (4 - len(shape)) + tuple(shape)
    else:
        blob.shape.dim.extend(shape)
    (blob.double_data if double else blob.data).extend(values.ravel().tolist())


def v1():
    net = MESSAGES["NetParameter"](name="small_v1", input=["data"], input_dim=[1, 3, 8, 8])
    conv = net.layers.add(name="conv1_1", type=4, bottom=["data"], top=["conv1_1"], blobs_lr=[1, 2])
    fill(conv.blobs.add(), (4, 3, 2, 5), old=True, diff=True)
    fill(conv.blobs.add(), (4,), old=True)
    net.layers.add(name="relu1_1", type=18, bottom=["conv1_1"], top=["conv1_1"])
    fc = net.layers.add(name="fc6", type=14)
    fill(fc.blobs.add(), (6, 8), old=True)
    return net


def v2():
    net = MESSAGES["NetParameter"](name="small_v2")
    net.layer.add(name="data", type="Input", top=["data"])
    conv = net.layer.add(name="conv/1", type="Convolution", bottom=["data"], top=["conv/1"], phase=1)
    fill(conv.blobs.add(), (4, 3, 2, 5))
    fill(conv.blobs.add(), (4,), double=True)
    net.layer.add(name="relu", type="ReLU")
    fill(net.layer.add(name="scale", type="Scale").blobs.add(), ())
    fill(net.layer.add(name="up", type="Deconvolution").blobs.add(), (3, 2, 4, 5), diff=True)
    return net


def fcn8s():
    """Our names and layouts; no two widths in a row are alike."""
    rng = np.random.default_rng(8)
    tensors = {}

    def conv(name, k, c, size):
        tensors[f"{name}.weight"] = rng.standard_normal((k, c, size, size)).astype(np.float32)
        tensors[f"{name}.bias"] = rng.standard_normal(k).astype(np.float32)
        return k

    widths, c = {}, 3
    for block, layers in enumerate((2, 2, 3, 3, 3), 1):
        for i in range(1, layers + 1):
            c = widths[f"conv{block}_{i}"] = conv(f"conv{block}_{i}", 2 + (block + i) % 3, c, 3)
    c = conv("fc6", 5, c, 7)
    c = conv("fc7", 4, c, 1)
    conv("score_fr", 2, c, 1)
    conv("score_pool4", 2, widths["conv4_3"], 1)
    conv("score_pool3", 2, widths["conv3_3"], 1)
    for name, size in (("upscore2", 4), ("upscore_pool4", 4), ("upscore8", 16)):
        tensors[f"{name}.weight"] = rng.standard_normal((2, 2, size, size)).astype(np.float32)
    return tensors


def fcn8s_caffe(tensors):
    net = MESSAGES["NetParameter"](name="FCN8s")
    for name, values in tensors.items():
        layer, part = name.split(".")
        if part == "weight":
            added = net.layers.add(name=layer, type=4)
            matrix = values.reshape(len(values), -1) if layer in ("fc6", "fc7") else values
            fill_values(added.blobs.add(), matrix, old=True)
        else:
            fill_values(added.blobs.add(), values, old=True)
    return net


def fcn8s_torch(tensors):
    state = collections.OrderedDict((f"module.{name}", torch.from_numpy(v)) for name, v in tensors.items())
    state["module.up_copy"] = state["module.upscore8.weight"].transpose(2, 3)
    return {"epoch": 7, "arch": "FCN8s", "model_state_dict": state, "best_mean_iu": 0.5}


def fcn8s_onnx(tensors):
    initialisers = [onnx.numpy_helper.from_array(v, name) for name, v in tensors.items()]
    x = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 3, "h", "w"])
    y = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    node = onnx.helper.make_node("Conv", ["x", "conv1_1.weight", "conv1_1.bias"], ["y"], pads=[100] * 4)
    return onnx.helper.make_model(onnx.helper.make_graph([node], "fcn8s", [x], [y], initialisers))


def main():
    out = pathlib.Path(sys.argv[1])
    tensors = fcn8s()
    save_file(tensors, out / "fcn8s.safetensors")
    (out / "fcn8s.caffemodel").write_bytes(fcn8s_caffe(tensors).SerializeToString())
    (out / "fcn8s.onnx").write_bytes(fcn8s_onnx(tensors).SerializeToString())
    torch.save(fcn8s_torch(tensors), out / "fcn8s.pth")
    Image.fromarray((np.arange(48).reshape(6, 8) * 5).astype(np.uint8)).save(out / "small_mask.png")
    (out / "small_v1.caffemodel").write_bytes(v1().SerializeToString())
    (out / "small_v2.caffemodel").write_bytes(v2().SerializeToString())


main()
