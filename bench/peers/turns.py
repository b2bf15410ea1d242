"""Processes that take turns: of the rivals (worker.py) and of ours (bench_nets)."""
import json
import os
import pathlib
import subprocess
import sys

import numpy as np

from engines import ENVIRONMENT
from processes import Failed, ending

HERE = pathlib.Path(__file__).resolve().parent


def job_of(net, row, folder: pathlib.Path, options) -> dict:
    return {"net": net, "folder": str(folder), "size": options.size, "weights": options.weights.get(net), "module": row.module,
            "precision": row.precision, "setting": row.setting, "threads": options.threads}


def environment(module: str, threads: int) -> dict[str, str]:
    return dict(os.environ, OMP_NUM_THREADS=str(threads), **ENVIRONMENT.get(module, {}))


def convert(job: dict, log) -> None:
    done = subprocess.run([sys.executable, HERE / "worker.py", "convert", json.dumps(job)], stdin=subprocess.DEVNULL,
                          stdout=log, stderr=log, env=environment(job["module"], job["threads"]))
    if done.returncode != 0:
        raise Failed(f"converting ended with {ending(done.returncode)}")


class Worker:
    """A rival. Its process starts with its first turn and sleeps while it is not asked, until rest()."""

    def __init__(self, job: dict, log):
        convert(job, log)
        self.job, self.log = job, log
        self.output = pathlib.Path(job["folder"]) / f"output_{job['module']}_{job['precision']}_{job['setting']}.npy"
        self.process = None
        self.peak = 0

    def ended(self) -> Failed:
        return Failed(f"its process ended with {ending(self.process.wait())}")

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise self.ended()
        return json.loads(line)

    def ask(self, **command) -> dict:
        if self.process is None:
            self.process = subprocess.Popen([sys.executable, HERE / "worker.py", "serve", json.dumps(self.job)], text=True,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                            env=environment(self.job["module"], self.job["threads"]))
            self.answer()
        try:
            self.process.stdin.write(json.dumps(command) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self.ended() from None
        return self.answer()

    def run(self, runs: int, seconds: float) -> list[float]:
        return self.ask(run=runs, seconds=seconds)["ms"]

    def rest(self) -> None:
        """Ends its process, which leaves its memory to the others; the next turn starts another."""
        if self.process is not None:
            self.peak = max(self.peak, self.ask(output=str(self.output))["peak_bytes"])
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.wait()
            self.process = None

    def result(self) -> tuple[np.ndarray, int]:
        """The output, [C,h,w], and the peak of memory above what Python and the picture took."""
        self.rest()
        return np.load(self.output), self.peak


class Ours:
    """bench_nets, a process a turn: it has two runs that do not count before those that do. Its memory is all it takes."""

    def __init__(self, net, folder: pathlib.Path, precision: str, options):
        self.output = folder / f"ours_{precision}.raw"
        inputs = [folder / "picture.raw"]
        if net.side is not None:
            inputs.append(folder / "side.raw")
            net.side.tofile(inputs[1])
        self.command = [options.bench_nets, "--net", net.name, "--weights", net.file, "--size", f"{net.width}x{net.height}",
                        "--device", "cpu", "--precision", precision, "--threads", str(options.threads), "--json",
                        "--output", self.output, "--input", *inputs]
        self.height, self.width = net.height, net.width
        self.expected = self.run(1, 0)[0]

    def run(self, runs: int, seconds: float) -> list[float]:
        if seconds:
            runs = max(runs, int(seconds * 1e3 / self.expected))
        done = subprocess.run([*map(str, self.command), "--repeat", str(runs)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"{ending(done.returncode)}: {done.stderr.strip()}")
        self.record = json.loads(done.stdout)
        return self.record["ms"]

    def rest(self) -> None:
        """No process of ours lives between turns."""

    def result(self) -> tuple[np.ndarray, int]:
        values = np.fromfile(self.output, np.float32)
        height, width = self.record["output"][1:3]
        return values.reshape(height, width, -1).transpose(2, 0, 1), self.record["peak_rss_bytes"]
