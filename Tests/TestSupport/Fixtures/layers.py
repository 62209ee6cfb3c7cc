"""Makes layers.safetensors: what layers give in PyTorch, in float64 from float32 inputs, with all gradients.

    python layers.py

For each layer: its parameters and buffers before (state/), input, output, gradients of the sum of output * weights (grad/), its
buffers after the call (after/), and the output after eval().
"""

import os

import torch
from safetensors.torch import save_file
from torch import nn

torch.manual_seed(1)
LAYERS = {
    "Conv1d": (nn.Conv1d(2, 3, 3, stride=2, padding=1), [2, 2, 7]),
    "ConvTranspose1d": (nn.ConvTranspose1d(2, 3, 3, stride=2, output_padding=1), [2, 2, 4]),
    "BatchNorm1d": (nn.BatchNorm1d(3, momentum=0.3), [5, 3]),
    "BatchNorm1d of sequences": (nn.BatchNorm1d(3, track_running_stats=False), [2, 3, 4]),
    "BatchNorm2d": (nn.BatchNorm2d(2, eps=0.01), [3, 2, 2, 4]),
    "BatchNorm3d": (nn.BatchNorm3d(17, affine=False), [2, 17, 1, 2, 2]),
    "GroupNorm": (nn.GroupNorm(2, 6), [2, 6, 2, 3]),
    "LayerNorm": (nn.LayerNorm([3, 4], eps=0.01), [2, 3, 4]),
    "LayerNorm without bias": (nn.LayerNorm(5, bias=False), [2, 2, 5]),
    "GELU": (nn.GELU(), [3, 5]),
    "GELU by tanh": (nn.GELU(approximate="tanh"), [3, 5]),
    "SiLU": (nn.SiLU(), [3, 5]),
    "PReLU": (nn.PReLU(), [3, 5]),
    "PReLU of channels": (nn.PReLU(3, init=0.5), [2, 3, 4]),
    "LogSoftmax": (nn.LogSoftmax(1), [3, 5]),
    "AvgPool2d": (nn.AvgPool2d((3, 2), stride=2, padding=1, ceil_mode=True), [1, 2, 5, 6]),
    "AvgPool2d without padding": (nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), [1, 2, 5, 6]),
    "AvgPool3d": (nn.AvgPool3d(2, divisor_override=3), [2, 1, 4, 5, 2]),
    "AdaptiveAvgPool2d": (nn.AdaptiveAvgPool2d((3, 4)), [2, 2, 5, 3]),
    "AdaptiveAvgPool3d": (nn.AdaptiveAvgPool3d(2), [1, 2, 3, 4, 5]),
    "Embedding": (nn.Embedding(4, 3, padding_idx=1), [2, 3]),
}

tensors = {}
for name, (layer, shape) in LAYERS.items():
    with torch.no_grad():
        for x in list(layer.parameters()) + [b for b in layer.buffers() if b.dtype.is_floating_point]:
            x.copy_(torch.rand(x.shape) + 0.5)
    for key, x in layer.state_dict().items():
        tensors[f"{name}/state/{key}"] = x.float().clone()
    layer = layer.double()
    table = isinstance(layer, nn.Embedding)
    x = torch.tensor([[0, 1, 3], [3, 1, 2]]) if table else torch.randn(shape).double().requires_grad_()
    y = layer(x)
    weights = torch.randn(y.shape)
    (y * weights).sum().backward()
    tensors |= {f"{name}/input": (x + 1 if table else x), f"{name}/output": y, f"{name}/weights": weights}
    tensors |= {f"{name}/grad/{key}": p.grad for key, p in layer.named_parameters()}
    if not table:
        tensors[f"{name}/grad/input"] = x.grad
    tensors |= {f"{name}/after/{key}": b for key, b in layer.named_buffers()}
    tensors[f"{name}/eval"] = layer.eval()(x)
tensors = {key: x.detach().float().contiguous().clone() for key, x in tensors.items()}
save_file(tensors, os.path.join(os.path.dirname(os.path.abspath(__file__)), "layers.safetensors"))
