#!/usr/bin/env python3
"""Times the full-width FCN-8s of portrait-fcn on the CPU: ours beside ONNX Runtime and OpenCV's DNN module.

    make bench-peers      or, with the packages of bench/peers/requirements.txt:
    python bench/peers/portrait_fcn.py --bench-nets build/release/bench/bench_nets [--size 600x800] [--threads 2] [--json OUT.json]

All get the same seeded random weights (as an ONNX file; ours as safetensors), the same picture and the same number of
threads, in float32. Each runs in a process of its own, in turns: first to last, then last to first, and so on. A round is some
runs after two that do not count; the figure is the median over all rounds of a round's median. Ours begins with the
uint8 picture and ends with the probability, the others begin with the float planes that they want and end with the scores.
OpenCV runs with whichever of its two graph engines is the faster one; its Winograd convolutions are on, as they are by default.
"""
import argparse
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

MEAN_BGR = (104.008, 116.669, 122.675)
INPUT_SCALE = 1 / 255
# One row a block of VGG-16: its convolutions, then a pooling.
BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
ENGINES = ("ours", "onnxruntime", "opencv classic", "opencv new")


def bilinear(size: int) -> np.ndarray:
    half = size / 2
    row = 1 - np.abs(np.arange(size) - (half - 0.5)) / half
    return np.outer(row, row)


def random_weights(seed: int) -> dict[str, np.ndarray]:
    """Weights that keep activations and scores of the order of 1."""
    random = np.random.default_rng(seed)
    weights = {}

    def convolution(name: str, inputs: int, outputs: int, size: int, gain: float = 2) -> None:
        deviation = np.float32(np.sqrt(gain / (inputs * size * size)))
        weights[f"{name}.weight"] = random.standard_normal((outputs, inputs, size, size), np.float32) * deviation
        weights[f"{name}.bias"] = random.standard_normal(outputs, np.float32) * np.float32(0.1)

    channels = 3
    for block, widths in enumerate(BLOCKS, start=1):
        for index, width in enumerate(widths, start=1):
            convolution(f"conv{block}_{index}", channels, width, 3)
            channels = width
    convolution("fc6", channels, 4096, 7)
    convolution("fc7", 4096, 4096, 1)
    for name, inputs in (("score_fr", 4096), ("score_pool4", 512), ("score_pool3", 256)):
        convolution(name, inputs, 2, 1, gain=1)
    for name, size in (("upscore2", 4), ("upscore_pool4", 4), ("upscore8", 16)):
        values = random.standard_normal((2, 2, size, size), np.float32) * np.float32(0.02)
        values[0, 0] += bilinear(size)
        values[1, 1] += bilinear(size)
        weights[f"{name}.weight"] = values.astype(np.float32)
    return weights


def write_safetensors(path: pathlib.Path, weights: dict[str, np.ndarray]) -> None:
    header: dict = {"__metadata__": {"net": "portrait-fcn", "input_scale": repr(INPUT_SCALE), "input_channels": "3",
                                     "input_mean": ",".join(map(str, MEAN_BGR))}}
    begin = 0
    for name, values in weights.items():
        end = begin + values.nbytes
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [begin, end]}
        begin = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for values in weights.values():
            file.write(values.tobytes())


def write_onnx(path: pathlib.Path, weights: dict[str, np.ndarray], height: int, width: int) -> None:
    from onnx import TensorProto, helper, numpy_helper, save

    nodes = []
    constants = [numpy_helper.from_array(values, name) for name, values in weights.items()]

    def node(op: str, inputs: list[str], output: str, **attributes) -> str:
        nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def convolution(name: str, x: str, pad: int = 0, relu: bool = True) -> str:
        y = node("Conv", [x, f"{name}.weight", f"{name}.bias"], name, pads=[pad] * 4,
                 kernel_shape=weights[f"{name}.weight"].shape[2:])
        return node("Relu", [y], f"{name}.relu") if relu else y

    def enlarge(name: str, x: str, stride: int) -> str:
        return node("ConvTranspose", [x, f"{name}.weight"], name, strides=[stride] * 2,
                    kernel_shape=weights[f"{name}.weight"].shape[2:])

    def crop(name: str, x: str, offset: int, rows: int, columns: int) -> str:
        values = {"begin": [offset] * 2, "end": [offset + rows, offset + columns], "axes": [2, 3]}
        for key, value in values.items():
            constants.append(numpy_helper.from_array(np.array(value, np.int64), f"{name}.{key}"))
        return node("Slice", [x, *(f"{name}.{key}" for key in values)], name)

    def sizes(n: int) -> tuple[int, int]:
        """Rows (or columns) of the two fused maps, for n of the picture."""
        n += 198
        for _ in BLOCKS:
            n = (n + 1) // 2
        first = 2 * (n - 6) + 2
        return first, 2 * first + 2

    x = "picture"
    pools = {}
    for block, widths in enumerate(BLOCKS, start=1):
        for index in range(1, len(widths) + 1):
            x = convolution(f"conv{block}_{index}", x, pad=100 if (block, index) == (1, 1) else 1)
        x = pools[block] = node("MaxPool", [x], f"pool{block}", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    x = convolution("fc7", convolution("fc6", x))
    (first_rows, second_rows), (first_columns, second_columns) = sizes(height), sizes(width)
    x = enlarge("upscore2", convolution("score_fr", x, relu=False), 2)
    skip = convolution("score_pool4", pools[4], relu=False)
    x = node("Add", [x, crop("crop_pool4", skip, 5, first_rows, first_columns)], "fuse_pool4")
    x = enlarge("upscore_pool4", x, 2)
    skip = convolution("score_pool3", pools[3], relu=False)
    x = node("Add", [x, crop("crop_pool3", skip, 9, second_rows, second_columns)], "fuse_pool3")
    crop("score", enlarge("upscore8", x, 8), 31, height, width)

    tensor = lambda name, channels: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, height, width])
    graph = helper.make_graph(nodes, "fcn8s", [tensor("picture", 3)], [tensor("score", 2)], constants)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def planes(picture: np.ndarray) -> np.ndarray:
    """[H,W,3] RGB uint8 -> [1,3,H,W] float32 as the net wants it."""
    scaled = (picture[..., ::-1].astype(np.float32) - np.float32(MEAN_BGR)) * np.float32(INPUT_SCALE)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


def prepare(folder: pathlib.Path, size: str) -> None:
    width, height = parse_size(size)
    weights = random_weights(seed=1)
    write_safetensors(folder / "fcn.safetensors", weights)
    write_onnx(folder / "fcn.onnx", weights, height, width)
    picture = np.random.default_rng(2).integers(0, 256, (height, width, 3), np.uint8)
    np.save(folder / "picture.npy", picture)
    picture.tofile(folder / "picture.raw")


# ---- One round of one engine, in its own process ---------------------------------------------------------------------

def onnxruntime_runner(model: str, threads: int, x: np.ndarray, optimise: bool = True):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimise else levels.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"picture": x})[0]


def opencv_runner(model: str, threads: int, x: np.ndarray, engine: str):
    import cv2

    cv2.setNumThreads(threads)
    net = cv2.dnn.readNetFromONNX(model, engine={"classic": cv2.dnn.ENGINE_CLASSIC, "new": cv2.dnn.ENGINE_NEW}[engine])

    def run() -> np.ndarray:
        net.setInput(x)
        return net.forward()
    return run


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def python_round(arguments: argparse.Namespace) -> None:
    x = planes(np.load(arguments.folder / "picture.npy"))
    model = str(arguments.folder / "fcn.onnx")
    name, _, detail = arguments.engine.partition(" ")
    if name == "opencv":
        run = opencv_runner(model, arguments.threads, x, detail)
    else:
        run = onnxruntime_runner(model, arguments.threads, x, optimise=detail != "plain")
    milliseconds, cpu = [], []
    for index in range(arguments.runs + (2 if arguments.runs > 1 else 0)):
        start, cpu_start = time.perf_counter(), cpu_seconds()
        score = run()
        milliseconds.append((time.perf_counter() - start) * 1e3)
        cpu.append((cpu_seconds() - cpu_start) * 1e3)
    score = np.asarray(score, np.float64)[0]
    np.save(arguments.folder / "probability.npy", 1 / (1 + np.exp(score[0] - score[1])))
    print(json.dumps({"ms_median": statistics.median(milliseconds[-arguments.runs:]),
                      "cpu_ms_median": statistics.median(cpu[-arguments.runs:]),
                      "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


def output_of(command: list[str], threads: int) -> str:
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads))
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"portrait_fcn.py: exit code {done.returncode} from: {' '.join(command)}\n{done.stderr}")
    return done.stdout


def one_round(engine: str, arguments: argparse.Namespace, folder: pathlib.Path, runs: int) -> tuple[dict, np.ndarray]:
    width, height = parse_size(arguments.size)
    if engine == "ours":
        command = [arguments.bench_nets, "--net", "portrait-fcn", "--weights", str(folder / "fcn.safetensors"), "--size",
                   arguments.size, "--device", "cpu", "--precision", "fp32", "--threads", str(arguments.threads), "--repeat",
                   str(runs), "--input", str(folder / "picture.raw"), "--output", str(folder / "probability.raw"), "--json"]
    else:
        command = [sys.executable, __file__, "--engine", engine, "--folder", str(folder), "--threads",
                   str(arguments.threads), "--runs", str(runs)]
    record = json.loads(output_of(command, arguments.threads))
    if engine == "ours":
        probability = np.fromfile(folder / "probability.raw", np.float32).reshape(height, width)
    else:
        probability = np.load(folder / "probability.npy")
    return record, probability.astype(np.float64)


# ---- The whole -------------------------------------------------------------------------------------------------------

def parse_size(text: str) -> tuple[int, int]:
    try:
        width, height = map(int, text.split("x"))
    except ValueError:
        sys.exit(f"--size {text}: expected WxH")
    return width, height


def cpu_name() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def versions() -> str:
    from importlib.metadata import version
    return ", ".join(f"{package} {version(package)}" for package in ("onnxruntime", "opencv-python-headless"))


def compare(arguments: argparse.Namespace, folder: pathlib.Path) -> None:
    # In a process of its own, as everything large: Linux counts a parent's memory in the peak of its children.
    output_of([sys.executable, __file__, "--engine", "prepare", "--folder", str(folder), "--size", arguments.size],
              arguments.threads)
    _, reference = one_round("onnxruntime plain", arguments, folder, runs=1)

    engines = arguments.only or ENGINES
    records: dict[str, list[dict]] = {engine: [] for engine in engines}
    differences: dict[str, np.ndarray] = {}
    for index in range(arguments.rounds):
        for engine in engines if index % 2 == 0 else reversed(engines):
            record, probability = one_round(engine, arguments, folder, arguments.runs)
            records[engine].append(record)
            differences[engine] = np.abs(probability - reference)

    median = lambda engine, key: statistics.median(record[key] for record in records[engine])
    rivals = [median(engine, "ms_median") for engine in engines if engine != "ours"]
    rows = [{"engine": engine,
             "ms": median(engine, "ms_median"),
             "cpu_ms": median(engine, "cpu_ms_median"),
             "ratio": median(engine, "ms_median") / min(rivals) if rivals else None,
             "peak_rss_bytes": max(record["peak_rss_bytes"] for record in records[engine]),
             "max_difference": float(differences[engine].max()),
             "psnr": float(-10 * np.log10(max(np.mean(differences[engine] ** 2), 1e-20)))} for engine in engines]
    print(f"FCN-8s {arguments.size} fp32 on {cpu_name()}, {arguments.threads} threads; {versions()}; "
          f"median of {arguments.rounds} rounds of {arguments.runs}")
    print("| engine | ms | CPU ms | x best rival | peak MiB | largest difference | PSNR dB |\n| --- " + "| --- " * 6 + "|")
    for row in rows:
        ratio = f"{row['ratio']:.2f}" if row["ratio"] else "-"
        print(f"| {row['engine']} | {row['ms']:.0f} | {row['cpu_ms']:.0f} | {ratio} | {row['peak_rss_bytes'] >> 20} | "
              f"{row['max_difference']:.1e} | {row['psnr']:.0f} |")
    if arguments.json:
        arguments.json.write_text(json.dumps({"cpu": cpu_name(), "versions": versions(), "size": arguments.size,
                                              "threads": arguments.threads, "rows": rows}, indent=1) + "\n")
    for row in rows:
        if not row["max_difference"] < 1e-3:
            sys.exit(f"portrait_fcn.py: {row['engine']} differs from the reference by {row['max_difference']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench-nets", default="build/release/bench/bench_nets", help="our binary")
    parser.add_argument("--size", default="600x800", help="of the picture, WxH (600x800)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of each (all cores)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each engine (5)")
    parser.add_argument("--runs", type=int, default=3, help="that count, in each turn (3)")
    parser.add_argument("--only", nargs="*", choices=ENGINES, help="engines (all)")
    parser.add_argument("--json", type=pathlib.Path, help="also write the table there")
    parser.add_argument("--folder", type=pathlib.Path, help="keep weights and pictures here (a temporary folder)")
    parser.add_argument("--engine", help=argparse.SUPPRESS)  # what a process of its own does
    arguments = parser.parse_args()
    if arguments.engine == "prepare":
        prepare(arguments.folder, arguments.size)
    elif arguments.engine:
        python_round(arguments)
    elif arguments.folder:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        compare(arguments, arguments.folder)
    else:
        with tempfile.TemporaryDirectory() as folder:
            compare(arguments, pathlib.Path(folder))


if __name__ == "__main__":
    main()
