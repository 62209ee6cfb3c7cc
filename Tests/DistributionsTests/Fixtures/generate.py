"""Writes reference.safetensors: what PyTorch and SciPy, in double precision, give for the distributions of the tests.

    python generate.py          # needs torch, scipy and numpy

NAME.PARAMETER holds what an example is made of, NAME:QUANTITY what it gives; kl:P|Q the divergence of two examples."""
import json
import os
import struct

import numpy as np
import scipy.stats as st
import torch
import torch.distributions as td

torch.set_default_dtype(torch.float64)
td.Distribution.set_default_validate_args(False)
stored = {}


def single(x):
    """Numbers that single precision holds, as double."""
    return torch.as_tensor(np.asarray(x, dtype=np.float32).astype(np.float64))


def store(name, x):
    stored[name] = np.asarray(x, dtype=np.float32).copy(order="C")


Q = single([0.02, 0.1, 0.35, 0.5, 0.8, 0.97])[:, None]
made = {}


def add(name, parameters, make, scipy=None, values=None, without=(), cdf=False):
    """An example: PyTorch's distribution, SciPy's for what PyTorch lacks, values, by default some quantiles, and the
    quantities that neither has; `cdf` says whether PyTorch has that."""
    p = {key: single(value) for key, value in parameters.items()}
    # What a distribution is not to be moved from, such as a sum of 1, is made of these in the tests: they can be moved.
    for key, value in p.items():
        store(f"{name}.{key}", value)
    d = made[name] = make(**p)
    frozen = scipy(**{key: value.numpy() for key, value in p.items()}) if scipy else None
    if values is None:
        values = frozen.ppf(Q.numpy())
        store(f"{name}:q", Q)
        store(f"{name}:icdf", values)
        store(f"{name}:cdf", frozen.cdf(single(values).numpy()))
    elif cdf:
        store(f"{name}:cdf", d.cdf(single(values)))
    values = single(values)
    store(f"{name}:value", values)
    store(f"{name}:log_prob", d.log_prob(values))
    for quantity in ("mean", "variance", "entropy"):
        if quantity in without:
            continue
        x = getattr(d, quantity)
        store(f"{name}:{quantity}", x() if callable(x) else x)


def normal(loc, scale):
    return st.norm(loc, scale)


LOC, SCALE = [0.5, -1, 3], [0.3, 1.25, 2]
add("Normal", {"loc": LOC, "scale": SCALE}, td.Normal, normal)
add("Normal2", {"loc": [[0.0], [1.0]], "scale": [1.0, 1.5, 0.7]}, td.Normal, values=[0.2, -1, 4])
add("Laplace", {"loc": LOC, "scale": SCALE}, td.Laplace, lambda loc, scale: st.laplace(loc, scale))
add("Laplace2", {"loc": [0.0, 0.3, 1], "scale": [1.0, 1.5, 0.7]}, td.Laplace, values=[0.2, -1, 4])
add("Cauchy", {"loc": LOC, "scale": SCALE}, td.Cauchy, lambda loc, scale: st.cauchy(loc, scale))
add("HalfCauchy", {"scale": SCALE}, td.HalfCauchy, lambda scale: st.halfcauchy(scale=scale))
add("HalfNormal", {"scale": SCALE}, td.HalfNormal, lambda scale: st.halfnorm(scale=scale))
add("HalfNormal2", {"scale": [1.0, 1.5, 0.7]}, td.HalfNormal, values=[0.2, 1, 4])
add("Exponential", {"rate": SCALE}, td.Exponential, lambda rate: st.expon(scale=1 / rate))
add("Exponential2", {"rate": [1.0, 1.5, 0.7]}, td.Exponential, values=[0.2, 1, 4])
add("LogNormal", {"loc": [0.5, -1, 0], "scale": [0.3, 0.5, 0.8]}, td.LogNormal,
    lambda loc, scale: st.lognorm(s=scale, scale=np.exp(loc)))
add("LogNormal2", {"loc": [0.0, 0.3, 1], "scale": [1.0, 1.5, 0.7]}, td.LogNormal, values=[0.2, 1, 4])
add("Uniform", {"low": [-1, 0, 2], "high": [1, 0.5, 5]}, td.Uniform, lambda low, high: st.uniform(low, high - low))
add("Uniform2", {"low": [-2, 0, 0], "high": [1, 0.75, 7]}, td.Uniform, values=[0.2, 0.1, 4])
add("StudentT", {"df": [3, 5, 12], "loc": LOC, "scale": SCALE}, td.StudentT,
    lambda df, loc, scale: st.t(df, loc, scale))
add("StudentT2", {"df": [0.75, 40, 5000], "loc": LOC, "scale": SCALE}, td.StudentT,
    lambda df, loc, scale: st.t(df, loc, scale))
add("Gamma", {"concentration": [1.5, 3, 9], "rate": [0.5, 2, 3]}, td.Gamma,
    lambda concentration, rate: st.gamma(concentration, scale=1 / rate))
add("Gamma2", {"concentration": [0.5, 2, 4], "rate": [1, 1.5, 0.75]}, td.Gamma, values=[0.2, 1, 4])
add("InverseGamma", {"concentration": [2.5, 6, 9], "rate": [0.5, 2, 3]}, td.InverseGamma,
    lambda concentration, rate: st.invgamma(concentration, scale=rate))
add("InverseGamma2", {"concentration": [3, 2.25, 4], "rate": [1, 1.5, 0.75]}, td.InverseGamma, values=[0.2, 1, 4])
add("Beta", {"concentration1": [1.5, 3, 9], "concentration0": [2, 1.25, 4]}, td.Beta,
    lambda concentration1, concentration0: st.beta(concentration1, concentration0))
add("Beta2", {"concentration1": [0.5, 3, 2], "concentration0": [0.75, 1.25, 7]}, td.Beta, values=[0.2, 0.5, 0.9])
add("Dirichlet", {"concentration": [[1.5, 3, 2], [4, 1.25, 1.75]]}, td.Dirichlet,
    values=[[[0.2, 0.5, 0.3]], [[0.125, 0.75, 0.125]]])
add("Dirichlet2", {"concentration": [[1.5, 2, 2.5], [2, 2, 2]]}, td.Dirichlet, values=[0.25, 0.25, 0.5])
add("Bernoulli", {"probs": [0.1, 0.5, 0.875]}, td.Bernoulli, values=[[0, 0, 0], [1, 1, 1]])
add("BernoulliLogits", {"logits": [-2, 0, 1.5]}, lambda logits: td.Bernoulli(logits=logits),
    values=[[0, 0, 0], [1, 1, 1]])
NUMBERED = ("mean", "variance")  # of classes: PyTorch's are NaN
add("Categorical", {"weights": [[1, 4, 3], [2, 2, 4]]}, lambda weights: td.Categorical(weights),
    values=[[0, 2], [1, 1]], without=NUMBERED)
add("CategoricalLogits", {"logits": [[-2, 0, 1.5], [0.5, 0.25, 3]]}, lambda logits: td.Categorical(logits=logits),
    values=[[0, 2], [1, 1]], without=NUMBERED)

VECTORS = [[[0.3, -0.5]], [[1.5, 2]], [[-1, 0.25]]]
LOWER = [[[1.2, 0], [0.4, 0.7]], [[0.5, 0], [-0.3, 0.9]]]
ROOT = [[1.25, 0.5], [-0.25, 0.75]]
add("MultivariateNormal", {"loc": [[0, 1], [-1, 0.5]], "lower": LOWER},
    lambda loc, lower: td.MultivariateNormal(loc, scale_tril=lower), values=VECTORS)
add("MultivariateNormalCovariance", {"loc": [1, -1], "root": ROOT},
    lambda loc, root: td.MultivariateNormal(loc, root @ root.T), values=[0.3, -0.5])
add("MultivariateNormalPrecision", {"loc": [1, -1], "root": ROOT},
    lambda loc, root: td.MultivariateNormal(loc, precision_matrix=root @ root.T), values=[0.3, -0.5])
add("LowRankMultivariateNormal", {"loc": [[0, 1], [-1, 0.5]], "cov_factor": [[[0.5], [1]], [[-1], [0.25]]],
                                  "cov_diag": [[0.3, 1], [0.5, 0.75]]}, td.LowRankMultivariateNormal, values=VECTORS)
add("IndependentNormal", {"loc": [[0.5, -1], [1, 0]], "scale": [[0.3, 1.2], [1, 2]]},
    lambda loc, scale: td.Independent(td.Normal(loc, scale), 1), values=VECTORS)


class MultivariateStudentT:
    """SciPy's, one example a batch element."""

    def __init__(self, df, loc, lower):
        shape = [s @ s.T for s in lower]
        self.parts = [st.multivariate_t(m.numpy(), s.numpy(), df=float(n)) for n, m, s in zip(df, loc, shape)]
        self.mean = loc
        self.variance = torch.stack([torch.diag(s) * n / (n - 2) for n, s in zip(df, shape)])

    def log_prob(self, x):
        x = x.expand(x.shape[0], len(self.parts), x.shape[-1])
        return np.stack([part.logpdf(x[:, i].numpy()) for i, part in enumerate(self.parts)], axis=-1)

    def entropy(self):
        return np.array([part.entropy() for part in self.parts])


add("MultivariateStudentT", {"df": [3, 7], "loc": [[0, 1], [-1, 0.5]], "lower": LOWER}, MultivariateStudentT,
    values=VECTORS)
add("MultivariateStudentT2", {"df": [40, 5000], "loc": [[0, 1], [-1, 0.5]], "lower": LOWER}, MultivariateStudentT,
    values=VECTORS)


def mixture(weights, loc, scale):
    return td.MixtureSameFamily(td.Categorical(weights), td.Normal(loc, scale))


add("Mixture", {"weights": [[1, 3], [2, 2]], "loc": [[0, 3], [-1, 1]], "scale": [[0.5, 1], [2, 0.25]]}, mixture,
    values=[[0.3, -0.5], [1.5, 2]], without=("entropy",), cdf=True)


def transformed(loc, scale, shift, factor):
    parts = [td.transforms.TanhTransform(), td.transforms.AffineTransform(shift, factor)]
    return td.TransformedDistribution(td.Normal(loc, scale), parts)


add("Transformed", {"loc": [0.5, -1], "scale": [0.5, 0.75], "shift": [1, 2], "factor": [-2, 0.5]}, transformed,
    values=[[0.3, 1.75], [1.5, 2.125]], without=("mean", "variance", "entropy"))

for p, q in [
    ("Normal", "Normal2"), ("Laplace", "Laplace2"), ("HalfNormal", "HalfNormal2"), ("Exponential", "Exponential2"),
    ("LogNormal", "LogNormal2"), ("Uniform", "Uniform2"), ("Gamma", "Gamma2"), ("Beta", "Beta2"),
    ("Exponential", "Gamma"), ("Gamma", "Exponential"), ("InverseGamma", "InverseGamma2"),
    ("Dirichlet", "Dirichlet2"), ("Bernoulli", "BernoulliLogits"), ("Categorical", "CategoricalLogits"),
    ("MultivariateNormal", "MultivariateNormalCovariance"), ("MultivariateNormalPrecision", "MultivariateNormal"),
    ("LowRankMultivariateNormal", "MultivariateNormal"), ("MultivariateNormal", "LowRankMultivariateNormal"),
    ("LowRankMultivariateNormal", "LowRankMultivariateNormal"), ("Uniform2", "Uniform"),
]:
    store(f"kl:{p}|{q}", td.kl_divergence(made[p], made[q]))
diagonal = td.MultivariateNormal(
    made["IndependentNormal"].mean, torch.diag_embed(made["IndependentNormal"].variance))
store("kl:IndependentNormal|MultivariateNormal", td.kl_divergence(diagonal, made["MultivariateNormal"]))
store("kl:MultivariateNormal|IndependentNormal", td.kl_divergence(made["MultivariateNormal"], diagonal))
store("kl:IndependentNormal|LowRankMultivariateNormal", td.kl_divergence(diagonal, made["LowRankMultivariateNormal"]))


def spline(x, widths, heights, slopes, bound, least=1e-3):
    """Equations 4 and 5 of Durkan et al., "Neural spline flows", 2019, for one number."""
    def sizes(z):
        z = np.exp(z - z.max())
        return least + (1 - least * len(z)) * z / z.sum()
    if not -bound <= x <= bound:
        return x, 0.0
    xs = np.concatenate([[0], np.cumsum(sizes(widths))]) * 2 * bound - bound
    ys = np.concatenate([[0], np.cumsum(sizes(heights))]) * 2 * bound - bound
    d = np.concatenate([[1], least + np.log1p(np.exp(slopes)), [1]])
    k = min(np.searchsorted(xs, x, side="right") - 1, len(widths) - 1)
    w, h = xs[k + 1] - xs[k], ys[k + 1] - ys[k]
    s, t = h / w, (x - xs[k]) / w
    below = s + (d[k + 1] + d[k] - 2 * s) * t * (1 - t)
    y = ys[k] + h * (s * t ** 2 + d[k] * t * (1 - t)) / below
    slope = s ** 2 * (d[k + 1] * t ** 2 + 2 * s * t * (1 - t) + d[k] * (1 - t) ** 2) / below ** 2
    return y, np.log(slope)


random = np.random.default_rng(1)
W, H, D = (single(random.normal(size=(4, n))).numpy() for n in (5, 5, 4))
X = single(np.linspace(-4, 4, 9)).numpy()
pairs = np.array([[spline(x, W[i], H[i], D[i], 3) for i in range(4)] for x in X])
results = {"y": pairs[..., 0], "log_det": pairs[..., 1]}
for key, value in {"widths": W, "heights": H, "slopes": D, "x": X, **results}.items():
    store(f"spline.{key}", value)

header, data = {}, b""
for name, x in sorted(stored.items()):
    header[name] = {"dtype": "F32", "shape": list(x.shape), "data_offsets": [len(data), len(data) + x.nbytes]}
    data += x.tobytes()
text = json.dumps(header).encode()
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
