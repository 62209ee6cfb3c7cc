"""Normalisations, activations, averages and tables of `nn.functional`: how they are drawn, said in Lua, and done in PyTorch."""

import torch
import torch.nn.functional as F

import deviations
from builder import call, lua, operation
from functional import image, some, table


def vector(b, size, chance=0.6):
    """The name of a new vector, at times of a wrong size where the program is wild; None where there is none."""
    if not b.chance(chance):
        return None
    return b.new([size + (b.wild and b.chance(0.3))], "n", grad=b.chance(0.7))


def given(*names):
    """Positional arguments, without those that are left out at the end."""
    names = list(names)
    while names and names[-1] is None:
        names.pop()
    return "".join(", " + (name or "nil") for name in names)


def channels_first(b, channels):
    """An input of N x C x ..."""
    sides = [b.pick(1, 2, 3) for _ in range(b.pick(0, 1, 1, 2, 2, 3))]
    batch = 0 if b.chance(0.08) else b.pick(1, 2, 2, 3)

    def suits(t):
        return t.dim() >= 2 and t.shape[1] == channels and t.numel() <= 60 and 0 not in t.shape[1:]
    return b.tensor(suits, shape=[batch, channels] + sides)


def value(e, name):
    return None if name is None else e[name]


@operation(1)
def gates(b):
    name, x = b.pick("gelu", "gelu", "silu"), b.tensor()
    function = F.gelu if name == "gelu" else F.silu
    if b.chance(0.5):
        return b.let(call(b, name, x), lambda e: function(e[x]))
    approximate = b.pick(None, "none", "tanh", "tanh") if name == "gelu" else None
    text = f', {{approximate = "{approximate}"}}' if approximate else ""
    options = {"approximate": approximate} if approximate else {}
    b.let(f"F.{name}({x}{text})", lambda e: function(e[x], **options))


@operation(1)
def prelu(b):
    channels = b.pick(1, 2, 3)
    x = channels_first(b, channels) if b.chance(0.7) else b.tensor()
    w = b.new([b.pick(1, channels) + (b.wild and b.chance(0.4))], "n")

    def compute(e):
        if e[w].numel() > 1 and (e[x].dim() < 2 or e[x].shape[1] != e[w].numel()):
            raise deviations.Refused("weight")
        return F.prelu(e[x], e[w])
    b.let(f"F.prelu({x}, {w})", compute)


@operation(1)
def group_norm(b):
    groups, each = b.pick(1, 2, 3), b.pick(1, 2, 3)
    channels = groups * each
    x = channels_first(b, channels) if not b.wild or b.chance(0.7) else b.tensor()
    w, c = vector(b, channels), vector(b, channels)
    count = groups if not b.wild else b.pick(groups, 4, 5)
    eps = b.pick(None, 1e-3, 0.1)

    def compute(e):
        return deviations.group_norm(e[x], count, value(e, w), value(e, c), eps or 1e-5)
    b.let(f"F.group_norm({x}, {count}{given(w, c)}{table({'eps': eps})})", compute)


@operation(1)
def layer_norm(b):
    shape = [b.pick(1, 2, 3, 4, 5) for _ in range(b.pick(1, 1, 2))]
    leading = [0 if b.chance(0.05) else b.pick(1, 2, 3) for _ in range(b.pick(0, 1, 2))]
    x = b.tensor(lambda t: list(t.shape[-len(shape):]) == shape and t.dim() >= len(shape) and t.numel() <= 60,
                 shape=leading + shape)
    if b.wild and b.chance(0.4):
        shape[0] += 1
    w, c = (b.new(shape, "n") if b.chance(0.5) else None for _ in range(2))
    eps = b.pick(None, 1e-3, 0.1)
    size = lua(shape[0] if len(shape) == 1 and b.chance(0.5) else shape)
    b.let(f"F.layer_norm({x}, {size}{given(w, c)}{table({'eps': eps})})",
          lambda e: deviations.reading(F.layer_norm(e[x], shape, value(e, w), value(e, c), eps or 1e-5), e[x]))


@operation(1)
def batch_norm(b):
    channels = b.pick(1, 2, 3)
    x = channels_first(b, channels)
    training = b.chance(0.5)
    running = not training or b.chance(0.6)
    m, v = (b.new([channels], kind, grad=False, plain_layout=True) if running else None for kind in "np")
    w, c = vector(b, channels, 0.5) if len(b.inputs) < 6 else None, None
    options = {"training": True if training else None, "momentum": b.pick(None, 0.5, 1.0) if training else None,
               "eps": b.pick(None, 1e-3, 0.1)}

    def compute(e):
        if e[x].numel() // channels < 2 and training:
            raise deviations.Refused("one element of each channel")
        return deviations.reading(
            deviations.batch_norm(
                e[x], value(e, m), value(e, v), value(e, w), value(e, c), training, options["momentum"] or 0.1,
                options["eps"] or 1e-5), *([e[x]] if training else []))
    b.let(f"F.batch_norm({x}{given(m, v, w, c)}{table(options)})", compute, wrapped=False)
    if b.failed is None and running and training:
        b.mutated += [m, v]


@operation(1)
def average_pools(b):
    directions = b.pick(2, 2, 3)
    name = "avg_pool" + ("2d" if directions == 2 else "3d")
    kernel = [b.pick(1, 2, 3) if directions == 2 else b.pick(1, 2) for _ in range(b.pick(1, directions))]
    x = image(b, directions, b.pick(1, 2), max(kernel))
    wild = [0, -1] if b.wild and b.chance(0.5) else []
    stride, padding = some(b, directions, [1, 2, 3] + wild, None), some(b, directions, [0, 0, 1] + wild[1:], 0)
    if not b.wild and padding:
        padding = [min(p, min(kernel) // 2) for p in padding]
    options = {"stride": stride, "padding": padding, "ceil_mode": b.pick(None, True, False),
               "count_include_pad": b.pick(None, True, False), "divisor_override": b.pick(None, None, 1, 3)}

    def compute(e):
        deviations.spatial(e[x], directions)
        given = {k: v for k, v in options.items() if k not in ("stride", "padding") and v is not None}
        step = kernel if stride is None else stride
        return deviations.something(getattr(F, f"avg_pool{directions}d")(
            e[x], deviations.option(kernel, directions), deviations.option(step, directions),
            deviations.option(padding or [0], directions), **given))
    first = lua(kernel[0] if len(kernel) == 1 else kernel)
    assert name in ("avg_pool2d", "avg_pool3d")
    b.let(f"F.{name}({x}, {first}{table(options)})", compute)


@operation(1)
def adaptive_pools(b):
    directions = b.pick(2, 3)
    x = image(b, directions, b.pick(1, 2), 1)
    size = [b.pick(1, 2, 3, 4) if directions == 2 else b.pick(1, 2, 3) for _ in range(b.pick(1, directions))]
    if b.wild and b.chance(0.5):
        size[0] = b.pick(0, -1)
    name = "adaptive_avg_pool2d" if directions == 2 else "adaptive_avg_pool3d"

    def compute(e):
        deviations.spatial(e[x], directions)
        if min(size) < 1:
            raise deviations.Refused("output_size")
        return deviations.something(getattr(F, name)(e[x], deviations.option(size, directions)))
    b.let(f"F.{name}({x}, {lua(size[0] if len(size) == 1 else size)})", compute)


@operation(1)
def embedding(b):
    rows, width = b.pick(1, 2, 3, 4), b.pick(1, 2, 3)
    w = b.new([rows, width], "n")
    places = [b.pick(*range(1, rows + 1)) if not b.wild else b.pick(rows + 1, 0, 1, -1) for _ in range(b.pick(1, 2, 3))]
    padding = b.pick(None, None, 1)
    shape = b.pick("", f":reshape({len(places)}, 1)")

    def compute(e):
        if any(p == 0 or abs(p) > rows for p in places):
            raise deviations.Refused("index")
        index = torch.tensor([p - 1 if p > 0 else rows + p for p in places])
        return F.embedding(index.reshape(-1, 1) if shape else index, e[w], padding_idx=None if padding is None else 0)
    b.let(f"F.embedding(torch.tensor({lua(places)}){shape}, {w}{table({'padding_idx': padding})})", compute)
