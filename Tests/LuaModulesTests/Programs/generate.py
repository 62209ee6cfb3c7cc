"""Makes random programs over all tensor operations, and what PyTorch makes of them.

    python generate.py [--seed 1] [--count 10000] [--folder .]
    python generate.py --add NAME ... [--count 30] [--folder Later]

writes programs.txt, a program a line, and expected.npz, its numbers; run.lua compares. The repository holds those of seed 1,
and of operations that came later those that the second form added: for each NAME as many programs that call it, or more. Those
of many names are in Later and Layers, sets like the first.
PyTorch, NumPy and Python 3.10 or newer are needed to make them, and nothing of the kind to compare.

The truth is what PyTorch computes in float64 from float32 inputs. A program is left out, and counted, where PyTorch's own
float32 does not come near it, by the rule below: no float32 program could.

The rule: an element is right where |got - expected| <= tolerance * max(|expected|, floor), with a tolerance of 1e-5 for values
and 1e-4 for gradients. The floor is 0 unless PyTorch's float32, whose roundings are also tried at random, misses a quarter
of that: then it is the smallest power of ten that lets it pass, at most the largest element of the tensor.
Infinities and NaN must be met. An expected 0 counts as at least a hundredth of the tensor's largest element, or of 1.
"""

import argparse
import math
import os
import random
import re
import sys
import warnings

import numpy
import torch

import changes
import deviations
import elementwise
import functional
import layers
import linalg
import making
import ordering
import reductions
import views
from builder import OPERATIONS, POOL, Builder, Program, pools
from rounding import RandomRounding

# They declare the operations.
assert changes and elementwise and functional and layers and linalg and making and ordering and reductions and views
VALUES, GRADIENTS = 1e-5, 1e-4
WAYS = "torch.", "torch.linalg.", ":", "F."  # how programs write the names of operations
MOST = 110  # elements of a program's results and gradients


def writes(function, name):
    """Whether an operation may write `name`: whether that is among the texts in its code."""
    return name.split(".")[-1] in re.findall(r"\w+", repr(function.__code__.co_consts))


def draw(rng, pool, wanted=()):
    """A program of 1 to 6 operations, most of which may write a name that is wanted; None where nothing came of it."""
    b = Builder(rng, pool)
    wild = rng.random() < 0.12
    steps = rng.choice([1, 1, 2, 2, 3, 3, 4, 5, 6])
    weights = [w * (50 if any(writes(f, name) for name in wanted) else 1) for w, f in OPERATIONS]
    attempts = 0
    while len(b.statements) < steps and b.failed is None and attempts < 20:
        attempts += 1
        b.wild = wild and len(b.statements) >= steps - 1
        if len(b.inputs) > 4:
            break
        rng.choices(OPERATIONS, weights)[0][1](b)
    if not b.statements:
        return None
    results = [n for n in b.fresh if n in b.env][-3:]
    results += [m for m in dict.fromkeys(b.mutated) if m not in results][-1:]
    names = {i.name for i in b.inputs}
    return Program(b.inputs, b.statements, results) if results or b.failed else Program(
        b.inputs, b.statements, sorted(names)[:1])


def number(x, dtype):
    """A result as a tensor of numbers."""
    if isinstance(x, torch.Tensor):
        return x
    return torch.tensor(x, dtype=dtype)


def run(program, pool, dtype):
    """What a program gives: the place of its error, its results, and the gradients of its inputs.

    Where a change in place met what PyTorch had kept for a derivative, the place is "?", and the gradients are those of what
    was kept. Lunette may keep something else: it refuses, too, or gives these gradients.
    """
    outcome = run_once(program, pool, dtype)
    if outcome[0] != "?":
        return outcome
    with torch.autograd.graph.saved_tensors_hooks(copy, lambda x: x):
        place, values, gradients = run_once(program, pool, dtype)
    if place is not None:
        raise IllConditioned
    return "?", values, gradients


def copy(x):
    """A copy in the same layout, by which some derivatives choose their way."""
    storage = x.detach().untyped_storage().clone()
    return torch.empty(0, dtype=x.dtype).set_(storage, x.storage_offset(), x.shape, x.stride())


def run_once(program, pool, dtype):
    """The same, where such a change is an error of the place "?"."""
    env = {"dtype": dtype, "freed": set(), "repeated": set()}
    for i in program.inputs:
        i.put(env, pool)
    for place, (_, function) in enumerate(program.statements):
        try:
            function(env)
        except Exception as error:
            if deviations.undecided(error):
                raise IllConditioned from error
            return "?" if is_change(error) else place + 1, None, None
    results = [number(env[n], dtype) for n in program.results]
    values = [r.detach().clone() for r in results]
    total = None
    try:
        for r in results:
            if r.requires_grad:
                weights = torch.tensor([pool["w"][k % POOL] for k in range(r.numel())]).to(dtype).reshape(r.shape)
                part = (r * weights).sum()
                total = part if total is None else total + part
        if total is not None:
            deviations.backward(total, None, False, env["freed"])
    except Exception as error:
        if deviations.undecided(error):
            raise IllConditioned from error
        return "?" if is_change(error) else "b", values, None
    return None, values, [env[i.name].grad for i in program.inputs]


def is_change(error):
    """Whether an error tells of a change in place of what a derivative reads."""
    return "modified by an inplace operation" in str(error)


class IllConditioned(Exception):
    """PyTorch's float32 is not near its float64, or overflows where that does not; or what is right is undecided."""


def single(x):
    return x.detach().to(torch.float32).reshape(-1).to(torch.float64)


def floor(truth, trials, tolerance):
    """The power of ten below which elements are not compared relatively; None where that is nowhere."""
    finite = truth.isfinite()
    for trial in trials:
        if not torch.equal(truth[~finite].nan_to_num(0.5), trial[~finite].nan_to_num(0.5)) or (finite != trial.isfinite()).any():
            raise IllConditioned  # what overflows in float32 only
    largest = truth[finite].abs().max().item() if finite.any() else 0
    error, at = 0.0, None
    for trial in trials:
        miss = (trial - truth).abs()[finite]
        bad = miss > tolerance / 4 * truth.abs()[finite]
        if bad.any():
            error, at = max(error, miss[bad].max().item()), True
    if at is None:
        return None
    exponent = math.ceil(math.log10(error / (tolerance / 4)))
    if 10.0 ** exponent > largest and not (largest == 0 and exponent < -30):
        raise IllConditioned
    return exponent


def describe(tensor, trials, tolerance, numbers):
    """The word of a result, after its numbers were added."""
    truth = single(tensor)
    trials = [single(t) for t in trials]
    word = "x".join(map(str, tensor.shape)) or "s"
    exponent = floor(truth, trials, tolerance)
    if exponent is not None:
        word += f"~{exponent}"
    numbers.extend(truth.tolist())
    return word


def expectation(program, pool):
    """The line's last part and the numbers; raises IllConditioned."""
    error, values, gradients = run(program, pool, torch.float64)
    runs = [run(program, pool, torch.float32)]
    if error in (None, "?"):
        for seed in (1, 2):
            with RandomRounding(seed):
                runs.append(run(program, pool, torch.float64))
    if any(e != error for e, _, _ in runs):
        raise IllConditioned
    if isinstance(error, int):
        return f"!{error}", []
    numbers = []
    others = [v for _, v, _ in runs]
    if any([v.shape for v in o] != [v.shape for v in values] for o in others):
        raise IllConditioned
    words = [describe(v, [o[k] for o in others], VALUES, numbers) for k, v in enumerate(values)]
    if error == "b":
        return " ".join(words) + " !", numbers
    words.append("|?" if error else "|")
    for k, g in enumerate(gradients):
        trials = [t[k] for _, _, t in runs]
        if any((t is None) != (g is None) for t in trials):
            raise IllConditioned
        words.append("-" if g is None else describe(g, trials, GRADIENTS, numbers))
    return " ".join(words), numbers


class Wanted:
    """Operations that are added, and how many programs still have to call each: so many, and ten in each of the ways in
    which programs write it."""

    def __init__(self, names, count, lines):
        self.ways = {name: [sum(f"{way}{name}(" in line for line in lines) for way in WAYS] for name in names}
        self.left = dict.fromkeys(names, count)

    def lacks(self):
        return [n for n, left in self.left.items() if left > 0 or any(0 < count < 10 for count in self.ways[n])]

    def calls(self, text):
        """Whether a program calls what is lacking."""
        return any(re.search(rf"\b{re.escape(n)}\(", text) for n in self.lacks())

    def count(self, text):
        for name, ways in self.ways.items():
            for k, way in enumerate(WAYS):
                ways[k] += f"{way}{name}(" in text
            self.left[name] -= re.search(rf"\b{re.escape(name)}\(", text) is not None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int)
    parser.add_argument("--add", metavar="NAME", nargs="+", help="add programs that call NAME to those that are there")
    parser.add_argument("--folder", default=os.path.dirname(os.path.abspath(__file__)))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    path, archive = (os.path.join(options.folder, name) for name in ("programs.txt", "expected.npz"))
    pool = pools(options.seed)
    # Programs that are added have the same inputs, and other random numbers than those that are there.
    rng = random.Random(options.seed if options.add is None else f"{options.seed} {' '.join(options.add)}")
    lines, numbers, ill, errors, attempts = [], [], 0, 0, 0
    if options.add is not None and os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            lines = file.readlines()
        numbers = numpy.load(archive)["numbers"].tolist()
    seen = {line.rsplit("\t", 1)[0] for line in lines}
    wanted = Wanted(options.add or [], options.count or 30, lines)
    while wanted.lacks() if options.add else len(lines) < (options.count or 10_000):
        attempts += 1
        if options.add and attempts > 100_000 * (1 + len(options.add)):
            sys.exit(f"of {attempts} random programs hardly any calls {wanted.lacks()}: is it declared here?")
        try:
            program = draw(rng, pool, wanted.lacks() if options.add else ())
        except RuntimeError as error:  # of a view that may not even be asked whether it is a leaf
            if not deviations.undecided(error):
                raise
            continue
        if program is None or program.text() in seen:
            continue
        if options.add and not wanted.calls(program.text()):
            continue
        seen.add(program.text())
        try:
            words, found = expectation(program, pool)
        except IllConditioned:
            ill += 1
            continue
        if len(found) > MOST:
            continue
        errors += "!" in words
        numbers += found
        lines.append(f"{program.text()}\t{words}\n")
        wanted.count(program.text())
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(lines)
    arrays = {kind: numpy.array(values, numpy.float32) for kind, values in pool.items()}
    numpy.savez_compressed(
        archive, numbers=numpy.array(numbers, numpy.float32), **arrays)
    print(f"seed {options.seed}: {len(lines)} programs, {errors} of them errors, {len(numbers)} numbers; "
          f"{ill} left out, as float32 is not near float64", file=sys.stderr)


main()
