"""Makes tests/data/convert/tensorflow: small checkpoints of both versions, written by TensorFlow.

    pip install tensorflow-cpu==2.21.0 cramjam
    python tests/tools/make_tensorflow_fixtures.py tests/data/convert/tensorflow

The values of a variable are 0, 1, 2, ... in C order, so that tests can tell where each one went. Prints what
TensorFlow's own reader lists. TensorFlow writes tables of large blocks and without compression; `v1_blocks` and
`v2_blocks` are the same tables cut into small blocks, every other one compressed, by the writer below; TensorFlow reads
them, too.
"""

import os
import pathlib
import struct
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cramjam
import numpy as np
import tensorflow as tf


def counting(shape, dtype):
    return tf.cast(tf.reshape(tf.range(float(np.prod(shape, dtype=int))), shape), dtype)


def variables():
    return {
        "kernel": counting((4, 3, 2, 5), tf.float32),
        "kernel/Adam": counting((4, 3, 2, 5), tf.float32),
        "half": counting((2, 3), tf.float16),
        "bfloat": counting((5,), tf.bfloat16),
        "double": counting((3, 1), tf.float64),
        "scalar": counting((), tf.float32),
        "step": tf.constant(7, tf.int64),
    }


# Rows 0..3 and 4..6 of the first, columns 0..1 and 2 of the second, as TensorFlow spells them.
SLICES = {
    "sliced": ((7, 3), ["7 3 0,4:-", "7 3 4,3:-"]),
    "sliced_columns": ((70, 3), ["70 3 -:0,2", "70 3 0,65:2,1", "70 3 65,5:2,1"]),
}


def slice_of(values, spec):
    ranges = spec.split()[-1].split(":")
    at = tuple(slice(None) if r == "-" else slice(int(r.split(",")[0]), sum(map(int, r.split(",")))) for r in ranges)
    return values[at]


def sliced():
    """(name, specification, values), one for each slice."""
    return [(name, spec, slice_of(counting(shape, tf.float32), spec)) for name, (shape, specs) in SLICES.items() for spec in specs]


def save_v1(path):
    rows = [(n, " ".join(map(str, v.shape)) + " " + ":".join("-" * v.shape.rank) if v.shape.rank else "", v)
            for n, v in variables().items() if v.dtype != tf.bfloat16] + sliced()  # which V1 does not know
    names, specs, data = zip(*rows)
    tf.raw_ops.SaveSlices(filename=str(path), tensor_names=names, shapes_and_slices=specs, data=data)


def save_v2(prefix):
    """Two shards; the slices lie in both."""
    rows = [(n, "", v) for n, v in variables().items()] + [("text", "", tf.constant(["a", "bc"]))] + sliced()
    parts = [str(prefix) + f"_part{i}" for i in range(2)]
    for i, part in enumerate(parts):
        names, specs, data = zip(*rows[i::2])
        tf.raw_ops.SaveV2(prefix=part, tensor_names=names, shape_and_slices=specs, tensors=data)
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=str(prefix))


def save_object(folder):
    """As tf.train.Checkpoint saves, with the file that names the newest one."""
    model = tf.Module()
    model.kernel = tf.Variable(counting((4, 3, 2, 5), tf.float32))
    model.step = tf.Variable(7, dtype=tf.int64)
    tf.train.Checkpoint(model=model).save(str(folder / "model"))


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if byte < 0x80:
            return value, at


def read_block(data, handle):
    """The block at a handle (as bytes: offset, size), and how long the handle is."""
    offset, at = read_varint(handle, 0)
    size, at = read_varint(handle, at)
    return data[offset:offset + size], at


def entries(block):
    at, key = 0, b""
    end = len(block) - 4 - 4 * struct.unpack("<I", block[-4:])[0]
    while at < end:
        shared, at = read_varint(block, at)
        unshared, at = read_varint(block, at)
        size, at = read_varint(block, at)
        key = key[:shared] + block[at:at + unshared]
        at += unshared
        yield key, block[at:at + size]
        at += size


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def block_of(rows):
    out, restarts, key = b"", [], b""
    for i, (name, value) in enumerate(rows):
        if i % 3 == 0:
            restarts.append(len(out))
            key = b""
        shared = len(os.path.commonprefix([key, name]))
        key = name
        out += varint(shared) + varint(len(name) - shared) + varint(len(value)) + name[shared:] + value
    restarts = restarts or [0]
    return out + b"".join(struct.pack("<I", r) for r in restarts) + struct.pack("<I", len(restarts))


def cut_into_blocks(source, target):
    data = source.read_bytes()
    footer = data[-48:]
    _, at = read_block(data, footer)
    index, _ = read_block(data, footer[at:])
    rows = [row for _, handle in entries(index) for row in entries(read_block(data, handle)[0])]
    out, index = b"", []

    def append(block, compressed):
        nonlocal out
        kind = b"\1" if compressed else b"\0"
        block = bytes(cramjam.snappy.compress_raw(block)) if compressed else block
        handle = varint(len(out)) + varint(len(block))
        out += block + kind + struct.pack("<I", crc32c(block + kind))
        return handle

    for i in range(0, len(rows), 4):
        index.append((rows[min(i + 3, len(rows) - 1)][0], append(block_of(rows[i:i + 4]), i % 8 == 0)))
    meta = append(block_of([]), False)
    footer = meta + append(block_of(index), True)
    target.write_bytes(out + footer.ljust(40, b"\0") + data[-8:])


def show(path):
    print(path)
    reader = tf.train.load_checkpoint(str(path))
    types = reader.get_variable_to_dtype_map()
    for name, shape in tf.train.list_variables(str(path)):
        print("  ", types[name].name, shape, name)
        if types[name] == tf.float32 and not (name in SLICES and "v1" in path.name):  # what it cannot give of V1
            assert (reader.get_tensor(name).ravel() == np.arange(np.prod(shape))).all()


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    save_v1(out / "v1.ckpt")
    save_v2(out / "v2")
    save_object(out / "object")
    cut_into_blocks(out / "v1.ckpt", out / "v1_blocks.ckpt")
    cut_into_blocks(out / "v2.index", out / "v2_blocks.index")
    for i in range(2):
        data = f".data-0000{i}-of-00002"
        (out / f"v2_blocks{data}").write_bytes((out / f"v2{data}").read_bytes())
    for path in ["v1.ckpt", "v1_blocks.ckpt", "v2", "v2_blocks", "object/model-1"]:
        show(out / path)


main()
