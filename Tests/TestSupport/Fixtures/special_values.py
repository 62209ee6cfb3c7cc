"""Makes special_values.safetensors: PyTorch's values and gradients of functions at 0, infinity, NaN and the like.

    python special_values.py        # with torch and safetensors

The norm is taken in double precision: ours neither overflows nor vanishes where its square does.
"""
import math
import os

import torch
from safetensors.torch import save_file

INF, NAN = math.inf, math.nan
VALUES = [0.0, -0.0, 1e-40, -1e-40, 1.0, -1.0, 0.5, 2.0, 2.5, -2.5, -3.0, 5.0, -10.0, 20.5, 88.0, -88.0, 1e4, -1e4, 1e20,
          -1e20, 3e38, INF, -INF, NAN]
PAIRED = [0.0, -0.0, 1e-40, 1.0, -1.0, 0.5, 2.0, -2.0, -3.0, 5.0, -2.5, 1e20, -1e20, INF, -INF, NAN]
ROWS = [[2, 2, 2], [0, 0, 0], [1, 2, 4], [1, INF, 2], [1, -INF, 2], [-INF, -INF, -INF], [INF, INF, 0], [NAN, 1, 2],
        [NAN, NAN, NAN], [1e4, 9999, 10001], [2.0 ** 100, 2.0 ** 100, 2.0 ** 100], [1e-30, 1e-30, 0], [-88, 88, 0], [-1e4, 1e4, 0],
        [3, 3, 1], [-1, -1, 5]]

unary = {
    "neg": lambda x: -x, "exp": torch.exp, "log": torch.log, "sqrt": torch.sqrt, "square": torch.square,
    "abs": torch.abs, "sin": torch.sin, "cos": torch.cos, "relu": torch.relu,
    "leaky_relu": lambda x: torch.nn.functional.leaky_relu(x, 0.2), "elu": torch.nn.functional.elu,
    "softplus": torch.nn.functional.softplus, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
    "clamp": lambda x: x.clamp(-1, 2), "clamp_min": lambda x: x.clamp(min=0), "scale": lambda x: x * -2.5,
    "offset": lambda x: x + 3, "max_of_all": lambda x: x.max(), "min_of_all": lambda x: x.min(),
    "where_sqrt": lambda x: torch.where(x > 0, x, 0.0).sqrt(), "relu_sqrt": lambda x: x.relu().sqrt(),
    "clamp_log": lambda x: x.clamp(min=0).log(), "maximum_sqrt": lambda x: torch.maximum(x, torch.zeros(())).sqrt(),
    "minimum_log": lambda x: (-torch.minimum(x, torch.zeros(()))).log(),
    "masked_fill_sqrt": lambda x: x.clone().masked_fill_(x < 0, 0).sqrt(),
    "whole_pow": lambda x: x.pow(torch.tensor(3.0)),
}
for exponent in [0, 1, 2, 3, 4, 5, -1, -2, -3, 0.5, -0.5, 1.5, -2.5, INF, -INF, NAN]:
    unary[f"pow_{exponent}"] = lambda x, exponent=exponent: x ** exponent
for base in [2.0, 1.0, 0.0, -2.0, -1.0, INF, NAN]:
    unary[f"base_{base}"] = lambda x, base=base: torch.pow(torch.tensor(base), x)

binary = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "pow": torch.pow,
    "remainder": lambda x, y: torch.remainder(x.double(), y.double()).float(), "maximum": torch.maximum, "minimum": torch.minimum,
    "where": lambda x, y: torch.where(x > y, x, y),
}
plain = {"floor_divide": torch.floor_divide}

rows = {
    "sum": lambda x: x.sum(1), "mean": lambda x: x.mean(1), "var": lambda x: x.var(1), "std": lambda x: x.std(1),
    "std_biased": lambda x: x.std(1, unbiased=False), "norm": lambda x: x.double().norm(dim=1).float(),
    "max": lambda x: x.max(1).values, "min": lambda x: x.min(1).values, "logsumexp": lambda x: x.logsumexp(1),
    "softmax": lambda x: x.softmax(1), "log_softmax": lambda x: x.log_softmax(1),
}
one = {"var_of_one": lambda x: x[:, :1].var(1), "std_of_one": lambda x: x[:, :1].std(1)}

tensors = {"values": torch.tensor(VALUES), "paired": torch.tensor(PAIRED), "rows": torch.tensor(ROWS, dtype=torch.float32)}


def record(name, function, *inputs):
    leaves = [x.clone().requires_grad_() for x in inputs]
    out = function(*leaves)
    # Weights that differ, so that softmax has a gradient.
    weights = 1 + torch.arange(out.numel()).reshape(out.shape) % 3 if out.dim() else torch.ones(())
    out.backward(weights.float())
    tensors[f"{name}/out"] = out.detach().contiguous()
    for key, leaf in zip("xy", leaves):
        tensors[f"{name}/grad_{key}"] = (torch.zeros_like(leaf) if leaf.grad is None else leaf.grad).contiguous()


for name, function in unary.items():
    record(name, function, tensors["values"])
pairs = torch.meshgrid(tensors["paired"], tensors["paired"], indexing="ij")
for name, function in binary.items():
    record(name, function, *pairs)
for name, function in plain.items():
    tensors[f"{name}/out"] = function(*pairs).contiguous()
for name, function in (rows | one).items():
    record(name, function, tensors["rows"])

save_file(tensors, os.path.join(os.path.dirname(os.path.abspath(__file__)), "special_values.safetensors"))
