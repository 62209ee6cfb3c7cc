"""Reductions, questions about all elements, and products of matrices."""

import torch

import deviations
from builder import D, call, operation


def several(b, rank):
    """No dimension, one, or a list of some."""
    kind = b.rng.random()
    if kind < 0.3 or rank == 0 and kind < 0.7:
        return None
    if kind < 0.7 or rank < 2:
        return b.dim(rank)
    dims = b.rng.sample(range(1, rank + 1), b.rng.randint(1, rank))
    dims = [d if b.chance(0.6) else d - rank - 1 for d in dims]
    return dims + dims[:1] if b.wild and b.chance(0.3) else dims


def places(dims, rank):
    return tuple(range(rank)) if dims is None else tuple(D(d) for d in dims) if isinstance(dims, list) else (D(dims),)


@operation(9)
def reduction(b):
    x, name = b.tensor(), b.pick("sum", "sum", "mean", "var", "std", "norm", "logsumexp")
    dims, keep = several(b, b.env[x].dim()), b.chance(0.3)
    options = {"keepdim": keep} if keep else {}
    unbiased = not (name in ("var", "std") and b.chance(0.4))
    if not unbiased:
        options["unbiased"] = False

    def compute(e):
        at = places(dims, e[x].dim())
        if name in ("var", "std"):
            return getattr(torch, name)(e[x], at or None, correction=int(unbiased), keepdim=keep)
        if name == "norm":
            return torch.linalg.vector_norm(e[x], 2, at or None, keepdim=keep)
        return getattr(torch, name)(e[x], at, keepdim=keep)
    b.let(call(b, name, x, dims, options=options), compute)


@operation(5)
def extreme(b):
    x, name = b.tensor(), b.pick("max", "min", "argmax", "argmin")
    if b.chance(0.4):
        return b.let(call(b, name, x), lambda e: getattr(torch, name)(e[x]) + (name.startswith("arg")))
    dim, keep = b.dim(b.env[x].dim()), b.chance(0.3)
    options = {"keepdim": True} if keep else {}
    text = call(b, name, x, dim, options=options)
    if name.startswith("arg"):
        return b.let(text, lambda e: getattr(torch, name)(e[x], D(dim), keepdim=keep) + 1)

    def compute(e):
        values, indices = getattr(torch, name)(e[x], D(dim), keepdim=keep)
        indices = (indices + 1).to(e["dtype"])
        return deviations.reading(values, indices), indices
    b.let(text, compute, count=2)


@operation(3)
def question(b):
    x = b.tensor()
    name = b.pick("any", "all", "equal", "allclose")
    if name in ("any", "all"):
        return b.let(call(b, name, x), lambda e: bool(getattr(torch, name)(e[x])))
    y = b.tensor(lambda t: t.shape == b.env[x].shape, shape=list(b.env[x].shape))
    if name == "equal":
        return b.let(call(b, name, x, y), lambda e: torch.equal(e[x], e[y]))
    options = b.pick({}, {"rtol": 0.1}, {"atol": 1.0}, {"rtol": 0.0, "atol": 0.0})
    b.let(call(b, name, x, y, options=options), lambda e: torch.allclose(e[x], e[y], **options))


@operation(4)
def matmul(b):
    x = b.tensor(lambda t: t.dim() >= 1, shape=lambda: b.shape(b.pick(1, 2, 2, 3)))
    depth = b.env[x].shape[-1] if b.env[x].dim() else 1

    def suits(t):
        try:
            return torch.matmul(b.env[x], t).numel() <= 64
        except RuntimeError:
            return False
    if b.wild and b.chance(0.5):
        y = b.tensor()
    else:
        batch = [b.pick(1, s) for s in b.env[x].shape[:-2]] or [b.pick(1, 2)]
        shape = b.pick([depth], [depth, b.pick(1, 2, 3)], [depth, b.pick(1, 2, 4)], batch + [depth, b.pick(1, 2)])
        y = b.tensor(suits, shape=shape)
    b.let(call(b, "matmul", x, y), lambda e: deviations.product(torch.matmul(e[x], e[y]), e[x], e[y]))
