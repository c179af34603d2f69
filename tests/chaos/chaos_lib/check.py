"""Whether the target holds what it must: row by row, by sets that Python counts, and not by Decant's digests."""
import csv
from collections import Counter
from dataclasses import dataclass

from chaos_lib.source import COLUMNS, canonical, key_of


@dataclass
class Comparison:
    """`lost` rows are missing. `doubled` ones stand there though as many were there already; `bent` ones have a key that
    belongs there and another content, or none that does."""
    rows: int
    lost: int
    doubled: int
    bent: int
    example: str = ""

    def agrees(self):
        return self.lost == self.doubled == self.bent == 0


def read_rows(path):
    """The rows of a CSV file with the columns of the table, in their order and without a header."""
    with open(path, newline="", encoding="utf-8") as file:
        return Counter(canonical(row) for row in csv.reader(file))


def compare(expected, found):
    missing, surplus = expected - found, found - expected
    keys_expected = Counter(key_of(row) for row in expected.elements())
    keys_found = Counter(key_of(row) for row in found.elements())
    doubled = sum((keys_found - keys_expected).values())
    lost = sum((keys_expected - keys_found).values())
    changed = max(0, max(sum(missing.values()) - lost, sum(surplus.values()) - doubled))
    example = next((f"{what}: {dict(zip(COLUMNS, row))}" for what, rows in (("missing", missing), ("surplus", surplus))
                    for row in rows), "")
    return Comparison(sum(found.values()), lost, doubled, changed, example)
