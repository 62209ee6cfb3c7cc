"""What readers need: a sentence on each public declaration, a README for each module, and paths that exist."""
import re

from tree import Problem

PUBLIC = re.compile(r"\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public|open)\s+(?!internal\(set\)|import)(.*)")
ATTRIBUTE = re.compile(r"(\s*@\w+(\([^)]*\))?)+\s*$")
LEFTOVER = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
FILE = re.compile(r"(?:\]\(|`)((?:\.\./)?(?:Sources|Tests|Scripts|Notebooks|\.ci|\.pictures)/[\w./+-]*)[)`#:]")


def check(tree):
    for module in tree.modules:
        for file in module.files:
            yield from sentences(file)
        yield from readme(tree, module)
    yield from leftovers(tree)
    yield from paths(tree)


def sentences(file):
    for number, line in enumerate(file.code, 1):
        match = PUBLIC.match(line)
        if not match:
            continue
        first = number - 2
        while first >= 0 and ATTRIBUTE.match(file.code[first]):
            first -= 1
        words = []
        while first >= 0 and file.lines[first].lstrip().startswith("///"):
            words.insert(0, file.lines[first].lstrip()[3:].strip())
            first -= 1
        # The summary goes to the first empty line.
        summary = " ".join(words[: words.index("")] if "" in words else words)
        what = match[1].split("{")[0].strip()[:60]
        if not words:
            yield Problem(
                file.path, number, f"no documentation of '{what}'", "say in one sentence what it does", "sentence",
                f"{file.path} {what}")
        elif not re.search(r"[.:?][\"')`*]*$", summary):
            yield Problem(
                file.path, number - 1, f"the summary of '{what}' is no sentence", "end it with a full stop", "sentence",
                f"{file.path} {what}")


def readme(tree, module):
    path = f"{module.folder}/README.md"
    lines = tree.read(path)
    text = "\n".join(lines)
    if not lines:
        yield Problem(path, 1, "no README", "say what the module is for, show an example and what it may import")
        return
    if not lines[0].startswith(f"# {module.name}"):
        yield Problem(path, 1, f"the title is not '# {module.name}'", "begin with the module's name")
    purpose = [line for line in lines[1:4] if line.strip()]
    if not purpose or purpose[0].startswith(("#", "```", "|", "-")):
        yield Problem(path, 2, "no purpose", "say in a sentence or two what the module is for")
    if "```" not in text:
        yield Problem(path, 1, "no example", "add one between ``` lines")


def leftovers(tree):
    for folder in ("Sources", "Tests", "Scripts", ".github"):
        for file in sorted((tree.root / folder).rglob("*")):
            path = str(file.relative_to(tree.root))
            script = file.suffix in (".swift", ".h", ".c", ".lua", ".py", ".sh", ".md") or file.parent.name == "Scripts"
            if not script or path.startswith("Scripts/checks") or not file.is_file():
                continue
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                if LEFTOVER.search(line):
                    yield Problem(path, number, f"'{LEFTOVER.search(line)[0]}'", "do it, or leave it to an issue")


def paths(tree):
    """Files and folders that texts name."""
    documents = ["README.md", *(str(file.relative_to(tree.root)) for file in (tree.root / ".github").glob("*.md"))]
    for document in documents + [f"{module.folder}/README.md" for module in tree.modules]:
        for number, line in enumerate(tree.read(document), 1):
            for path in FILE.findall(line):
                if not (tree.root / path.removeprefix("../")).exists():
                    yield Problem(document, number, f"there is no {path}", "name the file that it is now", "path", path)
