"""What came of it: a line for each kind of fault, and the sum."""
import statistics
from collections import defaultdict


class Table:
    def __init__(self):
        self._kinds = defaultdict(lambda: {"faults": 0, "runs": 0, "rows": 0, "lost": 0, "doubled": 0})
        self._all = {"faults": 0, "runs": 0, "rows": 0, "lost": 0, "doubled": 0}
        self.episodes = 0
        self.wrong = []
        self.takeovers_s = []

    @property
    def faults(self):
        return self._all["faults"]

    def add(self, outcome):
        """An episode counts in the line of each kind that struck in it, and once in the sum."""
        self.episodes += 1
        for kind in set(outcome.faults):
            self._count(self._kinds[kind], outcome, outcome.faults.count(kind))
        self._count(self._all, outcome, len(outcome.faults))
        self.takeovers_s += outcome.takeovers_s
        if outcome.wrong:
            self.wrong.append(outcome)

    def is_good(self):
        return not self.wrong

    def lines(self):
        names = ("faults", "runs", "rows", "lost", "doubled")
        lines = ["| fault | faults | runs | rows | lost | doubled |", "|---|---:|---:|---:|---:|---:|"]
        for kind in sorted(self._kinds):
            lines.append(f"| {kind} | " + " | ".join(f"{self._kinds[kind][name]:,}" for name in names) + " |")
        lines.append("| **all** | " + " | ".join(f"**{self._all[name]:,}**" for name in names) + " |")
        if self.takeovers_s:
            lines += ["", "| leader | a standby led | median | longest |", "|---|---:|---:|---:|"]
        for how in sorted({how for how, _ in self.takeovers_s}):
            times = [seconds for one, seconds in self.takeovers_s if one == how]
            lines.append(f"| {how} | {len(times)} | {statistics.median(times):.1f} s | {max(times):.1f} s |")
        return lines

    @staticmethod
    def _count(line, outcome, faults):
        line["faults"] += faults
        line["runs"] += outcome.attempts
        line["rows"] += outcome.rows
        line["lost"] += outcome.lost
        line["doubled"] += outcome.doubled
