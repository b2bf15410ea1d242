#!/usr/bin/env python3
"""What the machine code says about the kernels, without a GPU: bench/results/sass.md.

    make sass-report      or, with nvdisasm and cuobjdump of the CUDA toolkit or of PyPI (nvidia-cuda-nvdisasm, nvidia-cuda-cuobjdump):
    python3 bench/sass_report.py
    python3 bench/sass_report.py --kernel conv2d_v5 --problem res      these alone, on the terminal
    python3 bench/sass_report.py --code conv2d_v5.cubin --kernel ...   machine code from elsewhere: cubin, object, library

Registers, shared memory, stack (spills and local arrays) and occupancy of every kernel and architecture; and for kernels with a
main loop of mma a predicted share of the tensor cores' peak on the problems of bench_kernels. What each rung launches for a
problem is asked of the rungs themselves: bench_kernels --plan.
"""
import argparse
import glob
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEAK_ARCH = "80"  # the architecture that the prediction is for

# Of a multiprocessor (CUDA C++ Programming Guide, "Technical Specifications per Compute Capability"): warps, blocks, KiB of shared
# memory. All have 65536 registers, given out 256 at a time to a warp, four schedulers, and take 1 KiB of shared memory a block.
LIMITS = {"80": (64, 32, 164), "86": (48, 16, 100), "87": (48, 16, 164), "89": (48, 24, 100), "90": (64, 32, 228),
          "100": (64, 32, 228), "103": (64, 32, 228), "120": (48, 24, 100)}

# A100 SXM4 40 GB (NVIDIA A100 Tensor Core GPU Architecture whitepaper: table of the GPU, and "5120 bytes/clk" of L2 read bandwidth).
# 312 TFLOP/s / (108 multiprocessors * 4 tensor cores * 1.41 GHz) = 512 FLOPs a cycle: m16n8k16, 4096 FLOPs, takes 8 cycles.
MULTIPROCESSORS = 108
CLOCK = 1.41e9
DRAM_BYTES_A_CYCLE = 1555e9 / CLOCK / MULTIPROCESSORS  # of a multiprocessor's share
L2_BYTES_A_CYCLE = 5120 / MULTIPROCESSORS
FLOPS_A_CYCLE = 512  # of a scheduler's tensor core
SHARED_BYTES_A_CYCLE = 128  # a wavefront, of a multiprocessor


@dataclass
class Kernel:
    name: str  # as in the source, with template arguments
    arch: str
    registers: int = 0
    shared: int = 0  # static
    stack: int = 0


@dataclass
class Instruction:
    address: int
    predicate: str
    opcode: str  # with its modifiers
    operands: str
    stall: int  # cycles before the warp may issue its next instruction

    @property
    def target(self):
        return int(self.operands.split()[-1].rstrip(","), 16) if self.opcode.startswith("BRA") and "0x" in self.operands else None

    @property
    def never(self):
        return self.predicate == "@!PT"

    @property
    def mma_flops(self):
        shape = re.match(r"[HI]MMA\.(\d+)", self.opcode)
        return {"16816": 4096, "1688": 2048}.get(shape.group(1), 0) if shape else 0

    @property
    def access_bytes(self):
        """What a lane moves with a load or a store."""
        if self.opcode.startswith("LDSM"):
            return 4 * int(self.opcode.split(".")[-1])  # .1, .2, .4 matrices of 128 bytes, for 32 lanes
        for width, size in ((".128", 16), (".64", 8), (".U8", 1), (".S8", 1), (".U16", 2), (".S16", 2)):
            if width in self.opcode:
                return size
        return 4

    @property
    def wavefronts(self):
        """Of the pipe to shared memory and L1, if no two lanes meet in a bank."""
        touches = re.match(r"(LDSM|LDS|STS|LDGSTS|LDG|STG|ATOMS)\b", self.opcode)
        return max(1, 32 * self.access_bytes // SHARED_BYTES_A_CYCLE) if touches and not self.never else 0

    @property
    def global_bytes(self):
        return 32 * self.access_bytes if re.match(r"(LDGSTS|LDG)\b", self.opcode) and not self.never else 0


@dataclass
class Turn:
    """One turn of a warp through a main loop."""
    mma: int = 0
    flops: int = 0
    instructions: int = 0
    stalls: int = 0
    wavefronts: int = 0
    global_bytes: int = 0
    body: int = field(default=0)  # instructions of the whole body, with the branches not taken

    def with_instruction(self, i):
        return Turn(self.mma + (i.mma_flops > 0), self.flops + i.mma_flops, self.instructions + 1, self.stalls + max(1, i.stall),
                    self.wavefronts + i.wavefronts, self.global_bytes + i.global_bytes)


def tool(name):
    places = [shutil.which(name), os.environ.get("CUDA_HOME", "/usr/local/cuda") + "/bin/" + name]
    for folder in sys.path:
        places += glob.glob(f"{folder}/nvidia/*/bin/{name}")
    for place in places:
        if place and os.path.exists(place):
            return place
    sys.exit(f"sass_report.py: no {name}; it comes with the CUDA toolkit or with pip install nvidia-cuda-{name}")


def cuobjdump(*arguments):
    path = f"{os.path.dirname(tool('nvdisasm'))}:{os.environ.get('PATH', '')}"
    done = subprocess.run([tool("cuobjdump"), *arguments], capture_output=True, text=True, env=dict(os.environ, PATH=path))
    if done.returncode != 0:
        sys.exit(f"sass_report.py: cuobjdump {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def short(name):
    """A kernel's name without namespaces, spaces and parameters, as both demanglers and bench_kernels --plan can be brought to."""
    name = re.sub(r"\(anonymous namespace\)|\{anonymous\}", "", name)
    depth = 0
    for position, letter in enumerate(name):
        depth += (letter == "<") - (letter == ">")
        if letter == "(" and depth == 0:
            name = name[:position]
            break
    name = re.sub(r"^void ", "", name)
    name = re.sub(r"(\w*::)+", "", name)
    return name.replace("__half", "half").replace(" ", "")


def demangled(names):
    names = sorted(names)
    done = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True, check=True)
    return {name: short(text) for name, text in zip(names, done.stdout.splitlines())}


def read_resources(code):
    kernels = []
    arch = ""
    for line in cuobjdump("-res-usage", code).splitlines():
        if found := re.match(r"arch = sm_(\w+)", line.strip()):
            arch = found.group(1)
        elif found := re.match(r"Function (\S+):", line.strip()):
            kernels.append(Kernel(found.group(1), arch))
        elif found := re.search(r"REG:(\d+) STACK:(\d+) SHARED:(\d+)", line):
            kernels[-1].registers, kernels[-1].stack, kernels[-1].shared = map(int, found.groups())
    return kernels


def read_instructions(code):
    """{mangled name: instructions}. A line is  /*0d20*/ @!P1 BRA 0xff0 ;  /* low word */, the next one  /* high word */."""
    functions = {}
    for line in cuobjdump("-sass", "-arch", "sm_" + PEAK_ARCH, code).splitlines():
        if found := re.search(r"Function : (\S+)", line):
            functions[found.group(1)] = body = []
        elif found := re.match(r"\s+/\*([0-9a-f]{4,})\*/\s+(@!?U?P\w+)?\s*([A-Z][\w.]*)\s*(.*?);\s+/\* 0x[0-9a-f]{16} \*/", line):
            address, predicate, opcode, operands = found.groups()
            body.append(Instruction(int(address, 16), predicate or "", opcode, operands.strip(), 0))
        elif found := re.match(r"\s+/\* 0x([0-9a-f]{16}) \*/", line):
            body[-1].stall = int(found.group(1), 16) >> 41 & 15  # bits 105 to 108 of the 128
    return functions


def main_loop(code):
    """The innermost loop with the most mma: its instructions, or none."""
    loops = []
    for position, i in enumerate(code):
        if i.target is not None and i.target <= i.address:
            body = [j for j in code[:position + 1] if j.address >= i.target]
            if any(j.mma_flops for j in body):
                loops.append(body)
    inner = [a for a in loops if not any(b is not a and a[0].address <= b[0].address and b[-1].address <= a[-1].address for b in loops)]
    return max(inner, key=lambda body: sum(i.mma_flops > 0 for i in body), default=[])


def usual_turn(body):
    """The way through the loop that takes all mma and all loads and stores, and then the fewest issue slots: branches for what is rare
    (the next tap of a filter) are not taken."""
    place = {i.address: n for n, i in enumerate(body)}
    best = [None] * len(body)  # a turn up to, not including, the instruction

    def offer(n, turn):
        def worth(t):
            return t.flops, t.wavefronts, -t.instructions
        if best[n] is None or worth(turn) > worth(best[n]):
            best[n] = turn
    best[0] = Turn()
    for n, i in enumerate(body):
        if best[n] is None:
            continue
        after = best[n].with_instruction(i)
        if n + 1 == len(body):
            after.body = len(body)
            return after
        if i.target in place and i.target > i.address:
            offer(place[i.target], after)
        conditional = i.predicate or "," in i.operands  # BRA P0, 0x20b0 and BRA.DIV UR4, 0x20b0 too
        if conditional or not i.opcode.startswith(("BRA", "EXIT", "RET")):
            offer(n + 1, after)
    return None


def blocks_at_once(kernel, threads, shared):
    """How many blocks a multiprocessor holds."""
    warps, blocks, shared_kib = LIMITS[kernel.arch.rstrip("af")]
    block_warps = math.ceil(threads / 32)
    warp_registers = 256 * math.ceil(kernel.registers * 32 / 256)
    by_registers = 4 * (65536 // 4 // warp_registers) // block_warps  # each scheduler has its quarter
    by_shared = shared_kib * 1024 // (128 * math.ceil((shared + kernel.shared) / 128) + 1024)
    return min(warps // block_warps, blocks, by_registers, by_shared)


def predict(kernel, turn, plan, launch):
    """A row: the inputs of the formula, the cycles that each of them takes for one turn of all warps of a multiprocessor, the share."""
    threads, blocks = math.prod(launch["block"]), math.prod(launch["grid"])
    resident = blocks_at_once(kernel, threads, launch["shared_bytes"])
    if resident == 0:
        return None
    warps = resident * math.ceil(threads / 32)
    each = warps / 4  # of a scheduler
    slots = resident * MULTIPROCESSORS
    wave = blocks / (math.ceil(blocks / slots) * slots)
    cycles = {
        "mma": each * turn.flops / FLOPS_A_CYCLE,
        "issue": max(each * turn.instructions, turn.stalls),
        "shared": warps * turn.wavefronts,
        "L2": warps * turn.global_bytes / L2_BYTES_A_CYCLE,
        "DRAM": warps * turn.flops * plan["bytes"] / plan["flops"] / DRAM_BYTES_A_CYCLE,
    }
    worst = dict(cycles, issue=max(each * turn.body, turn.stalls))
    share = cycles["mma"] / max(cycles.values()) * wave
    least = cycles["mma"] / max(worst.values()) * wave
    return [f"{plan['op']} {plan['problem']}", f"`{kernel.name}`" + (" (runs)" if plan["chosen"] else ""), blocks, resident, f"{each:g}", turn.mma, turn.instructions, turn.body, turn.stalls,
            turn.wavefronts, turn.global_bytes, *(f"{value:.0f}" for value in cycles.values()), max(cycles, key=cycles.get),
            f"{wave:.3f}", f"{100 * least:.0f} %", f"{100 * share:.0f} %"]


PREDICTION_COLUMNS = ["problem", "kernel", "blocks", "blocks at once", "warps a scheduler", "mma", "instructions", "in the whole body", "stalls",
                      "wavefronts", "bytes from L2", "mma cycles", "issue cycles", "shared cycles", "L2 cycles", "DRAM cycles", "bound by",
                      "wave occupancy", "share, every branch taken", "share"]


def table(columns, rows):
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def resource_tables(kernels, launches):
    text = ""
    for arch in sorted({k.arch for k in kernels}, key=lambda a: int(a.rstrip("af"))):
        rows = []
        for kernel in sorted((k for k in kernels if k.arch == arch), key=lambda k: k.name):
            shapes = sorted({(math.prod(l["block"]), l["shared_bytes"]) for l in launches if short(l["kernel"]) == kernel.name})
            for threads, shared in shapes or [(0, 0)]:
                resident = blocks_at_once(kernel, threads, shared) if threads else 0
                share = 100 * resident * math.ceil(threads / 32) / LIMITS[arch.rstrip("af")][0]
                rows.append([f"`{kernel.name}`", kernel.registers, kernel.stack, kernel.shared + shared if threads else "-", threads or "-",
                             resident or "-", f"{share:.0f} %" if threads else "-"])
        columns = ["kernel", "registers", "stack", "shared bytes", "threads a block", "blocks at once", "occupancy"]
        text += f"\n### sm_{arch}\n\n{table(columns, rows)}\n"
    return text


TEXT = f"""# What the machine code says

Written by `make sass-report`, without a GPU. **The shares are predictions, not measurements.**

## Predicted share of the tensor cores' peak, sm_{PEAK_ARCH}

For an A100 (SXM4, 40 GB: 108 multiprocessors at 1.41 GHz, 1555 GB/s, L2 5120 bytes a cycle), of every rung whose main loop has `mma`, on the
problems of `bench_kernels` (`--list`); "(runs)" marks the rung that the product takes. On other architectures `mma.sync` has other rates, so none is predicted.

    share = mma cycles / max(mma, issue, shared, L2, DRAM cycles) * wave occupancy

in cycles of a multiprocessor, for one turn of the main loop (the innermost loop with `HMMA`) of all warps that it holds at once:

- mma: warps a scheduler * mma * 8 (m16n8k16);
- issue: the larger of warps a scheduler * instructions and the sum of the stall counts in the instructions' control bits, which is the least
  time of one warp alone. Instructions are those of the usual turn: the way through the loop with all mma, all loads and the fewest instructions.
  The last but one column is the share if every instruction of the body were issued each turn;
- shared: warps * wavefronts (`ldmatrix.x4` and 32 `cp.async` of 16 bytes are 4 each), without bank conflicts;
- L2: warps * bytes of the turn's global loads and `cp.async`, as if L1 never hit;
- DRAM: the bytes of the problem, each tensor once, in proportion to the turn's mma;
- wave occupancy: blocks / blocks that the GPU's waves have room for.

What is not in it: latency that the resident warps fail to hide, prologue and epilogue of a block, mma on padding. The share is a bound that a rung with a
good pipeline comes near to; one that waits for its loads stays far below.

"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="the build folder")
    parser.add_argument("--code", help="library, object or cubin (the build's kernels)")
    parser.add_argument("--kernel", default="", help="kernels and rungs whose name begins so; prints instead of writing")
    parser.add_argument("--problem", default="", help="one problem of bench_kernels; prints instead of writing")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "bench/results/sass.md")
    arguments = parser.parse_args()

    bench = arguments.build / "bench/bench_kernels"
    code_file = arguments.code or str(arguments.build / "kernels/cuda/libimpasto_kernels_cuda.a")
    done = subprocess.run([str(bench), "--plan", "--op", "all", "--problem", "all"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"sass_report.py: {bench} --plan: {done.stderr.strip()}")
    plans = [json.loads(line) for line in done.stdout.splitlines()]
    plans = [plan for plan in plans if arguments.problem in ("", plan["problem"])]
    launches = [launch for plan in plans for launch in plan["launches"]]

    kernels = read_resources(code_file)
    code = read_instructions(code_file)
    names = demangled({k.name for k in kernels})
    turns = {names[name]: usual_turn(loop) for name, body in code.items() if (loop := main_loop(body))}
    for kernel in kernels:
        kernel.name = names[kernel.name]
    kernels = [k for k in kernels if k.name.startswith(arguments.kernel)]
    by_name = {k.name: k for k in kernels if k.arch == PEAK_ARCH}
    rows = [predict(by_name[name], turns[name], plan, launch) for plan in plans for launch in plan["launches"]
            if (name := short(launch["kernel"])) in by_name and turns.get(name)]
    prediction = table(PREDICTION_COLUMNS, [row for row in rows if row])
    if arguments.kernel or arguments.problem:
        print(prediction + "\n" + resource_tables(kernels, launches))
        return
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(TEXT + prediction + "\n\n## Resources\n\n"
                             "Stack: bytes of spills and of local arrays. Block and shared memory as `bench_kernels --plan` has them.\n"
                             + resource_tables(kernels, launches), encoding="utf-8")
    print(f"{arguments.out}: {len(rows)} predictions, {len(kernels)} kernels")


if __name__ == "__main__":
    main()
