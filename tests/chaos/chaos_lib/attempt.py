"""One run of `decant run` within an episode, and the workers that the harness itself starts for it."""
import os
import time

from chaos_lib.processes import Program

_TURN_S = 0.02


class Fleet:
    """Workers that were started by hand, as on other machines: they outlive a coordinator, and one that dies is followed by
    another, as a service manager would see to. Of an episode."""

    def __init__(self, place, count, endpoints, prefix=()):
        self._place = place
        self._count = count
        self._connect = [word for endpoint in endpoints for word in ("--connect", endpoint)]
        self._prefix = prefix
        self._started = 0
        self._workers = []

    def keep_up(self, environment):
        self._workers = [worker for worker in self._workers if worker.is_running()]
        while len(self._workers) < self._count:
            self._started += 1
            self._workers.append(Program(
                [self._place.program("decant-worker"), *self._connect, "--name", f"far-{self._started}", "--work-dir",
                 self._place.spool], self._place.folder, f"{self._place.folder}/far-{self._started}.log",
                environment, self._prefix))

    def pids(self):
        return [worker.pid for worker in self._workers if worker.is_running()]

    def said(self):
        return "".join(worker.said()[-1500:] for worker in self._workers)

    def end(self):
        for worker in self._workers:
            worker.end()
        self._workers.clear()


class Attempt:
    """Runs until the coordinator has ended; faults look at it and strike meanwhile."""

    def __init__(self, place, fleet, command, environment, number, prefix=()):
        self._place = place
        self._fleet = fleet
        self._environment = environment
        self.marks = f"{place.folder}/marks-{number}"
        os.mkdir(self.marks)
        environment["DECANT_FAILPOINT_MARKS"] = self.marks
        self.began = time.monotonic()
        self.coordinator = Program(command, place.folder, f"{place.folder}/run-{number}.log", environment, prefix)
        self.keep_up()

    def keep_up(self, always=False):
        """Workers that died are followed by others, as long as the coordinator lives or another one needs them."""
        if self._fleet and (always or self.coordinator.is_running()):
            self._fleet.keep_up(self._environment)

    def workers(self):
        """Process ids of all workers that live now."""
        local = self.coordinator.children() if self.coordinator.is_running() else []
        return local + (self._fleet.pids() if self._fleet else [])

    def is_over(self):
        return not self.coordinator.is_running()

    def wait_for(self, condition, limit_s):
        """Until it holds; False when the time is up or the run has ended before."""
        until = time.monotonic() + limit_s
        while time.monotonic() < until:
            if condition():
                return True
            if self.is_over():
                return bool(condition())
            self.keep_up()
            time.sleep(_TURN_S)
        return False

    def sleep(self, seconds):
        """False where the run has ended meanwhile."""
        return not self.wait_for(self.is_over, seconds)

    def mark(self, point=""):
        """The process that a failpoint struck (this one, or any), or None."""
        for name in os.listdir(self.marks):
            if not name.endswith(point):
                continue
            with open(os.path.join(self.marks, name), encoding="ascii") as file:
                text = file.read()
            if text.endswith("\n"):
                return int(text)
        return None

    def said(self):
        return self.coordinator.said() + (self._fleet.said() if self._fleet else "")
