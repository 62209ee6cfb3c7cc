"""Lines that are written twice: a body of six lines, or as many in the middle of others, is one function."""
from tree import Problem

# The lines of such a body and the brace that ends it; brackets and short words alone are no code worth sharing.
LENGTH, CHARACTERS = 7, 120


def check(tree):
    seen = {}
    for target in tree.targets:
        for file in target.files:
            yield from repeated(file, seen)


def repeated(file, seen):
    """The runs of lines that `seen` has, one problem for each however long it is; the others are added to `seen`."""
    lines = [(number, " ".join(line.split("//")[0].split())) for number, line in enumerate(file.lines, 1)]
    lines = [(number, line) for number, line in lines if line]
    last = -1
    for start in range(len(lines) - LENGTH + 1):
        run = tuple(line for _, line in lines[start : start + LENGTH])
        if sum(map(len, run)) < CHARACTERS:
            continue
        number = lines[start][0]
        path, line = seen.setdefault(run, (file.path, number))
        if (path, line) != (file.path, number):
            if start > last:
                yield Problem(
                    file.path, number, f"the lines that begin here stand at {path}:{line} too", "write them once",
                    "repetition", file.path)
            last = start + LENGTH
