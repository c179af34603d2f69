"""The parts of bench/peers that decide and do not run anything."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

_BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench")
sys.path.insert(0, _BENCH)

from peers_lib import disk, headline, latency_case, machine, main, servers, shapes, stages, table  # noqa: E402
from peers_lib.case import Case, measure_pair, pairs_wanted  # noqa: E402
from peers_lib.errors import BenchError  # noqa: E402
from peers_lib.processes import Programs  # noqa: E402
from peers_lib.results import Results, summarize  # noqa: E402


def case(goal=1.1, **more):
    return Case("a-case", "what", "beside", goal, lambda bench: 3.0, lambda bench: 2.0, **more)


class PairsTest(unittest.TestCase):
    def test_five_pairs_where_the_sides_are_close(self):
        self.assertEqual(pairs_wanted([]), 3)
        self.assertEqual(pairs_wanted([1.4, 1.5]), 3)
        self.assertEqual(pairs_wanted([1.4, 1.5, 1.6]), 5)
        self.assertEqual(pairs_wanted([1.4, 1.5, 1.6, 9.0, 9.0]), 5)

    def test_three_pairs_where_they_are_far_apart_either_way(self):
        self.assertEqual(pairs_wanted([5.1, 9.0, 4.9]), 3)
        self.assertEqual(pairs_wanted([0.1, 0.3, 0.05]), 3)
        self.assertEqual(pairs_wanted([5.0, 5.0, 5.0]), 5)

    def test_a_number_that_is_given_counts(self):
        self.assertEqual(pairs_wanted([], override=1), 1)
        self.assertEqual(pairs_wanted([9.0] * 3, override=7), 7)

    def test_nine_pairs_where_the_result_is_close_to_the_goal(self):
        self.assertEqual(pairs_wanted([1.09] * 3, goal=1.1), 5)
        self.assertEqual(pairs_wanted([1.09] * 5, goal=1.1), 9)
        self.assertEqual(pairs_wanted([1.0] * 5, goal=1.1), 5)
        self.assertEqual(pairs_wanted([1.09] * 5, goal=1.1, most=5), 5)

    def test_a_dear_case_takes_no_more_than_it_says(self):
        self.assertEqual(pairs_wanted([1.0, 1.0, 1.0], most=3), 3)
        self.assertEqual(pairs_wanted([], most=1), 1)

    def test_the_side_that_goes_first_alternates(self):
        order = []
        one = Case("a", "", "", None, lambda bench: order.append("ours") or 1.0, lambda bench: order.append("theirs") or 1.0)
        for place in range(3):
            measure_pair(one, None, place)
        self.assertEqual(order, ["ours", "theirs", "theirs", "ours", "ours", "theirs"])

    def test_median_and_spread(self):
        summary = summarize([1.5, 1.1, 1.3, 9.0])
        self.assertEqual((summary.low, summary.high, summary.pairs), (1.1, 9.0, 4))
        self.assertAlmostEqual(summary.result, 1.4)
        self.assertIsNone(summarize([]))


@unittest.skipIf(servers.find_postgres() is None, "PostgreSQL's server is not installed.")
class ServersTest(unittest.TestCase):
    def test_a_server_whose_port_was_taken_meanwhile_takes_another(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            programs = Programs(folder)
            first = servers.Server("first", folder, programs)
            try:
                ports = [first.port, servers.free_port()]
                with unittest.mock.patch.object(servers, "free_port", lambda: ports.pop(0)):
                    second = servers.Server("second", folder, programs)
                try:
                    self.assertNotEqual(second.port, first.port)
                    for server in (first, second):
                        self.assertIn("server_" + server.name, server.sql("postgres", "SHOW data_directory"))
                finally:
                    second.stop()
            finally:
                first.stop()


class StagesTest(unittest.TestCase):
    def test_a_task_counts_once_whatever_its_chunks(self):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as log:
            ms = {"extract": 100, "convert": 200, "digest": 300, "load": 400, "commit": 500, "total": 1500}
            for task, state in ((1, "assigned"), (1, "loaded"), (1, "loaded"), (2, "skipped"), (3, "failed")):
                log.write(json.dumps({"task": task, "state": state, "ms": ms}) + "\n")
            log.flush()
            self.assertEqual(stages.seconds_by_stage(log.name),
                             {"extract": 0.2, "convert": 0.4, "digest": 0.6, "load": 0.8, "commit": 1.0, "total": 3.0})

    def test_the_stages_shown_are_those_of_the_middle_pair(self):
        pairs = [{"ours": ours, "stages": {"load": ours}} for ours in (3.0, 1.0, 2.0)]
        self.assertEqual(stages.middle_of([*pairs, {"ours": 0.5}])["ours"], 2.0)
        self.assertIsNone(stages.middle_of([{"ours": 0.5}]))


class ResultsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="decant-bench-test-")
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "below", "results.json")
        self.conditions = {"lines": 1000, "programs": "abc"}

    def kept(self):
        results = Results(self.path)
        results.begin("one", self.conditions)
        results.add("one", {"ours": 1.0, "theirs": 2.0})
        results.begin("two", self.conditions)
        results.add("two", {"ours": 4.0, "theirs": 2.0})
        return Results(self.path)

    def test_what_was_measured_is_continued(self):
        pairs = self.kept().begin("one", self.conditions)
        self.assertEqual([(pair["ours"], pair["theirs"]) for pair in pairs], [(1.0, 2.0)])

    def test_other_conditions_begin_that_case_anew_and_no_other(self):
        results = self.kept()
        self.assertEqual(results.begin("one", {**self.conditions, "programs": "def"}), [])
        self.assertEqual(len(results.begin("two", self.conditions)), 1)

    def test_a_case_that_is_forgotten_begins_anew(self):
        self.kept()
        results = Results(self.path, forgotten=["one"])
        self.assertEqual(results.begin("one", self.conditions), [])
        self.assertEqual(len(results.pairs("two")), 1)

    def test_no_partial_file_is_left(self):
        self.kept()
        self.assertEqual(os.listdir(os.path.dirname(self.path)), ["results.json"])


class TableTest(unittest.TestCase):
    def row(self, one, pairs):
        return table.row_of(one, [{"ours": ours, "theirs": theirs} for ours, theirs in pairs])

    def test_result_and_goal(self):
        self.assertTrue(self.row(case(), [(1, 1), (3, 2), (2, 1)]).endswith(
            "| at most 1.10 | 1.50 | 1.00 .. 2.00 | 3 | **no** |"))
        self.assertTrue(self.row(case(goal=0.1), [(1, 40)]).endswith("| at most 0.10 | 0.025 | 0.025 .. 0.025 | 1 | yes |"))

    def test_a_goal_may_be_a_floor(self):
        one = case(goal=0.9, at_least=True, ratio=lambda ours, theirs: theirs / (16 * ours))
        self.assertTrue(self.row(one, [(1, 16)]).endswith("| at least 0.90 | 1.00 | 1.00 .. 1.00 | 1 | yes |"))
        self.assertTrue(self.row(one, [(1, 8)]).endswith("| **no** |"))

    def test_a_case_that_was_not_measured_says_so(self):
        self.assertIn("| not measured |", self.row(case(), []))

    def test_what_is_written_by_hand_is_kept(self):
        with tempfile.TemporaryDirectory(prefix="decant-bench-test-") as folder:
            path = os.path.join(folder, "RESULTS.md")
            table.write_page(path, "made first\n")
            with open(path, "a", encoding="utf-8") as file:
                file.write("by hand\n")
            table.write_page(path, "made second\n")
            with open(path, encoding="utf-8") as file:
                self.assertEqual(file.read(), f"made second\n\n{table.MARKER}\nby hand\n")


class ChoiceTest(unittest.TestCase):
    def test_names_and_globs_in_the_order_of_the_table(self):
        names = ["a-1", "a-2", "b"]
        self.assertEqual(main.chosen([], names), names)
        self.assertEqual(main.chosen(["b", "a-*"], names), names)
        self.assertEqual(main.chosen(["a-2"], names), ["a-2"])

    def test_a_name_that_there_is_not_is_refused(self):
        with self.assertRaisesRegex(BenchError, "no case c"):
            main.chosen(["b", "c"], ["a", "b"])

    def test_each_name_is_there_once(self):
        names = [one.name for one in main.all_cases()]
        self.assertEqual(len(names), len(set(names)))


class SizesTest(unittest.TestCase):
    def test_the_headline_is_the_origins_at_the_full_size(self):
        self.assertEqual(headline.lines_wanted(main.FULL_LINES), 82_300_000)

    def test_a_load_is_as_large_as_the_disk_takes(self):
        for need in (disk.DUCKDB, disk.POSTGRES):
            self.assertEqual(disk.lines_that_fit(need, 1_000_000, 1 << 40), 1_000_000)
            self.assertEqual(disk.lines_that_fit(need, 1_000_000, 1 << 30), 0)
            fits = disk.lines_that_fit(need, 82_300_000, 15 << 30)
            self.assertTrue(0 < fits < 82_300_000 and fits % 100_000 == 0, fits)

    def test_a_load_that_does_not_fit_is_refused(self):
        disk.expect_room(disk.DUCKDB, 0, "/")
        with self.assertRaisesRegex(BenchError, "free disk"):
            disk.expect_room(disk.DUCKDB, 1 << 60, "/")

    def test_a_quick_try_has_fewer_shops_but_some_for_each_worker(self):
        self.assertEqual(latency_case.shops_of(main.FULL_LINES), 160)
        self.assertEqual(latency_case.shops_of(1000), 32)

    def test_the_wide_table_is_half_text(self):
        kinds = list(shapes.WIDE.columns.values())
        self.assertEqual((len(kinds), kinds.count("text")), (60, 30))

    def test_the_machine_is_described(self):
        self.assertRegex(machine.describe_machine(), r"^\d+ cores \(.+\), \d+ GiB of memory, .+$")

    def test_an_interrupt_whose_exception_is_swallowed_counts_at_the_next_pair(self):
        # In a process of its own: a hook of fork() stays for good. What such a hook raises, Python reports and ignores.
        code = ("import os, signal\n"
                "from peers_lib import interrupts\n"
                "interrupts.install()\n"
                "interrupts.check()\n"
                "os.register_at_fork(before=lambda: signal.raise_signal(signal.SIGINT))\n"
                "child = os.fork()\n"
                "if child == 0: os._exit(0)\n"
                "os.waitpid(child, 0)\n"
                "try: interrupts.check()\n"
                "except KeyboardInterrupt: print('interrupted')\n")
        done = subprocess.run([sys.executable, "-c", code], cwd=_BENCH, capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, "interrupted\n", done.stderr)

    def test_without_git_no_commit_is_known(self):
        with unittest.mock.patch.dict(os.environ, {"PATH": "/nowhere"}):
            self.assertEqual(machine.commit_of("."), "")


if __name__ == "__main__":
    unittest.main()
