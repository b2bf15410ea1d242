"""The process of one engine. Converting is a process of its own, so that it does not count in what the engine needs:

    worker.py convert JOB      writes the model file and ends
    worker.py serve JOB        loads the engine, runs it once, prints {"ready": true}, then answers commands, a line each:
                               {"run": n, "seconds": s} -> {"ms": [...]} of n runs, or as many as s seconds hold, after one that
                               does not count
                               {"output": PATH} -> {"peak_bytes": ...}, having written the output, [C,h,w], as a numpy file

JOB is JSON: net, folder, size, weights, module, precision, setting, threads.
"""
import json
import os
import pathlib
import sys
import time

import numpy as np

from nets import make_net


def status_bytes(key: str) -> int:
    """VmHWM is the peak of this process alone; ru_maxrss would count what its parent had, too."""
    with open("/proc/self/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(key)) * 1024


def timed(run, x):
    start = time.perf_counter()
    raw = run(x)
    return (time.perf_counter() - start) * 1e3, raw


def serve(net, job: dict, picture: np.ndarray, answers) -> None:
    def answer(record):
        print(json.dumps(record), file=answers, flush=True)

    planes = net.planes(picture)
    baseline = status_bytes("VmRSS")
    from engines import engine_class
    engine = engine_class(job["module"])(net, pathlib.Path(job["folder"]), job["precision"], job["threads"], job["setting"])
    x = engine.prepare(planes)
    _, raw = timed(engine.run, x)  # compiles, packs weights, grows arenas
    answer({"ready": True})
    for line in sys.stdin:
        command = json.loads(line)
        if "output" in command:
            peak = status_bytes("VmHWM")  # before what the conversion takes
            np.save(command["output"], engine.output(raw))
            answer({"peak_bytes": peak - baseline})
            continue
        expected, raw = timed(engine.run, x)  # does not count
        runs = max(command["run"], int(command["seconds"] * 1e3 / expected))
        ms = []
        for _ in range(runs):
            elapsed, raw = timed(engine.run, x)
            ms.append(elapsed)
        answer({"ms": ms})


def main() -> None:
    mode, job = sys.argv[1], json.loads(sys.argv[2])
    # Libraries talk on stdout; the answers go where it led.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    folder = pathlib.Path(job["folder"])
    weights = pathlib.Path(job["weights"]) if job["weights"] else None
    net = make_net(job["net"], folder, job["size"], weights)
    if mode == "convert":
        from engines import engine_class
        engine_class(job["module"]).convert(net, folder)
    else:
        serve(net, job, np.load(folder / "picture.npy"), answers)


if __name__ == "__main__":
    main()
