"""float64 with the roundings of float32, up or down at random: what another order of operations might give."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class RandomRounding(TorchDispatchMode):
    """Rounds the result of every operation, those of derivatives too, to one of the two float32 numbers beside it."""

    def __init__(self, seed):
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        result = function(*arguments, **(options or {}))
        for x in result if isinstance(result, (tuple, list)) else [result]:
            if isinstance(x, torch.Tensor) and x.dtype == torch.float64 and not x.is_complex():
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
