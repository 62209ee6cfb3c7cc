"""Files that are read in one go: none too long, and in Sources none that is better read as a part of another."""
from tree import Problem

LONGEST, SHORTEST, WIDEST = 300, 40, 120


def check(tree):
    for file in tree.swift_files:
        count = len(file.lines)
        if count > LONGEST:
            yield Problem(
                file.path, LONGEST + 1, f"{count} lines, and {LONGEST} are allowed",
                "split it by what is read together", "size", file.path)
        elif count < SHORTEST and file.path.startswith("Sources/"):
            yield Problem(
                file.path, 1, f"{count} lines, and at least {SHORTEST} are wanted",
                "merge it with what it is read with, or give the reason in Scripts/checks/exceptions.txt",
                "size", file.path)
        # Code is the formatter's business, which leaves comments alone.
        for number, line in enumerate(file.lines, 1):
            if len(line) > WIDEST and line.lstrip().startswith("//"):
                yield Problem(file.path, number, f"a comment of {len(line)} characters", f"break it at {WIDEST}")
