"""What a command takes, with all the processes that it starts."""
import dataclasses
import os
import pathlib
import resource
import signal
import subprocess
import threading
import time


@dataclasses.dataclass
class Taken:
    seconds: float
    cpu_seconds: float
    peak_bytes: int  # the sum of each process's own peak
    stdout: str


class Failed(Exception):
    pass


def ending(code: int) -> str:
    """Of a process with this return code, as subprocess has it: less than 0 for what a signal ended."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:  # one without a name
        return f"signal {-code}"


def descendants(process: int) -> list[int]:
    found = [process]
    for pid in found:
        try:
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (task / "children").read_text(encoding="ascii").split())
        except OSError:
            pass  # it has ended
    return found


def own_peak(process: int) -> int:
    """VmHWM is kept by the kernel, so that looking now and then finds it; it is this process's alone."""
    try:
        with open(f"/proc/{process}/status", encoding="ascii") as status:
            return next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


def cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def take(command: list[str], threads: int, interval: float = 0.1) -> Taken:
    """Runs it to its end; raises Failed if it fails."""
    peaks: dict[int, int] = {}
    ended = threading.Event()
    cpu, start = cpu_of_children(), time.perf_counter()
    process = subprocess.Popen(command, env=dict(os.environ, OMP_NUM_THREADS=str(threads)), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def watch() -> None:
        while not ended.wait(interval):
            for pid in descendants(process.pid):
                peaks[pid] = max(peaks.get(pid, 0), own_peak(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    stdout, stderr = process.communicate()
    seconds = time.perf_counter() - start
    ended.set()
    watcher.join()
    if process.returncode != 0:
        raise Failed(f"{ending(process.returncode)} from: {' '.join(map(str, command))}\n{stderr}")
    return Taken(seconds, cpu_of_children() - cpu, sum(peaks.values()), stdout)
