"""float64 with the roundings of float32, up or down at random: what another order of operations might give."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten
# Sums of products: their error is a rounding of the sum of magnitudes, not of the result.
SUMS = {
    aten.sum, aten.mean, aten.mm, aten.bmm, aten.mv, aten.dot, aten.addmm, aten.baddbmm, aten.addmv, aten.convolution,
    aten.convolution_backward, aten.upsample_bilinear2d, aten.upsample_trilinear3d, aten.upsample_bilinear2d_backward,
    aten.upsample_trilinear3d_backward,
}
# Differences from a mean, which is rounded within the operation: as if the numbers themselves had been.
CENTRED = {aten.native_batch_norm, aten._native_batch_norm_legit}


def tensors(values):
    return [v for v in values if isinstance(v, torch.Tensor)]


class RandomRounding(TorchDispatchMode):
    """Rounds the result of every operation, those of derivatives too, to one of the two float32 numbers beside it."""

    def __init__(self, seed):
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        options = options or {}
        if function.overloadpacket in CENTRED and arguments[0].dtype == torch.float64:
            numbers = arguments[0]
            noise = 2 ** -24 * (2 * torch.rand(numbers.shape, generator=self.generator) - 1)
            arguments = (numbers * (1 + noise), *arguments[1:])
        result = function(*arguments, **options)
        results = result if isinstance(result, (tuple, list)) else [result]
        if function.overloadpacket in SUMS:
            sizes = [a.abs() if isinstance(a, torch.Tensor) else a for a in arguments]
            bounds = function(*sizes, **options)
            whole = all((t == t.round()).all() for t in tensors(arguments))
            for x, bound in zip(results, bounds if isinstance(bounds, (tuple, list)) else [bounds]):
                if isinstance(x, torch.Tensor) and x.dtype == torch.float64:
                    if whole and (bound < 2 ** 24).all():  # sums of whole numbers are exact
                        continue
                    noise = bound * (2 ** -24 * (2 * torch.rand(x.shape, generator=self.generator) - 1))
                    x.add_(torch.where(x.isfinite() & bound.isfinite(), noise, 0))
        for x in results:
            if isinstance(x, torch.Tensor) and x.dtype == torch.float64:
                self.disturb(x)
        return result

    def disturb(self, x):
        """Elements that are float32 numbers already (those that were only moved among them) stay as they are."""
        near = x.to(torch.float32)
        far = near.to(torch.float64)
        inexact = (far != x) & x.isfinite() & far.isfinite()
        if not bool(inexact.any()):
            return
        beyond = torch.nextafter(near, torch.where(far < x, torch.inf, -torch.inf).to(torch.float32)).to(torch.float64)
        up = torch.rand(x.shape, generator=self.generator) < 0.5
        x.copy_(torch.where(inexact, torch.where(up & beyond.isfinite(), beyond, far), x))
