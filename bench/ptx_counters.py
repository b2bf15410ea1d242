#!/usr/bin/env python3
"""Rewrites the counters in kernels/*/README.md: what ptxrun, an interpreter of PTX in the shape of the CUDA runtime library, counts while it
runs the rungs as nvcc compiled them. Needs no GPU, but a build with the shared runtime and PTX:

    cmake -S . -B build/ptx -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CUDA_ARCHITECTURES=80-virtual -DCMAKE_CUDA_RUNTIME_LIBRARY=Shared
    cmake --build build/ptx --target bench_kernels
    python3 bench/ptx_counters.py --ptxrun LIB/libcudart.so.13

Between <!-- counters:begin conv2d: small res; res@conv2d_v5 --> and <!-- counters:end --> comes a row for each problem of bench_kernels
and each rung that takes it (or whose name begins as it says after @). Or, for a table on the terminal:

    python3 bench/ptx_counters.py --ptxrun LIB/libcudart.so.13 'conv2d: small res'
"""
import argparse
import json
import os
import pathlib
import tempfile

from readme_tables import ROOT, as_table, rewrite, run

COLUMNS = ["rung", "problem", "global bytes loaded", "sectors per request", "load efficiency", "conflict factor", "instructions", "mma"]


def counted(bench, library, op, problem, rung):
    """The row of one rung; a rung that launches several kernels is their sum."""
    with tempfile.TemporaryDirectory() as folder:
        stats = pathlib.Path(folder) / "stats.json"
        run([bench, "--op", op, "--problem", problem, "--rung", rung, "--device", "cuda", "--once"],
            env=dict(os.environ, LD_PRELOAD=str(library), PTXRUN_STATS=str(stats)))
        kernels = json.loads(stats.read_text(encoding="utf-8"))["kernels"]

    def total(group, name):
        return sum(kernel[group][name] for kernel in kernels)

    def ratio(part, whole):
        return f"{part / whole:.2f}" if whole else "-"
    loaded, requests, sectors = (total("global_load", name) for name in ("bytes", "requests", "sectors"))
    wavefronts, ideal = (total("shared_load", name) + total("shared_store", name) for name in ("wavefronts", "ideal_wavefronts"))
    return [f"`{rung}`", problem, f"{loaded:,}", ratio(sectors, requests), ratio(loaded, 32 * sectors), ratio(wavefronts, ideal),
            f"{sum(kernel['warp_instructions'] for kernel in kernels):,}", f"{sum(kernel['mma'] for kernel in kernels):,}"]


def counters(bench, library):
    def make(items):
        rows = []
        for op, problem, wanted in items:
            plans = run([bench, "--op", op, "--problem", problem, "--rung", wanted, "--plan"]).splitlines()
            rows += [counted(bench, library, op, problem, json.loads(plan)["rung"]) for plan in plans]
        return as_table(COLUMNS, rows)
    return make


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ptxrun", type=pathlib.Path, required=True, help="its libcudart.so.13")
    parser.add_argument("--bench", default=ROOT / "build/ptx/bench/bench_kernels")
    parser.add_argument("table", nargs="?", help="'OP: PROBLEM[@RUNG]; ...': prints this table, writes nothing")
    arguments = parser.parse_args()
    make = counters(arguments.bench, arguments.ptxrun)
    if not arguments.table:
        rewrite("counters", make)
        return
    op, _, items = arguments.table.partition(":")
    print("\n".join(make([(op, *item.strip().partition("@")[::2]) for item in items.split(";")])))


if __name__ == "__main__":
    main()
