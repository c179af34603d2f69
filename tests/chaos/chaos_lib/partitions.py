"""Network namespaces that are cut off: packets are dropped, both ways or one way, and nobody is told."""
from chaos_lib.faults import Fault
from chaos_lib.standby import LeaderLostForAWhile

_WAYS = ("both ways", "inwards", "outwards")


def _way_of(way):
    return way if way == "both ways" else "one way"


class CutOff(Fault):
    """For a while: seconds, past the leases, or past the minute that a connection to PostgreSQL endures, too."""

    needs = "namespaces"
    neighbour = None  # whom they are cut off from: the "target" or the "coordinator"; None is both
    whose = ""

    def __init__(self, rng, episode):
        self.after_s = rng.random() * episode.typical_s
        self.for_s = rng.choice((rng.uniform(0.5, 6), rng.uniform(0.5, 6), rng.uniform(32, 75)))
        self.way = rng.choice(_WAYS)
        self.kind = f"{self.whose} network namespace cut off{self._from()}, {_way_of(self.way)}"

    def __str__(self):
        return f"{self.whose} network cut off{self._from()} {self.way} after {self.after_s:.2f} s for {self.for_s:.1f} s"

    def _from(self):
        return f" from the {self.neighbour}" if self.neighbour else ""

    def strike(self, attempt, episode):
        if not attempt.sleep(self.after_s):
            return False
        episode.network.cut(self.neighbour, self.way)
        try:
            attempt.sleep(self.for_s)
        finally:
            episode.network.mend(self.neighbour)
        return True


class WorkersCutOff(CutOff):
    """Far workers, from the coordinator and from the target if that is a server."""

    needs_layout = "far"
    in_namespace = "workers"
    whose = "workers'"


class WorkersCutOffFromTarget(WorkersCutOff):
    """They still hear the coordinator, and it hears of them."""

    engines = ("postgres",)
    neighbour = "target"


class WorkersCutOffFromCoordinator(WorkersCutOff):
    """They still write, also what has gone to others meanwhile. With DuckDB that is WorkersCutOff."""

    engines = ("postgres",)
    neighbour = "coordinator"


class CoordinatorCutOffFromTarget(CutOff):
    """With its local workers."""

    engines = ("postgres",)
    needs_layout = "local"
    in_namespace = "coordinator"
    whose = "coordinator's"
    neighbour = "target"


class LeaderCutOff(LeaderLostForAWhile):
    """From the target, as the standby is not: both live, and one may lead."""

    needs = "namespaces"
    needs_layout = "local"
    in_namespace = "coordinator"

    def __init__(self, rng, episode):
        super().__init__(rng, episode)
        self.way = rng.choice(_WAYS)
        self.kind = f"leader cut off from the target beside a standby, {_way_of(self.way)}"

    def __str__(self):
        return f"leader cut off {self.way} {self.moments()}"

    def begin(self, attempt, episode):
        self.lose(f"cut off {_way_of(self.way)}", lambda: episode.network.cut("target", self.way))

    def finish(self, attempt, episode):
        episode.network.mend("target")
