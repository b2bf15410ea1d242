#!/usr/bin/env python3
"""Makes sample.png and sample.mp4 from NASA's portrait of Eileen Collins, which the wheel of scikit-image carries.

    pip install scikit-image==0.25.2      (brings Pillow and numpy)
    python make_sample.py                 (ffmpeg with libx264 is needed on the path)

The clip is the picture under a slowly moving camera, over a chord whose notes enter one after the other.
"""
import argparse
import importlib.util
import math
import pathlib
import subprocess
import tempfile
import wave

import numpy as np
from PIL import Image

PICTURE = (50, 0, 410, 360)  # left, top, right, bottom in the 512x512 portrait
WIDTH, HEIGHT, FPS, FRAMES = 480, 360, 25, 90
SAMPLE_RATE = 44100
# The camera's window at the start and at the end: centre x, centre y and width, in pixels of the portrait.
CAMERA_FROM, CAMERA_TO = (231.0, 171.0, 452.0), (227.0, 162.0, 414.0)
# Hertz and the second at which the note enters: A major.
NOTES = ((220.0, 0.0), (277.18, 0.8), (329.63, 1.6), (440.0, 2.4))


def portrait() -> Image.Image:
    package = importlib.util.find_spec("skimage")
    if package is None:
        raise SystemExit("make_sample.py: scikit-image is not installed (pip install scikit-image==0.25.2)")
    path = pathlib.Path(package.origin).parent / "data" / "astronaut.png"
    return Image.open(path).convert("RGB")


def frame(picture: Image.Image, index: int) -> Image.Image:
    t = index / (FRAMES - 1)
    eased = (1 - math.cos(math.pi * t)) / 2
    x, y, width = (a + (b - a) * eased for a, b in zip(CAMERA_FROM, CAMERA_TO))
    height = width * HEIGHT / WIDTH
    box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS, box=box)


def write_chord(path: pathlib.Path) -> None:
    seconds = FRAMES / FPS
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    sound = np.zeros_like(time)
    for hertz, enters in NOTES:
        since = np.maximum(time - enters, 0)
        envelope = np.minimum(since / 0.02, 1) * np.exp(-since / 1.5)
        sound += envelope * (np.sin(2 * np.pi * hertz * since) + 0.3 * np.sin(4 * np.pi * hertz * since))
    sound *= np.minimum((seconds - time) / 0.2, 1) * 0.5 / np.abs(sound).max()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((sound * 32767).astype("<i2").tobytes())


def write_clip(picture: Image.Image, path: pathlib.Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        chord = pathlib.Path(folder) / "chord.wav"
        write_chord(chord)
        command = ["ffmpeg", "-v", "error", "-y",
                   "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-",
                   "-i", str(chord), "-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
                   "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
                   "-c:v", "libx264", "-preset", "slow", "-crf", "20", "-threads", "1", "-c:a", "aac", "-b:a", "64k",
                   "-fflags", "+bitexact", "-movflags", "+faststart", str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as ffmpeg:
            for index in range(FRAMES):
                ffmpeg.stdin.write(frame(picture, index).tobytes())
        if ffmpeg.returncode != 0:
            raise SystemExit(f"make_sample.py: ffmpeg ended with exit code {ffmpeg.returncode}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent, help="folder to write to")
    out = parser.parse_args().out
    picture = portrait()
    picture.crop(PICTURE).save(out / "sample.png", optimize=True)
    write_clip(picture, out / "sample.mp4")


if __name__ == "__main__":
    main()
