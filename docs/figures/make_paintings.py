#!/usr/bin/env python3
"""Makes paintings.jpg: five paintings, and under each the sample picture with the person painted in its style.

    python3 -m venv build/figures && build/figures/bin/pip install -q pillow==13.0.0
    build/figures/bin/python docs/figures/make_paintings.py [--stylize build/release/apps/stylize/stylize]

The paintings are in the public domain. Their reproductions come from Debian's package gcompris-qt-data (GPL-3+, there from WebMuseum), which
this script downloads: a game of puzzles, so each painting comes in pieces.
"""
import argparse
import pathlib
import re
import struct
import subprocess
import tempfile
import zlib

from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = "gcompris-qt-data=3.1-2"
ARCHIVE = "usr/share/gcompris-qt/rcc/paintings.rcc"
BOARDS = (7, 11, 22, 21, 17)  # Hokusai: Great Wave, Poppies; van Gogh: Auvers; Cassatt: Summertime; Bruegel: The Harvesters
TILE = 240


def read_rcc(data):
    """The files of a Qt resource archive: {path: bytes}."""
    _, tree, contents, names = struct.unpack(">4I", data[4:20])
    node_bytes = 22
    files = {}

    def name_at(offset):
        length, = struct.unpack(">H", data[names + offset:names + offset + 2])
        begin = names + offset + 6
        return data[begin:begin + 2 * length].decode("utf-16-be")

    def visit(index, folder):
        begin = tree + index * node_bytes
        name, flags = struct.unpack(">IH", data[begin:begin + 6])
        path = f"{folder}/{name_at(name)}" if index else ""
        if flags & 2:
            count, first = struct.unpack(">II", data[begin + 6:begin + 14])
            for child in range(first, first + count):
                visit(child, path)
            return
        offset = contents + struct.unpack(">I", data[begin + 10:begin + 14])[0]
        length, = struct.unpack(">I", data[offset:offset + 4])
        content = data[offset + 4:offset + 4 + length]
        files[path] = zlib.decompress(content[4:]) if flags & 1 else content

    visit(0, "")
    return files


def painting(files, board, folder):
    """The pieces of a board, each with its middle where the board says."""
    base = "/gcompris/src/activities/paintings/resource/"
    text = files[f"{base}board/board{board}_0.qml"].decode()
    width, height = (int(re.search(rf'"{side}": (\d+)', text).group(1)) for side in ("width", "height"))
    whole = Image.new("RGBA", (width, height))
    for name, x, y in re.findall(r'"pixmapfile" : "(image/[^"]+webp)",\s+"x" : "([\d.]+)",\s+"y" : "([\d.]+)"', text):
        file = folder / "piece.webp"
        file.write_bytes(files[base + name])
        piece = Image.open(file).convert("RGBA")
        whole.alpha_composite(piece, (max(round(float(x) * width - piece.width / 2), 0), max(round(float(y) * height - piece.height / 2), 0)))
    return whole.crop(whole.getbbox()).convert("RGB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stylize", default=ROOT / "build/release/apps/stylize/stylize")
    stylize = pathlib.Path(parser.parse_args().stylize).resolve()
    figure = Image.new("RGB", (len(BOARDS) * TILE, 2 * TILE), "white")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run(["apt-get", "-q", "download", PACKAGE], cwd=folder, check=True)
        subprocess.run(["dpkg", "-x", *folder.glob("*.deb"), folder / "package"], check=True)
        files = read_rcc((folder / "package" / ARCHIVE).read_bytes())
        for column, board in enumerate(BOARDS):
            style = painting(files, board, folder)
            style.save(folder / "style.png")
            painted = folder / "painted.png"
            subprocess.run([stylize, ROOT / "apps/stylize/sample/sample.png", painted, "-y", "-q", "-s", folder / "style.png"], check=True)
            style.thumbnail((TILE - 8, TILE - 8))
            figure.paste(style, (column * TILE + (TILE - style.width) // 2, (TILE - style.height) // 2))
            figure.paste(Image.open(painted).convert("RGB").resize((TILE, TILE), Image.LANCZOS), (column * TILE, TILE))
    figure.save(ROOT / "docs/figures/paintings.jpg", quality=88)


if __name__ == "__main__":
    main()
