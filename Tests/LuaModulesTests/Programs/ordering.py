"""Scans, order along a dimension, counts, and elements at indices."""

import torch

import deviations
from builder import D, call, lua, operation


@operation(4)
def scan(b):
    x, name = b.tensor(), b.pick("cumsum", "cumprod", "logcumsumexp")
    dim = b.dim(b.env[x].dim())
    if name == "cumsum":
        return b.let(call(b, name, x, dim), lambda e: torch.cumsum(e[x], D(dim)))
    function = torch.cumprod if name == "cumprod" else deviations.logcumsumexp
    b.let(call(b, name, x, dim), lambda e: deviations.only_finite(function, e[x], D(dim)))


@operation(2)
def prod(b):
    x = b.tensor()
    if b.chance(0.4):
        return b.let(call(b, "prod", x), lambda e: deviations.only_finite(torch.prod, e[x]))
    dim, keep = b.dim(b.env[x].dim()), b.chance(0.3)
    b.let(call(b, "prod", x, dim, options={"keepdim": True} if keep else {}),
          lambda e: deviations.only_finite(torch.prod, e[x], D(dim), keep))


@operation(6)
def ordered(b):
    x, name = b.tensor(), b.pick("sort", "argsort", "topk", "median")
    rank = b.env[x].dim()
    dim = -1 if b.chance(0.3) else b.dim(rank)
    given = () if dim == -1 and b.chance(0.7) else (dim,)
    if name == "median":
        if b.chance(0.3):
            return b.let(call(b, name, x), lambda e: torch.median(e[x].contiguous()))
        keep = b.chance(0.3)
        return b.let(call(b, name, x, dim, options={"keepdim": True} if keep else {}),
                     lambda e: deviations.median(e[x], D(dim), keep), count=2)
    down = b.chance(0.5)
    if name == "topk":
        size = b.env[x].shape[D(dim)] if rank and -rank <= D(dim) < rank else 1
        k = b.rng.randint(0, size) + (b.wild and b.chance(0.5))
        return b.let(call(b, name, x, k, *given, options={} if down else {"largest": False}),
                     lambda e: deviations.topk(e[x], k, D(dim), down), count=2)
    options = {"descending": True} if down else {}

    def compute(e):
        values, indices = torch.sort(e[x], dim=D(dim), descending=down, stable=True)
        return (values, indices + 1) if name == "sort" else indices + 1
    b.let(call(b, name, x, *given, options=options), compute, count=2 if name == "sort" else 1)


@operation(2)
def quantile(b):
    x = b.tensor()
    shares = b.pick(0.0, 0.25, 0.5, 1.0, round(b.rng.random(), 3), [0.5], [0.1, 0.9], [1.0, 0.0, 0.625])
    if b.wild and b.chance(0.4):
        shares = b.pick(1.5, -0.25, [0.5, 2.0])
    dim, keep = None if b.chance(0.3) else b.dim(b.env[x].dim()), b.chance(0.3)
    b.let(call(b, "quantile", x, shares, dim, options={"keepdim": True} if keep else {}),
          lambda e: deviations.quantile(e[x], shares, None if dim is None else D(dim), keep))


@operation(2)
def counted(b):
    x = b.tensor(kind="i") if b.chance(0.5) else b.tensor()
    if b.chance(0.5):
        bins, ends = b.pick(1, 2, 3, 5, 10), b.pick((), (-1.0, 2.0), (0.0, 1.0), (-3.0, 3.0))
        if b.wild:
            bins, ends = b.pick(bins, 0, -1), b.pick(ends, (2.0, 1.0))
        return b.let(call(b, "histc", x, bins, *ends), lambda e: torch.histc(e[x].detach(), bins, *ends))
    options = {name: True for name in ("return_inverse", "return_counts") if b.chance(0.5)}

    def compute(e):
        found = torch.unique(e[x].detach(), **options)
        if "return_inverse" in options:
            found = (found[0], found[1] + 1, *found[2:])
        return found
    b.let(call(b, "unique", x, options=options), compute, count=1 + len(options))


def indices(b, shape, axis):
    """Indices of a dimension as Lua writes them, at times transposed, and as nested lists."""
    sizes = [s if b.chance(0.6) else b.rng.randint(min(s, 1), s) for s in shape]
    sizes[axis] = b.pick(1, 2, 3) if shape[axis] else 0
    if b.chance(0.03):
        sizes[axis] = 0
    if b.wild and b.chance(0.3):
        sizes[b.rng.randrange(len(sizes))] += 1
    if 0 in sizes:
        return f"torch.zeros({', '.join(map(str, sizes))})", torch.zeros(sizes)

    def nested(sizes):
        return [nested(sizes[1:]) for _ in range(sizes[0])] if sizes else b.index(shape[axis])
    if len(sizes) > 1 and b.chance(0.3):
        values = nested([sizes[1], sizes[0]] + sizes[2:])
        return f"torch.tensor({lua(values)}):transpose(1, 2)", torch.tensor(values).transpose(0, 1)
    values = nested(sizes)
    return f"torch.tensor({lua(values)})", torch.tensor(values)


@operation(6)
def placed(b):
    name = b.pick("gather", "scatter", "scatter_add")
    x = b.tensor(lambda t: t.dim() >= 1)
    shape = list(b.env[x].shape)
    if not shape:
        return
    dim = b.dim(len(shape))
    axis = D(dim) if -len(shape) <= D(dim) < len(shape) else 0
    text, index = indices(b, shape, axis)
    if name == "gather":
        return b.let(call(b, name, x, dim, text), lambda e: e[x].gather(D(dim), deviations.indices(index, e[x], D(dim))))
    if name == "scatter" and b.chance(0.3):
        number = b.number()
        return b.let(call(b, name, x, dim, text, number),
                     lambda e: e[x].scatter(D(dim), deviations.indices(index, e[x], D(dim)), number))
    sizes = list(index.shape)
    source = b.tensor() if b.wild and b.chance(0.3) else b.tensor(lambda t: list(t.shape) == sizes, shape=sizes)
    b.let(call(b, name, x, dim, text, source), lambda e: deviations.scatter(name, e[x], D(dim), index, e[source]))


@operation(2)
def rolled(b):
    x = b.tensor()
    rank = b.env[x].dim()
    if b.chance(0.3):
        shift = b.rng.randint(-9, 9)
        return b.let(call(b, "roll", x, shift), lambda e: torch.roll(e[x], shift))
    count = b.rng.randint(1, 2)
    shifts, dims = [b.rng.randint(-9, 9) for _ in range(count)], [b.dim(rank) for _ in range(count)]
    if b.wild and b.chance(0.3):
        dims = dims[:1] * 3
    single = len(dims) == 1 == count and b.chance(0.7)
    b.let(call(b, "roll", x, shifts[0] if single else shifts, dims[0] if single else dims),
          lambda e: torch.roll(e[x], shifts, [D(d) for d in dims]))


@operation(2)
def meshgrid(b):
    parts = [b.tensor(lambda t: t.dim() <= 1 and t.numel() <= 5, shape=b.pick([], [1], [2], [3], [4], [0]))
             for _ in range(b.rng.randint(1, 3))]
    if b.wild and b.chance(0.5):
        parts[0] = b.tensor()
    indexing = b.pick("ij", "ij", "xy")
    option = ', {indexing = "xy"}' if indexing == "xy" else ""
    b.let(f"torch.meshgrid({{{', '.join(parts)}}}{option})",
          lambda e: deviations.meshgrid([e[p] for p in parts], indexing), count=len(parts))


@operation(2)
def one_hot(b):
    x = b.tensor() if b.wild and b.chance(0.5) else b.new(b.shape(), "b")
    classes = b.pick(None, 2, 3, 5)
    if b.wild:
        classes = b.pick(classes, 0, 1, -2)
    b.let(call(b, "one_hot", x, classes), lambda e: deviations.one_hot(e[x].detach(), classes))
