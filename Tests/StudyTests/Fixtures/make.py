"""Makes crossed.json, the reference values of CrossedEffectsTests.

    python3 -m venv /tmp/mixed && /tmp/mixed/bin/pip install numpy scipy statsmodels && /tmp/mixed/bin/python make.py

The rules are those of CrossedEffects, written with whole matrices of as many rows as there are values, and SciPy's t
distribution. For complete tables `reml` has the variances of statsmodels' MixedLM, where all three are above 0: there
restricted maximum likelihood and moments agree.
"""

import json
import os
import warnings

import numpy as np
import pandas
import scipy
import statsmodels
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM

warnings.filterwarnings("ignore")
HALF = 0.5


class Model:
    """Variances of the components of `names` (splits, volumes, rest), as quadratic forms of the values."""

    def __init__(self, names, covariances, within):
        count = len(covariances["rest"])
        total = np.eye(count) - 1 / count
        sums = {"split volume rest": [within["split"], within["volume"], total],
                "split rest": [within["split"], total], "volume rest": [within["volume"], total],
                "rest": [total]}[" ".join(names)]
        expected = np.array([[np.sum(s * covariances[name]) for name in names] for s in sums])
        self.forms = {name: sum(w * s for w, s in zip(row, sums))
                      for name, row in zip(names, np.linalg.inv(expected))}
        self.names, self.covariances = names, covariances

    def estimates(self, y):
        return {name: y @ self.forms[name] @ y for name in self.names}

    def is_needed(self, name, y):
        form = self.forms[name]
        rest = max(self.estimates(y)["rest"], 0)
        return self.estimates(y)[name] > HALF * rest * np.sqrt(2 * np.trace(form @ form))

    def without(self, name, within):
        return Model([n for n in self.names if n != name], self.covariances, within)


def reference(y, splits, volumes, level):
    y, splits, volumes = np.array(y), np.array(splits), np.array(volumes)
    count = len(y)
    same = {"split": splits[:, None] == splits, "volume": volumes[:, None] == volumes}
    covariances = {name: equal.astype(float) for name, equal in same.items()} | {"rest": np.eye(count)}
    within = {name: np.eye(count) - equal / equal.sum(1) for name, equal in same.items()}
    levels = {"split": len(set(splits)), "volume": len(set(volumes))}
    names = [n for n in ("split", "volume") if 1 < levels[n] < count] + ["rest"]
    model = Model(names, covariances, within)
    if min(levels.values()) >= 5:
        while weak := [n for n in model.names[:-1] if not model.is_needed(n, y)]:
            model = model.without(weak[0], within)
    found = {name: max(value, 0) for name, value in model.estimates(y).items()}
    shares = {name: covariances[name].sum() / count ** 2 for name in model.names}
    variance = sum(found[n] * shares[n] for n in model.names)
    form = sum(shares[n] * model.forms[n] for n in model.names)
    product = form @ sum(found[n] * covariances[n] for n in model.names)
    df = min(max(variance ** 2 / np.trace(product @ product), 1), count - 1)
    error, mean = np.sqrt(variance), y.mean()
    half = stats.t.ppf((1 + level) / 2, df) * error
    return {"mean": mean, "low": mean - half, "high": mean + half, "p": 2 * stats.t.sf(abs(mean) / error, df),
            "standardError": error, "degreesOfFreedom": df,
            "variances": [found.get(n, 0) for n in ("split", "volume", "rest")]}


def reml(y, splits, volumes):
    data = pandas.DataFrame({"y": y, "split": splits, "volume": volumes, "one": 1})
    fit = MixedLM.from_formula(
        "y ~ 1", groups="one", vc_formula={"a": "0 + C(split)", "b": "0 + C(volume)"}, data=data).fit(
            method=["lbfgs", "powell"], gtol=1e-10)
    return [*fit.vcomp, fit.scale]


def main():
    rng, cases = np.random.default_rng(19), []

    def add(name, cells, variances, mean, level=0.95, complete=False):
        splits, volumes = [s for s, _ in cells], [v for _, v in cells]
        parts = [np.sqrt(variances[0]) * rng.standard_normal(max(splits) + 1),
                 np.sqrt(variances[1]) * rng.standard_normal(max(volumes) + 1)]
        y = [round(mean + parts[0][s] + parts[1][v] + np.sqrt(variances[2]) * rng.standard_normal(), 6)
             for s, v in cells]
        case = {"name": name, "values": y, "splits": splits, "volumes": volumes, "level": level}
        case |= reference(y, splits, volumes, level)
        if complete:
            case["reml"] = reml(y, splits, volumes)
        cases.append(case)

    complete = [(s, v) for s in range(6) for v in range(8)]
    add("complete", complete, (1, 0.5, 0.3), 0.4, complete=True)
    add("complete, equal parts", complete, (1, 1, 1), 0, complete=True)
    for splits in (2, 3, 5, 10):
        some = [(s, int(v)) for s in range(splits) for v in sorted(rng.permutation(15)[:9])]
        add(f"{splits} splits", some, (0.3, 0.5, 1), 0.2)
        add(f"{splits} splits, the rest only", some, (0, 0, 1), 0.2, level=0.9)
        add(f"{splits} splits, of volumes", some, (0, 1, 0.01), 0.1, level=0.5)
        add(f"{splits} splits, of splits", some, (1, 0, 0.01), 3, level=0.99)
    uneven = [(s, v) for s in range(7) for v in range(s, 12, s % 3 + 1)]
    add("uneven", uneven, (0.3, 0.3, 0.3), 1)
    add("uneven, far from 0", uneven, (0.3, 0.3, 0.3), 1000)
    add("each volume in one split", [(s, 4 * s + v) for s in range(5) for v in range(4)], (1, 0.5, 0.3), 1)
    add("each split has one volume", [(3 * v + s, v) for v in range(5) for s in range(3)], (0.5, 1, 0.3), 1)
    add("each split has its own volume", [(i, i) for i in range(7)], (0.5, 1, 0.3), 1)
    add("one split", [(0, v) for v in range(9)], (1, 0.5, 0.3), 1)
    add("one volume", [(s, 0) for s in range(4)], (1, 0.5, 0.3), 1)
    add("two values", [(0, 0), (0, 1)], (1, 1, 1), 1)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "crossed.json")
    with open(path, "w") as file:
        file.write(json.dumps({
            "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__},
            "cases": cases}) + "\n")


main()
