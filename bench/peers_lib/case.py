"""What a case is: two sides that are run in turn, and the goal for their ratio."""
from dataclasses import dataclass
from statistics import median
from typing import Callable, Optional

# Where one side takes over five times as long as the other, its own noise matters less than the time it costs. Where the
# result is within a thirtieth of the goal, a pair more or less could decide whether it is reached.
FEW_PAIRS, MANY_PAIRS, MOST_PAIRS, FAR_APART, CLOSE = 3, 5, 9, 5.0, 1 / 30


def seconds_ratio(ours, theirs):
    return ours / theirs


@dataclass(frozen=True)
class Case:
    """`ours` and `theirs` take the Bench, do one side with all its preparation, and return what is measured of it."""
    name: str
    what: str
    beside: str
    goal: Optional[float]
    ours: Callable
    theirs: Callable
    setup: Optional[Callable] = None      # once, before the first pair
    teardown: Optional[Callable] = None   # once, after the last: gives back disk
    needs: tuple = ()                     # programs that a bare Debian lacks
    unit: str = "s"
    ratio: Callable = seconds_ratio
    at_least: bool = False                # the goal is a floor, not a ceiling
    most_pairs: int = MOST_PAIRS

    def reached(self, result):
        """Whether a median ratio is as good as the goal; None where there is none."""
        if self.goal is None:
            return None
        return result >= self.goal if self.at_least else result <= self.goal


def pairs_wanted(ratios, goal=None, most=MOST_PAIRS, override=None):
    """How many pairs a case needs, by those that were measured so far."""
    if override is not None:
        return override
    few, many = min(FEW_PAIRS, most), min(MANY_PAIRS, most)
    if len(ratios) < few:
        return few
    middle = median(ratios[:few])
    if middle > FAR_APART or middle < 1 / FAR_APART:
        return few
    is_close = goal is not None and len(ratios) >= many and abs(median(ratios[:many]) / goal - 1) < CLOSE
    return most if is_close else many


def measure_pair(case, bench, place):
    """One pair. Which side goes first alternates, so that what drifts on the machine falls on both."""
    sides = [("ours", case.ours), ("theirs", case.theirs)]
    measured = {}
    for name, side in sides if place % 2 == 0 else reversed(sides):
        measured[name] = round(side(bench), 4)
        if name == "ours" and bench is not None and (stages := bench.take_stages()):
            measured["stages"] = {stage: round(seconds, 3) for stage, seconds in stages.items()}
    return measured
