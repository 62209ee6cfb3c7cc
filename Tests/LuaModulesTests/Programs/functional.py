"""Every operation of `nn.functional`: how it is drawn, said in Lua, and done in PyTorch."""


import torch
import torch.nn.functional as F

import deviations
from builder import lua, operation


def some(b, directions, values, default):
    """An option: absent, one number, or one for each direction."""
    if b.chance(0.35):
        return None
    if b.chance(0.5):
        return [b.pick(*values)]
    count = directions + (b.pick(-1, 1) if b.wild and b.chance(0.3) else 0)
    return [b.pick(*values) for _ in range(count)]


def table(options):
    """The options that are given, as a table at the end of the arguments."""
    texts = [f"{k} = {lua(v[0] if isinstance(v, list) and len(v) == 1 else v)}" for k, v in options.items() if v is not None]
    return ", {" + ", ".join(texts) + "}" if texts else ""


def image(b, directions, channels, least):
    """An input for `directions`; at times of too few dimensions, where the program is wild."""
    if b.wild and b.chance(0.2):
        return b.tensor()
    sides = [b.rng.randint(least, least + (2 if directions == 2 else 1)) for _ in range(directions)]
    if b.wild and b.chance(0.3):
        sides[0] = b.pick(0, 1)
    batch = 0 if b.chance(0.06) else b.pick(1, 1, 2)

    def suits(t):
        return (t.dim() == directions + 2 and t.shape[1] == channels and min(t.shape[2:]) >= least and t.numel() <= 100)
    return b.tensor(suits, shape=[batch, channels] + sides)


@operation(3)
def convolution(b):
    directions, transposed = b.pick(1, 2, 2, 3), b.chance(0.4)
    inner, outer = b.pick(1, 2, 3), b.pick(1, 2, 3)
    kernel = [b.pick(1, 2) if directions == 3 else b.pick(1, 2, 3) for _ in range(directions)]
    x = image(b, directions, inner, 1 if transposed else max(kernel))
    size = ([inner, outer] if transposed else [outer, inner]) + kernel
    if b.wild and b.chance(0.4):
        size[b.rng.randrange(len(size))] += 1
    w = b.new(size, b.pick("n", "n", "i"))
    c = None if b.chance(0.5) else b.new([outer + (b.wild and b.chance(0.3))], "n")
    wild = [0, -1] if b.wild and b.chance(0.5) else []
    stride, padding = some(b, directions, [1, 2, 3] + wild, 1), some(b, directions, [0, 1, 2] + wild[1:], 0)
    options = {"stride": stride, "padding": padding}
    if transposed:
        options["output_padding"] = some(b, directions, [0, 1], 0) if b.chance(0.4) else None
    names = ["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"] if transposed else ["conv1d", "conv2d", "conv3d"]
    name = names[directions - 1]

    def compute(e):
        deviations.spatial(e[x], directions)
        arguments = {k: deviations.option(v, directions) for k, v in options.items() if v is not None}
        one = (1,) * directions
        deviations.transposed_convolution(
            name, arguments.get("stride", one), arguments.get("output_padding", (0,) * directions))
        return deviations.something(getattr(F, name)(e[x], e[w], e[c] if c else None, **arguments))
    b.let(f"F.{name}({x}, {w}" + (f", {c}" if c else "") + table(options) + ")", compute)


@operation(1)
def bayesian(b):
    directions, inner, outer = b.pick(2, 2, 3), b.pick(1, 2), b.pick(1, 2)
    kernel = [b.pick(1, 2) for _ in range(directions)]
    x = image(b, directions, inner, 2)
    size = [outer, inner] + kernel
    m, v = b.new(size, "n"), b.new(size, "n")
    options = {"stride": some(b, directions, [1, 2], 1), "padding": some(b, directions, [0, 1], 0)}

    def parts(e):
        deviations.spatial(e[x], directions)
        arguments = {k: deviations.option(p, directions) for k, p in options.items() if p is not None}
        convolve = getattr(F, f"conv{directions}d")
        return convolve(e[x], e[m], **arguments), convolve(e[x] ** 2, e[v].exp(), **arguments)
    try:
        shape = list(parts(b.env)[0].shape)
    except Exception:
        return
    n = b.new(shape, "n", grad=False)

    def compute(e):
        mean, variance = parts(e)
        return deviations.reading(mean + e[n] * torch.sqrt(variance + 1e-10), e[n])
    b.let(f"F.bayesian_conv({x}, {m}, {v}, {n}{table(options)})", compute)


@operation(2)
def linear(b):
    inner, outer = b.pick(1, 2, 3), b.pick(1, 2, 4)
    x = b.tensor(lambda t: t.dim() >= 1 and t.shape[-1] == inner and t.numel() <= 24, shape=b.shape(b.pick(0, 1, 2)) + [inner])
    w = b.tensor() if b.wild and b.chance(0.3) else b.new([outer, inner + (b.wild and b.chance(0.3))])
    c = None if b.chance(0.5) else b.new([outer + (b.wild and b.chance(0.3))], "n")

    def compute(e):
        if e[w].dim() != 2:  # declared as out x in; PyTorch also takes a single row
            raise deviations.Refused("weight")
        return deviations.product(F.linear(e[x], e[w], e[c] if c else None), e[x], e[w])
    b.let(f"F.linear({x}, {w}" + (f", {c}" if c else "") + ")", compute)


@operation(2)
def instance_norm(b):
    x = image(b, b.pick(2, 3), b.pick(1, 2), 2)
    options = {"eps": b.pick(1e-5, 1e-3, 0.1) if b.chance(0.4) else None, "relu": True if b.chance(0.3) else None}

    def compute(e):
        y = deviations.instance_norm(e[x], options["eps"] or 1e-5)
        return y.relu() if options["relu"] else y
    b.let(f"F.instance_norm({x}{table(options)})", compute)


@operation(2)
def max_pool(b):
    directions = b.pick(2, 2, 3)
    kernel = [b.pick(1, 2, 3) if directions == 2 else b.pick(1, 2) for _ in range(b.pick(1, directions))]
    x = image(b, directions, b.pick(1, 2), max(kernel))
    wild = [0, -1] if b.wild and b.chance(0.5) else []
    stride, padding = some(b, directions, [1, 2, 3] + wild, None), some(b, directions, [0, 0, 1] + wild[1:], 0)
    if not b.wild and padding:
        padding = [min(p, min(kernel) // 2) for p in padding]

    def compute(e):
        deviations.spatial(e[x], directions)
        step = kernel if stride is None else stride
        return getattr(F, f"max_pool{directions}d")(
            e[x], deviations.option(kernel, directions), deviations.option(step, directions),
            deviations.option(padding or [0], directions))
    first = lua(kernel[0] if len(kernel) == 1 else kernel)
    b.let(f"F.max_pool{directions}d({x}, {first}{table({'stride': stride, 'padding': padding})})", compute)


@operation(1)
def upsample(b):
    directions = b.pick(2, 3)
    x = b.tensor(lambda t: t.dim() == directions + 2 and t.numel() <= 12 and deviations.finite(t),
                 shape=[b.pick(1, 2), b.pick(1, 2)] + [b.pick(1, 2, 3) if directions == 2 else b.pick(1, 2)] * directions)
    scale, corners = b.pick(1, 2, 2, 3) if not b.wild else b.pick(0, -1, 2), b.pick(None, True, False)
    if b.env[x].numel() * abs(scale) ** directions > 96 or not deviations.finite(b.env[x]):
        return

    def compute(e):
        if e[x].dim() not in (4, 5):
            raise deviations.Refused("rank")
        mode = "bilinear" if e[x].dim() == 4 else "trilinear"
        return F.interpolate(e[x], scale_factor=scale, mode=mode, align_corners=corners is not False)
    b.let(f"F.upsample({x}, {scale}{table({'align_corners': corners})})", compute)


def dice(x, labels, eps):
    """1 - Dice of the softmax of class 1 (of two classes), over the whole batch."""
    p, t = x.softmax(1)[:, 1], (labels == 1).to(x.dtype)
    return 1 - (2 * (p * t).sum() + eps) / (p.sum() + t.sum() + eps)


@operation(3)
def loss(b):
    name = b.pick("cross_entropy", "cross_entropy", "dice_loss", "segmentation_loss")
    classes = 2 if name != "cross_entropy" else b.pick(1, 2, 3)
    sides = [b.pick(1, 2, 3) for _ in range(b.pick(0, 1, 2))] if name == "cross_entropy" else [2] * b.pick(2, 3)
    batch = b.pick(1, 2, 3)
    x = b.tensor(lambda t: t.dim() >= 2 and t.shape[1] == classes and 0 not in t.shape, shape=[batch, classes] + sides)
    if not b.wild and (b.env[x].dim() < 2 or 0 in b.env[x].shape):
        return
    shape = [s for i, s in enumerate(b.env[x].shape) if i != 1]
    if b.wild and shape and b.chance(0.4):
        shape[0] += 1
    labels = b.new(shape, "b", grad=False)
    if classes == 1:
        b.do(f"{labels}:zero_()", lambda e: deviations.changeable(e, labels).zero_())
    elif classes == 3 and b.chance(0.6):
        b.do(f"{labels}:add_({lua(b.pick(1.0) if not b.wild else 0.5)})",
             lambda e, n=0.5 if b.wild else 1.0: deviations.changeable(e, labels).add_(n))
    if b.failed is not None:
        return
    reduction = b.pick(None, "mean", "sum", "none")
    options = {"reduction": reduction, "eps": b.pick(None, 0.1, 1.0)}
    if name == "cross_entropy":
        del options["eps"]
    if name == "dice_loss":
        del options["reduction"]
    if name == "segmentation_loss":
        options["reduction"] = reduction if reduction != "none" else None
        options |= {"ce_weight": b.pick(None, 0.5, 0.01), "dice_weight": b.pick(None, 2.0, 0.0)}

    def compute(e):
        if e[x].dim() < 2:
            raise deviations.Refused("rank")
        known = deviations.whole(e[labels])
        if known.shape != e[x][:, 0].shape:
            raise deviations.Refused("labels")
        eps = options.get("eps") or 1e-3
        if name == "dice_loss":
            return deviations.loss(dice(e[x], known, eps), e[x], e[labels])
        entropy = F.cross_entropy(e[x], known, reduction=options["reduction"] or "mean")
        if name == "cross_entropy":
            return deviations.loss(entropy, e[x], e[labels])
        weights = [1 if options[k] is None else options[k] for k in ("ce_weight", "dice_weight")]
        return deviations.loss(weights[0] * entropy + weights[1] * dice(e[x], known, eps), e[x], e[labels])
    texts = {k: v for k, v in options.items() if v is not None}
    given = ", ".join(f"{k} = " + (f'"{v}"' if isinstance(v, str) else lua(v)) for k, v in texts.items())
    b.let(f"F.{name}({x}, {labels}" + (f", {{{given}}}" if given else "") + ")", compute)


