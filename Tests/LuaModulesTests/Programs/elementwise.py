"""Operations element by element, comparisons and logic."""

import torch
import torch.nn.functional as F

import deviations
from builder import D, call, lua, operation

UNARY = {
    "exp": torch.exp, "log": torch.log, "sqrt": torch.sqrt, "square": torch.square, "abs": torch.abs, "neg": torch.neg,
    "sin": torch.sin, "cos": torch.cos, "relu": torch.relu, "elu": deviations.elu, "softplus": F.softplus,
    "sigmoid": torch.sigmoid, "tanh": torch.tanh, "logical_not": torch.logical_not, "expm1": deviations.Expm1.apply,
    "log1p": torch.log1p, "log2": torch.log2, "log10": torch.log10, "rsqrt": torch.rsqrt, "reciprocal": torch.reciprocal,
    "tan": torch.tan, "atan": torch.atan, "erf": torch.erf, "erfc": torch.erfc, "erfinv": torch.erfinv,
    "lgamma": torch.lgamma, "digamma": deviations.digamma, "floor": torch.floor, "ceil": torch.ceil, "round": torch.round,
    "trunc": torch.trunc, "sign": torch.sign, "isnan": torch.isnan, "isinf": torch.isinf, "isfinite": torch.isfinite,
}
BINARY = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "pow": torch.pow, "maximum": torch.maximum,
    "minimum": torch.minimum, "eq": torch.eq, "ne": torch.ne, "lt": torch.lt, "le": torch.le, "gt": torch.gt,
    "ge": torch.ge, "remainder": torch.remainder, "floor_divide": deviations.floor_divide,
    "logical_and": torch.logical_and, "logical_or": torch.logical_or, "logical_xor": torch.logical_xor, "fmod": torch.fmod,
    "atan2": torch.atan2,
}
ALSO_NUMBERS = {"maximum", "minimum", "logical_and", "logical_or", "logical_xor", "atan2"}  # PyTorch takes tensors only
OPERATORS = {
    "+": torch.add, "-": torch.sub, "*": torch.mul, "/": torch.div, "^": torch.pow, "%": torch.remainder,
    "//": deviations.floor_divide,
}


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
    if b.wild and b.chance(0.3):
        low, high = None, None
    b.let(call(b, "clamp", x, low, high), lambda e: deviations.clamp(e[x], low, high))


@operation(1)
def nan_to_num(b):
    x, given = b.tensor(), [b.pick(None, 0.0, -2.5), b.pick(None, 3.0), b.pick(None, -3.0)]
    largest = torch.finfo(torch.float32).max

    def compute(e):
        nan, high, low = (d if v is None else v for v, d in zip(given, [0.0, largest, -largest]))
        return torch.nan_to_num(e[x], nan, high, low)
    b.let(call(b, "nan_to_num", x, *given), compute)


@operation(2)
def gammainc(b):
    x = b.tensor()
    a = b.partner(b.env[x].shape)
    if a is not None:
        a, x = (a, x) if b.chance(0.8) else (x, a)
        b.let(call(b, "gammainc", a, x), lambda e: deviations.gammainc(e[a], e[x]))


@operation(2)
def softmaxes(b):
    x, name = b.tensor(), b.pick("softmax", "log_softmax")
    dim = b.dim(b.env[x].dim())
    b.let(call(b, name, x, dim), lambda e: getattr(torch, name)(e[x], D(dim)))


@operation(22)
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
        if name in ALSO_NUMBERS and y is None:
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


@operation(2)
def logic(b):
    """Masks, which comparisons give, and the operators of masks."""
    x = b.tensor()
    y = b.partner(b.env[x].shape)
    if y is None:
        return
    first, second, sign = b.number(), b.number(), b.pick("&", "|", "~", "not")
    if sign == "not":
        return b.let(f"~{x}:gt({lua(first)})", lambda e: ~(e[x] > first))
    join = {"&": torch.logical_and, "|": torch.logical_or, "~": torch.logical_xor}[sign]
    b.let(f"{x}:gt({lua(first)}) {sign} {y}:le({lua(second)})", lambda e: join(e[x] > first, e[y] <= second))


@operation(1)
def answered(b):
    """Lua's own comparisons, which give one Boolean and so are for tensors of one element."""
    x = b.tensor() if b.wild else b.tensor(lambda t: t.numel() == 1, shape=[b.pick(1)])
    y, sign = b.tensor(lambda t: t.numel() == 1, shape=[]), b.pick("==", "<", "<=", ">", ">=")
    compare = {"==": torch.eq, "<": torch.lt, "<=": torch.le, ">": torch.gt, ">=": torch.ge}[sign]
    b.let(f"{x} {sign} {y}", lambda e: deviations.answer(compare, e[x], e[y]))
