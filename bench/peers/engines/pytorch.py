"""PyTorch, as its "Performance Tuning Guide" (inference mode, channels-last, bf16, an allocator that keeps its memory) and
the tutorial "torch.compile on CPU" (Inductor with frozen weights) advise; what is set by the environment is in engines/__init__.py."""
import torch
import torch.nn.functional as F

from torch_ops import TorchNet

DTYPES = {"fp64": torch.float64, "fp32": torch.float32, "bf16": torch.bfloat16}


class Module(TorchNet):
    def instance_norm(self, name, x, scale, shift, eps):
        """A group a channel: the same, and faster than F.instance_norm."""
        return F.group_norm(x, x.shape[1], self.tensor(scale), self.tensor(shift), eps)


class Engine:
    @staticmethod
    def convert(net, folder) -> None:
        """Its weights are ours."""

    def __init__(self, net, folder, precision, threads, setting):
        torch.set_num_threads(threads)
        self.dtype = DTYPES[precision]
        self.layout = torch.contiguous_format if setting == "nchw" else torch.channels_last
        module = Module(net, self.dtype).eval().to(memory_format=self.layout)
        self.module = torch.compile(module) if setting == "compiled" else module

    def prepare(self, planes):
        return torch.from_numpy(planes).to(self.dtype).to(memory_format=self.layout)

    def run(self, x):
        with torch.inference_mode():
            return self.module(x)

    def output(self, raw):
        return raw[0].to(torch.float64 if self.dtype == torch.float64 else torch.float32).contiguous().numpy()
