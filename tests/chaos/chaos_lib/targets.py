"""The two engines that are loaded: each gives an episode a target that is empty, or holds what an earlier load left there."""
import os
import shutil

from peers_lib.shapes import SALES

from chaos_lib.check import read_rows
from chaos_lib.postgres import ChaosServer
from chaos_lib.source import COLUMNS

_LIVE_TWICE = ("SELECT count(*) FROM (SELECT run_id, task_id, chunk FROM decant.migration_batches "
               "WHERE status = 'loaded' AND NOT corrects GROUP BY run_id, task_id, chunk HAVING count(*) > 1) AS twice")


def _as_text(kind):
    return ", ".join(f"CAST({name} AS {kind})" for name in COLUMNS)


class PostgresTarget:
    """A database of a server of its own, made from a template for each episode."""

    engine = "postgres"

    disk_sizes_mib = {"target": 450}

    def __init__(self, folder, binaries, programs):
        del binaries
        self._folder = folder
        self.server = ChaosServer("target", os.path.join(folder, "target"), programs)
        self.database = "chaos"

    def url(self, address=None):
        return f"postgresql://bench@{address or f'127.0.0.1:{self.server.port}'}/{self.database}"

    def reset(self):
        self.server.drop_database(self.database)
        self.server.sql("postgres", f"CREATE DATABASE {self.database}")

    def keep_as(self, name):
        """What it holds now is where later episodes begin that ask for it by this name."""
        self.server.sql("postgres", f"CREATE DATABASE base_{name} TEMPLATE {self.database}")

    def reset_to(self, name):
        self.server.drop_database(self.database)
        self.server.sql("postgres", f"CREATE DATABASE {self.database} TEMPLATE base_{name}")

    def rows(self):
        path = os.path.join(self._folder, "found.csv")
        self.server.sql(self.database, f"\\copy (SELECT {_as_text('text')} FROM {SALES.table}) TO '{path}' CSV")
        return read_rows(path)

    def batches_twice(self):
        return int(self.server.sql(self.database, _LIVE_TWICE))

    def close(self):
        self.server.stop()


class DuckDbTarget:
    """A file; it has no server, the coordinator holds it."""

    engine = "duckdb"
    server = None
    disk_sizes_mib = {"target": 120, "target/target.duckdb.stage": 40}

    def __init__(self, folder, binaries, programs):
        self._folder = folder
        self._programs = programs
        self._sql = f"{binaries}/decant-bench-sql"
        self.place = os.path.join(folder, "target")
        self.path = os.path.join(self.place, "target.duckdb")

    def url(self, address=None):
        del address
        return f"duckdb:{self.path}?threads=2"

    def reset(self):
        stage = self.path + ".stage"
        for folder in (stage, self.place):
            for name in os.listdir(folder) if os.path.isdir(folder) else ():
                path = os.path.join(folder, name)
                if path != stage:
                    os.remove(path)

    def keep_as(self, name):
        shutil.copytree(self.place, os.path.join(self._folder, f"base_{name}"))

    def reset_to(self, name):
        self.reset()
        shutil.copytree(os.path.join(self._folder, f"base_{name}"), self.place, dirs_exist_ok=True)

    def rows(self):
        path = os.path.join(self._folder, "found.csv")
        self._ask(f"COPY (SELECT {_as_text('VARCHAR')} FROM {SALES.table}) TO '{path}' (FORMAT csv, HEADER false)")
        return read_rows(path)

    def batches_twice(self):
        return int(self._ask(_LIVE_TWICE).split()[-1])

    def _ask(self, statement):
        return self._programs.run([self._sql, self.url(), statement])

    def close(self):
        shutil.rmtree(self.place, ignore_errors=True)
