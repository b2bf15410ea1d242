"""Times cuDNN's convolution (through PyTorch: channels_last, fp16, fp32 accumulation, its fastest algorithm) on the
problems of bench_kernels, in the same way: CUDA events, warm-up, L2 flushed before each run, median.
    python3 bench/peers_conv2d.py [fp16|fp32]
"""
import sys

import torch

PROBLEMS = {  # name: h, w, c, k, r, stride, groups (bench_kernels --list)
    "res": (270, 480, 128, 128, 3, 1, 1),
    "32-32": (540, 960, 32, 32, 3, 1, 1),
    "down1": (1080, 1920, 32, 64, 3, 2, 1),
    "down2": (540, 960, 64, 128, 3, 2, 1),
    "rgb-in": (1080, 1920, 3, 32, 9, 1, 1),
    "rgb-out": (1080, 1920, 32, 3, 9, 1, 1),
    "1x1": (64, 64, 16, 72, 1, 1, 1),
    "1x1 one pixel": (1, 1, 72, 24, 1, 1, 1),
    "depthwise": (64, 64, 72, 72, 3, 2, 72),
    "small res": (34, 45, 128, 128, 3, 1, 1),
}


def median_ms(run, flush, repeats=20):
    times = []
    for i in range(5 + repeats):
        flush.fill_(i)
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        run()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end))
    return sorted(times[5:])[repeats // 2]


def main():
    dtype = {"fp16": torch.float16, "fp32": torch.float32}[sys.argv[1] if len(sys.argv) > 1 else "fp16"]
    torch.backends.cudnn.benchmark = True  # tries the algorithms and keeps the fastest
    torch.backends.cudnn.allow_tf32 = False
    flush = torch.empty(128 << 20, dtype=torch.uint8, device="cuda")
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, cuDNN {torch.backends.cudnn.version()}")
    for name, (h, w, c, k, r, stride, groups) in PROBLEMS.items():
        x = torch.rand(1, c, h, w, device="cuda", dtype=dtype).mul_(2).sub_(1).to(memory_format=torch.channels_last)
        weight = torch.rand(k, c // groups, r, r, device="cuda", dtype=dtype).mul_(2).sub_(1)
        weight = weight.to(memory_format=torch.channels_last)
        ms = median_ms(lambda: torch.nn.functional.conv2d(x, weight, None, stride, r // 2, 1, groups), flush)
        p, q = (h + r // 2 * 2 - r) // stride + 1, (w + r // 2 * 2 - r) // stride + 1
        print(f"| {name} | {ms:.4f} ms | {2 * p * q * k * r * r * c / groups / ms / 1e9:.2f} TFLOP/s |")


if __name__ == "__main__":
    main()
