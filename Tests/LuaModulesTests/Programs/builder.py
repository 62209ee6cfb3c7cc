"""Programs under construction: what is written in Lua is done in PyTorch beside it.

A program is a list of inputs, a list of statements and a list of results. A statement is a pair: its text in Lua, and a
function that does the same to a dictionary of PyTorch tensors.
"""

import math
import random

import torch

# The inputs are runs of these pools, which are stored once: the numbers of kind `n` are ordinary ones, `p` positive, `i`
# small whole numbers (ties), `b` zeros and ones, `l` large or small, `z` special ones among ordinary ones, and `w` the weights
# of the sum whose gradient is taken.
POOL = 509
KINDS = "npiblzw"


def pools(seed):
    """The pools by kind: float32 numbers, as lists of Python's floats."""
    rng = random.Random(seed)
    special = [0.0, -0.0, 1e-45, -1e-45, 1e-40, -3e-39, 1.17549435e-38, 1e-30, 1e30, -1e30, 3.4e38, -3.4e38, math.inf,
               -math.inf, math.nan, 1.0, -1.0, 88.0, -88.0, 89.0, -104.0, 0.5, 2.0, 1e4, 1e-7, 16777216.0, 1e20]
    draw = {
        "n": lambda: rng.gauss(0, 1.3),
        "p": lambda: math.exp(rng.uniform(-2, 1.5)),
        "i": lambda: float(rng.choice([-2, -1, 0, 0, 1, 1, 2, 3])),
        "b": lambda: float(rng.random() < 0.5),
        "l": lambda: rng.choice([-1, 1]) * 10 ** rng.uniform(-6, 5),
        "z": lambda: rng.choice(special) if rng.random() < 0.6 else rng.gauss(0, 2),
        "w": lambda: rng.choice([-1, 1]) * rng.uniform(0.5, 1.5),
    }
    return {kind: torch.tensor([draw[kind]() for _ in range(POOL)]).tolist() for kind in KINDS}


def plain(x, dtype):
    """A tensor of Booleans or integers as numbers."""
    return x.to(dtype) if x.dtype != dtype else x


class Refused(Exception):
    """What Lunette refuses by its own documentation, where PyTorch has another rule (see deviations.py)."""


def lua(value):
    """A number, a Boolean or a list in Lua."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "{" + ", ".join(lua(v) for v in value) + "}"
    if isinstance(value, float):
        if math.isnan(value):
            return "0/0"
        if math.isinf(value):
            return "1/0" if value > 0 else "-1/0"
        if value == int(value) and abs(value) < 1e15:
            return "-0.0" if value == 0 and math.copysign(1, value) < 0 else str(int(value))
        return repr(value)
    return str(value)


def D(dim):
    """A dimension or an index as PyTorch counts it; 0, which there is none of in Lua, is out of range."""
    return dim - 1 if dim > 0 else dim if dim < 0 else 10 ** 6


class Program:
    """What `run` needs: inputs, statements and the names of the results."""

    def __init__(self, inputs, statements, results):
        self.inputs, self.statements, self.results = inputs, statements, results

    def text(self):
        """The program's line, but for what is expected of it."""
        inputs = " ".join(f"{i.name}={i.text()}" for i in self.inputs)
        return inputs + "\t" + "; ".join(text for text, _ in self.statements) + "\treturn " + ", ".join(self.results)


class Input:
    """A run of a pool in some layout; a leaf."""

    LAYOUTS = {  # name: (text after the run, shape in memory for a shape, view of what lies in memory)
        "dense": ("", lambda s: s, lambda x: x),
        "reversed": (":permute({dims})", lambda s: s[::-1], lambda x: x.permute(*range(x.dim() - 1, -1, -1))),
        "transposed": (":transpose(-1, -2)", lambda s: s[:-2] + [s[-1], s[-2]], lambda x: x.transpose(-1, -2)),
        "channels": (":transpose(2, -1)", lambda s: [s[0], s[-1]] + s[2:-1] + [s[1]], lambda x: x.transpose(1, -1)),
        "stepped": (":slice(1, 2, -1, 2)", lambda s: [2 * s[0]] + s[1:], lambda x: x[1::2]),
        "narrow": (":slice(-1, 2, {last})", lambda s: s[:-1] + [s[-1] + 2], lambda x: x.narrow(-1, 1, x.shape[-1] - 2)),
        "expanded": (":expand({sizes})", lambda s: [1] + s[1:], None),
    }

    def __init__(self, name, kind, offset, shape, layout, grad):
        self.name, self.kind, self.offset, self.shape, self.layout, self.grad = name, kind, offset, shape, layout, grad

    def text(self):
        after, memory, _ = self.LAYOUTS[self.layout]
        after = after.format(
            dims=",".join(str(d) for d in range(len(self.shape), 0, -1)), sizes=",".join(map(str, self.shape)),
            last=self.shape[-1] + 1 if self.shape else 0)
        sizes = "".join(f",{s}" for s in memory(self.shape))
        return f"{self.kind}({self.offset}{sizes}){after}".replace(", ", ",") + ("+" if self.grad else "")

    def tensor(self, pool, dtype):
        _, memory, view = self.LAYOUTS[self.layout]
        shape = memory(self.shape)
        values = [pool[self.kind][(self.offset + k) % POOL] for k in range(math.prod(shape))]
        x = torch.tensor(values, dtype=torch.float32).to(dtype).reshape(shape)
        x = x.expand(*self.shape) if view is None else view(x)
        return x.detach().requires_grad_(self.grad)

    def put(self, env, pool):
        """Adds the tensor to those of a run; `repeated` are the memories of expanded ones."""
        env[self.name] = x = self.tensor(pool, env["dtype"])
        if x.numel() > 0 and any(step == 0 and size > 1 for step, size in zip(x.stride(), x.shape)):
            env["repeated"].add(x.untyped_storage().data_ptr())


class Builder:
    """Draws one program; operations (see operations.py) add statements to it."""

    SIZES = [1, 1, 2, 2, 3, 3, 4, 5, 7]

    def __init__(self, rng, pool):
        self.rng, self.pool = rng, pool
        self.env, self.inputs, self.statements = {"dtype": torch.float64, "freed": set(), "repeated": set()}, [], []
        self.wild = False               # arguments may make no sense
        self.special = rng.random() < 0.25
        self.failed = None
        self.mutated, self.fresh, self.shared = [], [], set()
        self.most = 40 if rng.random() < 0.15 else 24

    # Drawing

    def chance(self, p):
        return self.rng.random() < p

    def pick(self, *values):
        return self.rng.choice(values)

    def shape(self, rank=None, least=0):
        """A shape of few elements; sizes of 0 are rare, and left out where `least` is 1."""
        rng = self.rng
        while True:
            r = rng.choice([0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4]) if rank is None else rank
            shape = [rng.choice(self.SIZES) for _ in range(r)]
            if r == 1 and self.chance(0.15):
                shape = [rng.choice([15, 16, 17, 31, 33])]
            if r and not least and self.chance(0.06):
                shape[rng.randrange(r)] = 0
            if math.prod(shape) <= max(self.most, math.prod(shape[:1]) if r == 1 else 0):
                return shape

    def number(self):
        rng = self.rng
        if self.special and self.chance(0.3):
            return rng.choice([0.0, -0.0, math.inf, -math.inf, math.nan, 1e30, 1e-40, -1.0, 1.0])
        return rng.choice([-2.0, -1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, round(rng.uniform(-3, 3), 3)])

    def dim(self, rank):
        """A dimension as Lua counts; out of range at times where the program is wild."""
        if self.wild and self.chance(0.6):
            return self.rng.randint(-rank - 2, rank + 2)
        d = self.rng.randint(1, max(rank, 1))
        return d if self.chance(0.6) else d - max(rank, 1) - 1

    def index(self, size):
        if self.wild and self.chance(0.6) or size == 0:
            return self.rng.randint(-size - 2, size + 2)
        i = self.rng.randint(1, size)
        return i if self.chance(0.6) else i - size - 1

    # Tensors

    def new(self, shape, kind=None, grad=None, plain_layout=False):
        """A new input of a shape; its name."""
        rng = self.rng
        if kind is None:
            kind = rng.choices("npilz", [10, 3, 2, 1, 8 if self.special else 0])[0]
        layouts = ["dense"] * 4
        if not plain_layout:
            if len(shape) >= 2:
                layouts += ["reversed", "transposed"]
            if len(shape) >= 3:
                layouts += ["channels", "channels"]
            if len(shape) >= 1 and shape[0] > 0:
                layouts += ["stepped"]
            if len(shape) >= 1 and shape[-1] > 0:
                layouts += ["narrow"]
            if len(shape) >= 1 and shape[0] > 1 and self.chance(0.5):
                layouts += ["expanded"]
        if grad is None:
            grad = self.chance(0.7) and kind not in "b"
        name = "abcdefgh"[len(self.inputs)]
        made = Input(name, kind, rng.randrange(POOL), list(shape), rng.choice(layouts), grad)
        self.inputs.append(made)
        made.put(self.env, self.pool)
        return name

    def tensors(self):
        return [n for n, v in self.env.items() if isinstance(v, torch.Tensor)]

    def tensor(self, suits=lambda x: True, shape=None, kind=None):
        """The name of a tensor, more often a late one, that suits; a new input of `shape` where there is none."""
        names = [n for n in self.tensors() if suits(self.env[n])]
        if names and (len(self.inputs) >= 3 or self.chance(0.85)):
            return names[-1] if self.chance(0.6) else self.rng.choice(names)
        return self.new(shape() if callable(shape) else shape if shape is not None else self.shape(), kind)

    def partner(self, shape, to=False):
        """A tensor that broadcasts with one of `shape` (or to it)."""
        shape = list(shape)
        if self.wild and self.chance(0.5):
            return self.tensor()

        def suits(x):
            try:
                result = list(torch.broadcast_shapes(x.shape, shape))
            except RuntimeError:
                return False
            return result == shape if to else math.prod(result) <= 64
        names = [n for n in self.tensors() if suits(self.env[n])]
        if names and self.chance(0.6):
            return self.rng.choice(names)
        if len(self.inputs) >= 5:
            return self.rng.choice(names) if names else None
        target = [1 if self.chance(0.25) else s for s in shape]
        if self.chance(0.3):
            target = target[self.rng.randint(0, len(target)):]
        elif not to and self.chance(0.1) and math.prod(target) <= 16:
            target = [self.pick(1, 2, 3)] + target
        return self.new(target)

    def where(self, name):
        return self.env[name].untyped_storage().data_ptr()

    def sharing(self, x):
        """The last result is a view of `x` or a copy, by its layout, which results of operations have as they like."""
        if self.failed is None and x not in [i.name for i in self.inputs]:
            self.shared |= {self.where(x), self.where(self.fresh[-1])}

    # Statements

    def let(self, text, function, count=1, wrapped=True):
        """local NAME[, NAME] = TEXT; `function` is given the tensors by name, and returns what the text gives. At times it
        is wrapped by no_grad."""
        taken = set(self.env)
        names = [n for n in "pqrstuvwxyzklmno" if n not in taken][:count]
        if wrapped and self.chance(0.04) and not self.wild and count == 1:
            inner = function
            text = f"torch.no_grad(function() return {text} end)"

            def function(e):
                with torch.no_grad():
                    return inner(e)
        self.do(f"local {', '.join(names)} = {text}", keep(names, function))
        if self.failed is None:
            self.fresh += names
        return names

    def do(self, text, function):
        self.statements.append((text, function))
        try:
            function(self.env)
        except Exception as error:  # whatever PyTorch raises
            self.failed = error


def keep(names, function):
    """A statement's function: keeps what `function` returns under names."""
    def run(env):
        value = function(env)
        if isinstance(value, torch.Tensor):
            value = plain(value, env["dtype"])
        if len(names) == 1:
            value = (value,)
        for name, part in zip(names, value, strict=True):
            env[name] = plain(part, env["dtype"]) if isinstance(part, torch.Tensor) else part
    return run


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
