#!/usr/bin/env python3
"""Rewrites the tables of kernels/*/README.md that stand between markers, from what bench_kernels measures on this machine's GPU.

    python3 bench/readme_tables.py [--bench build/release/bench/bench_kernels]

Between <!-- times:begin conv2d: res; down1 --> and <!-- times:end --> comes a row for each problem and rung that takes it; of each problem
may be named the rungs: res@conv2d_v5. bench/ptx_counters.py does the same for counters. Without a GPU nothing is written (exit code 77).
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{pathlib.Path(sys.argv[0]).name}: exit code {done.returncode} from {' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def rewrite(kind, make_table):
    """make_table([(op, problem, first letters of the rungs)]) gives the lines that come between the markers of this kind."""
    marker = re.compile(rf"(<!-- {kind}:begin (\w+): (.*?) -->\n).*?(<!-- {kind}:end -->)", re.DOTALL)
    for path in sorted(ROOT.glob("kernels/*/README.md")):
        old = path.read_text(encoding="utf-8")

        def table(found):
            items = [item.strip().partition("@") for item in found.group(3).split(";")]
            return found.group(1) + "\n".join(make_table([(found.group(2), p, rung) for p, _, rung in items])) + "\n" + found.group(4)
        new = marker.sub(table, old)
        if new != old:
            path.write_text(new, encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: {kind} rewritten")


def as_table(columns, rows):
    return ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns), *("| " + " | ".join(row) + " |" for row in rows)]


def times(bench):
    def make(items):
        rows = []
        for op, problem, rung in items:
            record = json.loads(run([bench, "--op", op, "--problem", problem, "--rung", rung, "--device", "cuda", "--json"]))
            if "ms_median" not in record["rungs"][0]:
                print(f"readme_tables.py: {record['device']} has no times")
                sys.exit(77)
            for row in record["rungs"]:
                cudnn = f"{row['x_cudnn']:.2f}" if "x_cudnn" in row else "-"
                rows.append([f"`{row['rung']}`", problem, f"{row['ms_median']:.4f}", f"{row['gflops'] / 1e3:.2f}", f"{row['gbps']:.0f}",
                             f"{100 * row['of_roofline']:.0f} %", f"{row['x_v1']:.1f}", cudnn])
        about = (f"{record['device']}, {record['driver']}, {record['clocks']}; measured peaks {record['peak_tflops']:.0f} TFLOP/s and "
                 f"{record['peak_gbps']:.0f} GB/s; commit {record['commit']}, {record['date']}.")
        return [about, "", *as_table(["rung", "problem", "ms", "TFLOP/s", "GB/s", "of the roofline", "x v1", "x cuDNN"], rows)]
    return make


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default=ROOT / "build/release/bench/bench_kernels")
    rewrite("times", times(parser.parse_args().bench))


if __name__ == "__main__":
    main()
