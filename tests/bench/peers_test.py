"""bench/peers as it is, with few lines: it measures, is interrupted, is continued, and leaves nothing behind."""
import glob
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

_PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench", "peers")


class PeersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="decant-bench-test-")
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)  # the servers may run as another user
        self.folder = folder.name
        self.results = os.path.join(folder.name, "results.json")
        self.page = os.path.join(folder.name, "RESULTS.md")

    def command(self, *arguments):
        return [_PEERS, "--lines", "5000", "--no-install", "--results", self.results, "--write", self.page, *arguments]

    def start(self, *arguments):
        return subprocess.Popen(self.command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                env={**os.environ, "TMPDIR": self.folder})

    def run_peers(self, *arguments):
        process = self.start(*arguments)
        _, said = process.communicate()
        self.assertEqual(process.returncode, 0, said)
        return said

    def pairs(self, name):
        with open(self.results, encoding="utf-8") as file:
            return len(json.load(file)["cases"][name]["pairs"])

    def assert_nothing_left(self):
        self.assertEqual(glob.glob(self.folder + "/decant-bench-*"), [])
        for status in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(status, "rb") as file:
                    self.assertNotIn(self.folder.encode(), file.read())
            except OSError:
                continue  # it has ended meanwhile

    def test_cases_from_end_to_end(self):
        names = ["postgres-pipes-wide", "csv-postgres", "csv-duckdb-one-file", "postgres-duckdb", "second-run-csv"]
        said = self.run_peers("--pairs", "1", *names)
        with open(self.page, encoding="utf-8") as file:
            page = file.read()
        for name in names:
            self.assertEqual(self.pairs(name), 1, said)
            self.assertRegex(page, rf"\| `{name}` \|.*\| 1 \| (yes|\*\*no\*\*) \|")
            self.assertRegex(page, rf"\n\| `{name}` \| [0-9.]+ \| [0-9.]+ \|")  # stages
        self.assertRegex(page, r"\| `postgres-replace` \|.*not measured")
        self.assertIn("5,000 generated sales lines", page)
        self.assert_nothing_left()

    def test_an_interrupted_run_is_continued(self):
        process = self.start("--pairs", "1000", "postgres-pipes-narrow")
        for line in process.stderr:
            if line.startswith("postgres-pipes-narrow: ours"):
                break
        time.sleep(0.2)  # somewhere in the next pair
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        process.wait()
        process.stderr.close()
        self.assertEqual(process.returncode, 130, said)
        self.assert_nothing_left()
        done = self.pairs("postgres-pipes-narrow")
        self.assertGreaterEqual(done, 1)
        said = self.run_peers("--pairs", str(done + 1), "postgres-pipes-narrow")
        self.assertIn(f"continued after {done} pair", said)
        self.assertEqual(self.pairs("postgres-pipes-narrow"), done + 1)


if __name__ == "__main__":
    if not glob.glob("/usr/lib/postgresql/*/bin/initdb"):
        print("PostgreSQL's server is not installed.")
        sys.exit(77)
    unittest.main()
