"""Processes that stand still and go on later, as if nothing had happened meanwhile."""
import os
import signal
import time

from chaos_lib.faults import Fault, points_of
from chaos_lib.processes import Program, signal_all

_PAST_LEASE_S = 60  # a lease is 30 s; on a busy machine it is noticed later


class StopWorkerPastLease(Fault):
    """A worker on another machine is stopped at a point until its task has gone to another, and then goes on: a zombie,
    which must be fenced off. It wakes up as soon as it is given up, or when the run is over."""

    kind = "worker stopped past its lease, then continued"
    needs_layout = "far"

    def __init__(self, rng, episode):
        self.point = rng.choice([point for point in points_of(episode.engine, "worker", episode.load)
                                 if point not in ("before_read_back", "ack_taken")])
        self.passing = rng.choice((1, 1, 2, 3))
        self.wakes_late = rng.random() < 0.3
        self._pid = None

    def __str__(self):
        return f"worker.{self.point}=stop@{self.passing}, woken {'after the run' if self.wakes_late else 'once given up'}"

    def failpoint(self):
        return f"worker.{self.point}=stop@{self.passing}"

    def strike(self, attempt, episode):
        if not attempt.wait_for(attempt.mark, episode.limit_s):
            return False
        self._pid = attempt.mark()
        if self.wakes_late:
            attempt.wait_for(attempt.is_over, episode.limit_s)
        else:
            attempt.wait_for(lambda: "was not heard of for a lease" in attempt.coordinator.said(), _PAST_LEASE_S)
        signal_all([self._pid], signal.SIGCONT)
        if self.wakes_late:
            time.sleep(1)  # it finishes what it had in mind, if anything lets it
        return True

    def heal(self, episode):
        if self._pid:
            signal_all([self._pid], signal.SIGCONT)
        else:
            episode.fleet.end()  # or one of them would stop in a later attempt


class StopWorker(Fault):
    kind = "worker stopped for seconds"

    def __init__(self, rng, episode):
        self.after_s = rng.random() * episode.typical_s
        self.for_s = rng.uniform(0.2, 4)
        self._pids = []

    def __str__(self):
        return f"worker stopped after {self.after_s:.2f} s for {self.for_s:.1f} s"

    def strike(self, attempt, episode):
        if not attempt.sleep(self.after_s):
            return False
        self._pids = attempt.workers()[:1]
        signal_all(self._pids, signal.SIGSTOP)
        attempt.sleep(self.for_s)
        self.heal(episode)
        return bool(self._pids)

    def heal(self, episode):
        signal_all([pid for pid in self._pids if os.path.exists(f"/proc/{pid}")], signal.SIGCONT)
        self._pids = []


class StopCoordinator(Fault):
    kind = "coordinator stopped for seconds"

    def __init__(self, rng, episode):
        self.after_s = rng.random() * episode.typical_s
        self.for_s = rng.uniform(0.2, 4)

    def __str__(self):
        return f"coordinator stopped after {self.after_s:.2f} s for {self.for_s:.1f} s"

    def strike(self, attempt, episode):
        if not attempt.sleep(self.after_s):
            return False
        attempt.coordinator.signal(signal.SIGSTOP)
        time.sleep(self.for_s)
        attempt.coordinator.signal(signal.SIGCONT)
        return True


class CoordinatorOvertaken(Fault):
    """The coordinator is stopped past its lease, another run takes over, and the first goes on in the middle of it or after
    it: it must see that it leads no more. A DuckDB file has one holder and cannot be taken over from a living process."""

    kind = "coordinator stopped past its lease, overtaken, then continued"
    engines = ("postgres",)

    def __init__(self, rng, episode):
        self.after_s = rng.random() * episode.typical_s
        self.wakes_after_s = rng.random() * 1.5 * episode.typical_s

    def __str__(self):
        return f"coordinator stopped after {self.after_s:.2f} s, woken {self.wakes_after_s:.2f} s after another took over"

    def strike(self, attempt, episode):
        if not attempt.sleep(self.after_s):
            return False
        attempt.coordinator.signal(signal.SIGSTOP)
        second = None
        try:
            until = time.monotonic() + _PAST_LEASE_S
            while time.monotonic() < until:
                second = second or self._another(episode)
                if "log      " in second.said():  # it leads
                    break
                if not second.is_running():
                    second = None
                    time.sleep(1)
                time.sleep(0.05)
            time.sleep(self.wakes_after_s)
        finally:
            attempt.coordinator.signal(signal.SIGCONT)
            while second and second.is_running() and time.monotonic() < until + episode.limit_s:
                time.sleep(0.05)
            if second:
                second.end()
        return second is not None

    @staticmethod
    def _another(episode):
        return Program(episode.command("run", "job.yaml", "--yes", "--quiet", "--workers", "2"), episode.place.folder,
                       f"{episode.place.folder}/second-{time.monotonic_ns()}.log",
                       episode.target_environment())
