"""Where Lunette and PyTorch differ on purpose: the reference does what Lunette documents. Each function says why."""

import torch

from builder import D, Refused


def within(value, size):
    """An index from 1 or from -1 backwards. Ranges that leave the tensor are refused: Python cuts them silently."""
    if not (1 <= abs(value) <= size):
        raise Refused("index")
    return value - 1 if value > 0 else size + value


def slice_of(x, dim, first, last, step=1):
    """Ranges include their last index, as Lua's do; {n, n - 1} is the empty one."""
    if step < 1:
        raise Refused("step")
    size = x.shape[D(dim)] if x.dim() else x.shape[10 ** 6]
    start = within(first, size)
    if last == first - 1 and first > 0:
        return x.narrow(D(dim), start, 0)
    end = within(last, size)
    index = [slice(None)] * x.dim()
    index[D(dim)] = slice(start, max(end + 1, start), step)
    return x[tuple(index)]


def floor_divide(x, y):
    """It carries no gradient; PyTorch refuses to go back through it."""
    return torch.floor_divide(x.detach(), y.detach() if isinstance(y, torch.Tensor) else y)


def answer(compare, x, y):
    """Lua makes one Boolean of ==, < and so on. A tensor equals itself, as any Lua value does."""
    if x is y and compare is torch.eq:
        return True
    if x.numel() != 1 or y.numel() != 1:
        raise Refused("one element")
    return bool(compare(x.reshape([]), y.reshape([])))


def elu(x):
    """The gradient at NaN is that of the result: PyTorch's depends on where in the tensor the element lies."""
    return reading(torch.where(x.isnan(), x, torch.nn.functional.elu(torch.where(x.isnan(), 1, x))), x)


def instance_norm(x, eps):
    """An image of one voxel becomes 0, as at the lowest level of a network for a small image: PyTorch refuses that."""
    if x.dim() > 2 and x.shape[2:].numel() == 1:
        return (x - x.mean(tuple(range(2, x.dim())), keepdim=True)) / eps ** 0.5
    return torch.nn.functional.instance_norm(x, eps=eps)


def batch_norm(x, mean, variance, weight, bias, training, momentum, eps):
    """The gradient is right in every layout: PyTorch's is not where channels run fastest and those of the gradient do not, nor
    where the weight has gaps. And what equals the running mean becomes 0 and no rounding error."""
    if x.dim() < 2 or 0 in x.shape[1:]:
        raise Refused("nothing")
    parts = [None if part is None else part.contiguous() for part in (weight, bias)]
    result = torch.nn.functional.batch_norm(x.contiguous(), mean, variance, *parts, training, momentum, eps)
    if training:
        return result
    column = [x.shape[1]] + [1] * (x.dim() - 2)
    result = (x - mean.reshape(column)) / (variance.reshape(column) + eps).sqrt()
    result = result if weight is None else result * weight.reshape(column)
    return result if bias is None else result + bias.reshape(column)


def group_norm(x, groups, weight, bias, eps):
    """A group of one element becomes 0, as in `instance_norm`: PyTorch refuses a single one of these."""
    if x.dim() < 2 or 0 in x.shape[1:] or x.shape[1] % groups:
        raise Refused("channels")
    if x.numel() == groups:
        y = (x - x) / eps ** 0.5
        column = [x.shape[1]] + [1] * (x.dim() - 2)
        y = y if weight is None else y * weight.expand(x.shape[1]).reshape(column)
        return reading(y if bias is None else y + bias.expand(x.shape[1]).reshape(column), x)
    return reading(torch.nn.functional.group_norm(x, groups, weight, bias, eps), x)


def clamp(x, least, most):
    """Bounds that contradict each other (or NaN) are refused: PyTorch gives the upper one everywhere."""
    if least is None and most is None:
        raise Refused("no bounds")
    low = float("-inf") if least is None else least
    high = float("inf") if most is None else most
    if not low <= high:
        raise Refused("bounds")
    return torch.clamp(x, least, most)


def whole(x):
    """Numbers that are no whole numbers are refused as indices and labels: there are no integer tensors in Lunette."""
    if not bool((x == x.floor()).all()) or not bool(x.isfinite().all()):
        raise Refused("whole numbers")
    return x.long()


def spatial(x, directions):
    """Images have a batch and channels: PyTorch also takes them without a batch, which hides a forgotten dimension."""
    if x.dim() != directions + 2:
        raise Refused("rank")


def something(y):
    """An image without voxels is refused: PyTorch makes it where the batch is empty."""
    if 0 in y.shape[1:]:
        raise Refused("nothing is left")
    return y


def option(values, directions):
    """One number for all directions, or one for each."""
    if len(values) not in (1, directions):
        raise Refused("one number, or one for each direction")
    return tuple(values) if len(values) == directions else tuple(values) * directions


def undecided(error):
    """Programs are left out in which a view that was made within no_grad is changed outside, which PyTorch refuses though
    gradients know what it is a view of; those in which the gradient of a loss is infinite, as 0 * infinity spreads to
    other classes where softmax and entropy are one operation; what has no derivative, such as logarithms of zero
    determinants; gradients of products and the like by infinite elements, which PyTorch divides by; and averages over a
    window that fits only with its padding, which PyTorch knows of images but not of volumes."""
    reasons = ("A view was created in no_grad mode", "infinite gradient of a loss", "no derivative of",
               "gradient by infinite elements", "smaller than kernel size")
    return any(reason in str(error) for reason in reasons)


def flatten(x, first, last):
    """One dimension flattened is a view like others: PyTorch gives the tensor itself, which no_grad then does not touch."""
    y = torch.flatten(x, first, last)
    return x.view(x.shape) if y is x else y


def backward(x, gradient, retain, freed):
    """A graph that was gone through is freed: PyTorch refuses to go through it again only where an operation kept values.
    And each backward makes `grad` another tensor: PyTorch adds to the one that there is, which others may have."""
    reached, pending = set(), [x.grad_fn]
    while pending:
        node = pending.pop()
        if node is not None and node not in reached:
            reached.add(node)
            pending += [n for n, _ in node.next_functions]
    nodes = {node for node in reached if not node.name().endswith("AccumulateGrad")}
    if nodes & freed:
        raise Refused("freed")
    leaves = {node.variable for node in reached if node.name().endswith("AccumulateGrad")} | ({x} if x.is_leaf else set())
    before = {leaf: leaf.grad for leaf in leaves}
    for leaf in leaves:
        leaf.grad = None
    x.backward(gradient, retain_graph=True)
    for leaf, grad in before.items():
        leaf.grad = grad if leaf.grad is None else leaf.grad if grad is None else grad + leaf.grad
    if not retain:
        freed |= nodes


def masked_select(x, mask):
    """The tensor may be changed in place afterwards, as its elements are not needed again: PyTorch refuses that."""
    shape = torch.broadcast_shapes(x.shape, mask.shape)
    places = mask.expand(shape).reshape(-1).nonzero()[:, 0]
    return x.expand(shape).reshape(-1).index_select(0, places)


class Read(torch.autograd.Function):
    """What a derivative reads."""

    @staticmethod
    def forward(context, result, *tensors):
        context.save_for_backward(*tensors)
        return result.clone()

    @staticmethod
    def backward(context, gradient):
        count = len(context.saved_tensors)
        return gradient, *[None] * count


def reading(result, *tensors):
    """Losses and convolutions read their arguments again, so that those must not be changed: PyTorch may read copies."""
    return Read.apply(result, *tensors)


class Loss(torch.autograd.Function):
    """A loss, whose gradient has to be finite."""

    @staticmethod
    def forward(_, result):
        return result.clone()

    @staticmethod
    def backward(_, gradient):
        if not bool(gradient.isfinite().all()):
            raise Refused("infinite gradient of a loss")
        return gradient


def loss(result, logits, labels):
    """See `reading` and `undecided`."""
    return Loss.apply(reading(result, logits, labels))


def product(result, x, y):
    """Products of matrices read the factors: PyTorch copies them in some shapes."""
    return reading(result, *([x] if y.requires_grad else []), *([y] if x.requires_grad else []))


def finite(x):
    """Upsampling goes through the directions in another order, so that 0 * infinity spreads to other places."""
    return bool(x.isfinite().all())


def apart(x, target):
    """What is written may lie in the tensor that it is written to, and is read first: PyTorch refuses that."""
    return x.clone() if x.untyped_storage().data_ptr() == target.untyped_storage().data_ptr() else x


def changeable(e, name):
    """Elements that lie in one place are not changed in place, nor parts of them: PyTorch lets some operations do that."""
    x = e[name]
    if x.numel() > 0 and any(step == 0 and size > 1 for step, size in zip(x.stride(), x.shape)):
        raise Refused("expanded")
    if x.untyped_storage().data_ptr() in e["repeated"]:
        raise Refused("a part of an expanded one")
    return x


def transposed_convolution(name, stride, extra):
    """The output padding is less than the stride also where the batch is empty."""
    if name.startswith("conv_transpose") and any(e >= s for e, s in zip(extra, stride)):
        raise Refused("output_padding")


def det(x):
    """The gradient is that of the cofactors also where the determinant is 0: PyTorch gives 0 there, which is wrong."""
    if x.shape[-1] == 0 or not bool((torch.linalg.det(x) == 0).any()):
        return torch.linalg.det(x)
    if x.shape[-1] == 1:
        return x[..., 0, 0]
    columns = range(x.shape[-1])
    minors = [det(x[..., 1:, [c for c in columns if c != column]]) for column in columns]
    return sum((-1) ** c * x[..., 0, c] * minors[c] for c in columns)


def split(x, size, dim):
    """The parts are views like others: PyTorch forbids changes in place of views that came several at once."""
    sizes = [part.shape[dim] for part in x.detach().split(size, dim)]
    return [x.narrow(dim, sum(sizes[:i]), n) for i, n in enumerate(sizes)]


def only_finite(function, x, *arguments):
    """What `function` gives; see `undecided`."""
    if x.requires_grad and not bool(x.isfinite().all()):
        raise Refused("gradient by infinite elements")
    return Loss.apply(function(x, *arguments))


def median(x, dim, keep):
    """Of equal elements the index is that of a stable order: PyTorch's is any of theirs. Of expanded tensors PyTorch 2.15
    gives the median of memory that was never written."""
    values = torch.median(x.detach().contiguous(), dim, keep).values
    if x.dim() == 0:
        return x.clone(), torch.tensor(1)
    ordered, order = torch.sort(x.detach(), dim=dim, stable=True)
    place = torch.full_like(order.narrow(dim, 0, 1), (x.shape[dim] - 1) // 2)
    missing = ordered.isnan().sum(dim, keepdim=True)
    index = order.gather(dim, torch.where(missing > 0, x.shape[dim] - missing, place))
    chosen = x.gather(dim, index)
    chosen, index = (chosen, index) if keep else (chosen.squeeze(dim), index.squeeze(dim))
    assert torch.equal(chosen.nan_to_num(0.5), values.nan_to_num(0.5))
    return chosen, index + 1


def topk(x, k, dim, largest):
    """Equal elements keep their order; PyTorch's may come in any."""
    values = torch.topk(x.detach(), k, dim, largest).values
    if x.dim() == 0:
        return x.clone(), torch.tensor(1)
    ordered, order = torch.sort(x, dim=dim, descending=largest, stable=True)
    assert torch.equal(ordered.narrow(dim, 0, k).nan_to_num(0.5), values.nan_to_num(0.5))
    return ordered.narrow(dim, 0, k), order.narrow(dim, 0, k) + 1


def quantile(x, shares, dim, keep):
    """An element itself is taken as it is, and what lies between two is their sum by shares, also where one is infinite:
    PyTorch makes NaN of 0 times infinity, and of infinity - infinity."""
    at = torch.tensor(shares, dtype=torch.float32).to(x.dtype)
    result = torch.quantile(x, at, dim, keep)
    low, high = (torch.quantile(x, at, dim, keep, interpolation=i) for i in ("lower", "higher"))
    positions = at * ((x.numel() if dim is None else x.shape[dim] if x.dim() else 1) - 1)
    weights = (positions - positions.floor()).reshape(list(at.shape) + [1] * (result.dim() - at.dim()))
    assert torch.allclose(result[result.isfinite()], torch.lerp(low, high, weights)[result.isfinite()])
    return torch.where(weights == 0, low, low + (high - low) * weights)


def indices(index, x, dim):
    """Indices count from 1, or from -1 backwards; PyTorch refuses negative ones."""
    size = x.shape[dim]
    if bool(((index == 0) | (index.abs() > size)).any()):
        raise Refused("index")
    return torch.where(index > 0, index - 1, size + index).long()


def scatter(name, x, dim, index, source):
    """Of several elements for one place the last stays: PyTorch's may be any. What is not put has the gradient 0."""
    places = indices(index, x, dim)
    if index.numel() > 0:
        if source.dim() != index.dim() or any(s < i for s, i in zip(source.shape, index.shape)):
            raise Refused("src")
        for d, size in enumerate(index.shape):
            source = source.narrow(d, 0, size)
    return getattr(x, name)(dim, places, source)


def meshgrid(tensors, indexing):
    """The grids are views like others: PyTorch forbids changes in place of views that came several at once."""
    if any(t.dim() > 1 for t in tensors):
        raise Refused("rank")
    sizes = [t.numel() for t in tensors]
    grids = [t.reshape([-1 if k == d else 1 for k in range(len(sizes))]).expand(sizes) for d, t in enumerate(tensors)]
    if indexing == "xy" and len(grids) > 1:
        grids = [g.transpose(0, 1) for g in grids]
    for grid, wanted in zip(grids, torch.meshgrid(tensors, indexing=indexing)):
        assert grid.shape == wanted.shape
    return tuple(grids) if len(grids) > 1 else grids[0]


def one_hot(x, classes):
    """Without classes PyTorch takes 0 and below for a number to find out."""
    if classes is not None and classes < 1:
        raise Refused("num_classes")
    return torch.nn.functional.one_hot(whole(x), -1 if classes is None else classes)


def gammainc(a, x):
    """A gradient by the concentration is refused at once: PyTorch refuses it when it goes back."""
    if a.requires_grad and torch.is_grad_enabled():
        raise Refused("concentration")
    return torch.special.gammainc(a, x)


def logcumsumexp(x, dim):
    """The gradient is made of differences of the results: PyTorch takes logarithms of gradients, and loses their digits
    beside large elements."""
    result = torch.logcumsumexp(x, dim)
    if x.dim() == 0 or x.shape[dim] == 0 or x.numel() == 0:
        return result
    steps = torch.stack([x.narrow(dim, 0, k + 1).logsumexp(dim) for k in range(x.shape[dim])], dim)
    assert torch.allclose(result, steps, equal_nan=True)
    return Kept.apply(reading(steps, x))


def digamma(x):
    """The derivative at a pole is infinite: PyTorch's is a large number."""
    if x.requires_grad and bool(((x <= 0) & (x == x.floor())).any()):
        raise Refused("gradient by infinite elements")
    return torch.digamma(x)


class Kept(torch.autograd.Function):
    """What a derivative reads of its own result."""

    @staticmethod
    def forward(context, result):
        kept = result.clone()
        context.save_for_backward(kept)
        return kept

    @staticmethod
    def backward(context, gradient):
        return gradient + 0 * len(context.saved_tensors)


class Expm1(torch.autograd.Function):
    """e^x - 1, whose derivative is e^x: PyTorch adds 1 to the result, of which nothing is left far below 0."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return torch.expm1(x)

    @staticmethod
    def backward(context, gradient):
        return gradient * torch.exp(context.saved_tensors[0])
