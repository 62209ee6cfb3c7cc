"""Making tensors, asking them, and gradients within a program."""

import math

import torch

import deviations
from builder import D, lua, operation


@operation(3)
def made(b):
    name = b.pick("zeros", "ones", "full", "eye", "arange", "arange", "linspace", "tensor", "zeros_like", "ones_like",
                  "full_like")
    number, shape = b.number(), b.shape()
    grad = {"requires_grad": True} if b.chance(0.2) and name not in ("eye", "arange", "linspace") else {}
    option = ", {requires_grad = true}" if grad else ""
    if name.endswith("_like"):
        x = b.tensor()
        given = f", {lua(number)}" if name == "full_like" else ""
        return b.let(f"torch.{name}({x}{given}{option})", lambda e: getattr(torch, name)(
            e[x], **({"fill_value": number} if given else {}), **grad))
    if name in ("zeros", "ones"):
        if b.wild and shape:
            shape[0] = b.pick(-1, -2)
        if not shape:
            return b.let(f"torch.{name}({{}}{option})", lambda e: getattr(torch, name)([], dtype=e["dtype"], **grad))
        return b.let(f"torch.{name}({', '.join(map(str, shape))}{option})",
                     lambda e: getattr(torch, name)(shape, dtype=e["dtype"], **grad))
    if name == "full":
        return b.let(f"torch.full({lua(shape)}, {lua(number)}{option})",
                     lambda e: torch.full(shape, number, dtype=e["dtype"], **grad))
    if name == "eye":
        n = b.pick(-1, -3) if b.wild else b.rng.randint(0, 5)
        return b.let(f"torch.eye({n})", lambda e: torch.eye(n, dtype=e["dtype"]))
    if name == "tensor":
        rows = [[b.number() for _ in range(b.pick(1, 2, 3) if b.wild else 3)] for _ in range(2)]
        return b.let(f"torch.tensor({lua(rows)}{option})", lambda e: torch.tensor(rows, dtype=e["dtype"], **grad))
    first, last = b.pick(0.0, 1.0, -2.0, 0.5), b.pick(3.0, 2.0, 6.25, 1.0)
    if name == "linspace":
        n = b.pick(-1, -2) if b.wild else b.rng.randint(0, 7)
        return b.let(f"torch.linspace({lua(first)}, {lua(last)}, {n})",
                     lambda e: torch.linspace(first, last, n, dtype=e["dtype"]))
    step = b.pick(1.0, 0.5, 2.0, 0.75, *([0.0, -1.0] if b.wild else []))

    def compute(e):  # the last number is included
        return torch.arange(first, last + step * 1.001, step, dtype=e["dtype"])[:math.floor((last - first) / step) + 1].clone()
    b.let(f"torch.arange({lua(first)}, {lua(last)}" + ("" if step == 1 else f", {lua(step)}") + ")", compute)


@operation(3)
def asked(b):
    x = b.tensor()
    rank = b.env[x].dim()
    name = b.pick("item", "totable", "tolist", "size", "size", "dim", "numel", "shape", "requires_grad", "is_leaf", "#",
                  "is_tensor", "is_grad_enabled", "is_contiguous")
    if name == "is_contiguous":
        if x not in [i.name for i in b.inputs]:
            x = b.new(b.shape())
        return b.let(f"{x}:is_contiguous()", lambda e: e[x].is_contiguous())
    if name == "item":
        x = b.tensor(lambda t: t.numel() == 1, shape=[1]) if b.chance(0.8) else x
        return b.let(f"{x}:item()", lambda e: e[x].item())
    if name in ("totable", "tolist"):
        if 0 not in b.env[x].shape[:-1]:  # a table does not tell 2 x 0 from 2
            b.let(f"{x}:{name}()", lambda e: e[x].tolist())
        return
    if name == "size":
        if b.chance(0.4):
            return b.let(f"{x}:size()", lambda e: list(e[x].shape))
        dim = b.dim(rank)
        return b.let(f"{x}:size({dim})", lambda e: e[x].size(D(dim)))
    if name == "#":
        return b.let(f"#{x}", lambda e: len(e[x]))
    text, compute = {
        "dim": (f"{x}:dim()", lambda e: e[x].dim()), "numel": (f"{x}:numel()", lambda e: e[x].numel()),
        "shape": (f"{x}.shape", lambda e: list(e[x].shape)),
        "requires_grad": (f"{x}.requires_grad", lambda e: e[x].requires_grad),
        "is_leaf": (f"{x}.is_leaf", lambda e: e[x].is_leaf),
        "is_tensor": (f"torch.is_tensor({x})", lambda e: True),
        "is_grad_enabled": ("torch.is_grad_enabled()", lambda e: torch.is_grad_enabled()),
    }[name]
    b.let(text, compute)


@operation(1)
def required(b):
    x, on = b.tensor(), b.chance(0.7)
    b.do(f"{x}:requires_grad_({'' if on else 'false'})", lambda e: e[x].requires_grad_(on))


@operation(1)
def gone_back(b):
    """A backward within the program: what it leaves in `grad` is a result."""
    x = b.tensor(lambda t: t.requires_grad)
    leaves = [n for n in b.tensors() if b.env[n].is_leaf and b.env[n].requires_grad]
    if not leaves:
        return
    scalar = b.env[x].numel() == 1 and b.chance(0.7)
    leaf, retain = b.rng.choice(leaves), b.chance(0.7)
    g = None if scalar else b.tensor(lambda t: t.shape == b.env[x].shape, shape=list(b.env[x].shape))
    option = "{retain_graph = true}" if retain else ""
    b.do(f"{x}:backward({', '.join(p for p in [g or '', option] if p)})",
         lambda e: deviations.backward(e[x], None if g is None else e[g].detach(), retain, e["freed"]))
    if b.failed is None and b.env[leaf].grad is not None:
        b.let(f"{leaf}.grad", lambda e: e[leaf].grad)
