"""Names of public types: one thing each, and no word of the glossary for another thing."""
import re
from collections import defaultdict

from tree import Problem

TYPE = re.compile(
    r"(\s*)(?:@\w+\s+)*(?:public|open)\s+(?:final\s+|indirect\s+)*"
    r"(?:struct|class|enum|protocol|actor|typealias)\s+(\w+)")
ARCHITECTURE = ".github/ARCHITECTURE.md"


def declared(tree):
    """Each public type: its name, module, file, line, and whether it stands for itself or within another type."""
    for module in tree.modules:
        for file in module.files:
            for number, line in enumerate(file.code, 1):
                match = TYPE.match(line)
                if match:
                    yield match[2], module.name, file.path, number, match[1] == ""


def glossary(tree):
    """The words of the glossary, with line and meaning: the rows | word | meaning | below '## Words'."""
    inside = False
    for number, line in enumerate(tree.read(ARCHITECTURE), 1):
        inside = line.startswith("## Words") or inside and not line.startswith("## ")
        cells = [cell.strip() for cell in line.strip("|").split("|")] if inside and line.startswith("| ") else []
        if len(cells) == 2 and cells[0] != "word":
            for word in cells[0].split(", "):
                yield word, number, cells[1]


def check(tree):
    types = defaultdict(list)
    for name, module, path, line, outermost in declared(tree):
        types[name].append((module, path, line, outermost))
    for name, places in sorted(types.items()):
        # Types within others, such as the Kind of this and of that, are told apart by these.
        if len(places) > 1 and any(outermost for *_, outermost in places):
            module, path, line, _ = next(place for place in places if place[3])
            others = "; ".join(f"{p}:{l}" for _, p, l, _ in places if (p, l) != (path, line))
            yield Problem(path, line, f"{name} of {module} is also declared at {others}", "rename one", "name", name)
    known = {}
    for word, line, meaning in glossary(tree):
        if word in known:
            yield Problem(ARCHITECTURE, line, f"'{word}' stands in line {known[word]} too", "give it one meaning")
            continue
        known[word] = line
        for module, path, number, outermost in types.get(word.capitalize(), []):
            if outermost and f"`{word.capitalize()}`" not in meaning:
                yield Problem(
                    path, number, f"{word.capitalize()} of {module} is not what the glossary means by '{word}'",
                    f"rename it, or name it in {ARCHITECTURE}", "name", word.capitalize())


def listing(tree):
    """The words that names of public types are made of, each with the types."""
    words = defaultdict(set)
    for name, module, *_ in declared(tree):
        for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name):
            words[word.lower()].add(f"{module}.{name}")
    for word, names in sorted(words.items()):
        yield f"{word}: {', '.join(sorted(names))}"
