#!/usr/bin/env python3
"""Times our nets on the CPU beside the engines that one would pick instead.

    make bench-peers      or, with the packages of bench/peers/requirements.txt:
    python bench/peers/run.py [--bench-nets build/release/bench/bench_nets] [--nets multistyle ...] [--json OUT.json] [--readme]

All get the same weights, the same picture and the same number of threads on the same cores. Each engine runs in a process of its
own and sleeps while another has its turn: first to last, then last to first, and so on. A turn is some runs after one (of ours
two) that does not count. Where a net is large, processes end with their turn; the next one's first run, which compiles, does not
count either. The figure is the median over all runs of all turns. Ours begins with the uint8 picture and ends with the picture or
the person's probability; the others begin with the float planes that they want, and end with the scores of portrait-fcn. PSNR is
that of the result in 0..1 against the same net in float64. Memory is the peak of the process, loading included; of the rivals
what Python, numpy and the picture took before is left out.
"""
import argparse
import json
import os
import pathlib
import statistics
import sys
import tempfile

import cv2
import numpy as np

import report
from engines import PACKAGES, REFERENCE, ROWS, Row
from nets import NAMES, make_net
from turns import Failed, Ours, Worker, convert, job_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUR_PRECISIONS = {"multistyle": ("fp32", "auto"), "transform_net": ("fp32", "auto"), "selfie": ("auto",),
                  "portrait-fcn": ("fp32", "auto")}
# A dozen engines in memory at once would take tens of GB: the process of each ends after its turn.
LARGE = ("transform_net", "portrait-fcn")


def write_picture(folder: pathlib.Path, width: int, height: int) -> None:
    """The sample, scaled to fill and cut."""
    picture = cv2.imread(str(ROOT / "apps/stylize/sample/sample.png"))[..., ::-1]
    scale = max(width / picture.shape[1], height / picture.shape[0])
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    picture = cv2.resize(picture, (max(picture.shape[1], width), max(picture.shape[0], height)))
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    picture = np.ascontiguousarray(picture[top:top + height, left:left + width])
    np.save(folder / "picture.npy", picture)
    picture.tofile(folder / "picture.raw")


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(-10 * np.log10(max(np.mean((a.astype(np.float64) - b) ** 2), 1e-20)))


def attempt(row, work, failures):
    """The work's value, or None where it failed, which the table then says."""
    try:
        return work()
    except (Failed, OSError) as error:
        failures[row.title] = str(error)
        print(f"  {row.title}: {error}", file=sys.stderr)
        return None


def turn(engine, large: bool, options) -> list[float]:
    ms = engine.run(options.runs, options.seconds)
    if large:
        engine.rest()
    return ms


def measure(name: str, folder: pathlib.Path, options, log) -> dict:
    convert(job_of(name, REFERENCE, folder, options), log)
    net = make_net(name, folder, options.size, options.weights.get(name))
    write_picture(folder, net.width, net.height)
    print(f"{name}, {net.width}x{net.height}", file=sys.stderr)
    reference = Worker(job_of(name, REFERENCE, folder, options), log)
    reference.run(0, 0)
    expected = net.result(reference.result()[0])

    failures: dict[str, str] = {}
    engines = {}
    for precision in OUR_PRECISIONS[name]:
        row = Row("impasto", "ours", precision)
        engines[row] = Ours(net, folder, precision, options)
    rivals = [row for row in ROWS if not row.nets or name in row.nets]
    for row in rivals:
        if options.only and row.module not in options.only:
            continue
        if worker := attempt(row, lambda row=row: Worker(job_of(name, row, folder, options), log), failures):
            engines[row] = worker
    ms: dict[Row, list[float]] = {row: [] for row in engines}
    for index in range(options.rounds):
        for row in list(engines) if index % 2 == 0 else list(engines)[::-1]:
            found = attempt(row, lambda row=row: turn(engines[row], name in LARGE, options), failures)
            if found is None:
                engines.pop(row)
                continue
            ms[row] += found
            print(f"  {row.title}: {statistics.median(found):.2f} ms", file=sys.stderr)
    rows = []
    for row, engine in engines.items():
        found = attempt(row, engine.result, failures)
        if found is None:
            continue
        output, peak = found
        precision = engine.record["precision"] if row.module == "ours" else row.precision
        rows.append({"engine": row.label, "ours": row.module == "ours", "asked": row.precision, "precision": precision,
                     "ms": statistics.median(ms[row]), "ms_min": min(ms[row]), "ms_max": max(ms[row]), "runs": len(ms[row]),
                     "peak_bytes": peak, "psnr": psnr(net.result(output), expected)})
    return {"net": name, "size": f"{net.width}x{net.height}", "rows": rows, "failed": failures}


def parse_size(text: str) -> tuple[int, int]:
    try:
        width, height = map(int, text.split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: expected WxH") from None
    return width, height


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench-nets", default=ROOT / "build/release/bench/bench_nets", type=pathlib.Path, help="our binary")
    parser.add_argument("--nets", nargs="+", choices=NAMES, default=NAMES, help="(all)")
    parser.add_argument("--only", nargs="+", metavar="MODULE", help="only these of engines/*.py beside ours (all)")
    parser.add_argument("--size", type=parse_size, help="WxH of nets that take any (1024x680; portrait-fcn 600x800)")
    parser.add_argument("--transform-net", metavar="FILE", help="its weights (random ones)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of each (all cores)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each engine (3)")
    parser.add_argument("--runs", type=int, default=2, help="that count, in each turn, at least (2)")
    parser.add_argument("--seconds", type=float, default=2, help="more runs where they are shorter, for about as long (2)")
    parser.add_argument("--folder", type=pathlib.Path, help="keep weights and models here (a temporary folder)")
    parser.add_argument("--json", type=pathlib.Path, help="also write the record there")
    parser.add_argument("--readme", action="store_true", help="write bench/results/peers.{json,svg} and the README's tables")
    options = parser.parse_args()
    options.weights = {"transform_net": options.transform_net} if options.transform_net else {}
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:options.threads])  # for every process from here on

    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "log.txt", "w", encoding="utf-8") as log:
            nets = [measure(name, folder, options, log) for name in options.nets]
        if any(net["failed"] for net in nets):
            print((folder / "log.txt").read_text(encoding="utf-8")[-4000:], file=sys.stderr)
    record = report.about(options.threads, PACKAGES) | {"rounds": options.rounds, "nets": nets}
    print(report.peers(record))
    if options.json:
        options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    if options.readme:
        report.publish("peers", record)


if __name__ == "__main__":
    main()
