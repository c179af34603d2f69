"""The short selection: a kill at each named point, once, and the same command after it. Of loads that change what is there
only those points where rows go another way than in a first load."""
from chaos_lib.faults import BUMP_POINTS, own_points_of, points_of
from chaos_lib.kills import KillAtPoint, KillWhileTakingBack
from chaos_lib.source import LOADS


def episodes(engine, load_name, lane, lanes):
    """This lane's share: (number, how its faults are made, load, layout)."""
    chosen = [load for load in LOADS if load_name in (load.name, "all")]
    every = [(load, role, point) for load in chosen for role, point in _points(engine, load)]
    for number, (load, role, point) in enumerate(every):
        if number % lanes == lane:
            yield number, _kill(role, point), load, "local"


def _points(engine, load):
    if load.has_base:
        return own_points_of(engine)
    return [(role, point) for role in ("worker", "coordinator")
            for point in points_of(engine, role, load) + (BUMP_POINTS if role == "coordinator" else ())]


def _kill(role, point):
    if point in BUMP_POINTS:
        return lambda episode: [[KillWhileTakingBack(episode.rng, episode, point)]]
    return lambda episode: [[KillAtPoint(episode.rng, episode, (role, point))]]
