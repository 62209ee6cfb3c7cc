"""Whether a power cut at any moment leaves whole files: the order of calls in a record of an undisturbed run."""
import os

from disk import TEMPORARY


def faults(calls, finals, grows):
    """What is wrong with the order of calls that made the files `finals`; those for which `grows` holds are written in
    place, line by line. Gives a list of sentences, and the number of files that were checked."""
    found, checked, renamed = [], set(), set()
    written, flushed = {}, {}
    for place, call in enumerate(calls):
        if call.name in ("write", "cut", "empty"):
            written[call.path] = place
        elif call.name == "fsync":
            flushed[call.path] = place
        elif call.name in ("rename", "link"):
            written[call.other], flushed[call.other] = written.get(call.path, -1), flushed.get(call.path, -1)
            if TEMPORARY.match(os.path.basename(call.other)) or call.name == "link":
                continue
            checked.add(call.other)
            renamed.add(call.other)
            if flushed[call.other] < max(written[call.other], 0):
                found.append(f"{call.other} got its name before its bytes were on the disk")
            parent = os.path.dirname(call.other)
            if not any(later.name == "fsync" and later.path == parent and later.process == call.process
                       for later in calls[place + 1:]):
                found.append(f"the folder of {call.other} was not flushed after it got its name")
        elif call.name == "mkdir" and not call.path.startswith("tmp/"):
            parent = os.path.dirname(call.path) or "."
            if not any(later.name == "fsync" and later.path == parent for later in calls[place + 1:]):
                found.append(f"the folder {call.path} was made, and the one that it lies in was not flushed")
    for path in finals:
        if path not in renamed and not grows(path):
            found.append(f"{path} was written under its final name")
    return found, len(checked)
