"""PyTorch's side of bench.lua: prints the best seconds of the work named, and this process's largest memory in GB.

    bench.py ROW [contiguous|channels_last|openvino]

Volumes are tried in both layouts, or in the one named; kernels by 1024, 2048 and 4096 at a time. The best counts.
With openvino, inference is OpenVINO's, of the same network, in float32.
"""
import itertools
import math
import resource
import sys
import time

START = time.perf_counter()
import torch
import torch.nn.functional as F
from torch import nn

_ = torch.ones(1) + 1
STARTED = time.perf_counter() - START
torch.set_num_threads(2)


class Bayesian(nn.Module):
    """A convolution with Gaussian weights, by local reparameterisation."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.mean = nn.Parameter(nn.Conv3d(inputs, outputs, 3).weight.detach().clone())
        self.log_variance = nn.Parameter(torch.full_like(self.mean, -10))
        self.stride = stride

    def forward(self, x):
        mean = F.conv3d(x, self.mean, None, self.stride, 1)
        variance = F.conv3d(x * x, self.log_variance.exp(), None, self.stride, 1)
        return mean + torch.randn_like(mean) * (variance + 1e-10).sqrt()


def plain(inputs, outputs, stride):
    return nn.Conv3d(inputs, outputs, 3, stride, padding=1, bias=False)


def activated(channels, convolution):
    return nn.Sequential(nn.InstanceNorm3d(channels), nn.ReLU(inplace=True), convolution)


class Down(nn.Module):
    def __init__(self, inputs, outputs, stride, make):
        super().__init__()
        self.first = activated(inputs, make(inputs, outputs, stride))
        self.second = activated(outputs, make(outputs, outputs, 1))
        point = nn.Conv3d(inputs, outputs, 1, stride, bias=False)
        self.shortcut = activated(inputs, point) if stride == 2 else nn.Identity()

    def forward(self, x):
        return self.shortcut(x) + self.second(self.first(x))


class Up(nn.Module):
    def __init__(self, inputs, outputs, make):
        super().__init__()
        self.point = activated(inputs, nn.Conv3d(inputs, outputs, 1, bias=False))
        self.first, self.second = (activated(outputs, make(outputs, outputs, 1)) for _ in range(2))

    def forward(self, x, skip):
        x = F.interpolate(self.point(x), scale_factor=2, mode="trilinear", align_corners=True) + skip
        return x + self.second(self.first(x))


class UNet(nn.Module):
    """The full 3D U-Net of the method."""

    def __init__(self, make=plain, inputs=1, outputs=2):
        super().__init__()
        widths = [16, 32, 64, 128]
        self.start = make(inputs, 16, 1)
        self.levels = nn.ModuleList()
        for level, blocks in enumerate([2, 2, 5]):
            pair = widths[level : level + 2]
            first = Down(*pair, 2, make)
            self.levels.append(nn.Sequential(first, *(Down(pair[1], pair[1], 1, make) for _ in range(blocks - 1))))
        self.ups = nn.ModuleList(Up(widths[i + 1], widths[i], make) for i in (2, 1, 0))
        self.out = nn.Conv3d(16, outputs, 1, bias=False)

    def forward(self, x):
        skips = [self.start(x)]
        for level in self.levels:
            skips.append(level(skips[-1]))
        x = skips.pop()
        for up in self.ups:
            x = up(x, skips.pop())
        return self.out(x)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv3d(1, 32, 3, padding=1), nn.MaxPool3d(2, padding=1), nn.ELU(), nn.Conv3d(32, 64, 3, padding=1),
            nn.MaxPool3d(2), nn.ELU(), nn.Conv3d(64, 128, 1), nn.ELU())
        self.mean, self.log_variance = nn.Conv3d(128, 6, 1), nn.Conv3d(128, 6, 1)

    def forward(self, w):
        h = self.trunk(w)
        return self.mean(h), self.log_variance(h)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv3d(6, 128, 3, padding=1), nn.ELU(), nn.ConvTranspose3d(128, 128, 3), nn.ELU(),
            nn.ConvTranspose3d(128, 64, 1), nn.ELU(), nn.ConvTranspose3d(64, 32, 1), nn.ELU())
        self.mean, self.log_variance = nn.Conv3d(32, 1, 1), nn.Conv3d(32, 1, 1)

    def forward(self, z):
        h = self.trunk(z)
        return self.mean(h), self.log_variance(h)


def negative_elbo(encoder, decoder, w):
    mean, log_variance = encoder(w)
    m, v = decoder(mean + torch.randn_like(mean) * (log_variance / 2).exp())
    likelihood = 0.5 * ((w - m) ** 2 / v.exp() + v).sum()
    return likelihood + 0.5 * (mean**2 + log_variance.exp() - log_variance - 1).sum()


def segmentation_loss(logits, labels):
    foreground = logits.softmax(1)[:, 1]
    overlap = 2 * (foreground * labels).sum() + 1e-3
    return F.cross_entropy(logits, labels) + 1 - overlap / (foreground.sum() + labels.sum() + 1e-3)


def step(network, size, layout):
    network = network.to(memory_format=layout)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    image = torch.randn(1, 1, *size).contiguous(memory_format=layout)
    label = (torch.randn(1, *size) > 1).long()

    def work():
        optimizer.zero_grad()
        segmentation_loss(network(image), label).backward()
        optimizer.step()

    return work


def without_gradients(function):
    def work():
        with torch.no_grad():
            function()

    return work


def convolution(inputs, outputs, side, backward, layout):
    layer = nn.Conv3d(inputs, outputs, 3, padding=1, bias=False).to(memory_format=layout)
    x = torch.randn(1, inputs, side, side, side).contiguous(memory_format=layout)
    if not backward:
        return without_gradients(lambda: layer(x))
    x.requires_grad_(inputs > 1)
    gradient = torch.randn_like(layer(x))

    def work():
        x.grad = layer.weight.grad = None
        layer(x).backward(gradient)

    return work


def inference(layout):
    network = UNet().to(memory_format=layout)
    x = torch.randn(1, 1, 96, 96, 96).contiguous(memory_format=layout)
    return without_gradients(lambda: network(x))


def prediction(layout, side=128):
    """The sigmoid of overlapping windows, their mean by Gaussian weights, and its entropy."""
    network = UNet(inputs=4, outputs=3).to(memory_format=layout)
    x = torch.randn(1, 4, 240, 240, 155)
    axis = torch.exp(-(((torch.arange(side) - (side - 1) / 2) / (side / 8)) ** 2) / 2)
    weights = (axis[:, None, None] * axis[:, None] * axis).clamp(min=1e-3)

    def starts(length):
        last = math.ceil((length - side) / (side / 2))
        return [round((length - side) * i / last) for i in range(last + 1)]

    def work():
        total, weight = torch.zeros(1, 3, *x.shape[2:]), torch.zeros(x.shape[2:])
        for corner in itertools.product(*map(starts, x.shape[2:])):
            part = (...,) + tuple(slice(at, at + side) for at in corner)
            total[part] += network(x[part].contiguous(memory_format=layout)).sigmoid_().mul_(weights)
            weight[part] += weights
        p = total.div_(weight)
        return p, -(p.xlogy(p) + (1 - p).xlogy(1 - p)).mean(1)

    return without_gradients(work)


def openvino_inference():
    import warnings

    import openvino

    warnings.simplefilter("ignore")
    x = torch.randn(1, 1, 96, 96, 96)
    model = openvino.convert_model(UNet().eval(), example_input=x, input=list(x.shape))
    options = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 2}
    compiled = openvino.Core().compile_model(model, "CPU", options)
    return lambda: compiled(x.numpy())


def bound(trained, rows):
    encoder, decoder = Encoder().requires_grad_(trained), Decoder().requires_grad_(False)
    mean = torch.randn(18434, 1, 3, 3, 3, requires_grad=True)
    log_variance = torch.full_like(mean, -4).requires_grad_(True)

    def work():
        mean.grad = log_variance.grad = None
        for m, v in zip(mean.split(rows), log_variance.split(rows)):
            w = m + torch.randn_like(m) * (v / 2).exp()
            (negative_elbo(encoder, decoder, w) - 0.5 * v.sum()).backward()

    return work


def autoencoder():
    encoder, decoder = Encoder(), Decoder()
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], 5e-4)
    kernels = torch.randn(128, 1, 3, 3, 3)

    def work():
        optimizer.zero_grad()
        (negative_elbo(encoder, decoder, kernels) / 128).backward()
        optimizer.step()

    return work


def normalisation(layout):
    x = torch.randn(1, 16, 96, 96, 96).contiguous(memory_format=layout)
    return without_gradients(lambda: F.relu_(F.instance_norm(x)))


def addition():
    a, b = torch.randn(16), torch.randn(16)

    def work():
        for _ in range(10000):
            a + b

    return work


def best(runs, work, divisor=1):
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times) / divisor


def measure(name):
    if sys.argv[2:] == ["openvino"]:
        return best(3, openvino_inference())
    layouts = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last_3d}
    layouts = [layouts[name] for name in sys.argv[2:] or layouts]
    if name.startswith("conv3d"):
        channels, side, kind = name.removeprefix("conv3d ").split(", ")
        inputs, outputs = map(int, channels.split("->"))
        side = int(side.removesuffix("^3"))
        return min(best(15, convolution(inputs, outputs, side, "backward" in kind, layout)) for layout in layouts)
    small, large, splits = (64, 64, 64), (152, 184, 144), (1024, 2048, 4096)
    works = {
        "a + b, 16 elements": lambda: best(5, addition(), 10000),
        "instance norm + ReLU, 16 channels, 96^3": lambda: min(best(10, normalisation(l)) for l in layouts),
        "full U-Net training step, 64^3": lambda: min(best(3, step(UNet(), small, l)) for l in layouts),
        "the same, Bayesian": lambda: min(best(3, step(UNet(Bayesian), small, l)) for l in layouts),
        "full U-Net inference, 96^3": lambda: min(best(3, inference(l)) for l in layouts),
        "predict 4x240x240x155, full U-Net, windows": lambda: min(best(1, prediction(l)) for l in layouts),
        "kernel VAE training step, batch 128": lambda: best(20, autoencoder()),
        "KL bound of 18,434 kernels, fixed encoder": lambda: min(best(1, bound(False, n)) for n in splits),
        "the same bound, encoder trained": lambda: min(best(1, bound(True, n)) for n in splits),
        "full U-Net training step, 32^3": lambda: min(best(5, step(UNet(), (32, 32, 32), l)) for l in layouts),
        "full U-Net training step, 152x184x144": lambda: min(best(1, step(UNet(), large, l)) for l in layouts),
        "Bayesian training step, 152x184x144": lambda: min(best(1, step(UNet(Bayesian), large, l)) for l in layouts),
        "start to first result": lambda: STARTED,
    }
    return works[name]()


seconds = measure(sys.argv[1])
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
