"""Tensors of other shapes, parts of tensors, and tensors put together."""

import math

import torch
import torch.nn.functional as F

import deviations
from builder import D, call, lua, operation


def factors(b, count):
    """A shape of `count` elements."""
    shape, rest = [], count
    while rest > 1 and len(shape) < 3:
        choices = [d for d in range(1, rest + 1) if rest % d == 0]
        shape.append(b.rng.choice(choices))
        rest //= shape[-1]
    shape += [rest] if rest != 1 or b.chance(0.3) else []
    return shape


@operation(5)
def reshape(b):
    x, name = b.tensor(), b.pick("reshape", "view")
    sizes = factors(b, b.env[x].numel())
    if sizes and b.chance(0.4):
        sizes[b.rng.randrange(len(sizes))] = -1
    if b.wild and sizes:
        sizes[b.rng.randrange(len(sizes))] = b.pick(-2, 0, -1, 5, 2)
    if not sizes:
        return b.let(f"{x}:{name}({{}})", lambda e: e[x].reshape([]))
    b.let(call(b, name, x, *sizes), lambda e: e[x].reshape(sizes))
    b.sharing(x)


@operation(2)
def flatten(b):
    x = b.tensor()
    rank = b.env[x].dim()
    first, last = sorted([b.rng.randint(1, max(rank, 1)), b.rng.randint(1, max(rank, 1))])
    if b.wild:
        first, last = b.dim(rank), b.dim(rank)
    if b.chance(0.3):
        last = -1
    given = (first, last) if last != -1 else (first,)
    b.let(call(b, "flatten", x, *given), lambda e: deviations.flatten(e[x], D(first), D(last)))
    b.sharing(x)


@operation(5)
def turned(b):
    name = b.pick("permute", "transpose", "t", "flip")
    x = b.tensor(lambda t: t.dim() <= 2) if name == "t" and not b.wild else b.tensor()
    rank = b.env[x].dim()
    if name == "t":
        return b.let(call(b, name, x), lambda e: e[x].t())
    if name == "transpose":
        i, j = b.dim(rank), b.dim(rank)
        return b.let(call(b, name, x, i, j), lambda e: e[x].transpose(D(i), D(j)))
    if name == "permute":
        dims = b.rng.sample(range(1, rank + 1), rank)
        dims = [d if b.chance(0.7) else d - rank - 1 for d in dims]
        if b.wild and dims and b.chance(0.7):
            dims[0] = b.dim(rank)
        return b.let(call(b, name, x, *dims), lambda e: e[x].permute([D(d) for d in dims]))
    dims = [b.dim(rank) for _ in range(b.rng.randint(1, 2))]
    b.let(call(b, name, x, *dims), lambda e: e[x].flip([D(d) for d in dims]))


@operation(5)
def sized(b):
    name = b.pick("squeeze", "squeeze", "unsqueeze", "expand", "expand")
    x = b.tensor()
    shape = list(b.env[x].shape)
    if name == "squeeze":
        if b.chance(0.4):
            return b.let(call(b, name, x), lambda e: e[x].squeeze())
        dim = b.dim(len(shape))
        return b.let(call(b, name, x, dim), lambda e: e[x].squeeze(D(dim)))
    if name == "unsqueeze":
        dim = b.dim(len(shape) + 1)
        return b.let(call(b, name, x, dim), lambda e: e[x].unsqueeze(D(dim)))
    target = [b.pick(1, 2, 3) if s == 1 and b.chance(0.7) else -1 if b.chance(0.15) else s for s in shape]
    if b.chance(0.3):
        target = [b.pick(1, 2)] + target
    if math.prod(abs(s) for s in target) > 64:
        return
    if b.wild and target and b.chance(0.7):
        target[b.rng.randrange(len(target))] = b.pick(-2, -1, 0, 2, 4)
    if not target:
        return b.let(f"{x}:expand({{}})", lambda e: e[x].expand([]))
    b.let(call(b, name, x, *target), lambda e: e[x].expand(target))


@operation(2)
def copied(b):
    name, x = b.pick("contiguous", "clone", "detach"), b.tensor()
    b.let(f"{x}:detach()" if name == "detach" else call(b, name, x), lambda e: getattr(e[x], name)(),
          wrapped=name != "contiguous")  # which is a copy or the tensor itself
    b.sharing(x)


def span(b, size):
    """A range within a size: first, last, step."""
    if size == 0 and not b.wild:
        return None
    first, last = sorted([b.rng.randint(1, max(size, 1)), b.rng.randint(1, max(size, 1))])
    if b.wild:
        first, last = b.rng.randint(-size - 2, size + 2), b.rng.randint(-size - 2, size + 2)
    elif b.chance(0.1):
        last = first - 1
    else:
        first, last = (first, last - size - 1) if b.chance(0.3) else (first, last)
    return first, last, b.pick(1, 1, 1, 2, 3, 0 if b.wild else 2)


@operation(5)
def part(b):
    name = b.pick("select", "slice", "index_select", "split")
    x = b.tensor(lambda t: t.dim() >= 1 or b.wild)
    shape = list(b.env[x].shape)
    dim = b.dim(len(shape))
    size = shape[D(dim)] if -len(shape) <= D(dim) < len(shape) else 2
    if name == "select":
        index = b.index(size)
        return b.let(call(b, name, x, dim, index), lambda e: e[x].select(D(dim), D(index)))
    if name == "slice":
        ends = span(b, size)
        if ends is None:
            return
        given = ends if ends[2] != 1 or b.chance(0.3) else ends[:2]
        return b.let(call(b, name, x, dim, *given), lambda e: deviations.slice_of(e[x], dim, *ends))
    if name == "index_select":
        if size == 0 and not b.wild:
            return
        indices = [b.index(size) for _ in range(b.rng.randint(1, 4))]
        text = lua(indices) if b.chance(0.7) else f"torch.tensor({lua(indices)})"

        def compute(e):  # negative indices count from the end; PyTorch refuses them
            width = e[x].shape[D(dim)]
            return e[x].index_select(D(dim), torch.tensor([deviations.within(i, width) for i in indices]))
        return b.let(call(b, name, x, dim, text), compute)
    width, piece = b.pick(1, 2, 3, 0, -1) if b.wild else b.pick(1, 2, 3), b.pick(1, -1)
    given = (width, dim) if dim != 1 or b.chance(0.3) else (width,)
    b.let(f"{call(b, name, x, *given)}[1]" if piece == 1 else f"select(-1, table.unpack({call(b, name, x, *given)}))",
          lambda e: deviations.split(e[x], width, D(dim))[0 if piece == 1 else -1])


@operation(2)
def masked(b):
    x = b.tensor()
    shape = list(b.env[x].shape)
    m = b.new(shape, "b", plain_layout=True) if b.chance(0.6) and len(b.inputs) < 4 else b.partner(shape)
    if m is not None:
        b.let(call(b, "masked_select", x, m), lambda e: deviations.masked_select(e[x], e[m] != 0))


@operation(2)
def pad(b):
    x = b.tensor()
    rank = b.env[x].dim()
    if rank == 0:
        return
    low = [b.pick(0, 0, 1, 2, -1) for _ in range(rank)]
    high = [b.pick(0, 0, 1, -1) for _ in range(rank)]
    if not b.wild:
        for i, size in enumerate(b.env[x].shape):
            if size + min(low[i], 0) + min(high[i], 0) < 0:
                low[i], high[i] = 0, 1
    if b.wild and b.chance(0.2):
        high = high[1:] or [0, 0]
    options = {"value": b.number()} if b.chance(0.4) else {}

    def compute(e):
        if len(low) != e[x].dim() or len(high) != e[x].dim():
            raise deviations.Refused("one number for each dimension")
        flat = [n for pair in zip(low[::-1], high[::-1]) for n in pair]
        return F.pad(e[x], flat, value=options.get("value", 0))
    if math.prod(max(s + i + j, 0) for s, i, j in zip(b.env[x].shape, low, high)) <= 64:
        b.let(call(b, "pad", x, low, high, options=options), compute)


@operation(4)
def joined(b):
    name, x = b.pick("cat", "stack"), b.tensor(lambda t: t.dim() >= 1 or b.chance(0.2))
    shape = list(b.env[x].shape)
    dim = b.dim(len(shape) + (name == "stack"))
    parts = [x]
    for _ in range(b.rng.randint(0, 2)):
        parts.append(b.tensor() if b.wild else b.tensor(lambda t: list(t.shape) == shape, shape=shape))
    if sum(b.env[p].numel() for p in parts) > 64:
        return
    text = "{" + ", ".join(parts) + "}"
    given = f", {dim}" if dim != 1 or b.chance(0.3) else ""
    b.let(f"torch.{name}({text}{given})", lambda e: getattr(torch, name)([e[p] for p in parts], D(dim)))
