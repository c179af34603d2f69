"""Decant's programs, started so that none outlives the harness, and what they are looked at and ended by."""
import ctypes
import os
import signal
import subprocess

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def descendants(pid):
    """Ids of all processes below this one."""
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                for child in map(int, file.read().split()):
                    found += [child, *descendants(child)]
    except OSError:
        pass
    return found


def signal_all(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


class Program:
    """One of Decant's, with what it says in a file."""

    def __init__(self, command, folder, log, environment, prefix=()):
        self.log = log
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "DECANT_"))}
        with open(log, "ab") as out:
            self._process = subprocess.Popen(
                [*prefix, *command], stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder,
                env={**kept, "LC_ALL": "C.UTF-8", **environment}, start_new_session=True, preexec_fn=die_with_parent)
        self.pid = self._process.pid

    def is_running(self):
        return self._process.poll() is None

    def status(self):
        """128 + signal where a signal ended it, as in a shell; None while it runs."""
        code = self._process.poll()
        return code if code is None or code >= 0 else 128 - code

    def signal(self, number):
        if self.is_running():
            self._process.send_signal(number)

    def children(self):
        return descendants(self.pid)

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def end(self):
        """Also where it is stopped. What it has started dies with it."""
        self.signal(signal.SIGKILL)
        self._process.wait()


def die_with_parent():
    """For preexec_fn: the new process is killed when the thread that starts it ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
