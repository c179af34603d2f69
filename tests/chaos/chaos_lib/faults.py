"""What a fault is; the kinds of it are in the modules that kinds.py names."""

# The names of common/base/failpoint.h, by who passes them. Those of one engine alone are in the second half.
WORKER_POINTS = ("before_extract", "after_extract", "before_result", "after_result", "ack_taken")
COORDINATOR_POINTS = ("led", "planned", "before_assign", "after_assign", "before_commit", "after_commit", "before_ack",
                      "after_ack", "before_key", "after_key", "before_end", "after_end")
ENGINE_POINTS = {
    ("postgres", "worker"): ("before_copy", "mid_copy", "after_copy", "before_fence", "after_fence", "before_commit",
                             "commit_sent", "after_commit", "before_read_back"),
    ("postgres", "coordinator"): ("commit_sent",),
    ("duckdb", "worker"): ("stage_written", "stage_named"),
    ("duckdb", "coordinator"): ("before_fence", "after_fence", "stage_committed", "stage_removed", "before_read_back"),
}
# Passed only when a task is taken back.
BUMP_POINTS = ("before_fence_bump", "after_fence_bump")
# Passed once by a run; the others as often as there are tasks.
_ONCE_POINTS = ("led", "planned", "before_key", "after_key", "key_recorded", "before_end", "after_end")
# Passed only where the target has content already.
SPOOL_POINTS = ("before_spool", "after_spool")
# Passed only by a load that builds the table's key.
KEY_POINTS = ("key_recorded",)


def own_points_of(engine):
    """(role, point) of the failpoints at which a load into a table with content differs from a first one."""
    spool = [("worker", point) for point in SPOOL_POINTS]
    return spool + [(role, point) for role in ("worker", "coordinator") for point in ENGINE_POINTS[engine, role]]


def points_of(engine, role, load):
    """The failpoints that such a load passes."""
    points = (WORKER_POINTS if role == "worker" else COORDINATOR_POINTS) + ENGINE_POINTS[engine, role]
    if role == "worker" and load.has_base:
        points += SPOOL_POINTS
    if role == "coordinator" and engine == "postgres" and not load.has_base:
        points += KEY_POINTS
    return points


def draw_passing(rng, point):
    """The how-manieth passing of that failpoint is to be struck."""
    passing = rng.choice((1, 1, 1, 2, 3, 5, 8))
    return 1 if point in _ONCE_POINTS else passing


class Fault:
    """One fault of an episode. `kind` is its row of the table."""

    kind = ""
    engines = ("postgres", "duckdb")
    needs = None  # what the machine must allow: "disks" or "namespaces"
    needs_layout = None  # "far" or "local", where workers have to be so in the whole episode
    in_namespace = None  # who lives in a network namespace in the whole episode: "workers" or the "coordinator"
    uses_proxy = False
    uses_standby = False
    must_strike = False  # a run that never comes to its moment went wrong
    between = None  # what a proxy stands between: Decant and its "target", or "workers" and coordinator

    def failpoint(self):
        """What the programs of the attempt find in DECANT_FAILPOINTS; of an attempt at most one fault has some."""
        return ""

    def prepare(self, episode):
        """Before the attempt begins."""

    def strike(self, attempt, episode):
        """Waits for its moment and strikes. Whether it did: the run may have ended before."""
        raise NotImplementedError

    def heal(self, episode):
        """After the attempt."""
