"""Every operation of `torch` and of tensors: how it is drawn, said in Lua, and done in PyTorch."""

import math

import torch
import torch.nn.functional as F

import deviations
from builder import D, lua

OPERATIONS = []  # (weight, function)


def operation(weight=1.0):
    def add(function):
        OPERATIONS.append((weight, function))
        return function
    return add


def call(b, name, x, *arguments, options=None):
    """`x:name(...)`, or `torch.name(x, ...)`, which is declared beside most methods."""
    given = list(arguments)
    while given and given[-1] is None:
        given.pop()
    texts = [a if isinstance(a, str) else lua(a) for a in given]
    if options:
        texts.append("{" + ", ".join(f"{k} = {lua(v)}" for k, v in options.items()) + "}")
    if b.chance(0.25):
        return f"torch.{name}(" + ", ".join([x] + texts) + ")"
    return f"{x}:{name}(" + ", ".join(texts) + ")"


# Element by element

UNARY = {
    "exp": torch.exp, "log": torch.log, "sqrt": torch.sqrt, "square": torch.square, "abs": torch.abs, "neg": torch.neg,
    "sin": torch.sin, "cos": torch.cos, "relu": torch.relu, "elu": F.elu, "softplus": F.softplus,
    "sigmoid": torch.sigmoid, "tanh": torch.tanh,
}
BINARY = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "pow": torch.pow, "maximum": torch.maximum,
    "minimum": torch.minimum, "eq": torch.eq, "ne": torch.ne, "lt": torch.lt, "le": torch.le, "gt": torch.gt,
    "ge": torch.ge,
}
OPERATORS = {"+": torch.add, "-": torch.sub, "*": torch.mul, "/": torch.div, "^": torch.pow}


@operation(14)
def unary(b):
    name, x = b.pick(*UNARY), b.tensor()
    if name == "neg" and b.chance(0.5):
        return b.let(f"-{x}", lambda e: -e[x])
    b.let(call(b, name, x), lambda e: UNARY[name](e[x]))


@operation(1)
def leaky_relu(b):
    x, slope = b.tensor(), b.pick(None, 0.2, 0.0, 1.0, 2.0)
    b.let(call(b, "leaky_relu", x, slope), lambda e: F.leaky_relu(e[x], 0.01 if slope is None else slope))


@operation(2)
def clamp(b):
    x = b.tensor()
    low, high = b.pick((-1.0, 1.0), (None, 0.5), (0.0, None), (0.0, 0.0), (-0.5, 2.0), (b.number(), b.number()))
    if low is None and high is None:
        return
    b.let(call(b, "clamp", x, low, high), lambda e: deviations.clamp(e[x], low, high))


@operation(2)
def softmaxes(b):
    x, name = b.tensor(), b.pick("softmax", "log_softmax")
    dim = b.dim(b.env[x].dim())
    b.let(call(b, name, x, dim), lambda e: getattr(torch, name)(e[x], D(dim)))


@operation(16)
def binary(b):
    x = b.tensor()
    y = b.partner(b.env[x].shape) if b.chance(0.6) else None
    number = b.number()
    if y is not None and b.chance(0.5):
        x, y = y, x
    right = y or lua(number)

    def value(e):
        return e[y] if y is not None else number
    if b.chance(0.5):
        sign = b.pick(*OPERATORS)
        if y is None and b.chance(0.4):
            text = f"{right} {sign} {x}" if not right.startswith("-") and "/" not in right else f"({right}) {sign} {x}"
            return b.let(text, lambda e: OPERATORS[sign](torch.tensor(number, dtype=e["dtype"]), e[x]))
        text = f"{x} {sign} {right}" if not right.startswith("-") and "/" not in right else f"{x} {sign} ({right})"
        return b.let(text, lambda e: OPERATORS[sign](e[x], value(e)))
    name = b.pick(*BINARY)

    def compute(e):
        other = value(e)
        if name in ("maximum", "minimum") and y is None:  # numbers are taken here, too
            other = torch.tensor(number, dtype=e["dtype"])
        return BINARY[name](e[x], other)
    b.let(call(b, name, x, right), compute)


@operation(2)
def where(b):
    x = b.tensor()
    shape = list(b.env[x].shape)
    c = b.new(shape, "b") if b.chance(0.3) and len(b.inputs) < 4 else b.partner(shape)
    if c is None:
        return
    first, second = None if b.chance(0.2) else x, b.partner(shape) if b.chance(0.7) else None
    numbers = b.number(), b.number()

    def value(e, name, number):
        return e[name] if name else torch.tensor(number, dtype=e["dtype"])
    b.let(f"torch.where({c}, {first or lua(numbers[0])}, {second or lua(numbers[1])})",
          lambda e: torch.where(e[c] != 0, value(e, first, numbers[0]), value(e, second, numbers[1])))


# Reductions

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
        return values, indices + 1
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
    b.let(call(b, "matmul", x, y), lambda e: torch.matmul(e[x], e[y]))


# Views and parts

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


@operation(2)
def flatten(b):
    x = b.tensor()
    rank = b.env[x].dim()
    first, last = sorted([b.rng.randint(1, max(rank, 1)), b.rng.randint(1, max(rank, 1))])
    if b.wild:
        first, last = b.dim(rank), b.dim(rank)
    if b.chance(0.3):
        return b.let(call(b, "flatten", x, first), lambda e: deviations.flatten(e[x], D(first), -1))
    b.let(call(b, "flatten", x, first, last), lambda e: deviations.flatten(e[x], D(first), D(last)))


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
    b.let(f"{x}:detach()" if name == "detach" else call(b, name, x), lambda e: getattr(e[x], name)())


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
    m = b.new(b.env[x].shape, "b", plain_layout=True) if len(b.inputs) < 4 else b.partner(b.env[x].shape, to=True)
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


# Indices between brackets

def brackets(b, x):
    """An index as Lua writes it, and a function that gives the part of a tensor it means."""
    shape = list(b.env[x].shape)
    if not shape or b.chance(0.4):
        i = b.index(shape[0] if shape else 0)
        return lua(i), [("index", i)]
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


def part_of(x, entries):
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
    if b.chance(0.2) and len(b.inputs) < 4:
        m = b.new(b.env[x].shape, "b", plain_layout=True)
        return b.let(f"{x}[{m}]", lambda e: e[x][e[m] != 0])
    text, entries = brackets(b, x)
    b.let(f"{x}[{text}]", lambda e: part_of(e[x], entries))


# Changes in place

def victim(b):
    """A tensor to change: rarely one that must not be changed."""
    def suits(t):
        return not (t.is_leaf and t.requires_grad) and not any(s == 0 and n > 1 for s, n in zip(t.stride(), t.shape))
    names = [n for n in b.tensors() if (suits(b.env[n]) or b.chance(0.05))]
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
        target = part_of(b.env[x].detach(), entries).shape
    except Exception:
        target = [1]
    y = b.partner(target, to=True) if b.chance(0.6) else None
    number = b.number()

    def assign(e):
        part = part_of(e[x], entries)
        part.copy_(deviations.apart(e[y], part) if y else torch.tensor(number, dtype=e["dtype"]))
    b.mutated.append(x)
    if b.chance(0.2) and len(b.inputs) < 4:
        m = b.new(b.env[x].shape, "b", grad=False, plain_layout=True)
        if b.chance(0.5):
            return b.do(f"{x}[{m}] = {lua(number)}", lambda e: e[x].masked_fill_(e[m] != 0, number))
        return b.do(f"{x}:masked_fill_({m}, {lua(number)})", lambda e: e[x].masked_fill_(e[m] != 0, number))
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
        text, function = f"{x}:{name}({texts[name]})", lambda e: compute(e[x])
    else:
        y = b.partner(b.env[x].shape, to=True) if b.chance(0.7) or name == "copy_" else None
        if y is None and name == "copy_":
            return
        if name in ("add_", "sub_") and b.chance(0.3):
            options = {"alpha": b.pick(2.0, -0.5, 0.0)}
        text = f"{x}:{name}({y or lua(number)}" + (f", {{alpha = {lua(options['alpha'])}}})" if options else ")")

        def function(e):
            getattr(e[x], name)(deviations.apart(e[y], e[x]) if y else number, **options)
    b.mutated.append(x)
    if b.chance(0.15):
        inner = function

        def function(e):
            with torch.no_grad():
                inner(e)
        text = f"torch.no_grad(function() {text} end)"
    b.do(text, function)


# Making tensors, and asking them

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
        return torch.arange(first, last + step * 1.001, step, dtype=e["dtype"])[:math.floor((last - first) / step) + 1]
    b.let(f"torch.arange({lua(first)}, {lua(last)}" + ("" if step == 1 else f", {lua(step)}") + ")", compute)


@operation(3)
def asked(b):
    x = b.tensor()
    rank = b.env[x].dim()
    name = b.pick("item", "totable", "tolist", "size", "size", "dim", "numel", "shape", "requires_grad", "is_leaf", "#",
                  "is_tensor", "is_grad_enabled", "is_contiguous")
    if name == "is_contiguous":
        x = b.pick(*[i.name for i in b.inputs])
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
