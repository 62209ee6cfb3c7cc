"""The checks of Scripts/check on the checkout in a folder: python3 Scripts/checks FOLDER [--words]."""
import sys

import arrows
import docs
import limits
import names
import repetitions
import sizes
from tree import Problem, Tree

EXCEPTIONS = "Scripts/checks/exceptions.txt"


def exceptions(tree):
    """What is allowed, by rule and subject, with its line: 'RULE: SUBJECT: reason'."""
    allowed = {}
    for number, line in enumerate(tree.read(EXCEPTIONS), 1):
        if line and not line.startswith("#"):
            rule, subject, _ = line.split(": ", 2)
            allowed[rule, subject] = number
    return allowed


def main(root, *options):
    tree = Tree(root)
    if "--words" in options:
        print("\n".join(names.listing(tree)))
        return 0
    allowed = exceptions(tree)
    unused = dict(allowed)
    problems = []
    for checks in (arrows, sizes, docs, names, repetitions, limits):
        for problem in checks.check(tree):
            unused.pop((problem.rule, problem.subject), None)
            if (problem.rule, problem.subject) not in allowed:
                problems.append(problem)
    for (rule, subject), line in unused.items():
        problems.append(Problem(EXCEPTIONS, line, f"'{rule}: {subject}' is needed no longer", "remove the line"))
    for problem in problems:
        print(f"{problem.file}:{problem.line}: {problem.what}; {problem.remedy}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
