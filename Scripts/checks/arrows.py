"""Imports point where Package.swift says, and what is written about them says the same."""
import re

from tree import Problem

IMPORT = re.compile(r"\s*(?:@\w+\s+)*(?:public |package |internal |private )?import\s+(?:\w+\s+)?(\w+)")
MANIFEST, ARCHITECTURE = "Package.swift", ".github/ARCHITECTURE.md"


def check(tree):
    names = [target.name for target in tree.targets]
    for module in tree.modules:
        yield from imports(module, names)
        yield from readme(tree, module, names)
    yield from diagram(tree)
    yield from table(tree, names)


def imports(module, names):
    """What a module's files import: all that Package.swift allows, nothing else, and nothing declared further down."""
    found = set()
    for file in module.files:
        for number, line in enumerate(file.code, 1):
            match = IMPORT.match(line)
            if not match or match[1] not in names:
                continue
            found.add(match[1])
            if match[1] not in module.imports:
                yield Problem(
                    file.path, number, f"{module.name} may not import {match[1]}",
                    f"do without it, or add it to {module.name} in {MANIFEST}")
    for name in module.imports:
        if name not in found:
            yield Problem(
                MANIFEST, module.line, f"{module.name} imports {name} nowhere", "remove it from its imports",
                "unused import", f"{module.name} {name}")
        if names.index(name) > names.index(module.name):
            yield Problem(
                MANIFEST, module.line, f"{module.name} imports {name}, which is declared below it",
                "imports point upward in this list: move the one or the other")


def readme(tree, module, names):
    """The sentence of a module's README that begins with 'May import' or 'Imports' names what Package.swift does."""
    path = f"{module.folder}/README.md"
    text = "\n".join(tree.read(path))
    match = re.search(r"(?:May import|Imports)\b(.*?)(?:\.\s|\.$|\Z)", text, re.DOTALL)
    if not match:
        imports = ", ".join(module.imports) or "nothing"
        yield Problem(path, 1, "nothing says what the module may import", f"add: May import {imports}.")
        return
    # In brackets stands why, or the Debian package.
    said = set(re.findall(r"\w+", re.sub(r"\([^)]*\)", "", match[1]))) & set(names)
    line = text[: match.start()].count("\n") + 1
    yield from differences(path, line, "the README", said, set(module.imports))


def diagram(tree):
    """The arrows of ARCHITECTURE.md: those of Package.swift between modules, but none that a longer way implies."""
    allowed = {m.name: set(m.imports) & {other.name for other in tree.modules} for m in tree.modules}
    reached = {}
    for module in tree.modules:
        reached[module.name] = set().union(*(reached.get(name, set()) | {name} for name in allowed[module.name]), set())
    shortest = {
        f"{name} --> {target}" for name, targets in allowed.items() for target in targets
        if not any(target in reached[other] for other in targets)
    }
    lines = tree.read(ARCHITECTURE)
    drawn = {f"{a} --> {b}": number for number, line in enumerate(lines, 1)
             for a, b in re.findall(r"^\s*(\w+) --> (\w+)$", line)}
    if shortest != set(drawn):
        last = max(drawn.values(), default=1)
        yield from differences(ARCHITECTURE, last, "the diagram", set(drawn), shortest, drawn)


def table(tree, names):
    """The rooms of ARCHITECTURE.md: a row for each module, what it is for, and what it may import."""
    rows = {}
    for number, line in enumerate(tree.read(ARCHITECTURE), 1):
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| [") else []
        name = re.match(r"\[(\w+)\]", cells[0]) if len(cells) == 3 else None
        if name and name[1] in names:
            rows[name[1]] = (number, set(re.findall(r"\w+", cells[2])) & set(names))
    for module in tree.modules:
        if module.name in rows:
            number, said = rows[module.name]
            yield from differences(ARCHITECTURE, number, f"the row of {module.name}", said, set(module.imports))
        else:
            row = f"| [{module.name}](...) | what for | imports |"
            yield Problem(ARCHITECTURE, 1, f"no room {module.name}", f"add it to the rooms: {row}")


def differences(path, line, who, said, true, places={}):
    for name in sorted(said - true):
        yield Problem(path, places.get(name, line), f"{who} has {name}, {MANIFEST} has not", "remove it")
    for name in sorted(true - said):
        yield Problem(path, line, f"{who} lacks {name} of {MANIFEST}", "add it")
