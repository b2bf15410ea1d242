#!/usr/bin/env python3
"""What our nets cost on the CPU from 256x256 to 4K: milliseconds and peak memory, each run a process of its own.

    python bench/peers/linearity.py [--bench-nets build/release/bench/bench_nets] [--sizes 256x256 ...] [--readme]
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

import report

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIZES = ("256x256", "512x512", "1024x680", "1280x720", "1920x1080", "2560x1440", "3840x2160")
NETS = (("multistyle", "fp32"), ("multistyle", "auto"), ("transform_net", "fp32"), ("transform_net", "auto"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench-nets", default=ROOT / "build/release/bench/bench_nets", type=pathlib.Path, help="our binary")
    parser.add_argument("--sizes", nargs="+", default=SIZES, metavar="WxH", help=f"({' '.join(SIZES)})")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="(all cores)")
    parser.add_argument("--repeat", type=int, default=3, help="runs that count (3)")
    parser.add_argument("--readme", action="store_true", help="write bench/results/linearity.{json,svg} and the README's plot")
    options = parser.parse_args()

    rows = []
    for net, asked in NETS:
        for size in options.sizes:
            command = [options.bench_nets, "--net", net, "--size", size, "--device", "cpu", "--precision", asked, "--threads",
                       str(options.threads), "--repeat", str(options.repeat), "--json"]
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"linearity.py: {net} {size}: {done.stderr.strip()}")
            found = json.loads(done.stdout)
            width, height = map(int, size.split("x"))
            rows.append({"net": net, "asked": asked, "precision": found["precision"], "size": size, "pixels": width * height,
                         "ms": found["ms_median"], "peak_bytes": found["peak_rss_bytes"]})
            print(f"{net} {found['precision']} {size}: {found['ms_median']:.1f} ms", file=sys.stderr)
    record = report.about(options.threads) | {"rows": rows}
    print(report.linearity(record))
    if options.readme:
        report.publish("linearity", record)


if __name__ == "__main__":
    main()
