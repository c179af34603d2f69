"""What is loaded: generated sales, as they were and as they are after a change; and, without any of Decant's code, the rows
that a target must hold after each kind of load."""
import csv
import os
import random
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from peers_lib.shapes import SALES, job_types

STORE = "ubicacion_id"
COLUMNS = tuple(SALES.columns)
_KEY = [COLUMNS.index(name) for name in SALES.key]
_SCALES = {place: int(kind.rstrip(")").split(",")[1]) for place, kind in enumerate(SALES.columns.values())
           if kind.startswith("decimal")}
_MONTHS = ("2025-06", "2025-07", "2025-08", "2025-09")


@dataclass(frozen=True)
class Load:
    """A kind of load: what the target holds before it, and the job's mode."""
    name: str
    mode: str
    has_base: bool


FIRST = Load("first", "replace", False)
REPLACE = Load("replace", "replace", True)
UPSERT = Load("upsert", "upsert", True)
LOADS = (FIRST, REPLACE, UPSERT)


class Source:
    """Two folders of CSV files, a file for each shop and month: the data before and after a change at the source."""

    def __init__(self, folder, binaries, programs, lines):
        self._folder = folder
        self._binaries = binaries
        self._programs = programs
        self._lines = lines
        self.before = self._generate("before", ())
        self.after = self._generate("after", _changes())
        self._rows = {path: _rows_of(path) for path in (self.before, self.after)}

    def stores_file(self):
        path = os.path.join(self._folder, "stores.yaml")
        if not os.path.exists(path):
            self._programs.run([f"{self._binaries}/decant-generate-retail", "--stores-yaml", path])
        return path

    def expected(self, load):
        """The rows that the target must hold, each as often as it must."""
        if not load.has_base:
            return Counter(self._rows[self.before])
        if load.mode == "replace":
            return Counter(self._rows[self.after])
        by_key = {key_of(row): row for path in (self.before, self.after) for row in self._rows[path]}
        return Counter(by_key.values())

    def _generate(self, name, changes):
        folder = os.path.join(self._folder, name)
        self._programs.run([f"{self._binaries}/decant-generate-retail", "--out", folder, "--lines", str(self._lines),
                            "--from", _MONTHS[0], "--months", str(len(_MONTHS)), *changes])
        return folder


def key_of(row):
    return tuple(row[place] for place in _KEY)


def write_job(path, load, data, stores, chunk_rows):
    """A job that reads the folder `data`, which may be a link, into ${DECANT_TARGET}."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"""job: chaos
target: "${{DECANT_TARGET}}"
chunk_rows: {chunk_rows}
stores: {stores}
entities:
  ventas:
    read: {{ files: '{data}/{{store}}_{{month}}.csv', time: fecha }}
    write: {{ table: {SALES.table}, mode: {load.mode}, key: [{', '.join(SALES.key)}] }}
    columns: {{ {STORE}: {{ constant: "{{store}}" }}, {job_types(SALES, without=(STORE,))} }}
""")


def canonical(row):
    """A row as text that is the same whoever wrote it: decimals at their column's scale, times with a blank."""
    values = list(row)
    for place, scale in _SCALES.items():
        if values[place]:
            values[place] = f"{Decimal(values[place]):.{scale}f}"
    time = COLUMNS.index("fecha")
    values[time] = values[time].replace("T", " ")
    return tuple(values)


def _rows_of(folder):
    rows = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".csv"):
            continue
        with open(os.path.join(folder, name), newline="", encoding="utf-8") as file:
            lines = csv.DictReader(file)
            store = name.rsplit("_", 1)[0]
            rows += [canonical(tuple(store if column == STORE else line[column] for column in COLUMNS)) for line in lines]
    return rows


def _changes():
    """In about half of the cells; the same every time."""
    rng = random.Random("changes")
    changes = []
    for shop in (1, 2, 3, 4, 5, 6):
        for month in _MONTHS:
            if rng.random() < 0.6:
                steps = f"update={rng.randint(1, 9)},delete={rng.randint(1, 5)},insert={rng.randint(1, 7)}"
                changes += ["--change", f"tienda_{shop:02}/{month}:{steps}"]
    return changes
