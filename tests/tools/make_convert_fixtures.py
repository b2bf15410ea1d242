"""Makes tests/data/convert: small ONNX, TFLite and PyTorch files, written by these formats' own Python packages.

    pip install numpy onnx==1.17.0 tflite==2.18.0 flatbuffers torch
    python tests/tools/make_convert_fixtures.py tests/data/convert

The values of a tensor are 0, 1, 2, ... in C order, so that tests can tell where each one went.
"""

import collections
import io
import pathlib
import sys
import zipfile

import flatbuffers
import numpy as np
import onnx
import tflite
import torch
from onnx import TensorProto, helper, numpy_helper


def counting(shape, dtype):
    return np.arange(np.prod(shape, dtype=int), dtype=dtype).reshape(shape)


def small_onnx():
    listed = counting((3,), np.float32)
    half = counting((2, 2), np.float16)
    tensors = [
        numpy_helper.from_array(counting((4, 3, 2, 5), np.float32), "raw.w"),
        helper.make_tensor("listed", TensorProto.FLOAT, (3,), listed),
        numpy_helper.from_array(half, "half"),
        helper.make_tensor("half_listed", TensorProto.FLOAT16, (2, 2), half),
        helper.make_tensor("bfloat", TensorProto.BFLOAT16, (2,), [0.0, 1.0]),
        helper.make_tensor("ints", TensorProto.INT64, (2,), [7, -7]),
        helper.make_tensor("scalar", TensorProto.FLOAT, (), [0.0]),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    node = helper.make_node("Conv", ["x", "raw.w"], ["y"], pads=[1, 2, 0, 2])
    graph = helper.make_graph([node], "small", [x], [y], tensors)
    model = helper.make_model(graph, producer_name="fixtures", producer_version="1")
    model.metadata_props.add(key="key", value="value")
    return model.SerializeToString()


def vector(b, items, add):
    b.StartVector(4, len(items), 4)
    for item in reversed(items):
        add(item)
    return b.EndVector()


def small_tflite():
    half = tflite.TensorType.FLOAT16
    single = tflite.TensorType.FLOAT32
    constants = [
        ("conv2d/Kernel", half, counting((4, 2, 5, 3), np.float16)),
        ("conv2d/Bias", half, counting((4,), np.float16)),
        ("depthwise_conv2d_3/Kernel", half, counting((1, 2, 5, 3), np.float16)),
        ("single", single, counting((2, 3), np.float32)),
        ("size", tflite.TensorType.INT32, counting((2,), np.int32)),
        ("quantised", tflite.TensorType.INT8, counting((2, 2), np.int8)),
    ]
    activations = [("x", single, (1, 8, 8, 3)), ("conv2d/Kernel_dequantize", single, (4, 2, 5, 3))]

    b = flatbuffers.Builder(0)
    buffers = []
    for data in [b""] + [values.tobytes() for _, _, values in constants]:
        content = b.CreateByteVector(data) if data else None
        tflite.BufferStart(b)
        if content is not None:
            tflite.BufferAddData(b, content)
        buffers.append(tflite.BufferEnd(b))

    tensors = []
    rows = [(n, t, v.shape, i + 1) for i, (n, t, v) in enumerate(constants)] + [(n, t, s, 0) for n, t, s in activations]
    for name, kind, shape, buffer in rows:
        name_at = b.CreateString(name)
        shape_at = vector(b, list(shape), b.PrependInt32)
        tflite.TensorStart(b)
        tflite.TensorAddShape(b, shape_at)
        tflite.TensorAddType(b, kind)
        tflite.TensorAddBuffer(b, buffer)
        tflite.TensorAddName(b, name_at)
        tensors.append(tflite.TensorEnd(b))

    operator_in = vector(b, [0], b.PrependInt32)
    operator_out = vector(b, [len(constants) + 1], b.PrependInt32)
    tflite.OperatorStart(b)
    tflite.OperatorAddInputs(b, operator_in)
    tflite.OperatorAddOutputs(b, operator_out)
    operators = vector(b, [tflite.OperatorEnd(b)], b.PrependUOffsetTRelative)
    tensors = vector(b, tensors, b.PrependUOffsetTRelative)
    tflite.SubGraphStart(b)
    tflite.SubGraphAddTensors(b, tensors)
    tflite.SubGraphAddOperators(b, operators)
    subgraphs = vector(b, [tflite.SubGraphEnd(b)], b.PrependUOffsetTRelative)
    tflite.OperatorCodeStart(b)
    tflite.OperatorCodeAddBuiltinCode(b, tflite.BuiltinOperator.DEQUANTIZE)
    codes = vector(b, [tflite.OperatorCodeEnd(b)], b.PrependUOffsetTRelative)
    description = b.CreateString("fixture")
    buffers = vector(b, buffers, b.PrependUOffsetTRelative)
    tflite.ModelStart(b)
    tflite.ModelAddVersion(b, 3)
    tflite.ModelAddOperatorCodes(b, codes)
    tflite.ModelAddSubgraphs(b, subgraphs)
    tflite.ModelAddDescription(b, description)
    tflite.ModelAddBuffers(b, buffers)
    b.Finish(tflite.ModelEnd(b), b"TFL3")
    return bytes(b.Output())


def small_torch():
    """A checkpoint: tensors that share a storage, start in the middle of one, or lie in another order in it."""
    def values(*shape, dtype=torch.float32):
        return torch.arange(int(np.prod(shape)), dtype=dtype).reshape(shape)

    shared = torch.cat([torch.full((7,), -1.0), values(6), values(10)])
    state = collections.OrderedDict()
    state["conv.weight"] = values(4, 3, 2, 5)
    state["conv.bias"] = values(4, dtype=torch.float16)
    state["up.weight"] = values(3, 4, 5, 2).permute(2, 0, 3, 1).contiguous().permute(1, 3, 0, 2)
    state["norm.scale"] = values(3, dtype=torch.bfloat16)
    state["norm.batches"] = torch.tensor(7)
    state["view"] = shared[7:13].reshape(2, 3)
    state["parameter"] = torch.nn.Parameter(shared[13:].reshape(2, 5))
    state["double"] = values(3, 2, dtype=torch.float64).t().contiguous().t()
    state["empty"] = torch.zeros(0, 3)
    state._metadata = {"": {"version": 1}}
    return {"epoch": 3, "arch": "fcn", "best": None, "state_dict": state,
            "list": [torch.zeros(2, dtype=torch.uint8), (torch.zeros(1),)]}


def torch_saved(**options):
    file = io.BytesIO()
    torch.save(small_torch(), file, **options)
    return file.getvalue()


def deflated(data):
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    (out / "small.onnx").write_bytes(small_onnx())
    (out / "small.tflite").write_bytes(small_tflite())
    (out / "small.pth").write_bytes(torch_saved())
    (out / "small_protocol4.pth").write_bytes(torch_saved(pickle_protocol=4))
    (out / "small_deflated.pth").write_bytes(deflated(torch_saved()))


main()
