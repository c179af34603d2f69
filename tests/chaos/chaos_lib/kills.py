"""Processes that are killed: at a named point, or at any time."""
import signal

from chaos_lib.faults import BUMP_POINTS, Fault, draw_passing, points_of
from chaos_lib.processes import signal_all


class KillAtPoint(Fault):
    """SIGKILL of the process itself, at the n-th passing of a failpoint."""

    def __init__(self, rng, episode, point=None):
        role = rng.choice(("worker", "coordinator"))
        self.role, self.point = point or (role, rng.choice(points_of(episode.engine, role, episode.load)))
        self.passing = 1 if point else draw_passing(rng, self.point)
        self.must_strike = point is not None
        self.kind = f"{self.role} killed at a point"

    def __str__(self):
        return f"{self.role}.{self.point}=kill@{self.passing}"

    def failpoint(self):
        return str(self)

    def strike(self, attempt, episode):
        return attempt.wait_for(attempt.mark, episode.limit_s)


class KillWhileTakingBack(Fault):
    """A worker at a point, and then the coordinator before or after it raises the fence of that worker's task."""

    kind = "coordinator killed while it takes a task back"

    def __init__(self, rng, episode, at=None):
        # Where the worker's task is not done yet, so that it has to be taken back.
        self.point = "after_extract" if at else rng.choice(
            [point for point in points_of(episode.engine, "worker", episode.load)
             if point not in ("before_read_back", "ack_taken")])
        self.at = at or rng.choice(BUMP_POINTS)
        self.must_strike = at is not None

    def __str__(self):
        return f"worker.{self.point}=kill; coordinator.{self.at}=kill"

    def failpoint(self):
        return str(self)

    def strike(self, attempt, episode):
        return attempt.wait_for(lambda: attempt.mark(self.at), episode.limit_s)


class KillWorker(Fault):
    kind = "worker killed at any time"

    def __init__(self, rng, episode):
        self.after_s = rng.random() * episode.typical_s
        self.times = rng.choice((1, 1, 1, 2, 3))
        self.which = rng.random()

    def __str__(self):
        return f"{self.times} worker(s) killed after {self.after_s:.2f} s"

    def strike(self, attempt, episode):
        struck = False
        for _ in range(self.times):
            if not attempt.sleep(self.after_s / self.times):
                return struck
            workers = attempt.workers()
            if workers:
                signal_all([workers[int(self.which * len(workers))]], signal.SIGKILL)
                struck = True
        return struck


class KillAllWorkers(Fault):
    kind = "all workers killed at once"

    def __init__(self, rng, episode):
        self.after_s = rng.random() * episode.typical_s

    def __str__(self):
        return f"all workers killed after {self.after_s:.2f} s"

    def strike(self, attempt, episode):
        if not attempt.sleep(self.after_s):
            return False
        workers = attempt.workers()
        signal_all(workers, signal.SIGKILL)
        return bool(workers)


class KillCoordinator(Fault):
    kind = "coordinator killed at any time"

    def __init__(self, rng, episode):
        self.after_s = rng.random() * episode.typical_s

    def __str__(self):
        return f"coordinator killed after {self.after_s:.2f} s"

    def strike(self, attempt, episode):
        if not attempt.sleep(self.after_s):
            return False
        attempt.coordinator.signal(signal.SIGKILL)
        return True
