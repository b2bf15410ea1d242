#!/usr/bin/env python3
"""Makes clean_matte.jpg (a picture, its matte as the net and the guided filter leave it, the matte cleaned, the result) and steady.jpg (a
frame of a noisy video that stands still, painted; what 12 painted frames differ by without --steady; with it), and prints what is in its caption.

    python3 -m venv build/figures && build/figures/bin/pip install -q pillow==13.0.0 scikit-image==0.25.2
    build/figures/bin/python docs/figures/make_clean_and_steady.py [--stylize build/release/apps/stylize/stylize]

Needs ffmpeg. The pictures are skimage.data's: camera.png (Lav Varshney, CC0) and astronaut.png (NASA, public domain).
"""
import argparse
import pathlib
import subprocess
import tempfile

import numpy as np
from PIL import Image
from skimage import data

ROOT = pathlib.Path(__file__).resolve().parents[2]
TILE = 300
NOISE = 4.0  # levels, standard deviation, in R, G and B of every frame
FRAMES, COUNTED = 24, 12
GAIN = 25  # what steady.jpg enlarges the deviations by


def tiles(pictures, path):
    figure = Image.new("RGB", (len(pictures) * TILE, TILE))
    for column, picture in enumerate(pictures):
        figure.paste(picture.convert("RGB").resize((TILE, TILE), Image.LANCZOS), (column * TILE, 0))
    figure.save(path, quality=88)


def clean_matte(stylize, folder):
    given = folder / "camera.png"
    Image.fromarray(data.camera()).convert("RGB").save(given)

    def run(name, *flags):
        subprocess.run([stylize, given, folder / name, "-y", "-q", *flags], check=True)
        return Image.open(folder / name)

    raw = run("raw.png", "--view", "matte", "--matte-min-area", "0", "--no-matte-fill")
    tiles([Image.open(given), raw, run("matte.png", "--view", "matte"), run("result.png")], ROOT / "docs/figures/clean_matte.jpg")


def frames_of(video, size):
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", video, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, size, size, 3)


def steady(stylize, folder):
    size = 360
    still = np.asarray(Image.fromarray(data.astronaut()).convert("RGB").crop((40, 0, 40 + size, size)), np.float64)
    random = np.random.default_rng(6)
    noisy = [np.clip(still + random.normal(0, NOISE, still.shape) + 0.5, 0, 255).astype(np.uint8) for _ in range(FRAMES)]
    given = folder / "noisy.mkv"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size}x{size}", "-r", "25", "-i", "-", "-c:v", "ffv1",
                    "-pix_fmt", "bgr0", given], input=b"".join(frame.tobytes() for frame in noisy), check=True)
    deviations = []
    for flags in (["--steady", "0", "--matte-smooth", "0"], []):
        subprocess.run([stylize, given, folder / "painted.mkv", "-y", "-q", "-c", "ffv1", *flags], check=True)
        painted = frames_of(folder / "painted.mkv", size)
        last = painted[-COUNTED:].astype(np.float64) @ (0.299, 0.587, 0.114)
        person = np.abs(painted[-1].astype(int) - noisy[-1]).max(axis=2) > 0
        print(f"{' '.join(flags) or 'defaults'}: variance of the luma over {COUNTED} frames, where the person is painted: "
              f"{last.var(axis=0)[person].mean():.2f}")
        deviations.append(Image.fromarray(np.clip(GAIN * last.std(axis=0), 0, 255).astype(np.uint8)))
    tiles([Image.fromarray(noisy[-1]), Image.fromarray(painted[-1]), *deviations], ROOT / "docs/figures/steady.jpg")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stylize", default=ROOT / "build/release/apps/stylize/stylize")
    stylize = pathlib.Path(parser.parse_args().stylize).resolve()
    with tempfile.TemporaryDirectory() as name:
        clean_matte(stylize, pathlib.Path(name))
        steady(stylize, pathlib.Path(name))


if __name__ == "__main__":
    main()
