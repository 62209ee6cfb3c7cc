"""Runs programs on a disk that fails (failing-writes.c), and keeps what was called."""
import errno
import os
import re
import shutil
import zlib

TEMPORARY = re.compile(r"^\.(.+)\.lunette-\d+-[0-9a-f]+(\.\w{6})?$")


class Call:
    """A line of the record: what was called, by which process, on which path, and what a rename gave the new path."""

    def __init__(self, line, root):
        number, process, self.name, path, other, self.hash = line.rstrip("\n").split("\t")
        self.number, self.process = int(number), int(process)
        self.path, self.other = os.path.relpath(path, root), os.path.relpath(other, root) if other else ""

    def __str__(self):
        return f"call {self.number}, {self.name} of {self.path}" + (f" to {self.other}" if self.other else "")


def checksum(data):
    """The checksum that the record has of a file."""
    return f"{zlib.crc32(data):08x}"


class Disk:
    """A folder in which a program runs, fresh each time, and the calls that it made there."""

    def __init__(self, lunette, library, root):
        self.lunette, self.library, self.root = lunette, library, root
        self.folder, self.ready = f"{root}/disk", f"{root}/ready"
        self.state, self.log = f"{root}/state", f"{root}/log"

    def environment(self, failing):
        """What processes see; `failing` is the number of the call that fails and of its error, or nil for neither."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("LUNETTE", "XDG"))}
        environment.update(TMPDIR=f"{self.folder}/tmp", HOME=f"{self.folder}/home", TERM="dumb", LC_ALL="C.UTF-8")
        if failing:
            environment.update(LD_PRELOAD=self.library, WRITES_FOLDER=self.folder, WRITES_STATE=self.state,
                               WRITES_RECORD=self.log, WRITES_FAIL=str(failing[0]), WRITES_ERROR=str(failing[1]))
        return environment

    def get_ready(self, program):
        """Makes what the program needs, to begin with it each time."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.ready, ignore_errors=True)
        for name in "tmp", "home", "out":
            os.makedirs(f"{self.folder}/{name}")
        if program.prepare:
            program.prepare(self.lunette, self.folder, self.environment(None))
        if program.again:
            self.run(program, None)
        os.rename(self.folder, self.ready)

    def begin(self):
        """The folder is as it was made ready."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.ready, self.folder, symlinks=True)

    def run(self, program, failing):
        """Runs a program; gives the exit code, what was said, and whether the call was met."""
        for path, size in (self.state, 16), (self.log, 0):
            with open(path, "wb") as file:
                file.truncate(size)
        code, said = program.run(self.lunette, self.folder, self.environment(failing))
        with open(self.state, "rb") as file:
            failed = int.from_bytes(file.read(16)[8:], "little")
        return code, said, failed

    def calls(self):
        """The calls of the last run."""
        with open(self.log, encoding="utf-8", errors="surrogateescape") as file:
            return [Call(line, self.folder) for line in file]

    def files(self):
        """The bytes of all files, by path."""
        found = {}
        for parent, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(parent, name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, self.folder)] = file.read()
        return found

    def folders(self):
        """The paths of all folders."""
        return {os.path.relpath(parent, self.folder) for parent, _, _ in os.walk(self.folder)}

    def stamps(self, ending):
        """What tells each file whose path ends so from one that was written later."""
        found = {}
        for path in self.files():
            if path.endswith(ending):
                status = os.stat(f"{self.folder}/{path}")
                found[path] = (status.st_ino, status.st_mtime_ns)
        return found


def final_name(path):
    """The name under which a file is to be found in the end."""
    name = os.path.basename(path)
    match = TEMPORARY.match(name)
    return match.group(1) if match else name


def reason(number):
    """The system's words for an error."""
    return os.strerror(number) if number > 0 else ""


# The errors of calls that write, and of files that are opened to be read.
WRITE_ERRORS = [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EINTR]
READ_ERRORS = [errno.EIO, errno.EINTR]
# In the place of an error: the process is killed.
KILLED = -1
