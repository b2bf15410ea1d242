#!/usr/bin/env python3
"""Counts what is wrong with a matte, frame by frame: islands beside the person and holes in it.

    stylize clip.mp4 matte.mkv --view matte
    python bench/matte_quality.py matte.mkv [--reference other.mp4 [--tile 1/4]]

The matte is made black and white at 0.5. Islands are its 8-connected components but the largest, holes the 4-connected
components of the rest that do not reach the border; those below --least pixels do not count. With a reference the share
that both cover of what either covers (IoU) is printed too; --tile 1/4 takes the second of four pictures side by side in it.
Needs numpy and scipy, and ffmpeg.
"""
import argparse
import json
import pathlib
import subprocess

import numpy as np
from scipy import ndimage

EIGHT = np.ones((3, 3), int)


def frames(file: pathlib.Path):
    """The frames' grey values, 0..255."""
    sizes = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height",
                            "-of", "csv=p=0", str(file)], check=True, capture_output=True, text=True).stdout.split()[0]
    width, height = (int(size) for size in sizes.split(",")[:2])
    with subprocess.Popen(["ffmpeg", "-v", "error", "-i", str(file), "-an", "-vf", "scale=out_range=full,format=gray",
                           "-f", "rawvideo", "-"], stdout=subprocess.PIPE) as decoder:
        while len(picture := decoder.stdout.read(width * height)) == width * height:
            yield np.frombuffer(picture, np.uint8).reshape(height, width)


def sizes_of(regions: np.ndarray, structure=None) -> tuple[np.ndarray, np.ndarray]:
    labels, _ = ndimage.label(regions, structure)
    return labels, np.bincount(labels.ravel())[1:]


def flaws(person: np.ndarray, least: int) -> tuple[int, int]:
    """Islands and holes of `least` pixels and more."""
    _, islands = sizes_of(person, EIGHT)
    labels, holes = sizes_of(~person)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    holes[border[border > 0] - 1] = 0
    return max(int((islands >= least).sum()) - 1, 0), int((holes >= least).sum())


def tile_of(picture: np.ndarray, tile: str) -> np.ndarray:
    at, tiles = (int(number) for number in tile.split("/"))
    width = picture.shape[1] // tiles
    return picture[:, at * width:(at + 1) * width]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("matte", type=pathlib.Path)
    parser.add_argument("--tile", default="0/1", help="of the reference, or of the matte if there is none (0/1)")
    parser.add_argument("--reference", type=pathlib.Path)
    parser.add_argument("--least", type=int, default=60, help="pixels of the smallest region that counts (60)")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each frame")
    options = parser.parse_args()

    references = frames(options.reference) if options.reference else None
    islands, holes, overlaps = [], [], []
    for i, picture in enumerate(frames(options.matte)):
        person = (picture if references else tile_of(picture, options.tile)) >= 128
        island, hole = flaws(person, options.least)
        islands.append(island)
        holes.append(hole)
        if references:
            other = next(references, None)
            if other is None:
                parser.error(f"the reference ends before frame {i}")
            other = tile_of(other, options.tile) >= 128
            either = (person | other).sum()
            overlaps.append((person & other).sum() / either if either else 1.0)
        if options.verbose:
            print(i, island, hole, f"{overlaps[-1]:.4f}" if references else "")
    record = {"frames": len(islands), "islands": round(float(np.mean(islands)), 3), "holes": round(float(np.mean(holes)), 3)}
    if overlaps:
        record |= {"iou": round(float(np.mean(overlaps)), 4), "least_iou": round(float(np.min(overlaps)), 4)}
    print(json.dumps(record))


if __name__ == "__main__":
    main()
