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


def save(folder, name, tensors):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name + ".safetensors")
    save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, path)
    print(path, os.path.getsize(path), {k: (v.shape, float(v.min()), float(v.max())) for k, v in tensors.items()})
