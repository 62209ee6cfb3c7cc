"""`torch.linalg`, and other operations on matrices. What is unique up to signs only is compared by what is made of it."""

import torch

import deviations
from builder import D, call, lua, operation
from reductions import several


class Kept(torch.autograd.Function):
    """Derivatives read arguments and results, so that those must not be changed: PyTorch does not read all of them."""

    @staticmethod
    def forward(context, count, *tensors):
        context.set_materialize_grads(False)  # a count has no gradient
        results = [t.clone() for t in tensors[:count]]
        context.save_for_backward(*results, *tensors[count:])
        return tuple(results)

    @staticmethod
    def backward(context, *gradients):
        rest = len(context.saved_tensors) - len(gradients)
        return None, *gradients, *[None] * rest


def kept(result, *tensors):
    if isinstance(result, torch.Tensor):
        return Kept.apply(1, result, *tensors)[0]
    return Kept.apply(len(result), *result, *tensors)


def finite(*tensors):
    """NaN and infinite numbers are refused where LAPACK would be given them."""
    if not all(bool(t.isfinite().all()) for t in tensors):
        raise deviations.Refused("not finite")


def batch(b):
    return b.pick([], [], [], [1], [2], [3], [2, 1], [0] if b.chance(0.5) else [2])


def side(b):
    return 0 if b.chance(0.05) else b.pick(1, 2, 2, 3, 3)


def options(given):
    return "{" + ", ".join(f"{k} = {lua(v)}" for k, v in given.items()) + "}" if given else None


def linalg(name, *arguments):
    return f"torch.linalg.{name}(" + ", ".join(a for a in arguments if a) + ")"


def square(b, shape=None):
    """Square matrices; at times others, where the program is wild."""
    n = side(b)
    shape = batch(b) + [n, n] if shape is None else shape
    if b.wild and b.chance(0.3):
        shape = shape[:-1] + [shape[-1] + 1]
    return b.new(shape, b.pick("n", "n", "n", "p", "i") if not b.wild else None)


def regular(b):
    """Matrices that are far from singular."""
    x = square(b)
    n = b.env[x].shape[-1]
    if b.chance(0.5) or b.failed:
        return x
    return b.let(f"{x} + torch.eye({n}) * 3", lambda e: e[x] + torch.eye(n, dtype=e["dtype"]) * 3)[0]


def definite(b):
    x = b.new(batch(b) + [side(b), b.pick(1, 2, 3)], "n")
    n = b.env[x].shape[-2]
    return b.let(f"{x}:matmul({x}:transpose(-1, -2)) + torch.eye({n})",
                 lambda e: e[x].matmul(e[x].transpose(-1, -2)) + torch.eye(n, dtype=e["dtype"]))[0]


@operation(1)
def cholesky(b):
    x = square(b) if b.chance(0.2) else definite(b)
    given = {"upper": True} if b.chance(0.4) else {}

    def compute(e):
        finite(e[x])
        return kept(torch.linalg.cholesky(e[x], **given), e[x])
    b.let(linalg("cholesky", x, options(given)), compute)


@operation(2)
def system(b):
    x, name = regular(b), b.pick("solve", "solve", "solve_triangular")
    if b.failed or x not in b.env:
        return
    shape = list(b.env[x].shape)
    n, left = shape[-1], b.chance(0.7)
    k = b.pick(1, 2, 3, 0 if b.chance(0.3) else 1)
    front = [b.pick(1, s) if s else s for s in shape[:-2]]
    if b.chance(0.3):
        front = front[1:]
    elif b.chance(0.2):
        front = [2] + [1] * len(front)
    right = front + ([n, k] if left else [k, n])
    if name == "solve" and b.chance(0.25):
        right = [n] if b.chance(0.5) else shape[:-1]
    if b.wild and b.chance(0.3):
        right = [s + 1 for s in right]
    y = b.new(right, "n")
    given = {} if left else {"left": False}
    if name == "solve_triangular":
        given["upper"] = b.chance(0.5)
        if b.chance(0.3):
            given["unitriangular"] = True

    def compute(e):
        finite(e[x], e[y])
        if name == "solve":
            return kept(torch.linalg.solve(e[x], e[y], left=left), e[x], e[y])
        result = torch.linalg.solve_triangular(
            e[x], e[y], upper=given["upper"], left=left, unitriangular=given.get("unitriangular", False))
        if result.numel() > 0 and "unitriangular" not in given and bool((e[x].diagonal(dim1=-2, dim2=-1) == 0).any()):
            raise deviations.Refused("a zero on the diagonal")
        return kept(result, e[x], e[y])
    b.let(linalg(name, x, y, options(given)), compute)


@operation(2)
def of_square(b):
    x, name = regular(b), b.pick("inv", "det", "slogdet", "logdet")
    if b.failed or x not in b.env:
        return

    def compute(e):
        finite(e[x])
        if name in ("inv", "det"):
            return kept(deviations.det(e[x]) if name == "det" else torch.linalg.inv(e[x]), e[x])
        if e[x].requires_grad and bool((torch.linalg.det(e[x]) == 0).any()):
            raise deviations.Refused("no derivative of a zero determinant")
        if name == "logdet":
            return kept(torch.logdet(e[x]), e[x])
        sign, logarithm = torch.linalg.slogdet(e[x])
        return sign.detach(), kept(logarithm, e[x])
    if name == "logdet":
        return b.let(call(b, name, x), compute)
    b.let(linalg(name, x), compute, count=2 if name == "slogdet" else 1)


@operation(1)
def least_squares(b):
    m, n, k = side(b), side(b), b.pick(1, 2)
    x = b.new(batch(b) + [m, n], "n")
    if b.chance(0.4):
        def invert(e):
            finite(e[x])
            return kept(torch.linalg.pinv(e[x]), e[x])
        return b.let(linalg("pinv", x), invert)
    y = b.new(list(b.env[x].shape[:-2]) + [m + (b.wild and b.chance(0.3)), k], "n")

    def compute(e):
        finite(e[x], e[y])
        return kept(torch.linalg.lstsq(e[x], e[y]).solution, e[x], e[y])
    b.let(linalg("lstsq", x, y), compute)


@operation(2)
def spectrum(b):
    """Values, products of the factors, and squares of the vectors, none of which depends on signs."""
    name = b.pick("eigh", "eigvalsh", "svd", "svd", "svdvals", "qr")
    part = b.pick("product", "squares")
    if name in ("eigh", "eigvalsh"):
        x = square(b)
        if b.failed:
            return
        if b.chance(0.7) and b.env[x].shape[-1] == b.env[x].shape[-2]:
            y = x
            x = b.let(f"{y} + {y}:transpose(-1, -2)", lambda e: e[y] + e[y].transpose(-1, -2))[0]
    else:
        x = b.new(batch(b) + [side(b), side(b)], "n")
    if x not in b.env:
        return

    def symmetric(e):
        finite(e[x])
        values, vectors = kept(torch.linalg.eigh(e[x]), e[x])
        return (vectors * values.unsqueeze(-2)).matmul(vectors.transpose(-1, -2)) if part == "product" else vectors.square()

    def orthogonal(e):
        finite(e[x])
        q, r = kept(torch.linalg.qr(e[x]), e[x])
        if bool((r.diagonal(dim1=-2, dim2=-1).abs() < 1e-9).any()):
            raise deviations.Refused("no derivative of dependent columns")
        return q.matmul(r) if part == "product" else r.square()

    def values(e):
        finite(e[x])
        return kept(getattr(torch.linalg, name)(e[x]), e[x])
    if name in ("eigvalsh", "svdvals"):
        return b.let(linalg(name, x), values)
    if name == "eigh":
        text = "(L * S:unsqueeze(-2)):matmul(L:transpose(-1, -2))" if part == "product" else "L:square()"
        return b.let(f"(function() local S, L = {linalg('eigh', x)} return {text} end)()", symmetric)
    if name == "qr":
        text = "Q:matmul(R)" if part == "product" else "R:square()"
        return b.let(f"(function() local Q, R = {linalg('qr', x)} return {text} end)()", orthogonal)
    given = {"full_matrices": False} if b.chance(0.5) else {}
    k = min(b.env[x].shape[-2:])
    first = k > 0 and not given
    U, V = ("U:slice(-1, 1, {0})".format(k), "V:slice(-2, 1, {0})".format(k)) if first else ("U", "V")
    if k == 0:
        return b.let(f"(function() local U, S, V = {linalg('svd', x, options(given))} return U:square() end)()",
                     lambda e: torch.linalg.svd(e[x], **given)[0].square())

    def singular(e):
        finite(e[x])
        u, s, v = kept(torch.linalg.svd(e[x], **given), e[x])
        u, v = u[..., :k], v[..., :k, :]
        return (u * s.unsqueeze(-2)).matmul(v) if part == "product" else v.square()
    text = f"({U} * S:unsqueeze(-2)):matmul({V})" if part == "product" else f"{V}:square()"
    b.let(f"(function() local U, S, V = {linalg('svd', x, options(given))} return {text} end)()", singular)


ORDERS = {"1/0": float("inf"), "-1/0": -float("inf"), "1": 1, "-1": -1, "2": 2, "-2": -2, "'fro'": "fro", "'nuc'": "nuc",
          "3": 3, "0": 0, "0.5": 0.5}


@operation(3)
def norms(b):
    name, keep = b.pick("norm", "vector_norm", "matrix_norm"), b.chance(0.3)
    order, option = b.rng.choice(list(ORDERS)), "{keepdim = true}" if keep else None
    if name == "vector_norm":
        x = b.tensor()
        dims = several(b, b.env[x].dim())
        if "'" in order:
            order = "1"
    else:
        x = b.tensor(lambda t: t.dim() >= 2, shape=lambda: b.shape(b.pick(2, 2, 3)))
        rank = b.env[x].dim()
        if name == "norm" and b.chance(0.5):
            dims = b.pick(None, b.dim(rank))
            if isinstance(dims, int) and "'" in order and not b.wild:
                order = "3"
            order = b.pick(order, "nil")
        else:
            dims = [b.dim(rank), b.dim(rank)] if b.wild else [D(d) + 1 for d in b.rng.sample(range(1, rank + 1), 2)]
            if name == "matrix_norm" and b.chance(0.4):
                dims = None

    def compute(e):
        value = None if order == "nil" else ORDERS[order]
        at = None if dims is None else tuple(D(d) for d in dims) if isinstance(dims, list) else D(dims)
        if name == "vector_norm":
            return kept(torch.linalg.vector_norm(e[x], value, at, keepdim=keep), e[x])
        is_matrix = name == "matrix_norm" or isinstance(at, tuple) or at is None and value is not None and e[x].dim() == 2
        if is_matrix and value in (2, -2, "nuc"):
            finite(e[x])
        if name == "matrix_norm":
            return kept(torch.linalg.matrix_norm(e[x], value, (-2, -1) if at is None else at, keepdim=keep), e[x])
        return kept(torch.linalg.norm(e[x], value, at, keepdim=keep), e[x])
    place = "nil" if dims is None and keep else None if dims is None else lua(dims)
    b.let(linalg(name, x, order, place, option), compute)


@operation(3)
def products(b):
    name = b.pick("mm", "bmm", "mv", "dot", "outer", "addmm")
    i, j, k, n = (0 if b.chance(0.04) else b.pick(1, 2, 3, 4) for _ in range(4))
    shapes = {"mm": ([i, j], [j, k]), "bmm": ([n, i, j], [n, j, k]), "mv": ([i, j], [j]), "dot": ([i], [i]),
              "outer": ([i], [j]), "addmm": ([i, j], [j, k])}[name]

    def suited(shape):
        return b.tensor(lambda t: list(t.shape) == shape, shape=shape)
    x = suited(shapes[0])
    y = b.tensor() if b.wild and b.chance(0.5) else suited(shapes[1])
    if name != "addmm":
        return b.let(call(b, name, x, y), lambda e: kept(getattr(torch, name)(e[x], e[y]), e[x], e[y]))
    z = suited(b.pick([i, k], [k], [1, k], [i, 1], []))
    given = {o: b.pick(0.5, 2.0, -1.0, 0.0) for o in ("alpha", "beta") if b.chance(0.4)}
    b.let(call(b, "addmm", z, x, y, options=given),
          lambda e: kept(torch.addmm(e[z], e[x], e[y], **given), e[z], e[x], e[y]))


@operation(3)
def parts(b):
    """Diagonals and triangles."""
    name = b.pick("diag", "diagonal", "tril", "triu", "trace")
    offset = b.pick(0, 0, 1, -1, 2, -3) if not b.wild else b.pick(0, 7, -7)
    if name == "diag":
        x = b.tensor(lambda t: t.dim() == 2 or t.dim() == 1 and len(t) < 5, shape=lambda: b.shape(2))
        if b.env[x].dim() == 1 and abs(offset) + len(b.env[x]) > 7:
            offset = 0
        return b.let(call(b, name, x, offset or None), lambda e: torch.diag(e[x], offset))
    if name == "trace":
        x = b.tensor(lambda t: t.dim() == 2 or b.wild, shape=lambda: b.shape(2))
        return b.let(call(b, name, x), lambda e: torch.trace(e[x]))
    x = b.tensor(lambda t: t.dim() >= 2, shape=lambda: b.shape(b.pick(2, 2, 3)))
    if name != "diagonal":
        return b.let(call(b, name, x, offset or None), lambda e: getattr(torch, name)(e[x], offset))
    rank = b.env[x].dim()
    given = [offset] if b.chance(0.5) else [offset, *([b.dim(rank), b.dim(rank)] if b.wild else b.rng.sample(range(1, rank + 1), 2))]
    b.let(call(b, name, x, *given), lambda e: torch.diagonal(e[x], offset, *[D(d) for d in given[1:]]))
    b.sharing(x)


@operation(2)
def distances(b):
    m = 0 if b.chance(0.05) else b.pick(1, 2, 3)
    front = batch(b)
    rows = b.pick(1, 2, 3, 4)
    if b.chance(0.15):
        rows, m, front = b.pick(26, 30), b.pick(1, 2), []
    x = b.new(front + [rows, m], "n")
    y = b.new([b.pick(1, s) if s else s for s in front] + [b.pick(1, 2, 3), m + (b.wild and b.chance(0.4))], "n")
    p = b.pick(None, None, 2.0, 1.0, 3.0, 0.0, float("inf"))
    given = {} if p is None else {"p": p}

    def compute(e):
        if p == 0:  # a count has no gradient: PyTorch gives zeros
            return torch.cdist(e[x].detach(), e[y].detach(), p)
        return kept(torch.cdist(e[x], e[y], 2.0 if p is None else p), e[x], e[y])
    b.let(f"torch.cdist({x}, {y}" + (f", {options(given)}" if given else "") + ")", compute)


@operation(3)
def einsum(b):
    letters = b.rng.sample("ijkABz", 4)
    sizes = {letter: 0 if b.chance(0.02) else b.pick(1, 2, 2, 3) for letter in letters}
    free = [b.pick(1, 2) for _ in range(b.pick(0, 0, 0, 1, 2))]
    terms, names = [], []
    for _ in range(b.pick(1, 1, 2, 2, 2, 3)):
        term = [b.rng.choice(letters) for _ in range(b.pick(0, 1, 2, 2, 3))]
        shape = [1 if b.chance(0.05) and term.count(letter) == 1 else sizes[letter] for letter in term]
        if free and b.chance(0.8):
            place, some = b.rng.randint(0, len(term)), free[b.rng.randint(0, len(free)):]
            shape[place:place] = [b.pick(1, s) for s in some]
            term.insert(place, "...")
        if b.wild and b.chance(0.3):
            shape = shape + [2]
        if len(b.inputs) > 5:
            return
        terms.append("".join(term))
        names.append(b.new(shape, b.pick("n", "n", "i")))
    equation = b.pick(",", ", ").join(terms)
    used = [letter for letter in letters if any(letter in t for t in terms)]
    if b.chance(0.6):
        result = b.rng.sample(used, b.rng.randint(0, len(used)))
        if any("..." in t for t in terms) and b.chance(0.9):
            result.insert(b.rng.randint(0, len(result)), "...")
        if b.wild and b.chance(0.4):
            result.append(b.pick("q", "i"))
        equation += b.pick("->", " -> ") + "".join(result)
    arguments = ", ".join(names) if b.chance(0.8) else "{" + ", ".join(names) + "}"
    b.let(f"torch.einsum('{equation}', {arguments})",
          lambda e: kept(torch.einsum(equation, *[e[n] for n in names]), *[e[n] for n in names]))
