"""Makes lesions.json, the reference values of LesionFixtureTests: 200 pairs of masks of many lesions.

    python3 -m venv /tmp/monai && /tmp/monai/bin/pip install monai scipy numpy panoptica connected-components-3d \
        surface-distance && /tmp/monai/bin/python make_lesions.py

The first line of the file names the versions. Masks are lists of ellipsoids, drawn one over the other: [z, y, x, rz, ry,
rx, value], the radii in halves of a voxel; whole numbers, so that both languages draw the same voxels. Where a mask is empty values may be "nan" or "inf";
Lunette's rules for that are others.

Values of "monai", "panoptica" and "scipy" are those of the packages. BraTS 2023's code
(https://github.com/rachitsaluja/BraTS-2023-Metrics, eval.py, read at commit 0e272e6) is no package; `brats` below is a
transcription of what it does, lesion by lesion, with the packages that it calls: cc3d, SciPy, and DeepMind's
surface-distance for HD95. It gave what that code gives in all cases with a dilation of 1 or more (there is no other in
BraTS; SciPy takes 0 for "until nothing changes").
"""

import json
import math
import os
import warnings
from importlib.metadata import version

import cc3d
import numpy as np
import torch
from monai.metrics import compute_dice, compute_hausdorff_distance, compute_surface_dice
from panoptica import ConnectedComponentsInstanceApproximator, InputType, NaiveThresholdMatching, Panoptica_Evaluator
from panoptica.metrics import Metric
from panoptica.utils.edge_case_handling import EdgeCaseHandler, EdgeCaseResult, MetricZeroTPEdgeCaseHandling
from scipy import ndimage

# surface-distance 0.1 is older than these names' end.
np.Inf = np.inf
import surface_distance  # noqa: E402

warnings.filterwarnings("ignore")
PACKAGES = ["monai", "scipy", "numpy", "torch", "panoptica", "connected-components-3d", "surface-distance"]


def drawn(shape, ellipsoids):
    """The mask of ellipsoids: integers only, so that no rounding decides."""
    mask = np.zeros(shape, bool)
    z, y, x = np.ogrid[tuple(slice(0, side) for side in shape)]
    for cz, cy, cx, rz, ry, rx, value in ellipsoids:
        squares = ((z - cz) * ry * rx) ** 2 + ((y - cy) * rz * rx) ** 2 + ((x - cx) * rz * ry) ** 2
        mask[4 * squares <= (rz * ry * rx) ** 2] = bool(value)
    return mask


def lesions(rng, shape, count, largest):
    return [[*(int(rng.integers(0, side)) for side in shape), *(int(r) for r in rng.integers(1, 2 * largest + 1, 3)), 1]
            for _ in range(count)]


def moved(rng, ellipsoids, step, missed=0.0):
    """The same lesions a little elsewhere and larger or smaller, some of them missed."""
    return [[*(c + int(d) for c, d in zip(one[:3], rng.integers(-step, step + 1, 3))),
             *(max(1, r + int(d)) for r, d in zip(one[3:6], rng.integers(-2, 3, 3))), one[6]]
            for one in ellipsoids if rng.random() >= missed]


def pair(rng, kind, shape):
    """The ellipsoids of the prediction and of the truth."""
    few, many = lesions(rng, shape, int(rng.integers(1, 5)), 6), lesions(rng, shape, int(rng.integers(6, 25)), 3)
    shells = [shell for one in lesions(rng, shape, 3, 6) for shell in (
        one, [*one[:3], *(max(1, r - 4) for r in one[3:6]), 0])]
    return {
        "found": lambda: (moved(rng, few, 1), few),
        "many": lambda: (moved(rng, many, 1, 0.2) + lesions(rng, shape, 2, 2), many),
        "tiny": lambda: (lesions(rng, shape, 12, 1), lesions(rng, shape, 12, 1)),
        "joined": lambda: (few + lesions(rng, shape, 2, 8), few),
        "split": lambda: (many, [[*one[:3], *(r + 4 for r in one[3:6]), 1] for one in many[:6]]),
        "unrelated": lambda: (lesions(rng, shape, 4, 4), few),
        "shells": lambda: (moved(rng, shells, 0), shells),
        "same": lambda: (many, many),
        "no prediction": lambda: ([], few),
        "no truth": lambda: (few, []),
        "neither": lambda: ([], []),
    }[kind]()


def brats(prediction, truth, spacing, dilation, min_volume):
    """tp, fp, fn, lesion-wise Dice and HD95 as BraTS 2023's get_LesionWiseResults has them for one tissue."""
    structure = ndimage.generate_binary_structure(3, 2)
    grow = lambda mask: ndimage.binary_dilation(mask, structure, dilation) if dilation else mask
    predicted = cc3d.connected_components(prediction, connectivity=26)
    areas = cc3d.connected_components(grow(truth), connectivity=26) * truth
    rows, touched = [], set()
    for lesion in range(1, areas.max() + 1):
        mask = areas == lesion
        parts = set(np.unique(predicted[grow(mask)])) - {0}
        touched |= parts
        found = np.isin(predicted, list(parts))
        dice = 2 * (found & mask).sum() / (found.sum() + mask.sum())
        distances = surface_distance.compute_surface_distances(mask, found, spacing)
        hd95 = surface_distance.compute_robust_hausdorff(distances, 95)
        if mask.sum() * np.prod(spacing) > min_volume:
            rows.append((len(parts) > 0, dice, 374 if np.isinf(hd95) else hd95))
    fp = len(set(np.unique(predicted)) - {0} - touched)
    found, whole = sum(row[0] for row in rows), len(rows) + fp
    return {"tp": found, "fp": fp, "fn": len(rows) - found,
            "dice": float(sum(row[1] for row in rows) / whole) if whole else 1.0,
            "hd95": float((sum(row[2] for row in rows) + 374 * fp) / whole) if whole else 0.0}


def panoptic(prediction, truth, spacing, metric, overlap):
    """panoptica's values with naive matching."""
    metric = {"iou": Metric.IOU, "dice": Metric.DSC}[metric]
    # What it gives where nothing matches; it has no default for HD95.
    edge = lambda worst: MetricZeroTPEdgeCaseHandling(no_instances_result=EdgeCaseResult.NAN, default_result=worst)
    handler = EdgeCaseHandler({
        Metric.DSC: edge(EdgeCaseResult.ZERO), Metric.IOU: edge(EdgeCaseResult.ZERO),
        Metric.HD95: edge(EdgeCaseResult.INF)})
    evaluator = Panoptica_Evaluator(
        expected_input=InputType.SEMANTIC, instance_approximator=ConnectedComponentsInstanceApproximator(),
        instance_matcher=NaiveThresholdMatching(matching_metric=metric, matching_threshold=overlap),
        instance_metrics=[Metric.DSC, Metric.IOU, Metric.HD95], edge_case_handler=handler,
        verbose=False)
    result = evaluator.evaluate(
        prediction.astype(np.uint8), truth.astype(np.uint8), voxelspacing=tuple(spacing), verbose=False)
    result = result["ungrouped"] if isinstance(result, dict) else result
    return {"tp": int(result.tp), "fp": int(result.fp), "fn": int(result.fn), "rq": number(result.rq),
            "sq": number(result.sq), "pq": number(result.pq), "dice": number(result.sq_dsc),
            "hd95": number(result.sq_hd95)}


def number(value):
    value = float(value)
    return value if math.isfinite(value) else str(value)


def cleaned(mask, spacing, min_volume, rank):
    """How many components below a volume there are, and the voxels that are left without them."""
    numbers, count = ndimage.label(mask, ndimage.generate_binary_structure(3, rank))
    sizes = np.bincount(numbers.ravel())[1:]
    large = sizes * np.prod(spacing) >= min_volume
    return [int(count - large.sum()), int(sizes[large].sum())]


def case(rng, kind):
    shape = tuple(int(n) for n in rng.integers(12, 33, 3))
    spacing = [float(s) for s in (
        [1, 1, 1] if rng.random() < 0.4 else
        rng.choice([0.5, 1, 2, 3], 3) if rng.random() < 0.5 else np.round(rng.uniform(0.4, 4, 3), 3))]
    ellipsoids = pair(rng, kind, shape)
    prediction, truth = (drawn(shape, one) for one in ellipsoids)
    dilation, min_volume = int(rng.choice([0, 1, 3, 3])), float(rng.choice([0, 2, 20, 50, 50]))
    metric, overlap = str(rng.choice(["iou", "dice"])), float(rng.choice([0.1, 0.3, 0.5, 0.5, 0.7]))
    p, t = (torch.tensor(mask)[None, None].float() for mask in (prediction, truth))
    distances = {"include_background": True, "spacing": spacing}
    return {
        "kind": kind, "shape": shape, "spacing": spacing, "prediction": ellipsoids[0], "truth": ellipsoids[1],
        "voxels": [int(prediction.sum()), int(truth.sum())],
        "dilation": dilation, "minVolume": min_volume, "metric": metric, "overlap": overlap,
        "monai": {
            "dice": number(compute_dice(p, t)),
            "hd95": number(compute_hausdorff_distance(p, t, percentile=95, **distances)),
            "surfaceDice": number(compute_surface_dice(p, t, [2.0], **distances))},
        "brats": brats(prediction, truth, spacing, dilation, min_volume),
        "panoptica": panoptic(prediction, truth, spacing, metric, overlap),
        "scipy": {
            "components": [
                ndimage.label(prediction, ndimage.generate_binary_structure(3, rank))[1] for rank in (1, 2, 3)],
            "cleaned": [cleaned(prediction, spacing, min_volume, rank) for rank in (1, 2, 3)],
            "dilated": int(ndimage.binary_dilation(truth, ndimage.generate_binary_structure(3, 2), 2).sum()),
            "filled": int(ndimage.binary_fill_holes(prediction).sum() - prediction.sum())}}


def cases():
    kinds = {
        "found": 30, "many": 40, "tiny": 20, "joined": 24, "split": 24, "unrelated": 14, "shells": 24, "same": 8,
        "no prediction": 6, "no truth": 6, "neither": 4}
    rng = np.random.default_rng(3)
    return [case(rng, kind) for kind, count in kinds.items() for _ in range(count)]


# A line a case, so that differences read well.
lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases())
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "lesions.json"), "w") as file:
    file.write('{"versions":%s,\n"cases":[\n%s\n]}\n' % (json.dumps({p: version(p) for p in PACKAGES}), lines))
