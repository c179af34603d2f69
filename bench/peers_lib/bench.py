"""What a case works with: servers, data, and Decant itself. A case never starts a program by other ways."""
import contextlib
import json
import os
import shutil

from peers_lib import stages
from peers_lib.data import Data
from peers_lib.errors import BenchError
from peers_lib.processes import Programs
from peers_lib.servers import Server

TARGET = "bench"   # the database that Decant loads
PEER = "peer"      # the one that a peer loads


class Bench:
    """Owns all that is started and written; `close` ends and removes it."""

    def __init__(self, folder, binaries, lines, say):
        self.folder = folder
        self.binaries = binaries
        self.say = say
        self._stack = contextlib.ExitStack()
        self.programs = Programs(folder)
        self._completion_log = None  # of the last run of Decant
        self._stack.callback(self.programs.close)
        try:
            self.source = self._server("source")
            self.target = self._server("target")
            self.data = Data(folder, binaries, self.programs, self.source, say, lines)
        except BaseException:
            self.close()
            raise

    def close(self):
        self._stack.close()

    def _server(self, name):
        server = Server(name, self.folder, self.programs)
        self._stack.callback(server.stop)
        return server

    # Decant

    def write_job(self, name, target, table, read, key, columns="", extra=""):
        """A job of one entity; its path."""
        path = os.path.join(self.folder, f"{name}.yaml")
        lines = [f"job: {name}", f"target: \"{target}\"", *([extra] if extra else []), "entities:", f"  {name}:",
                 f"    read: {{ {read} }}", f"    write: {{ table: {table}, key: [{', '.join(key)}] }}"]
        if columns:
            lines.append(f"    columns: {{ {columns} }}")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return path

    def decant(self, job, verify="ledger", workers=2):
        """Runs a job to status 0; its report."""
        output = self.programs.run([
            f"{self.binaries}/decant", "run", job, "--workers", str(workers), "--yes", "--quiet", "--json", "--verify",
            verify, "--log-dir", f"{self.folder}/logs", "--report-dir", f"{self.folder}/reports"])
        report = json.loads(output)
        if report["state"] != "done":
            raise BenchError(f"{job}: the run is {report['state']}.")
        self._completion_log = os.path.join(self.folder, "logs", report["run"], "chunks.jsonl")
        return report

    def take_stages(self):
        """Seconds by stage of the last run of Decant since this was asked; None where there was none."""
        path, self._completion_log = self._completion_log, None
        return stages.seconds_by_stage(path) if path else None

    # What a side begins with, and what it must have done

    def empty_target(self, database=TARGET):
        """An empty database, and both servers with nothing to write."""
        self.target.fresh_database(database)
        self.source.checkpoint()

    def settle(self):
        self.source.checkpoint()
        self.target.checkpoint()

    def duckdb_file(self, name):
        """The path of a DuckDB file that is not there yet."""
        path = os.path.join(self.folder, f"{name}.duckdb")
        for left in (path, path + ".wal"):
            if os.path.exists(left):
                os.remove(left)
        for left in (path + ".tmp", path + ".stage"):
            shutil.rmtree(left, ignore_errors=True)
        return path

    def duckdb_target(self, path):
        """The target of a job: as many threads as the peer has, all else as Decant has it by default."""
        return f"duckdb:{path}?threads=2"

    def duckdb(self, path, *statements):
        """The command that runs statements in DuckDB, with the memory that DuckDB takes by default: 80 % of the machine's."""
        return [f"{self.binaries}/decant-bench-sql", f"duckdb:{path}?threads=2&memory_limit={_most_memory_mb()}MB",
                *statements]

    def expect_rows(self, shape, database, rows):
        """That a side has loaded what it should have."""
        found = int(self.target.sql(database, f"SELECT count(*) FROM {shape.table}"))
        if found != rows:
            raise BenchError(f"{shape.table} of {database} has {found} rows where {rows} were to be loaded.")

    def expect_duckdb_rows(self, shape, path, rows):
        found = int(self.programs.run(self.duckdb(path, f"SELECT count(*) FROM {shape.table}")).split()[-1])
        if found != rows:
            raise BenchError(f"{shape.table} of {path} has {found} rows where {rows} were to be loaded.")


def _most_memory_mb():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 8 // 10 // 1_000_000
