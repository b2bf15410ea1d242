"""ncnn, as its wiki pages "use ncnn with pytorch or onnx" (through pnnx) and "FAQ" advise: converted by pnnx with its own
optimisation, Winograd, sgemm and packed layouts on (the defaults), as many threads as cores."""
import pathlib
import shutil
import subprocess
import tempfile

import numpy as np

# fp16 is a setting of its own in ncnn, on by default; fp32 and bf16 are told apart by these.
SETTINGS = {"fp32": {"use_bf16_storage": False, "use_bf16_packed": False}, "bf16": {"use_bf16_storage": True, "use_bf16_packed": True}}


def paths(net, folder: pathlib.Path) -> list[pathlib.Path]:
    return [folder / f"{net.name}_{net.width}x{net.height}.ncnn.{kind}" for kind in ("param", "bin")]


class Engine:
    @staticmethod
    def convert(net, folder: pathlib.Path) -> None:
        if all(path.exists() for path in paths(net, folder)):
            return
        import pnnx
        import torch

        from torch_ops import TorchNet
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            with torch.inference_mode():
                traced = torch.jit.trace(TorchNet(net).eval(), torch.zeros(1, 3, net.height, net.width))
            traced.save(f"{scratch}/net.pt")
            subprocess.run([pathlib.Path(pnnx.__file__).parent / "pnnx", "net.pt", f"inputshape=[1,3,{net.height},{net.width}]",
                            "fp16=0"], cwd=scratch, check=True, stdout=subprocess.DEVNULL)
            for path in paths(net, folder):
                shutil.move(f"{scratch}/net.ncnn{path.suffix}", path)

    def __init__(self, net, folder, precision, threads, setting):
        import ncnn
        self.ncnn = ncnn
        self.net = ncnn.Net()
        self.net.opt.num_threads = threads
        for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic"):
            setattr(self.net.opt, option, False)
        for option, value in SETTINGS[precision].items():
            setattr(self.net.opt, option, value)
        param, model = paths(net, folder)
        if self.net.load_param(str(param)) != 0 or self.net.load_model(str(model)) != 0:
            raise RuntimeError("ncnn does not load what pnnx wrote")

    def prepare(self, planes):
        self.planes = planes  # the Mat does not keep it alive
        return self.ncnn.Mat(planes[0])

    def run(self, x):
        with self.net.create_extractor() as extractor:
            extractor.input("in0", x)
            failed, out = extractor.extract("out0")
        if failed:
            raise RuntimeError(f"ncnn: extract gives {failed}")
        return out

    def output(self, raw):
        return np.array(raw, np.float32).reshape(-1, *np.array(raw).shape[-2:])
