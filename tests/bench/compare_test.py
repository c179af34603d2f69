"""What bench/compare says of two builds' times."""
import contextlib
import io
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench"))

from peers_lib import compare  # noqa: E402


def pairs(first, *seconds):
    return [({"a": first, "b": 10.0}, {"a": second, "b": 10.0}) for second in seconds]


class CompareTest(unittest.TestCase):
    def verdict(self, *seconds):
        return compare.changes(pairs(100.0, *seconds))[0].verdict(0.05)

    def test_slower_where_the_median_is_beyond_the_threshold_and_all_pairs_agree(self):
        self.assertEqual(self.verdict(110.0, 108.0, 120.0), "slower")
        self.assertEqual(self.verdict(90.0, 80.0, 91.0), "faster")
        self.assertEqual(self.verdict(104.0, 103.0, 102.0), "")

    def test_a_pair_that_says_otherwise_makes_it_noise(self):
        self.assertEqual(self.verdict(110.0, 99.0, 120.0), "")
        self.assertEqual(self.verdict(90.0, 80.0, 101.0), "")

    def test_what_only_one_build_has_is_named_and_not_compared(self):
        measured = [({"a": 1.0, "old": 1.0}, {"a": 1.0, "new": 1.0})]
        self.assertEqual([change.name for change in compare.changes(measured)], ["a"])
        self.assertEqual(compare.only_in_one(measured), (["old"], ["new"]))

    def test_a_benchmark_that_failed_has_no_time(self):
        output = {"benchmarks": [{"name": "good", "cpu_time": 2.5},
                                 {"name": "bad", "cpu_time": 0.0, "error_occurred": True}]}
        self.assertEqual(compare.times_in(json.dumps(output)), {"good": 2.5})

    def test_what_became_slower_is_shown_and_told(self):
        said = io.StringIO()
        options = compare.parse(["A", "B"])
        with contextlib.redirect_stdout(said):
            self.assertTrue(compare.report(pairs(100.0, 150.0, 160.0, 170.0), options))
            self.assertFalse(compare.report(pairs(100.0, 50.0, 60.0, 70.0), options))
        self.assertRegex(said.getvalue(), r"(?m)^a +1\.60  1\.50 \.\. 1\.70 +slower$")
        self.assertIn("2 benchmarks, 3 pairs: 1 slower, 0 faster by over 5 %.", said.getvalue())
        self.assertIn("2 benchmarks, 3 pairs: 0 slower, 1 faster by over 5 %.", said.getvalue())
        self.assertNotIn("\nb ", said.getvalue())


if __name__ == "__main__":
    unittest.main()
