"""Makes the seeds of tests/fuzz/corpus that no framework has to write: Python's standard library is enough.

    python3 tests/fuzz/make_corpus.py

The other seeds are links to tests/data/convert.
"""

import json
import math
import pathlib
import struct

TESTS = pathlib.Path(__file__).resolve().parent.parent
CORPUS = TESTS / "fuzz" / "corpus"


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def safetensors(tensors, metadata=None):
    """`tensors`: (name, type, shape, bytes)."""
    header = {} if metadata is None else {"__metadata__": metadata}
    data = b""
    for name, kind, shape, content in tensors:
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def parts(first, rest):
    """As split() of tests/fuzz/targets.h takes it apart."""
    return struct.pack("<H", len(first)) + first + rest


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def integers(*values):
    return b"(" + b"".join(b"K" + bytes([v]) for v in values) + b"t"


def tensor(storage_type, key, elements, offset, shape, strides):
    """The opcodes of a tensor as torch.save writes it."""
    where = b"(" + text("storage") + b"ctorch\n" + storage_type.encode() + b"\n" + text(key) + text("cpu")
    where += b"K" + bytes([elements]) + b"tQ"
    view = b"K" + bytes([offset]) + integers(*shape) + integers(*strides) + b"\x89ccollections\nOrderedDict\n)R"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + where + view + b"tR"


def pickle(**values):
    items = b"".join(text(name) + value for name, value in values.items())
    return b"\x80\x02}q\x00(" + items + b"u."


def number(value):
    head = b""
    while value > 127:
        head += bytes([value & 127 | 128])
        value >>= 7
    return head + bytes([value])


def field(which, payload):
    """A length-delimited field of a protocol buffer."""
    return number(which << 3 | 2) + number(len(payload)) + payload


def blob(*shape):
    extents = b"".join(number(extent) for extent in shape)
    return field(7, field(7, field(1, extents)) + field(5, floats(*[0.5] * math.prod(shape))))


def slim_portrait_fcn():
    """A caffemodel of Portrait FCN with one channel a layer, which convert takes."""
    trunk = [f"conv{block}_{i}" for block, count in enumerate((2, 2, 3, 3, 3), 1) for i in range(1, count + 1)]
    net = b""
    for name in trunk + ["fc6", "fc7"]:
        k = {"fc6": 7, "fc7": 1}.get(name, 3)
        net += field(100, field(1, name.encode()) + blob(1, 3 if name == "conv1_1" else 1, k, k) + blob(1))
    for name in ("score_fr", "score_pool4", "score_pool3"):
        net += field(100, field(1, name.encode()) + blob(2, 1, 1, 1) + blob(2))
    return net


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def first_block(table):
    """The first block of a leveldb table that is not compressed."""
    _, at = varint(table, len(table) - 48)
    _, at = varint(table, at)
    index, at = varint(table, at)
    _, at = varint(table, index)
    key, at = varint(table, at)
    _, at = varint(table, at)
    offset, at = varint(table, at + key)
    size, at = varint(table, at)
    assert table[offset + size] == 0, "compressed"
    return table[offset : offset + size]


def main():
    data = TESTS / "data" / "convert"
    manifest = {"Variable": {"filename": "a", "shape": [1, 3]}, "Variable_1": {"filename": "b", "shape": [3]}}
    float_tensor = tensor("FloatStorage", "0", 6, 0, (2, 3), (3, 1))
    tables = data / "tensorflow"
    seeds = {
        "safetensors/types": safetensors(
            [
                ("conv0.weight", "F32", [2, 1, 1, 2], floats(0, 1, 2, 3)),
                ("half", "F16", [2], b"\0\0\0\x3c"),
                ("bfloat", "BF16", [1, 1], b"\x80\x3f"),
                ("ints", "I64", [1], b"\7" + b"\0" * 7),
                ("nothing", "F32", [0, 5], b""),
                ("scalar", "F32", [], floats(1)),
            ],
            {"net": "multistyle", "note": "a seed"},
        ),
        "safetensors/empty": safetensors([]),
        "caffe/portrait_fcn": slim_portrait_fcn(),
        "deeplearnjs/two": parts(json.dumps(manifest).encode(), floats(1, 2, 3)),
        "deeplearnjs/scalar": parts(b'{"v": {"filename": "a", "shape": []}}', floats(1)),
        "pytorch_pickle/plain": parts(pickle(w=float_tensor, b=float_tensor), floats(0, 1, 2, 3, 4, 5)),
        "pytorch_pickle/views": parts(
            pickle(
                turned=tensor("FloatStorage", "0", 6, 0, (3, 2), (1, 3)),
                part=tensor("FloatStorage", "0", 6, 2, (2, 2), (2, 0)),
                parameter=b"ctorch._utils\n_rebuild_parameter\n(" + float_tensor + b"\x88}tR",
                half=tensor("HalfStorage", "1", 12, 1, (5,), (2,)),
                wide=tensor("DoubleStorage", "1", 3, 0, (1, 3), (7, 1)),
                many=tensor("LongStorage", "1", 3, 0, (3,), (1,)),
                note=text("a seed"),
                list=b"](K\x01G" + struct.pack(">d", 0.5) + b"Ne",
            ),
            floats(0, 1, 2, 3, 4, 5),
        ),
        "tensorflow_block/v1": parts(first_block((tables / "v1.ckpt").read_bytes()), b""),
        "tensorflow_block/v2": parts(
            first_block((tables / "object" / "model-1.index").read_bytes()),
            (tables / "object" / "model-1.data-00000-of-00001").read_bytes(),
        ),
    }
    for name, content in seeds.items():
        path = CORPUS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    links = {
        "onnx": "small*.onnx",
        "tflite": "small*.tflite",
        "caffe": "small*.caffemodel",
        "pytorch": "small*.pth",
        "tensorflow": "tensorflow/*.ckpt",
    }
    for folder, pattern in links.items():
        (CORPUS / folder).mkdir(parents=True, exist_ok=True)
        for file in sorted(data.glob(pattern)):
            link = CORPUS / folder / file.name
            link.unlink(missing_ok=True)
            link.symlink_to(pathlib.Path("../../../data/convert") / file.relative_to(data))


if __name__ == "__main__":
    main()
