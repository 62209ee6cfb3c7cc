"""Makes masks.json and calibration.json, the reference values of MaskPairTests and CalibrationTests.

    python3 -m venv /tmp/monai && /tmp/monai/bin/pip install monai scipy numpy && /tmp/monai/bin/python make.py

The first line of each file names the versions. Values are MONAI's and SciPy's own: where a mask is empty they may be
"nan" or "inf", and Lunette's rule for empty masks is another. Masks are packed eight voxels a byte, the first voxel in
the highest bit, and written in base 64; probabilities are little-endian 32-bit floats in base 64.
"""

import base64
import json
import math
import os
import warnings

import monai
import numpy as np
import scipy
import torch
from monai.metrics import (
    CalibrationErrorMetric, calibration_binning, compute_confusion_matrix_metric, compute_hausdorff_distance,
    compute_iou, compute_surface_dice, get_confusion_matrix)
from scipy import ndimage

warnings.filterwarnings("ignore")
VERSIONS = {"monai": monai.__version__, "scipy": scipy.__version__, "numpy": np.__version__, "torch": torch.__version__}


def blob(rng, shape, share, smoothness):
    """A smooth random mask of about `share` of the voxels."""
    field = ndimage.gaussian_filter(rng.standard_normal(shape), smoothness)
    return field > np.quantile(field, 1 - share)


def pair(rng, kind, shape):
    """Two masks of a kind."""
    share, smoothness = rng.uniform(0.02, 0.4), rng.uniform(0.7, 2.5)
    first, second = blob(rng, shape, share, smoothness), blob(rng, shape, share, smoothness)
    nothing, everything = np.zeros(shape, bool), np.ones(shape, bool)
    voxel = nothing.copy()
    voxel[tuple(rng.integers(0, side) for side in shape)] = True
    corner = nothing.copy()
    corner[tuple(slice(0, max(1, side // 2)) for side in shape)] = True
    half = nothing.copy()
    half[:, : shape[1] // 2] = True
    return {
        "similar": lambda: (first, ndimage.binary_dilation(first) & (rng.random(shape) < 0.95)),
        "shifted": lambda: (first, np.roll(first, tuple(rng.integers(-2, 3, 3)), (0, 1, 2))),
        "unrelated": lambda: (first, second),
        "speckled": lambda: (rng.random(shape) < share, rng.random(shape) < share),
        "identical": lambda: (first, first),
        "disjoint": lambda: (first & half, second & ~half),
        "border": lambda: (corner, corner[::-1, ::-1, ::-1] | corner & second),
        "voxel": lambda: (voxel, first),
        "voxels": lambda: (voxel, np.roll(voxel, tuple(rng.integers(0, side) for side in shape), (0, 1, 2))),
        "full": lambda: (everything, first),
        "both full": lambda: (everything, everything),
        "no prediction": lambda: (nothing, first),
        "no truth": lambda: (first, nothing),
        "neither": lambda: (nothing, nothing),
    }[kind]()


def packed(mask):
    return base64.b64encode(np.packbits(mask.ravel()).tobytes()).decode()


def number(value):
    value = float(value)
    return value if math.isfinite(value) else str(value)


def by_scipy(prediction, truth, spacing, tolerance):
    """HD95 and surface Dice from SciPy and NumPy alone; None where a mask is empty."""
    if not prediction.any() or not truth.any():
        return None, None
    edges = [mask & ~ndimage.binary_erosion(mask) for mask in (prediction, truth)]
    distances = [
        ndimage.distance_transform_edt(~edges[1 - i], sampling=spacing)[edges[i]].astype(np.float32) for i in (0, 1)]
    near = sum((d <= np.float32(tolerance)).sum() for d in distances)
    return (float(max(np.percentile(d.astype(float), 95) for d in distances)),
            float(near / sum(d.size for d in distances)))


def mask_case(rng, kind):
    # A flat volume now and then.
    shape = tuple(int(n) for n in rng.integers(3, 19, 3))
    if rng.random() < 0.08:
        shape = tuple(1 if axis == rng.integers(0, 3) else n for axis, n in enumerate(shape))
    # Round spacings put distances exactly on the tolerance.
    spacing = [float(s) for s in (
        rng.choice([0.5, 1, 1, 2, 3], 3) if rng.random() < 0.4 else np.round(rng.uniform(0.3, 6, 3), 3))]
    tolerance = float(rng.choice([0, 0.5, 1, 2, 3.7]))
    prediction, truth = pair(rng, kind, shape)
    p, t = (torch.tensor(mask)[None, None].float() for mask in (prediction, truth))
    counts = get_confusion_matrix(p, t)
    rate = lambda name: number(compute_confusion_matrix_metric(name, counts))
    hd95, surface_dice = by_scipy(prediction, truth, spacing, tolerance)
    return {
        "kind": kind, "shape": shape, "spacing": spacing, "tolerance": tolerance,
        "prediction": packed(prediction), "truth": packed(truth),
        "monai": {
            "dice": rate("f1 score"), "iou": number(compute_iou(p, t)), "sensitivity": rate("sensitivity"),
            "precision": rate("precision"),
            "hd95": number(compute_hausdorff_distance(
                p, t, include_background=True, percentile=95, spacing=spacing)),
            "surfaceDice": number(compute_surface_dice(
                p, t, [tolerance], include_background=True, spacing=spacing))},
        "scipy": {"hd95": hd95, "surfaceDice": surface_dice}}


def masks():
    kinds = {
        "similar": 40, "shifted": 30, "unrelated": 34, "speckled": 16, "identical": 10, "disjoint": 16, "border": 10,
        "voxel": 10, "voxels": 10, "full": 6, "both full": 4, "no prediction": 5, "no truth": 5, "neither": 4}
    rng = np.random.default_rng(1)
    return [mask_case(rng, kind) for kind, count in kinds.items() for _ in range(count)]


def calibration_case(rng, bins, voxels, kind):
    logits = rng.normal(-1, 2, voxels)
    probability = (1 / (1 + np.exp(-logits))).astype(np.float32)
    if kind == "edges":  # On the borders of bins, 0 and 1 among them.
        probability = (rng.integers(0, bins + 1, voxels) / bins).astype(np.float32)
    if kind == "narrow":  # Most bins stay empty.
        probability = (0.4 + 0.2 * probability).astype(np.float32)
    truth = rng.random(voxels) < probability ** rng.uniform(0.5, 2)
    # Bins [lower, upper), the last with its upper border.
    wide = probability.astype(np.float64)
    index = np.minimum(np.floor(wide * bins).astype(int), bins - 1)
    count = np.bincount(index, minlength=bins)
    confidence = np.bincount(index, wide, bins)
    frequency = np.bincount(index, truth.astype(float), bins)
    error = np.abs(confidence - frequency).sum() / voxels
    case = {
        "kind": kind, "bins": bins, "voxels": voxels, "truth": packed(truth),
        "probability": base64.b64encode(probability.astype("<f4").tobytes()).decode(), "count": count.tolist(),
        "confidence": [c / n if n else None for c, n in zip(confidence, count)],
        "frequency": [f / n if n else None for f, n in zip(frequency, count)], "ece": float(error)}
    if kind != "edges":  # MONAI puts a value on a border into the lower bin.
        p, t = (torch.tensor(x.astype(np.float32))[None, None] for x in (probability, truth))
        metric = CalibrationErrorMetric(num_bins=bins)
        metric(y_pred=p, y=t)
        case["monai"] = float(metric.aggregate())
        assert calibration_binning(p, t, num_bins=bins)[2].ravel().tolist() == count.tolist()
    return case


def calibration():
    rng = np.random.default_rng(2)
    settings = [(1, 1), (1, 50), (2, 64), (5, 100), (10, 300), (15, 500), (15, 3), (20, 400), (33, 200), (100, 500)]
    return [calibration_case(rng, bins, voxels, kind)
            for bins, voxels in settings for kind in ("logistic", "edges", "narrow")]


def write(name, cases):
    """A line a case, so that differences read well."""
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "w") as file:
        file.write('{"versions":%s,\n"cases":[\n%s\n]}\n' % (json.dumps(VERSIONS), lines))


write("masks.json", masks())
write("calibration.json", calibration())
