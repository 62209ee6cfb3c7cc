"""Makes regions.safetensors: segmentation losses of several classes and of regions in PyTorch, in float64.

    python regions.py

For each case: logits, labels, the loss and its gradient. Classes: cross entropy and Dice loss over all classes but 0. Regions:
binary cross entropy with logits, and Dice loss of the sigmoid, both averaged over the regions.
"""

import os

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(3)
BRATS = [[1, 2, 3], [1, 3], [3]]


def dice(p, t, eps):
    dims = [0] + list(range(2, p.dim()))
    return (1 - (2 * (p * t).sum(dims) + eps) / (p.sum(dims) + t.sum(dims) + eps)).mean()


def classes(x, labels, ce_weight, dice_weight, reduction, eps):
    t = F.one_hot(labels, x.shape[1]).movedim(-1, 1).to(x.dtype)
    entropy = F.cross_entropy(x, labels, reduction=reduction)
    return ce_weight * entropy + dice_weight * dice(x.softmax(1)[:, 1:], t[:, 1:], eps)


def regions(x, labels, ce_weight, dice_weight, reduction, eps, of):
    t = torch.stack([sum(labels == c for c in region).clamp(max=1) for region in of], 1).to(x.dtype)
    entropy = F.binary_cross_entropy_with_logits(x, t, reduction=reduction)
    return ce_weight * entropy / (len(of) if reduction == "sum" else 1) + dice_weight * dice(x.sigmoid(), t, eps)


CASES = {
    "classes 3": ([2, 3, 4, 5, 6], lambda x, y: classes(x, y, 1, 1, "mean", 1e-3)),
    "classes 4": ([2, 4, 4, 5, 6], lambda x, y: classes(x, y, 0.01, 0.99, "sum", 1e-3)),
    "classes 5": ([1, 5, 3, 4, 7], lambda x, y: classes(x, y, 0.5, 2, "mean", 0.1)),
    "regions mean": ([2, 3, 4, 5, 6], lambda x, y: regions(x, y, 1, 1, "mean", 1e-3, BRATS)),
    "regions sum": ([2, 3, 4, 5, 6], lambda x, y: regions(x, y, 0.01, 0.99, "sum", 1e-3, BRATS)),
    "regions large": ([1, 3, 3, 4, 7], lambda x, y: regions(40 * x, y, 1, 0.5, "mean", 1, BRATS)),
    "one region": ([2, 1, 3, 3, 5], lambda x, y: regions(x, y, 1, 1, "mean", 1e-3, [[1, 2, 3]])),
}

tensors = {}
for name, (shape, loss) in CASES.items():
    logits = torch.randn(shape).double().requires_grad_()
    most = shape[1] if name.startswith("classes") else 4
    labels = torch.randint(0, most, [shape[0]] + shape[2:])
    value = loss(logits, labels)
    value.backward()
    scale = 40 if "large" in name else 1
    tensors |= {f"{name}/x": logits * scale, f"{name}/labels": labels, f"{name}/out": value,
                f"{name}/grad_x": logits.grad / scale}
tensors = {key: x.detach().float().contiguous().clone() for key, x in tensors.items()}
save_file(tensors, os.path.join(os.path.dirname(os.path.abspath(__file__)), "regions.safetensors"))
