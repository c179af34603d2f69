"""All kinds of faults, and how they are drawn."""
from peers_lib.errors import BenchError

from chaos_lib import failover, kills, network, partitions, resources, server_faults, standby, stops

# With how often each comes beside the others.
_KINDS = (
    (12, kills.KillAtPoint),
    (2, kills.KillWhileTakingBack),
    (6, kills.KillWorker),
    (3, kills.KillAllWorkers),
    (6, kills.KillCoordinator),
    (2, stops.StopWorkerPastLease),
    (2, stops.StopWorker),
    (2, stops.StopCoordinator),
    (1, stops.CoordinatorOvertaken),
    (3, standby.LeaderKilled),
    (2, standby.LeaderStopped),
    (2, standby.StandbyKilled),
    (4, standby.StandbyKilledAtPoint),
    (6, server_faults.EndServer),
    (5, server_faults.EndServerAtPoint),
    (3, server_faults.KillBackend),
    (3, server_faults.TerminateSessions),
    (3, server_faults.StopServer),
    (2, network.Delay),
    (4, network.Stall),
    (1, network.LongStall),
    (4, network.Reset),
    (3, network.Refuse),
    (1, partitions.WorkersCutOff),
    (2, partitions.WorkersCutOffFromTarget),
    (2, partitions.WorkersCutOffFromCoordinator),
    (2, partitions.CoordinatorCutOffFromTarget),
    (1, partitions.LeaderCutOff),
    (2, failover.FailOver),
    (4, resources.FullDisk),
    (3, resources.NoDescriptors),
)


def draw(episode, only=None):
    """The faults of an episode: one to four attempts with one or two each, one after the other."""
    rng = episode.rng
    kinds = [(weight, kind) for weight, kind in _KINDS
             if episode.engine in kind.engines and (kind.needs is None or kind.needs in episode.lane.can)
             and (not only or only.lower() in kind.__name__.lower())]
    if not kinds:
        raise BenchError(f"no kind of fault named {only} can be had here.")
    attempts, layouts = [], set()
    for _ in range(rng.choice((1, 2, 2, 3, 3, 4))):
        faults = [_one(rng, kinds, episode, layouts)]
        if rng.random() < 0.35:
            second = _one(rng, kinds, episode, layouts)
            if type(second) is not type(faults[0]) and not (faults[0].failpoint() and second.failpoint()):
                faults.append(second)
        attempts.append(faults)
    return attempts


def _one(rng, kinds, episode, layouts):
    """Of the layout that earlier ones need, if they need one."""
    while True:
        fault = rng.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])[0](rng, episode)
        needed = layouts | {fault.needs_layout} - {None}
        if len(needed) <= 1:
            layouts |= needed
            return fault


def names():
    return [kind.__name__ for _, kind in _KINDS]
