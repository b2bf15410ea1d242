"""What the scripts that make tests/data share."""
import os

import numpy as np
from PIL import Image
from safetensors.numpy import save_file


def picture(path, crop=None):
    """uint8 [H, W, 3]; crop is (top, left, height, width)."""
    a = np.asarray(Image.open(path).convert("RGB"))
    if crop:
        top, left, height, width = crop
        a = a[top:top + height, left:left + width]
    return np.ascontiguousarray(a)


def formula(name, shape):
    """Uniform in -1..1, exact in float32: splitmix64 of the element's number, seeded by FNV-1a of the tensor's name.
    tests/golden/formula.h has the same."""
    seed = 0xcbf29ce484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001b3 % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, np.prod(shape) + 1, dtype=np.uint64) * np.uint64(0x9e3779b97f4a7c15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xbf58476d1ce4e5b9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94d049bb133111eb)
        z ^= z >> np.uint64(31)
    return ((z >> np.uint64(41)).astype(np.float64) * 2.0**-22 - 1).reshape(shape)


def save(folder, name, tensors):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name + ".safetensors")
    save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, path)
    print(path, os.path.getsize(path), {k: (v.shape, float(v.min()), float(v.max())) for k, v in tensors.items()})
