#!/usr/bin/env python3
"""What a clean matte and a steady video cost: `stylize` with them, beside the same with all of it off, at 1280x720.

    python3 bench/clean_cost.py [--stylize build/release/apps/stylize/stylize] [--clip CLIP.mp4] [--precision fp32] [--repeat 5]

Whole processes, from start to finished file, in turns; the median of the ratios, turn by turn. Without --clip the clip is the sample, enlarged.
Needs ffmpeg.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "apps" / "stylize" / "sample" / "sample.mp4"
STEADY, SMOOTH, CLEAN = ["--steady", "0"], ["--matte-smooth", "0"], ["--matte-min-area", "0", "--no-matte-fill"]
JOBS = {  # name: flags, which turn the others off
    "all off": [*STEADY, *SMOOTH, *CLEAN],
    "islands and holes": [*STEADY, *SMOOTH],
    "--matte-smooth": [*STEADY, *CLEAN],
    "--steady": [*SMOOTH, *CLEAN],
    "all on, the defaults": [],
    "and --preserve-color --matte-grow 3 --matte-feather 4": ["--preserve-color", "--matte-grow", "3", "--matte-feather", "4"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stylize", default=str(ROOT / "build/release/apps/stylize/stylize"), help="the binary")
    parser.add_argument("--clip", type=pathlib.Path, default=SAMPLE, help="any video; it is scaled to 1280x720 (the sample)")
    parser.add_argument("--precision", default="auto", help="of the nets (auto)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="(all cores)")
    parser.add_argument("--repeat", type=int, default=5, help="turns (5)")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        clip = pathlib.Path(folder) / "clip.mp4"
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(arguments.clip), "-an", "-vf",
                        "scale=1280:720:force_original_aspect_ratio=increase,crop=1280:720", "-c:v", "libx264", "-crf", "16",
                        "-pix_fmt", "yuv420p", str(clip)], check=True)
        seconds: dict[str, list[float]] = {name: [] for name in JOBS}
        for _ in range(arguments.repeat):
            for name, flags in JOBS.items():
                start = time.perf_counter()
                done = subprocess.run([arguments.stylize, str(clip), f"{folder}/out.mp4", "-y", "--device", "cpu", "--precision", arguments.precision,
                                       "--threads", str(arguments.threads), "--progress", "none", "--json", *flags], check=True, capture_output=True, text=True)
                seconds[name].append(time.perf_counter() - start)
                record = json.loads(done.stdout)

    frames = record["frames"]
    print(f"{record['device']}, {arguments.threads} threads; {frames} frames of 1280x720, style {record['style']}, {record['precision']}; median of {arguments.repeat}\n")
    print("| | ms a frame | beside all off |\n| --- | --- | --- |")
    for name, taken in seconds.items():
        ratios = [one / off for one, off in zip(taken, seconds["all off"])]
        print(f"| {name} | {1000 * statistics.median(taken) / frames:.1f} | {100 * (statistics.median(ratios) - 1):+.1f} % |")


if __name__ == "__main__":
    main()
