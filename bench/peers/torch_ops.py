"""The nets as a PyTorch module, and as the float64 reference."""
import torch
import torch.nn.functional as F


class TorchNet(torch.nn.Module):
    def __init__(self, net, dtype: torch.dtype = torch.float32):
        super().__init__()
        self.net_forward = net.forward
        self.names = {}
        for name in net.weights:
            self.names[name] = name.replace(".", "_")
            values = torch.from_numpy(net.weights[name]).to(dtype)
            self.register_parameter(self.names[name], torch.nn.Parameter(values, requires_grad=False))

    def forward(self, x):
        return self.net_forward(self, x)

    # ---- ops (nets/__init__.py) ----

    def tensor(self, name):
        return getattr(self, self.names[name]) if name in self.names else None

    def weight_shape(self, name):
        return tuple(self.tensor(f"{name}.weight").shape)

    def conv(self, name, x, stride, pads, groups=1, reflect=False):
        top, left, bottom, right = pads
        padding = (top, left)
        if reflect:
            x, padding = self.pad_reflect(x, pads), 0
        elif (top, left) != (bottom, right):
            x, padding = F.pad(x, (left, right, top, bottom)), 0
        return F.conv2d(x, self.tensor(f"{name}.weight"), self.tensor(f"{name}.bias"), stride, padding, 1, groups)

    def deconv(self, name, x, stride, cut):
        y = F.conv_transpose2d(x, self.tensor(f"{name}.weight"), self.tensor(f"{name}.bias"), stride)
        top, left, bottom, right = cut
        return y[..., top:y.shape[2] - bottom, left:y.shape[3] - right] if any(cut) else y

    def instance_norm(self, name, x, scale, shift, eps):
        return F.instance_norm(x, weight=self.tensor(scale), bias=self.tensor(shift), eps=eps)

    def relu(self, x):
        return F.relu(x)

    def sigmoid(self, x):
        return torch.sigmoid(x)

    def tanh(self, x):
        return torch.tanh(x)

    def hard_swish(self, x):
        return F.hardswish(x)

    def mean(self, x):
        return F.adaptive_avg_pool2d(x, 1)

    def add(self, x, y):
        return x + y

    def multiply(self, x, y):
        return x * y

    def affine(self, x, scale, offset):
        return x * scale + offset

    def pad_reflect(self, x, pads):
        top, left, bottom, right = pads
        return F.pad(x, (left, right, top, bottom), mode="reflect")

    def enlarge(self, x, mode):
        if mode == "nearest":
            return F.interpolate(x, scale_factor=2, mode="nearest")
        return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)

    def max_pool(self, x):
        return F.max_pool2d(x, 2, ceil_mode=True)

    def size(self, x):
        return int(x.shape[2]), int(x.shape[3])

    def crop(self, x, top, left, height, width):
        return x[..., top:top + height, left:left + width]
