"""Writes weights of transform_net's topology in every format that its users have, with the frameworks themselves; the
numbers are the same in each. tests/cli/weights_tool_frameworks.cpp runs it and compares what stylize-weights makes of them.

    pip install tensorflow-cpu==2.21.0    # for: python make_engstrom_files.py tensorflow FOLDER
    pip install torch==2.15.0 onnx==1.23.2 onnxscript==0.7.2    # for: python make_engstrom_files.py torch FOLDER

Prints one line a file: its name in FOLDER, for `stylize-weights convert`.
"""

import json
import os
import pathlib
import sys
import warnings

import numpy as np

# Kernels as TensorFlow has them: rows, columns, in, out; those of the two transposed ones (up): rows, columns, out, in.
KERNELS = (
    [(9, 9, 3, 32), (3, 3, 32, 64), (3, 3, 64, 128)]
    + [(3, 3, 128, 128)] * 10
    + [(3, 3, 64, 128), (3, 3, 32, 64), (9, 9, 32, 3)]
)
UP = (13, 14)


def values(variable, shape):
    """-0.5..0.5, by a formula."""
    i = np.arange(np.prod(shape), dtype=np.uint64)
    mixed = (i * np.uint64(2654435761) + np.uint64(variable * 40503 + 12345)) % np.uint64(1 << 24)
    return (mixed.astype(np.float32) / np.float32(1 << 24) - np.float32(0.5)).reshape(shape)


def variables():
    """Kernel, shift, scale of each layer, as lengstrom/fast-style-transfer makes them."""
    found = []
    for layer, kernel in enumerate(KERNELS):
        channels = kernel[2] if layer in UP else kernel[3]
        found += [values(3 * layer, kernel), values(3 * layer + 1, (channels,)), values(3 * layer + 2, (channels,))]
    return found


def write_tensorflow(out):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        made = [tf.Variable(v) for v in variables()]  # Variable, Variable_1, ...
        loss = tf.add_n([tf.reduce_sum(v * v) for v in made])
        train = v1.train.AdamOptimizer(1e-3).minimize(loss)  # Variable/Adam, beta1_power, ...
        session.run(v1.global_variables_initializer())
        assert train is not None
        for version, name in [(v1.train.SaverDef.V1, "fns_v1.ckpt"), (v1.train.SaverDef.V2, "fns_v2.ckpt")]:
            saver = v1.train.Saver(write_version=version)
            folder = out / name.split(".")[0]
            folder.mkdir()
            saver.save(session, str(folder / name), write_meta_graph=False)
            yield folder.name
    names = {f"Variable_{i}" if i else "Variable": tf.Variable(v) for i, v in enumerate(variables())}
    tf.train.Checkpoint(**names).write(str(out / "object"))
    yield "object"

    folder = out / "deeplearnjs"
    folder.mkdir()
    manifest = {}
    for name, value in names.items():
        manifest[name] = {"filename": name, "shape": list(value.shape)}
        (folder / name).write_bytes(value.numpy().astype("<f4").tobytes())
    (folder / "manifest.json").write_text(json.dumps(manifest))
    yield folder.name


def write_torch(out):
    import torch
    from torch import nn

    class Norm(nn.Module):
        """Written out, as TensorFlow's users do."""

        def __init__(self, channels):
            super().__init__()
            self.shift = nn.Parameter(torch.zeros(channels))
            self.scale = nn.Parameter(torch.ones(channels))

        def forward(self, x):
            mean = x.mean((2, 3), keepdim=True)
            variance = x.var((2, 3), unbiased=False, keepdim=True)
            normal = (x - mean) / torch.sqrt(variance + 1e-3)
            return self.scale[None, :, None, None] * normal + self.shift[None, :, None, None]

    def native(channels):
        return nn.InstanceNorm2d(channels, eps=1e-3, affine=True)

    class Layer(nn.Module):
        def __init__(self, kernel, stride, up, relu, norm, bias):
            super().__init__()
            rows, columns, channels_in, channels_out = kernel
            if up:
                self.conv = nn.ConvTranspose2d(channels_out, channels_in, (rows, columns), 2, bias=bias)
            else:
                self.conv = nn.Conv2d(channels_in, channels_out, (rows, columns), stride, bias=bias)
            self.norm = norm(channels_in if up else channels_out)
            self.stride, self.up, self.relu = stride, up, relu

        def forward(self, x):
            height, width = x.shape[2:]
            if self.up:
                x = self.conv(x)[..., :2 * height, :2 * width]
            else:
                pads = []
                for size, k in [(width, self.conv.kernel_size[1]), (height, self.conv.kernel_size[0])]:
                    total = max((-(-size // self.stride) - 1) * self.stride + k - size, 0)
                    pads += [total // 2, total - total // 2]
                x = self.conv(nn.functional.pad(x, pads))
            x = self.norm(x)
            return torch.relu(x) if self.relu else x

    class Residual(nn.Module):
        def __init__(self, first, second):
            super().__init__()
            self.first, self.second = first, second

        def forward(self, x):
            return x + self.second(self.first(x))

    class Net(nn.Module):
        def __init__(self, norm, bias):
            super().__init__()
            layers = [Layer(k, 2 if i in (1, 2) else 1, i in UP, i < 3 or i in UP or 3 <= i < 13 and i % 2 == 1, norm, bias)
                      for i, k in enumerate(KERNELS)]
            self.body = nn.Sequential(*layers[:3], *[Residual(*layers[i:i + 2]) for i in range(3, 13, 2)], *layers[13:])

        def forward(self, x):
            return torch.tanh(self.body(x)) * 150 + 127.5

    def fill(net, norm):
        made = iter(variables())
        with torch.no_grad():
            for layer in (m for m in net.modules() if isinstance(m, Layer)):
                layer.conv.weight.copy_(torch.from_numpy(next(made).transpose(3, 2, 0, 1).copy()))
                shift, scale = torch.from_numpy(next(made)), torch.from_numpy(next(made))
                (layer.norm.shift if norm is Norm else layer.norm.bias).copy_(shift)
                (layer.norm.scale if norm is Norm else layer.norm.weight).copy_(scale)

    ours = {}
    names = ["conv1", "conv2", "conv3"] + [f"res{i}.conv{j}" for i in range(1, 6) for j in (1, 2)] + ["up1", "up2", "out"]
    made = iter(variables())
    for name in names:
        ours[name + ".weight"] = torch.from_numpy(next(made).transpose(3, 2, 0, 1).copy())
        ours[name + ".shift"], ours[name + ".scale"] = torch.from_numpy(next(made)), torch.from_numpy(next(made))
    torch.save(dict(sorted(ours.items())), out / "ours.pth")
    yield "ours.pth"

    picture = torch.rand(1, 3, 32, 48) * 255
    for name, norm, bias in [("native", native, False), ("bias", native, True), ("written_out", Norm, False)]:
        net = Net(norm, bias)
        optimizer = torch.optim.Adam(net.parameters())
        net(picture).mean().backward()
        optimizer.step()  # so that it has a state
        fill(net.eval(), norm)
        torch.save(net.state_dict(), out / f"{name}.pth")
        yield f"{name}.pth"
        training = {"epoch": 3, "state_dict": {"module." + k: v for k, v in net.state_dict().items()},
                    "optimizer": optimizer.state_dict()}
        torch.save(training, out / f"{name}_training.pth")
        yield f"{name}_training.pth"
        for dynamo in (False, True):
            file = f"{name}_{'dynamo' if dynamo else 'script'}.onnx"
            torch.onnx.export(net, (picture,), str(out / file), dynamo=dynamo)
            yield file


def main():
    warnings.simplefilter("ignore")
    out = pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    for name in {"tensorflow": write_tensorflow, "torch": write_torch}[sys.argv[1]](out):
        print("file", name, flush=True)


main()
