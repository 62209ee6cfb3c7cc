"""The checkout as the checks read it: Swift files without comments and strings, and what Package.swift declares."""
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

# In Swift, a quote within an interpolation ends the match too early, and the next one begins another: lines and braces
# come out right all the same.
HIDDEN = re.compile(r'//[^\n]*|/\*.*?\*/|"""(?:\\.|.)*?"""|"(?:\\.|[^"\\\n])*"', re.DOTALL)


@dataclass
class Problem:
    """What a check found, where, and what to do about it; exceptions.txt may name its rule and subject."""
    file: str
    line: int
    what: str
    remedy: str
    rule: str = ""
    subject: str = ""


class SwiftFile:
    """A file's `lines`, and its `code`: the same lines without comments and the insides of strings."""

    def __init__(self, root, path):
        self.path = str(path.relative_to(root))
        text = path.read_text(encoding="utf-8")
        self.lines = text.splitlines()
        self.code = HIDDEN.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text).split("\n")


@dataclass
class Target:
    """A target of Package.swift: `imports` are the targets that it may import, in the manifest's order."""
    name: str
    kind: str
    folder: str
    line: int
    imports: list
    files: list

    @property
    def is_module(self):
        return self.kind in ("regular", "executable") and self.folder.startswith("Sources/")


class Tree:
    """The checkout in the folder `root`."""

    def __init__(self, root):
        self.root = Path(root).resolve()
        manifest = (self.root / "Package.swift").read_text(encoding="utf-8").splitlines()
        # A folder of its own, so that a build that runs meanwhile is not waited for.
        with tempfile.TemporaryDirectory() as scratch:
            command = ["swift", "package", "--package-path", str(self.root), "--scratch-path", scratch, "dump-package"]
            dump = subprocess.run(command, capture_output=True, text=True)
        if dump.returncode != 0:
            sys.exit(f"Package.swift:1: it cannot be read; {dump.stderr.strip()}")
        package = json.loads(dump.stdout)
        self.targets = [self.target(entry, manifest) for entry in package["targets"]]

    def target(self, entry, manifest):
        name, kind = entry["name"], entry["type"]
        folder = entry.get("path") or f"{'Tests' if kind == 'test' else 'Sources'}/{name}"
        imports = [next(iter(dependency.values()))[0] for dependency in entry["dependencies"]]
        # A declaration begins with its name, which is used further down only.
        declared = re.compile(rf'\s*(?:\.?\w+\()?(?:name: )?"{name}"')
        line = next((number for number, text in enumerate(manifest, 1) if declared.match(text)), 1)
        files = [SwiftFile(self.root, path) for path in sorted((self.root / folder).rglob("*.swift"))]
        return Target(name, kind, folder, line, imports, files)

    @property
    def modules(self):
        """The modules of Sources, in the manifest's order, without the C libraries."""
        return [target for target in self.targets if target.is_module]

    @property
    def swift_files(self):
        return [file for target in self.targets for file in target.files]

    def read(self, path):
        """The lines of a text file; none where there is no such file."""
        file = self.root / path
        return file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
