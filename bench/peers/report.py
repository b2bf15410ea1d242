"""What run.py found: as tables, as a plot, in the README."""
import datetime
import json
import pathlib
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version

import plot
from engines import PACKAGES

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results"


def cpu_name() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def package_version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def about(options) -> dict:
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    return {"cpu": cpu_name(), "threads": options.threads, "rounds": options.rounds, "commit": commit,
            "date": datetime.date.today().isoformat(), "versions": {package: package_version(package) for package in PACKAGES}}


def table(header: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows])


def milliseconds(ms: float) -> str:
    return f"{ms:.2f}" if ms < 20 else f"{ms:.1f}" if ms < 200 else f"{ms:.0f}"


def ours(net: dict, precision: str) -> dict:
    """What a rival of this precision is compared with: ours in fp32, else what --precision auto takes."""
    rows = [row for row in net["rows"] if row["ours"]]
    return next((row for row in rows if row["asked"] == ("fp32" if precision == "fp32" else "auto")), rows[-1])


def details(net: dict) -> str:
    rows = [[row["engine"], row["precision"] + (" (auto)" if row["asked"] == "auto" else ""), milliseconds(row["ms"]),
             f"{milliseconds(row['ms_min'])} to {milliseconds(row['ms_max'])}", f"{row['ms'] / ours(net, row['precision'])['ms']:.2f}",
             f"{row['peak_bytes'] / 2**20:.0f}", f"{row['psnr']:.0f}"] for row in net["rows"]]
    rows += [[title.rpartition(", ")[0], title.rpartition(", ")[2], f"fails: {why}", "", "", "", ""] for title, why in net["failed"].items()]
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


def tables(record: dict) -> str:
    versions = ", ".join(f"{package} {number}" for package, number in record["versions"].items())
    head = f"{record['cpu']}, {record['threads']} threads, commit {record['commit']}, {record['date']}; {versions}."
    return "\n\n".join([head, summary(record), *(details(net) for net in record["nets"])])


def rewrite_readme(kind: str, text: str) -> None:
    """Puts the text between the README's markers of this kind."""
    path = ROOT / "README.md"
    begin, end = f"<!-- {kind}:begin -->", f"<!-- {kind}:end -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    _, marker, after = rest.partition(end)
    if not marker:
        raise SystemExit(f"README.md has no markers {begin} and {end}")
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def publish(record: dict) -> None:
    (RESULTS / "peers.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    panels = [(f"{net['net']} {net['size']}", [(f"{row['engine']} {row['precision']}", row["ms"], row["ours"])
                                               for row in sorted(net["rows"], key=lambda row: row["ms"])]) for net in record["nets"]]
    (RESULTS / "peers.svg").write_text(plot.bars("ms, less is better", panels), encoding="utf-8")
    head, short, *long = tables(record).split("\n\n")
    rewrite_readme("peers", "\n\n".join([head, "![Bars: milliseconds of each engine](bench/results/peers.svg)", short,
                                         "<details><summary>every engine</summary>", *long, "</details>"]))
