"""Weights as safetensors files (https://github.com/huggingface/safetensors, "Format"), read tensor by tensor when asked for."""
import json
import pathlib
from collections.abc import Mapping

import numpy as np

TYPES = {"F32": np.float32, "F16": np.float16}


class Weights(Mapping):
    """name -> float32 array. Nothing stays in memory, so that an engine that has a model file of its own pays for no copy."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            self.header = json.loads(file.read(length))
        self.header.pop("__metadata__", None)
        self.data = 8 + length

    def __getitem__(self, name: str) -> np.ndarray:
        entry = self.header[name]
        dtype = TYPES[entry["dtype"]]
        begin, end = entry["data_offsets"]
        values = np.fromfile(self.path, dtype, (end - begin) // np.dtype(dtype).itemsize, offset=self.data + begin)
        return values.reshape(entry["shape"]).astype(np.float32, copy=False)

    def __iter__(self):
        return iter(self.header)

    def __len__(self) -> int:
        return len(self.header)

    def __contains__(self, name) -> bool:
        return name in self.header


def write(path: pathlib.Path, weights: dict[str, np.ndarray], metadata: dict[str, str]) -> None:
    header: dict = {"__metadata__": metadata}
    begin = 0
    for name, values in weights.items():
        end = begin + values.nbytes
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [begin, end]}
        begin = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for values in weights.values():
            file.write(np.ascontiguousarray(values, np.float32).tobytes())


def random_convolution(random, outputs: int, inputs: int, size: int, gain: float = 2) -> np.ndarray:
    """[outputs, inputs, size, size] that keeps the size of activations."""
    deviation = np.float32(np.sqrt(gain / (inputs * size * size)))
    return random.standard_normal((outputs, inputs, size, size), np.float32) * deviation
