"""Lets the n-th call of programs that write fail, for n = 1, 2, 3 ..., and looks at what is left.

After each failure: the error names the file and the reason, and the exit code is not 0; what lies under a final name is
whole; the same command again gives the same bits as an undisturbed run, keeps results that were finished, and leaves no
temporary file behind.
"""
import collections
import os
import random
import re
import sys
import tempfile

import order
from disk import KILLED, READ_ERRORS, WRITE_ERRORS, Disk, checksum, final_name, reason
from programs import PROGRAMS

# Files that grow by lines; each line must be whole, and nothing reads results from them.
GROWING = {"times.csv": rb"[\d.]+,[\d.]+,[^,\n]+,\d+\n",
           "runs.txt": rb"\d{4}-\d\d-\d\d [^\n]*: \d+ s, \d+ jobs, [^\n]*\n",
           "failures.txt": rb"\d{4}-\d\d-\d\d [^\n]+\n", "history": rb"[^\n]+\n", "study.lock": rb"\d+\n"}


def grows(path):
    return os.path.basename(path) in GROWING


class Trial:
    """What a program does on a sound disk, and what is wrong with it on one that fails."""

    def __init__(self, disk, program):
        self.disk, self.program = disk, program
        self.faults, self.injected, self.killed = collections.Counter(), 0, 0
        disk.get_ready(program)
        disk.begin()
        self.code, said, _ = disk.run(program, (0, 0))
        if self.code != 0:
            raise RuntimeError(f"{program.name}: {said}")
        self.calls, self.whole, self.folders = disk.calls(), disk.files(), disk.folders()
        # What a name may lead to: what it led to before, at any time, and in the end.
        self.states = collections.defaultdict(set)
        for call in self.calls:
            self.states[call.other].add(call.hash)
        disk.begin()
        for path, data in disk.files().items():
            self.states[path].add(checksum(data))
        disk.run(program, None)
        again = disk.files()
        self.changing = {path for path in again if again[path] != self.whole.get(path)}
        if set(again) != set(self.whole):
            raise RuntimeError(f"{program.name}: two runs leave different files: {set(again) ^ set(self.whole)}")

    def fault(self, kind, call, number, said=""):
        self.faults[kind] += 1
        if self.faults[kind] <= 3:
            what = "killed" if number == KILLED else reason(number) or "half of the bytes"
            print(f"  {kind}: {call}, {what}"
                  + (f"\n    said: {said.strip()[-300:]}" if said else ""), flush=True)

    def check_order(self):
        written = {call.path for call in self.calls if call.name == "write"} | {call.other for call in self.calls}
        finals = [path for path in self.whole if path in written or path.startswith("out")]
        found, count = order.faults(self.calls, finals, grows)
        for sentence in found[:6]:
            print(f"  power cut: {sentence}")
        self.faults["power cut"] += len(found)
        return count

    def fail(self, call, number):
        """Lets one call fail, and looks at what is left, then and after another run."""
        disk, program = self.disk, self.program
        disk.begin()
        code, said, failed = disk.run(program, (call.number, number))
        if not failed:
            return
        self.injected += 1
        met = next((one for one in disk.calls() if one.number == failed), call)
        self.check_words(met, number, code, said)
        self.check_whole(met, number)
        self.go_on(met, number)

    def go_on(self, met, number):
        """Runs the program again on a sound disk, and looks at what it has made of what was left."""
        disk, program = self.disk, self.program
        results = disk.stamps("result.safetensors")
        code, said, _ = disk.run(program, None)
        if code != 0:
            self.fault("the next run fails", met, number, said)
            return
        after = disk.files()
        for path, data in self.whole.items():
            if path not in after:
                self.fault(f"{os.path.basename(path)} is missing after the next run", met, number)
            elif path not in self.changing and after[path] != data and not grows(path):
                self.fault(f"{os.path.basename(path)} has other bits after the next run", met, number)
        for path in set(after) - set(self.whole):
            if os.path.basename(path) != "failures.txt":
                self.fault("left over after the next run", met, number, path)
        for path in disk.folders() - self.folders:
            self.fault("folder left over after the next run", met, number, path)
        kept = disk.stamps("result.safetensors")
        for path, stamp in results.items():
            if kept.get(path) != stamp:
                self.fault("a finished result was made again", met, number, path)

    def kill(self, count):
        """Kills the program so often, each time at another call, and lets it go on from what is left; now and then to
        its end."""
        disk, moments = self.disk, random.Random(1)
        disk.begin()
        while count > 0:
            place = moments.randrange(1, len(self.calls) // 2)
            code, said, failed = disk.run(self.program, (place, KILLED))
            met = self.calls[place - 1]
            if failed:
                count, self.killed = count - 1, self.killed + 1
                self.check_whole(met, KILLED)
            elif code != 0:
                self.fault("the next run fails", met, KILLED, said)
            if not failed or count == 0:
                self.go_on(met, KILLED)
                disk.begin()

    def check_words(self, call, number, code, said):
        """The error names the file and the reason, and the exit code is not 0, or nothing was lost."""
        if code < 0 or code > 128 or "Fatal error" in said:
            self.fault(f"ended by a signal ({code})", call, number, said)
        told = reason(number) in said
        if code == 0 and (self.program.tolerant and told):
            return
        if code == 0:
            # A failure that does no harm need not be told; one of flushing does.
            now = self.disk.files()
            differs = [path for path, data in self.whole.items() if self.lacks(path, data, now.get(path))]
            if differs:
                self.fault("told nothing, and files differ", call, number, ", ".join(differs))
            elif call.name == "fsync" and number:
                self.fault("told nothing of bytes that may not be on the disk", call, number)
            return
        names = {final_name(call.path)} | ({final_name(call.other)} if call.other else set())
        if call.name in ("folder", "fsync"):
            names |= {final_name(one.other) for one in self.calls if os.path.dirname(one.other) == call.path}
        if number and not told:
            self.fault("the reason is not told", call, number, said)
        if not any(name in said for name in names):
            self.fault("the file is not named", call, number, said)

    def lacks(self, path, data, now):
        """Whether a file is not what it is after an undisturbed run; of one that grows, whether lines are missing."""
        if os.path.basename(path) == "study.lock":
            return False
        if grows(path) and now is not None:
            return now.count(b"\n") < data.count(b"\n")
        return path not in self.changing and now != data

    def check_whole(self, call, number):
        """What lies under a final name is whole."""
        for path, data in self.disk.files().items():
            name = os.path.basename(path)
            if name in GROWING:
                if not re.fullmatch(b"(%s)*" % GROWING[name], data):
                    self.fault(f"{name} is damaged", call, number, data[-200:].decode(errors="replace"))
            elif path.startswith("out") and not name.startswith(".") and path not in self.changing:
                if path in self.program.tells and reason(number).encode() in data:
                    continue
                if checksum(data) not in self.states[path]:
                    self.fault("half a file under its final name", call, number, path)

    def sample(self, count):
        """So many of the calls, evenly; all of them where there are no more, or no number is given."""
        if count is None or count >= len(self.calls):
            return self.calls
        return [self.calls[i * len(self.calls) // count] for i in range(count)]

    def run(self, is_short):
        program = self.program
        calls = self.sample(program.short if is_short else program.every)
        sampled = len(calls) < len(self.calls)
        for place, call in enumerate(calls):
            # Where only some of the calls are tried, each gets one error, and all errors have their turn.
            errors = READ_ERRORS if call.name == "read" else WRITE_ERRORS
            errors = [errors[place % len(errors)]] if sampled else errors
            for number in errors + ([0] if call.name == "write" and (not sampled or place % 2 == 0) else []):
                self.fail(call, number)
        if not is_short:
            self.kill(program.kills)
        return len(calls)


def main(lunette, library, is_short, names):
    total, count = 0, 0
    with tempfile.TemporaryDirectory() as root:
        for program in PROGRAMS:
            if names and program.name not in names or is_short and not program.short:
                continue
            trial = Trial(Disk(lunette, library, os.path.realpath(root)), program)
            checked = trial.check_order()
            tried = trial.run(is_short)
            faults = sum(trial.faults.values())
            print(f"{program.name}: {len(trial.calls)} calls, {tried} of them tried, {trial.injected} failures, "
                  f"{trial.killed} kills, {checked} files checked against a power cut, {faults} faults", flush=True)
            for kind, times in trial.faults.items():
                if times:
                    print(f"  {times} times: {kind}")
            total, count = total + trial.injected, count + faults
    print(f"{total} failures, {count} faults")
    return 1 if count else 0


if __name__ == "__main__":
    wanted = [word for word in sys.argv[3:] if word != "short"]
    sys.exit(main(sys.argv[1], sys.argv[2], "short" in sys.argv[3:], wanted))
