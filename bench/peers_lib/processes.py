"""Programs that the harness starts: none of them outlives it, and one that fails says why."""
import contextlib
import ctypes
import os
import signal
import subprocess
import tempfile
import time

from peers_lib.errors import BenchError

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def _environment():
    """The caller's, without what would lead psql and its like to another server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "DECANT_"))}
    kept["LC_ALL"] = "C.UTF-8"
    return kept


def _die_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Programs:
    """Runs programs, alone or in pipelines side by side, and ends those that still run when it is closed."""

    def __init__(self, folder):
        self._folder = folder
        self._running = []

    def run(self, command, folder=None):
        """Runs one program to its end; its standard output as text. A status other than 0 is a BenchError."""
        return self.run_pipelines([[command]], capture=True, folder=folder)

    def run_pipelines(self, pipelines, capture=False, folder=None):
        """Runs pipelines (lists of commands) side by side. What the last programs write is dropped unless it is wanted."""
        with tempfile.TemporaryFile(dir=self._folder) as errors, tempfile.TemporaryFile(dir=self._folder) as output:
            last = output if capture else subprocess.DEVNULL
            started = []
            for pipeline in pipelines:
                started += self._start_pipeline(pipeline, last, errors, folder)
            failed = [command for command, process in started if process.wait() != 0]
            for _, process in started:
                self._running.remove(process)
            if failed:
                raise BenchError(f"{' '.join(failed[0][:3])} … failed: {_tail(errors) or _tail(output)}")
            if not capture:
                return ""
            output.seek(0)
            return output.read().decode("utf-8", "replace")

    def seconds(self, action):
        """How long a call takes."""
        begin = time.monotonic()
        action()
        return time.monotonic() - begin

    @contextlib.contextmanager
    def serving(self, command, ready):
        """A program that runs as long as the block, once it has printed the line `ready`."""
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=_environment(),
                                   start_new_session=True, preexec_fn=_die_with_parent)
        self._running.append(process)
        try:
            if process.stdout.readline().decode().strip() != ready:
                raise BenchError(f"{' '.join(command[:4])} … does not start.")
            yield
        finally:
            _signal_group(process, signal.SIGKILL)
            process.wait()
            process.stdout.close()
            self._running.remove(process)

    def _start_pipeline(self, pipeline, last, errors, folder):
        started = []
        source = subprocess.DEVNULL
        for place, command in enumerate(pipeline):
            is_last = place + 1 == len(pipeline)
            process = subprocess.Popen(
                command, stdin=source, stdout=last if is_last else subprocess.PIPE, stderr=errors,
                cwd=folder or self._folder, env=_environment(), start_new_session=True, preexec_fn=_die_with_parent)
            self._running.append(process)
            if source is not subprocess.DEVNULL:
                source.close()  # else the writer would not see its reader go
            source = process.stdout
            started.append((command, process))
        return started

    def close(self):
        """Ends what still runs: first asked, then forced."""
        for by in (signal.SIGTERM, signal.SIGKILL):
            for process in self._running:
                if process.poll() is None:
                    _signal_group(process, by)
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline and any(p.poll() is None for p in self._running):
                time.sleep(0.05)
        self._running.clear()


def _signal_group(process, number):
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def _tail(file, most=2000):
    file.seek(0)
    text = file.read().decode("utf-8", "replace").strip()
    return text if len(text) <= most else "… " + text[-most:]
