"""PostgreSQL that is killed, shut down, stopped, and started again, or that loses a session."""
import signal
import time

from chaos_lib.faults import Fault, points_of
from chaos_lib.processes import signal_all

_ENDS = {signal.SIGKILL: "killed", signal.SIGQUIT: "shut down at once", signal.SIGINT: "shut down fast"}


class ServerFault(Fault):
    engines = ("postgres",)


class EndServer(ServerFault):
    def __init__(self, rng, episode):
        self.after_s = rng.random() * episode.typical_s
        self.by = rng.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGQUIT, signal.SIGINT))
        self.down_s = rng.choice((0, 0, 0.5, 2, 6))
        self.kind = f"PostgreSQL {_ENDS[self.by]} and started again"

    def __str__(self):
        return f"PostgreSQL {_ENDS[self.by]} after {self.after_s:.2f} s, down for {self.down_s} s"

    def strike(self, attempt, episode):
        if not attempt.sleep(self.after_s):
            return False
        restart(episode.target.server, self.by, self.down_s)
        return True


class EndServerAtPoint(ServerFault):
    """A worker or the coordinator stands at a point while the server goes and comes back: in mid-COPY, between COMMIT and
    its answer, …"""

    kind = "PostgreSQL killed while a process stands at a point"

    def __init__(self, rng, episode):
        role = rng.choice(("worker", "worker", "coordinator"))
        self.by = rng.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGQUIT))
        self.at = f"{role}.{rng.choice(points_of(episode.engine, role, episode.load))}=stop@{rng.choice((1, 1, 2, 4))}"

    def __str__(self):
        return f"PostgreSQL {_ENDS[self.by]} while {self.at}"

    def failpoint(self):
        return self.at

    def strike(self, attempt, episode):
        if not attempt.wait_for(attempt.mark, episode.limit_s):
            return False
        restart(episode.target.server, self.by, 0)
        signal_all([attempt.mark()], signal.SIGCONT)
        return True

    def heal(self, episode):
        if episode.fleet:
            episode.fleet.end()  # or one of them would stop in a later attempt


class KillBackend(ServerFault):
    """The server then ends all sessions and recovers by itself."""

    kind = "a PostgreSQL session's process killed"

    def __init__(self, rng, episode):
        self.after_s = rng.random() * episode.typical_s
        self.which = rng.random()

    def __str__(self):
        return f"a session's process killed after {self.after_s:.2f} s"

    def strike(self, attempt, episode):
        if not attempt.sleep(self.after_s):
            return False
        pids = episode.target.server.backends()
        if pids:
            signal_all([pids[int(self.which * len(pids))]], signal.SIGKILL)
        return bool(pids)


class TerminateSessions(ServerFault):
    kind = "PostgreSQL sessions terminated by an administrator"

    def __init__(self, rng, episode):
        self.after_s = rng.random() * episode.typical_s
        self.share = rng.choice((0.3, 1))

    def __str__(self):
        return f"{self.share:.0%} of the sessions terminated after {self.after_s:.2f} s"

    def strike(self, attempt, episode):
        if not attempt.sleep(self.after_s):
            return False
        ended = episode.target.server.sql(
            "postgres", "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'decant%' "
            f"AND random() <= {self.share}")
        return int(ended) > 0


class StopServer(ServerFault):
    def __init__(self, rng, episode):
        self.after_s = rng.random() * episode.typical_s
        self.for_s = rng.choice((1, 3, 6, 6, 12, 25, 150)) if rng.random() < 0.5 else rng.uniform(0.5, 5)
        self.kind = "PostgreSQL stopped for " + ("minutes" if self.for_s > 60 else "seconds") + ", then continued"

    def __str__(self):
        return f"PostgreSQL stopped after {self.after_s:.2f} s for {self.for_s:.1f} s"

    def strike(self, attempt, episode):
        if not attempt.sleep(self.after_s):
            return False
        episode.target.server.signal_all(signal.SIGSTOP)
        try:
            until = time.monotonic() + self.for_s
            while time.monotonic() < until:
                attempt.keep_up()
                time.sleep(0.1)
        finally:
            episode.target.server.signal_all(signal.SIGCONT)
        return True


def restart(server, by, down_s):
    server.end(by)
    time.sleep(down_s)
    server.start_again()
