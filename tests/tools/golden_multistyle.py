"""Makes tests/data/multistyle: what onnxruntime gives for the published ONNX file.

  python golden_multistyle.py MODEL.onnx PICTURES OUT      (PICTURES: a folder with astronaut_48x36.png, coffee_131x97.png, chelsea_97x131.png)

A file holds `picture` [H,W,3] uint8, `styles` [S,26] float32 (rows sum to 1) and `output` [S,3,H,W], 0..1."""
import os
import sys

import numpy as np
import onnxruntime

from golden_common import picture, save


def style(*parts):
    """Weights of (index, weight) pairs, divided by their sum."""
    w = np.zeros(26, np.float32)
    for index, weight in parts:
        w[index] += weight
    return w / w.sum()


def run(session, rgb, w):
    x = rgb.astype(np.float32) / 255
    bottom, right = -x.shape[0] % 4, -x.shape[1] % 4
    x = np.pad(x, ((0, bottom), (0, right), (0, 0)), mode="reflect").transpose(2, 0, 1)[None]
    y = session.run(None, {"image": np.ascontiguousarray(x), "style_weights": w})[0][0]
    return y[:, :rgb.shape[0], :rgb.shape[1]]


def main(model, pictures, out):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    blend = style((3, 0.5), (11, 0.3), (25, 0.2))
    one = [style((i, 1)) for i in range(26)]
    cases = {
        "every_style_18x15": ("chelsea_97x131.png", (40, 30, 15, 18), one),
        "blend_48x36": ("astronaut_48x36.png", None, [blend, one[7]]),
        "odd_67x49": ("coffee_131x97.png", (20, 30, 49, 67), [one[13]]),
        "least_5x6": ("coffee_131x97.png", (30, 50, 6, 5), [one[0], one[19]]),
        "slim_7x61": ("chelsea_97x131.png", (20, 40, 61, 7), [blend]),
    }
    for name, (file, crop, styles) in cases.items():
        rgb = picture(os.path.join(pictures, file), crop=crop)
        save(out, name, {"picture": rgb, "styles": np.stack(styles),
                         "output": np.stack([run(session, rgb, w) for w in styles])})


main(*sys.argv[1:])
