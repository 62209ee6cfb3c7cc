"""What is tried on a disk that fails: programs that write, and what they need."""
import json
import os
import pty
import select
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = os.path.dirname(HERE)

# A study at its smallest, in which a network, a prior, a choice of values and scores take part.
TINY = ["steps=1", "source_steps=3", "source_networks=1", "prior_steps=1", "phantom_size={16,16,16}",
        "phantom_sources=2", "phantom_targets=4", "sizes={1}", "splits=1", "test=1", "ablation_sizes={1}",
        "tuning_train=1", "validation=1", "tuning={RI={lr={1e-3,3e-3}}}", "ablations={}", 'methods={"DWP","RI"}']

LESSON = """-- %%
sum = nil

-- %% tags=["solution"]
sum = 6

-- %% tags=["answer"]
check.answer("sum", sum, {points = 2})

-- %%
check("sum", sum)
"""


class Program:
    """A command, or several, that write into the folder `out` below the folder in which they run.

    `prepare` makes what they read, and where `again` is true they run twice before the disk fails, so that all files
    are there already. `every` is how many of their calls are tried in the long form, all by default, `short` how many
    in the short one, and `kills` how often the long form kills them. `typed` are lines for a prompt. `tolerant`
    commands go on after an error that they have told, some of them in the files `tells`, too.
    """

    def __init__(self, name, commands, prepare=None, again=False, every=None, short=0, typed=None, tolerant=False,
                 tells=(), kills=0):
        self.name, self.commands, self.prepare, self.again = name, commands, prepare, again
        self.every, self.short, self.typed, self.tolerant = every, short, typed, tolerant
        self.tells, self.kills = tells, kills

    def run(self, lunette, folder, environment):
        """Runs the commands in `folder` up to the first that fails; gives the exit code and all that was said."""
        said, code = "", 0
        for command in self.commands:
            words = [lunette] + [word.replace("SCRIPTS", SCRIPTS).replace("HERE", HERE) for word in command]
            code, text = (type_into(words, self.typed, folder, environment) if self.typed
                          else call(words, folder, environment))
            said += text
            if code != 0:
                break
        return code, said


def call(words, folder, environment):
    done = subprocess.run(words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=600, check=False)
    return done.returncode, done.stdout.decode(errors="replace")


def require(words, folder, environment):
    code, said = call(words, folder, environment)
    if code != 0:
        raise RuntimeError(said)


def type_into(words, lines, folder, environment):
    """Runs a command in a terminal, into which the lines are typed, each when a prompt is there."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve(words[0], words, environment)
    said, seen, lines, start = b"", 0, list(lines), time.monotonic()
    while time.monotonic() - start < 120:
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                said += os.read(terminal, 1 << 16)
            except OSError:
                break
        if lines and b"> " in said[seen:]:
            seen = len(said)
            os.write(terminal, (lines.pop(0) + "\n").encode())
    else:
        os.kill(child, 9)
    os.close(terminal)
    status = os.waitpid(child, 0)[1]
    return os.waitstatus_to_exitcode(status), said.decode(errors="replace")


def prepare_by(script):
    """Runs a script of Lua that makes what a program needs."""
    def prepare(lunette, folder, environment):
        require([lunette, f"{HERE}/{script}"], folder, environment)
    return prepare


def prepare_lesson(lunette, folder, environment):
    """A lesson, and two students' notebooks."""
    with open(f"{folder}/lesson.lua", "w", encoding="utf-8") as file:
        file.write(LESSON)
    require([lunette, "notebook", "release", "lesson.lua", "-o", "student.ipynb"], folder, environment)
    os.makedirs(f"{folder}/handed")
    with open(f"{folder}/student.ipynb", encoding="utf-8") as file:
        student = json.load(file)
    for name, answer in ("ada", "sum = 6"), ("bob", "sum = 5"):
        text = json.dumps(student).replace("sum = nil", answer)
        with open(f"{folder}/handed/{name}.ipynb", "w", encoding="utf-8") as file:
            file.write(text)
    os.remove(f"{folder}/student.ipynb")


STUDY = ["SCRIPTS/study.lua", "--preset", "smoke", "--threads", "1", "--output", "out"] + [
    word for value in TINY for word in ("--set", value)]

PROGRAMS = [
    Program("saves", [["HERE/saves.lua"]], short=40),
    Program("saves over old files", [["HERE/saves.lua"]], again=True, short=20),
    Program("notebook run", [["notebook", "run", "lesson.lua", "-o", "out/run.ipynb"]], prepare_lesson, short=6),
    Program("notebook convert", [["notebook", "convert", "--to", "html", "lesson.lua", "-o", "out/lesson.html"]],
            prepare_lesson),
    Program("notebook release", [["notebook", "release", "lesson.lua", "-o", "out/student.ipynb"]], prepare_lesson),
    Program("notebook grade", [["notebook", "grade", "lesson.lua", "handed", "-o", "out"]], prepare_lesson, short=6,
            tolerant=True, tells=["out/grades.csv"]),
    Program("prompt", [[]], short=6, tolerant=True, typed=[
        "x = 1 + 1", "y = x * 2", ":save out/session.lua", ":save out/session.ipynb", ":quit"]),
    Program("manual", [["--manual", "out"]], every=20),
    Program("predict", [["SCRIPTS/predict.lua", "network.safetensors", "scans", "--output", "out"]],
            prepare_by("network.lua"), every=60, short=4, tolerant=True,
            tells=["out/predictions.csv", "out/predictions.html"]),
    Program("study", [STUDY], every=100, short=1, kills=200),
    Program("study by a worker", [STUDY + ["--worker"], STUDY], every=40, tolerant=True),
]
