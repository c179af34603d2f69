"""Results that outlive the run: a file that is written after each pair, so that an interrupted run goes on where it was."""
import json
import os
from dataclasses import dataclass
from datetime import datetime, timezone
from statistics import median

_FORMAT = 1


@dataclass(frozen=True)
class Summary:
    """Of one case: the median of the paired ratios, their spread, and how many pairs there are."""
    result: float
    low: float
    high: float
    pairs: int


def summarize(ratios):
    return Summary(median(ratios), min(ratios), max(ratios), len(ratios)) if ratios else None


class Results:
    """Pairs by case, each case with the conditions that it was measured under: under other ones it is begun anew."""

    def __init__(self, path, forgotten=()):
        self._path = path
        self._cases = {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                kept = json.load(file)
            if kept.get("format") == _FORMAT:
                self._cases = kept["cases"]
        for name in forgotten:
            self._cases.pop(name, None)

    def begin(self, name, conditions, commit=""):
        """The pairs of a case so far; none where it was measured under other conditions. The commit is only noted: programs
        that are the same byte by byte are the same, whatever else was committed since."""
        entry = self._cases.get(name)
        if entry is None or entry["conditions"] != conditions:
            self._cases[name] = entry = {"conditions": conditions, "commit": commit, "pairs": []}
        return entry["pairs"]

    def add(self, name, pair):
        """Keeps a pair, at once and for good."""
        self._cases[name]["pairs"].append({**pair, "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M")})
        self._write()

    def pairs(self, name):
        return self._cases.get(name, {}).get("pairs", [])

    def measured_with(self, name):
        """The programs of a case that was measured, in words."""
        entry = self._cases[name]
        conditions = entry["conditions"]
        return f"{entry['commit'] or 'no commit known'}, programs {conditions['programs']}, {conditions['lines']:,} lines"

    def _write(self):
        os.makedirs(os.path.dirname(self._path) or ".", exist_ok=True)
        partial = self._path + ".partial"
        with open(partial, "w", encoding="utf-8") as file:
            json.dump({"format": _FORMAT, "cases": self._cases}, file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, self._path)
