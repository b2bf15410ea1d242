"""What run.py, whole_job.py and linearity.py found: as tables, as plots, in the README."""
import datetime
import json
import pathlib
import platform
import subprocess
from importlib.metadata import version

import plot

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results"
BEGIN, END = "<!-- peers:begin -->", "<!-- peers:end -->"


def cpu_name() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def about(threads: int, packages: tuple[str, ...] = ()) -> dict:
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    return {"cpu": cpu_name(), "threads": threads, "commit": commit, "date": datetime.date.today().isoformat(),
            "versions": {package: version(package) for package in packages}}


def heading(record: dict, what: str) -> str:
    parts = [f"{record['cpu']}, {record['threads']} threads", f"commit {record['commit']}", record["date"]]
    parts += [f"{package} {number}" for package, number in record["versions"].items()]
    return f"{what} {', '.join(parts)}."


def table(header: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows])


def milliseconds(ms: float) -> str:
    return f"{ms:.2f}" if ms < 20 else f"{ms:.1f}" if ms < 200 else f"{ms:.0f}"


# ---- Nets beside other engines ---------------------------------------------------------------------------------------

def ours(net: dict, precision: str) -> dict:
    """What a rival of this precision is compared with: ours in fp32, else what --precision auto takes."""
    rows = [row for row in net["rows"] if row["ours"]]
    return next((row for row in rows if row["asked"] == ("fp32" if precision == "fp32" else "auto")), rows[-1])


def details(net: dict) -> str:
    rows = [[row["engine"], row["precision"] + (" (auto)" if row["asked"] == "auto" else ""), milliseconds(row["ms"]),
             f"{milliseconds(row['ms_min'])} to {milliseconds(row['ms_max'])}", f"{row['ms'] / ours(net, row['precision'])['ms']:.2f}",
             f"{row['peak_bytes'] / 2**20:.0f}", f"{row['psnr']:.0f}"] for row in net["rows"]]
    rows += [[*title.rsplit(", ", 1), f"fails: {why}", "", "", "", ""] for title, why in net["failed"].items()]
    return table([f"{net['net']} {net['size']}", "precision", "ms", "least to most", "times ours", "peak MiB", "PSNR dB"], rows)


def summary(record: dict) -> str:
    rows = []
    for net in record["nets"]:
        rivals = [row for row in net["rows"] if not row["ours"]]
        for kind, among in (("fp32", [row for row in rivals if row["precision"] == "fp32"]), ("any", rivals)):
            if not among:
                continue
            mine, best = ours(net, kind), min(among, key=lambda row: row["ms"])
            rows.append([f"{net['net']} {net['size']}", kind, f"{milliseconds(mine['ms'])} ({mine['precision']})",
                         f"{milliseconds(best['ms'])} ({best['engine']}, {best['precision']})", f"{mine['ms'] / best['ms']:.2f}"])
    return table(["net", "others in", "ours, ms", "the fastest other, ms", "ours / other"], rows)


def peers_heading(record: dict) -> str:
    return heading(record, f"Nets alone (`bench/peers/run.py`), batch 1, the engines in {record['rounds']} turns, medians.")


def peers(record: dict) -> str:
    return "\n\n".join([peers_heading(record), summary(record), *(details(net) for net in record["nets"])])


def peers_plot(record: dict) -> str:
    return plot.bars("ms, less is better", [
        (f"{net['net']} {net['size']}", [(f"{row['engine']} {row['precision']}", row["ms"], row["ours"])
                                         for row in sorted(net["rows"], key=lambda row: row["ms"])]) for net in record["nets"]])


# ---- The whole job ---------------------------------------------------------------------------------------------------

def whole_job(record: dict) -> str:
    first = record["rows"][0]["fps"]
    rows = [[row["job"] + (f", {record['precision']}" if i == 0 else ""), f"{row['fps']:.1f}", f"{first / row['fps']:.2f}",
             f"{row['cpu_seconds']:.1f}", f"{row['peak_bytes'] / 2**20:.0f}"] for i, row in enumerate(record["rows"])]
    what = (f"The whole job (`bench/peers/whole_job.py`), {record['frames']} frames of {record['size']}, whole processes in turns, "
            f"median of {record['repeat']}.")
    return heading(record, what) + "\n\n" + table(["", "frames a second", "stylize is times as fast", "CPU seconds", "peak MiB"], rows)


# ---- Cost by size ----------------------------------------------------------------------------------------------------

def by_net(record: dict) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for row in record["rows"]:
        found.setdefault(f"{row['net']} {row['precision']}", []).append(row)
    return found


def linearity(record: dict) -> str:
    sizes = list(dict.fromkeys(row["size"] for row in record["rows"]))
    rows = [[name, *(f"{milliseconds(row['ms'])} / {row['peak_bytes'] / 2**20:.0f}" for row in found)]
            for name, found in by_net(record).items()]
    return heading(record, "Cost by size (`bench/peers/linearity.py`), ms / peak MiB.") + "\n\n" + table(["", *sizes], rows)


def linearity_plot(record: dict) -> str:
    def series(value):
        return [(name, [(row["pixels"] / 1e6, value(row)) for row in rows]) for name, rows in by_net(record).items()]
    return plot.page(720, 610, [
        *plot.lines("ms (dashed: proportional to pixels)", "megapixels", series(lambda row: row["ms"]), 0),
        *plot.lines("peak memory of the process, MiB", "megapixels", series(lambda row: row["peak_bytes"] / 2**20), 305)])


# ---- In the README ---------------------------------------------------------------------------------------------------

def load(name: str) -> dict | None:
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def block() -> str:
    """Of everything in bench/results."""
    parts = []
    if record := load("peers"):
        parts += [peers_heading(record), "![Bars: milliseconds of each engine](bench/results/peers.svg)", summary(record),
                  "<details><summary>every engine</summary>", *(details(net) for net in record["nets"]), "</details>"]
    if record := load("whole_job"):
        parts.append(whole_job(record))
    if record := load("linearity"):
        parts += [linearity(record), "![Lines: time and memory by size](bench/results/linearity.svg)"]
    return "\n\n".join(parts)


def publish(name: str, record: dict) -> None:
    """Writes bench/results/NAME.json, its plot if it has one, and the README's part between the markers anew."""
    (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    plots = {"peers": peers_plot, "linearity": linearity_plot}
    if name in plots:
        (RESULTS / f"{name}.svg").write_text(plots[name](record), encoding="utf-8")
    path = ROOT / "README.md"
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, marker, after = rest.partition(END)
    if not marker:
        raise SystemExit(f"README.md has no markers {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n{block()}\n{END}{after}", encoding="utf-8")
