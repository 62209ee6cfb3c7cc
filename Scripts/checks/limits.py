"""The page of limits: each row names a test or a script that holds it, and the tests are there."""
import re

from tree import Problem

PAGE = ".github/LIMITS.md"
SUITE = re.compile(r"(?!\s).*?\b(?:struct|class|enum|extension) (\w+)")
FUNCTION = re.compile(r"\bfunc (`[^`]+`|\w+)")


def tests(tree):
    """The names of all tests, SUITE.FUNCTION."""
    for target in tree.targets:
        for file in target.files if target.kind == "test" else []:
            suite, is_test = "", False
            for line in file.code:
                suite = match[1] if (match := SUITE.match(line)) else suite
                is_test = is_test or "@Test" in line
                if is_test and (match := FUNCTION.search(line)):
                    yield f"{suite}.{match[1].strip('`')}"
                    is_test = False


def check(tree):
    known = set(tests(tree))
    for number, line in enumerate(tree.read(PAGE), 1):
        # A heading is followed by the line |---|, and names no holder.
        held_by = line.rstrip("| ").split(" | ")[-1] if line.startswith("| ") else "held by"
        if held_by == "held by":
            continue
        names = re.findall(r"`([^`]+)`", held_by)
        if not names:
            yield Problem(PAGE, number, "nothing holds this row", "name a test, SUITE.FUNCTION, or a script")
        for name in names:
            # Scripts are paths, which are looked for in all documents.
            if name not in known and not name.startswith("Scripts/"):
                yield Problem(PAGE, number, f"there is no test {name}", "name the one that it is now, SUITE.FUNCTION")
