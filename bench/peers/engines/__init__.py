"""One class an engine: the rivals as their own documentation advises to set them up, each file saying where.

    convert(net, folder)                      writes the engine's own model file, in a process that is not measured
    Engine(net, folder, precision, threads)   loads it
    prepare(planes)                           [1,3,H,W] float32 -> the input as the engine likes it best; not timed
    run(input)                                timed; gives the output as the engine likes it best
    output(raw)                               -> [C,h,w] float32
"""
import dataclasses
import importlib
import pathlib


@dataclasses.dataclass(frozen=True)
class Row:
    """What is measured: an engine in one of its settings."""
    label: str
    module: str
    precision: str
    setting: str = ""
    nets: tuple[str, ...] = ()  # only these; empty: all

    @property
    def title(self) -> str:
        return f"{self.label}, {self.precision}"


ROWS = (
    Row("ONNX Runtime", "onnx_runtime", "fp32"),
    Row("OpenVINO", "open_vino", "fp32"),
    Row("OpenVINO", "open_vino", "bf16"),
    Row("PyTorch", "pytorch", "fp32", "nchw"),
    Row("PyTorch channels-last", "pytorch", "fp32", "channels_last"),
    Row("PyTorch channels-last", "pytorch", "bf16", "channels_last"),
    Row("torch.compile", "pytorch", "fp32", "compiled"),
    Row("torch.compile", "pytorch", "bf16", "compiled"),
    Row("ncnn", "ncnn_net", "fp32"),
    Row("ncnn", "ncnn_net", "bf16"),
    Row("LiteRT with XNNPACK", "lite_rt", "fp32", nets=("selfie",)),
    Row("OpenCV DNN, classic engine", "open_cv", "fp32", "classic", nets=("portrait-fcn",)),
    Row("OpenCV DNN, new engine", "open_cv", "fp32", "new", nets=("portrait-fcn",)),
)
# PyTorch's guide advises TCMalloc or jemalloc: glibc, too, keeps memory between layers if it is told so.
ENVIRONMENT = {"pytorch": {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40), "TORCHINDUCTOR_FREEZING": "1"}}
REFERENCE = Row("PyTorch", "pytorch", "fp64", "nchw")
PACKAGES = ("onnxruntime", "openvino", "torch", "ncnn", "ai-edge-litert", "opencv-python-headless")


def engine_class(module: str):
    return importlib.import_module(f"engines.{module}").Engine


class OnnxFile:
    """Engines that read ONNX files."""
    SPLIT_NORMS = False  # in whichever form the engine is faster

    @classmethod
    def convert(cls, net, folder: pathlib.Path) -> None:
        path = cls.path(net, folder)
        if not path.exists():
            from onnx_ops import write_onnx
            write_onnx(net, path, cls.SPLIT_NORMS)

    @classmethod
    def path(cls, net, folder: pathlib.Path) -> pathlib.Path:
        return folder / f"{net.name}_{net.width}x{net.height}{'_split' if cls.SPLIT_NORMS else ''}.onnx"

    @staticmethod
    def prepare(planes):
        return planes

    @staticmethod
    def output(raw):
        return raw[0]
