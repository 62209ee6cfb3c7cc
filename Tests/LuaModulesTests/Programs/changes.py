"""Indices between brackets, and changes in place."""

import torch

import deviations
from builder import lua, operation
from views import span


def brackets(b, x):
    """An index as Lua writes it, and a function that gives the part of a tensor it means."""
    shape = list(b.env[x].shape)
    if not shape or b.chance(0.4):
        i = b.index(shape[0] if shape else 0)
        return lua(i), [("index", i)]
    if b.chance(0.15):
        return chosen(b, x)
    entries, texts = [], []
    for size in shape[:b.rng.randint(1, len(shape))] + ([2] if b.wild and b.chance(0.2) else []):
        kind, ends = b.pick("index", "range", "range", "all"), span(b, size)
        if kind == "range" and ends is not None:
            entries.append((kind, ends))
            texts.append(lua(list(ends if ends[2] != 1 else ends[:2])))
        elif kind == "index" and (size > 0 or b.wild):
            entries.append((kind, b.index(size)))
            texts.append(lua(entries[-1][1]))
        else:
            entries.append(("all", None))
            texts.append("{}")
    return "{" + ", ".join(texts) + "}", entries


def chosen(b, x):
    """An index that holds a tensor: a mask over the first dimensions, or indices of one; at times two of them."""
    shape, texts, entries = list(b.env[x].shape), [], []
    if b.chance(0.4) and len(b.inputs) < 4:
        m = b.new(shape[:b.rng.randint(1, len(shape))], "b", grad=False, plain_layout=True)
        return f"{m}:ne(0)", [("mask", m)]
    count = b.pick(1, 2, 3)
    for size in shape[:b.rng.randint(1, len(shape))]:
        if b.chance(0.3) or size == 0 and not b.wild:
            entries.append(("all", None))
            texts.append("{}")
            continue
        places = [b.index(size) for _ in range(count)]
        if 0 in places or len(places) == size and set(places) == {1}:  # these could be masks
            places = [-1] * count
        entries.append(("tensor", places))
        texts.append(f"torch.tensor({lua(places)})")
    return (texts[0] if len(texts) == 1 and entries[0][0] == "tensor" else "{" + ", ".join(texts) + "}"), entries


def advanced(x, entries, e):
    """The index of PyTorch for entries that hold tensors."""
    index = []
    for dim, (kind, value) in enumerate(entries):
        if kind == "mask":
            index.append(e[value] != 0)
        elif kind == "tensor":
            index.append(torch.tensor([deviations.within(i, x.shape[dim]) for i in value]))
        else:
            index.append(slice(None))
    return tuple(index)


def holds_tensors(entries):
    return any(kind in ("mask", "tensor") for kind, _ in entries)


def part_of(x, entries, e=None):
    if holds_tensors(entries):
        return x[advanced(x, entries, e)]
    if len(entries) > x.dim():
        raise deviations.Refused("too many")
    dim = 1
    for kind, value in entries:
        if kind == "index":
            x = x.select(dim - 1, deviations.within(value, x.shape[dim - 1]))
        elif kind == "range":
            x, dim = deviations.slice_of(x, dim, *value), dim + 1
        else:
            dim += 1
    return x


@operation(4)
def indexed(b):
    x = b.tensor(lambda t: t.dim() >= 1 or b.wild)
    text, entries = brackets(b, x)
    b.let(f"{x}[{text}]", lambda e: part_of(e[x], entries, e))


# Changes in place

def victim(b):
    """A tensor to change: rarely one that must not be changed, and none that `sharing` made a view of or a copy."""
    def suits(t):
        return not (t.is_leaf and t.requires_grad) and not any(s == 0 and n > 1 and t.numel() for s, n in zip(t.stride(), t.shape))
    names = [n for n in b.tensors() if b.where(n) not in b.shared and (suits(b.env[n]) or b.chance(0.05))]
    if names:
        return b.rng.choice(names)
    x = b.new(b.shape(), grad=False)
    return x if suits(b.env[x]) else None


@operation(4)
def changed_part(b):
    x = victim(b)
    if x is None or b.env[x].dim() == 0 and not b.wild:
        return
    text, entries = brackets(b, x)
    try:
        target = part_of(b.env[x].detach(), entries, b.env).shape
    except Exception:
        target = [1]
    y = b.partner(target, to=True) if b.chance(0.6) else None
    number = b.number()

    def assign(e):
        deviations.changeable(e, x)
        value = deviations.apart(e[y], e[x]) if y else torch.tensor(number, dtype=e["dtype"])
        if holds_tensors(entries):
            e[x][advanced(e[x], entries, e)] = value
        else:
            part_of(e[x], entries).copy_(value)
    b.mutated.append(x)
    if b.chance(0.2) and len(b.inputs) < 4:
        shape = list(b.env[x].shape)
        m = b.new(shape, "b", grad=False, plain_layout=True)
        if b.chance(0.3):
            m = b.partner(shape, to=not b.wild) or m
            return b.do(f"{x}:masked_fill_({m}, {lua(number)})", lambda e: deviations.changeable(e, x).masked_fill_(e[m] != 0, number))
        if b.chance(0.5):
            return b.do(f"{x}[{m}:ne(0)] = {lua(number)}", lambda e: deviations.changeable(e, x).masked_fill_(e[m] != 0, number))
        return b.do(
            f"{x}:masked_fill_({m}, {lua(number)})",
            lambda e: deviations.changeable(e, x).masked_fill_(e[m] != 0, number))
    b.do(f"{x}[{text}] = {y or lua(number)}", assign)


@operation(7)
def changed(b):
    x = victim(b)
    if x is None:
        return
    name = b.pick("add_", "sub_", "mul_", "div_", "copy_", "fill_", "zero_", "clamp_", "normal_", "add_", "mul_")
    options, number = {}, b.number()
    if name in ("fill_", "zero_", "clamp_", "normal_"):
        low, high = b.pick((-1.0, 1.0), (None, 0.5), (0.0, None))
        texts = {"fill_": lua(number), "zero_": "", "clamp_": lua(low) + (f", {lua(high)}" if high is not None else ""),
                 "normal_": f"{lua(number)}, 0"}
        compute = {"fill_": lambda t: t.fill_(number), "zero_": lambda t: t.zero_(),
                   "clamp_": lambda t: t.clamp_(low, high), "normal_": lambda t: t.normal_(number, 0)}[name]
        text, function = f"{x}:{name}({texts[name]})", lambda e: compute(deviations.changeable(e, x))
    else:
        y = b.partner(b.env[x].shape, to=True) if b.chance(0.7) or name == "copy_" else None
        if y is None and name == "copy_":
            return
        if name in ("add_", "sub_") and b.chance(0.3):
            options = {"alpha": b.pick(2.0, -0.5, 0.0)}
        text = f"{x}:{name}({y or lua(number)}" + (f", {{alpha = {lua(options['alpha'])}}})" if options else ")")

        def function(e):
            getattr(deviations.changeable(e, x), name)(deviations.apart(e[y], e[x]) if y else number, **options)
    b.mutated.append(x)
    if b.chance(0.15):
        inner = function

        def function(e):
            with torch.no_grad():
                inner(e)
        text = f"torch.no_grad(function() {text} end)"
    b.do(text, function)
