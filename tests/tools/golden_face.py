"""Makes tests/data/face: what MediaPipe's face detection finds in small pictures, and what LiteRT gives for its net.

  python golden_face.py MODEL PICTURES OUT      (MODEL: face_detection_short_range.tflite of PyPI's mediapipe 0.10.14;
                                                 PICTURES: a folder with astronaut_150x200.png and coffee_131x97.png)

A file holds `picture` [H,W,3] uint8; `scores` [896] float32, the net's scores (before the logistic function) for the picture in its
letterbox, in the file's order of anchors; and `faces` [N,17] float32 (at least one row; a row of zeros if N is 0) as MediaPipe's own
pipeline gives them: score, left, top, right, bottom, x and y of six key points, in pixels of the picture. One file also holds `boxes`
[896,16] float32, the net's other output, and one `seen` [128,128,3] uint8, the picture in its letterbox.

Longer sides are multiples of 4: then no position in the letterbox lies half way between two steps of 1/32 pixel, and OpenCV's rounding
errors decide nothing. Only the one with `seen` is otherwise. OpenCV must be 4.9 or older: later ones do not round to 1/32 pixel.
The script also decodes LiteRT's output by the formulas of docs/face.md and prints how far that is from MediaPipe."""
import os
import sys

import cv2
import mediapipe
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from golden_common import picture, save

SIDE = 128


def letterbox(rgb):
    h, w = rgb.shape[:2]
    side = max(h, w)
    corners = cv2.boxPoints(((0.5 * w, 0.5 * h), (side, side), 0))
    m = cv2.getPerspectiveTransform(corners, np.float32([[0, SIDE], [0, 0], [SIDE, 0], [SIDE, SIDE]]))
    return cv2.warpPerspective(rgb, m, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)


def by_the_formulas(scores, boxes, h, w):
    """Weighted non-maximum suppression in float64; faces as in the file."""
    centres = [((x + 0.5) / n, (y + 0.5) / n) for n, k in ((16, 2), (8, 6)) for y in range(n) for x in range(n) for _ in range(k)]
    p = 1 / (1 + np.exp(-np.clip(scores.astype(float), -100, 100)))
    rest = []
    for i in sorted(np.flatnonzero(p >= 0.5), key=lambda i: -p[i]):
        n = boxes[i].astype(float) / SIDE
        points = (n.reshape(8, 2) + np.array([centres[i]] * 8))
        centre, size = points[0], n[2:4]
        rest.append(np.concatenate([[p[i]], centre - size / 2, centre + size / 2, points[2:].ravel()]))
    faces = []
    while rest:
        def overlap(a, b):
            size = np.clip(np.minimum(a[3:5], b[3:5]) - np.maximum(a[1:3], b[1:3]), 0, None).prod()
            return size / ((a[3:5] - a[1:3]).prod() + (b[3:5] - b[1:3]).prod() - size)
        same = [f for f in rest if overlap(f, rest[0]) > 0.3]
        rest_score = rest[0][0]
        rest = [f for f in rest if not overlap(f, rest[0]) > 0.3]
        mean = sum(f[0] * f for f in same) / sum(f[0] for f in same)
        mean[0] = rest_score
        side = max(h, w)
        mean[1:] = (mean[1:].reshape(8, 2) * side - (side - np.array([w, h])) / 2).ravel()
        faces.append(mean)
    return np.array(faces).reshape(-1, 17)


def by_mediapipe(rgb):
    h, w = rgb.shape[:2]
    with mediapipe.solutions.face_detection.FaceDetection(model_selection=0, min_detection_confidence=0.5) as detector:
        found = detector.process(np.ascontiguousarray(rgb)).detections or []
    faces = []
    for d in found:
        b = d.location_data.relative_bounding_box
        row = [d.score[0], b.xmin * w, b.ymin * h, (b.xmin + b.width) * w, (b.ymin + b.height) * h]
        for k in d.location_data.relative_keypoints:
            row += [k.x * w, k.y * h]
        faces.append(row)
    return np.array(faces, float).reshape(-1, 17)


def cases(folder):
    portrait = picture(os.path.join(folder, "astronaut_150x200.png"))
    coffee = picture(os.path.join(folder, "coffee_131x97.png"))
    half = cv2.resize(portrait, (75, 100), interpolation=cv2.INTER_AREA)
    two = np.concatenate([half[:72, 8:72], cv2.resize(portrait, (113, 150), interpolation=cv2.INTER_AREA)[4:76, 22:102]], axis=1)
    return {
        "upright_84x112": portrait[0:112, 28:112],
        "wide_128x72": portrait[4:76, 11:139],
        "two_144x72": two,
        "turned_100x68": np.rot90(portrait[10:110, 36:104]),
        "odd_87x101": portrait[2:103, 25:112],
        "pixel_1x1": portrait[60:61, 70:71],
        "thin_3x200": portrait[:, 70:73],
        "none_64x48": coffee[10:58, 20:84],
    }


model, folder, out = sys.argv[1:4]
net = Interpreter(model_path=model)
net.allocate_tensors()
outputs = {o["name"]: o["index"] for o in net.get_output_details()}
for name, rgb in cases(folder).items():
    rgb = np.ascontiguousarray(rgb)
    seen = letterbox(rgb)
    net.set_tensor(net.get_input_details()[0]["index"], (seen.astype(np.float32) * np.float32(2 / 255) - np.float32(1))[None])
    net.invoke()
    scores = net.get_tensor(outputs["classificators"])[0, :, 0].copy()
    boxes = net.get_tensor(outputs["regressors"])[0].copy()
    formulas, faces = by_the_formulas(scores, boxes, *rgb.shape[:2]), by_mediapipe(rgb)
    far = np.abs(formulas - faces).max(initial=0) if formulas.shape == faces.shape else None
    print(name, rgb.shape, len(faces), "faces, formulas", len(formulas), "largest difference", far)
    if len(faces):
        print("  ", faces[:, :5].round(3).tolist())
    tensors = {"picture": rgb, "scores": scores, "faces": (faces if len(faces) else np.zeros((1, 17))).astype(np.float32)}
    if name.startswith("upright"):
        tensors["boxes"] = boxes
    if name.startswith("odd"):
        tensors["seen"] = seen
    save(out, name, tensors)
