"""The parts of the harness that start nothing: the comparison sees what it must see, and faults are drawn again from a seed."""
import os
import random
import re
import sys
import unittest
from collections import Counter
from types import SimpleNamespace

_HERE = os.path.dirname(os.path.abspath(__file__))
_ROOT = os.path.join(_HERE, "..", "..")
sys.path[:0] = [_HERE, os.path.join(_ROOT, "bench")]

from chaos_lib import faults, kinds, points  # noqa: E402
from chaos_lib.check import compare  # noqa: E402
from chaos_lib.episode import Outcome  # noqa: E402
from chaos_lib.source import COLUMNS, FIRST, LOADS, REPLACE, canonical  # noqa: E402
from chaos_lib.table import Table  # noqa: E402


def _row(number, total="1.5"):
    values = {"ubicacion_id": "tienda_01", "fecha": "2025-06-01T10:00:00", "venta_id": str(number), "linea": "1", "total": total}
    return canonical(tuple(values.get(name, "") for name in COLUMNS))


class CompareTest(unittest.TestCase):
    def setUp(self):
        self.expected = Counter(_row(number) for number in range(10))

    def found(self, rows):
        result = compare(self.expected, Counter(rows))
        return result.lost, result.doubled, result.bent

    def test_equal_rows_agree_whatever_their_order_and_form(self):
        self.assertEqual(self.found([_row(number, "1.5000") for number in reversed(range(10))]), (0, 0, 0))

    def test_a_missing_row_is_lost(self):
        self.assertEqual(self.found([_row(number) for number in range(9)]), (1, 0, 0))

    def test_a_row_that_stands_there_twice_is_doubled(self):
        self.assertEqual(self.found([_row(number) for number in [*range(10), 3, 3]]), (0, 2, 0))

    def test_a_row_with_another_value_is_bent(self):
        self.assertEqual(self.found([_row(number) for number in range(9)] + [_row(9, "1.5001")]), (0, 0, 1))

    def test_a_loss_is_not_made_good_by_a_double(self):
        self.assertEqual(self.found([_row(number) for number in [*range(9), 0]]), (1, 1, 0))

    def test_a_row_that_belongs_nowhere_counts_as_doubled(self):
        self.assertEqual(self.found([_row(number) for number in range(11)]), (0, 1, 0))


class DrawTest(unittest.TestCase):
    def episode(self, engine, load, number):
        lane = SimpleNamespace(can={"disks", "namespaces", "elsewhere"}, disks={"target": None, "work": None})
        return SimpleNamespace(engine=engine, load=load, lane=lane, typical_s=2.0, rng=random.Random(f"7/{number}"))

    def many(self, engine, load, only):
        return [fault for number in range(500) for attempt in kinds.draw(self.episode(engine, load, number), only)
                for fault in attempt]

    def test_a_seed_draws_the_same_faults_again(self):
        for engine in ("postgres", "duckdb"):
            for number in range(200):
                load = LOADS[number % 3]
                first, again = ([list(map(str, each)) for each in kinds.draw(self.episode(engine, load, number))]
                                for _ in range(2))
                self.assertEqual(first, again)

    def test_every_kind_comes_and_an_attempt_has_one_failpoint_at_most(self):
        seen = set()
        for engine in ("postgres", "duckdb"):
            for number in range(1500):
                for attempt in kinds.draw(self.episode(engine, REPLACE, number)):
                    seen.update(type(fault).__name__ for fault in attempt)
                    self.assertLessEqual(sum(1 for fault in attempt if fault.failpoint()), 1)
        self.assertEqual(seen, set(kinds.names()))

    def test_the_faults_of_an_episode_agree_where_workers_are_and_who_is_in_a_namespace(self):
        inside = set()
        for engine in ("postgres", "duckdb"):
            for number in range(1500):
                drawn = [fault for attempt in kinds.draw(self.episode(engine, REPLACE, number)) for fault in attempt]
                self.assertLessEqual(len({fault.needs_layout for fault in drawn} - {None}), 1)
                namespaces = {fault.in_namespace for fault in drawn} - {None}
                self.assertLessEqual(len(namespaces), 1)
                inside |= {(engine, one) for one in namespaces}
        self.assertEqual(inside, {("postgres", "workers"), ("postgres", "coordinator"), ("duckdb", "workers")})

    def test_each_neighbour_is_cut_off_both_ways_and_one_way(self):
        rows = {fault.kind for fault in self.many("postgres", REPLACE, "CutOff")}
        what = ("workers' network namespace cut off", "workers' network namespace cut off from the target",
                "workers' network namespace cut off from the coordinator",
                "coordinator's network namespace cut off from the target", "leader cut off from the target beside a standby")
        self.assertEqual(rows, {f"{one}, {way}" for one in what for way in ("both ways", "one way")})

    def test_a_standby_dies_at_each_point_of_a_coordinator(self):
        drawn = self.many("postgres", FIRST, "StandbyKilledAtPoint")
        self.assertEqual({fault.point for fault in drawn},
                         {*faults.points_of("postgres", "coordinator", FIRST), *faults.BUMP_POINTS})
        self.assertEqual({fault.passing for fault in drawn if fault.point == "led"}, {1})
        self.assertFalse(any(fault.failpoint() for fault in drawn))  # of the leader and the workers

    def test_the_selection_fails_where_a_run_never_comes_to_the_point(self):
        for engine in ("postgres", "duckdb"):
            for number, pick, load, _ in points.episodes(engine, "all", 0, 1):
                drawn = pick(self.episode(engine, load, number))
                self.assertTrue(all(fault.must_strike for attempt in drawn for fault in attempt), drawn)
            self.assertFalse(any(fault.must_strike for fault in self.many(engine, FIRST, "AtPoint")))

    def test_points_are_those_of_the_header(self):
        with open(os.path.join(_ROOT, "common", "base", "failpoint.h"), encoding="utf-8") as file:
            names = re.search(r"k_failpoint_names = \{(.*?)\}", file.read(), re.DOTALL).group(1)
        known = set(re.findall(r'"(\w+)"', names))
        used = {point for engine in ("postgres", "duckdb") for role in ("worker", "coordinator") for load in LOADS
                for point in faults.points_of(engine, role, load)}
        self.assertEqual(used - known, set())
        self.assertEqual(known - used, set(faults.BUMP_POINTS))

    def test_the_key_is_built_by_first_loads_alone(self):
        self.assertIn("key_recorded", faults.points_of("postgres", "coordinator", FIRST))
        self.assertNotIn("key_recorded", faults.points_of("postgres", "coordinator", REPLACE))


class TableTest(unittest.TestCase):
    def test_an_episode_counts_for_each_of_its_kinds_and_once_in_the_sum(self):
        table = Table()
        table.add(Outcome(0, "first", "local", ["a", "a", "b"], attempts=3, rows=10))
        table.add(Outcome(1, "first", "local", ["b"], attempts=2, rows=10, lost=1, wrong=["1 row lost"]))
        self.assertEqual(table.lines()[2:], ["| a | 2 | 3 | 10 | 0 | 0 |", "| b | 2 | 5 | 20 | 1 | 0 |",
                                             "| **all** | **4** | **5** | **20** | **1** | **0** |"])
        self.assertFalse(table.is_good())

    def test_takeovers_are_told_by_how_the_leader_was_lost(self):
        table = Table()
        table.add(Outcome(0, "first", "local", ["a"], takeovers_s=[("stopped", 11.0), ("killed here", 1.0)]))
        table.add(Outcome(1, "first", "local", ["a"], takeovers_s=[("stopped", 13.0)]))
        self.assertEqual(table.lines()[-2:], ["| killed here | 1 | 1.0 s | 1.0 s |", "| stopped | 2 | 12.0 s | 13.0 s |"])


if __name__ == "__main__":
    unittest.main()
