"""Decant beside itself, or beside reading alone: a second run, one file instead of many, memory."""
from peers_lib import disk
from peers_lib.bench import TARGET
from peers_lib.case import MANY_PAIRS, Case
from peers_lib.errors import BenchError
from peers_lib.file_cases import files_job, into_postgres, one_file_job
from peers_lib.postgres_cases import copy_job, run_copy
from peers_lib.shapes import SALES, duckdb_columns


# A second run, nothing changed

def _second_run(bench, job):
    bench.settle()
    report = {}
    seconds = bench.programs.seconds(lambda: report.update(bench.decant(job)))
    if report["chunks"]["loaded"] > 0 or report["chunks"]["skipped"] == 0:
        raise BenchError(f"a second run has loaded {report['chunks']['loaded']} chunks though nothing changed.")
    return seconds


def _first_run_of_files(bench):
    into_postgres(files_job, "csv_postgres")(bench)


def _second_run_of_files(bench):
    return _second_run(bench, files_job(bench, "csv_postgres", bench.target.url(TARGET)))


def _read_files(bench):
    """Every value of the files parsed into its type and counted, by DuckDB with two threads."""
    columns = duckdb_columns(SALES, without=("ubicacion_id",))
    counts = ", ".join(f"count({name})" for name in SALES.columns if name != "ubicacion_id")
    bench.data.files()
    bench.settle()
    command = bench.duckdb(bench.duckdb_file("peer"), f"SELECT {counts} FROM read_csv("
                           f"'{bench.data.files()}/*.csv', header = true, columns = {columns})")
    counted = []
    seconds = bench.programs.seconds(lambda: counted.extend(bench.programs.run(command).split()))
    if int(counted[0]) != bench.data.lines:
        raise BenchError(f"DuckDB has read {counted[0]} lines of {bench.data.lines}.")
    return seconds


def _first_run_of_postgres(bench):
    run_copy(bench, SALES, "ledger")


def _second_run_of_postgres(bench):
    return _second_run(bench, copy_job(bench, SALES, bench.target.url(TARGET)))


def _read_postgres(bench):
    bench.data.source(SALES)
    bench.settle()
    return bench.programs.seconds(lambda: bench.programs.run_pipelines([
        [bench.source.psql(SALES.database, f"COPY ({half}) TO STDOUT (FORMAT binary)")]
        for half in bench.data.halves_sql(SALES)]))


# Memory

def _worker_memory(times_lines, into):
    """A side: the highest peak of a worker, in MiB, with so many times the lines."""
    def side(bench):
        lines = bench.data.lines * times_lines
        if times_lines > 1:
            disk.expect_room(disk.DUCKDB if into == "duckdb" else disk.POSTGRES, lines, bench.folder)
        folder = bench.data.files(lines)
        if into == "duckdb":
            target = bench.duckdb_target(bench.duckdb_file("memory"))
        else:
            target = bench.target.url(TARGET)
            bench.empty_target()
        report = bench.decant(files_job(bench, "memory", target, folder))
        bench.duckdb_file("memory")
        return max(worker["peak_memory_bytes"] for worker in report["workers"]) / 2**20
    return side


def _give_back_memory_files(bench):
    bench.data.remove_files(bench.data.lines * 10)
    bench.empty_target()


def cases():
    """In the order of the table of goals."""
    memory = [
        Case(name, f"peak memory of a worker, CSV to {engine}, with ten times the lines", "itself", 1.05,
             _worker_memory(10, into), _worker_memory(1, into), teardown=_give_back_memory_files, unit="MiB",
             most_pairs=MANY_PAIRS)
        for name, engine, into in (("memory", "PostgreSQL", "postgres"), ("memory-duckdb", "DuckDB", "duckdb"))]
    return [
        Case("second-run-postgres", "second run, nothing changed, PostgreSQL source",
             "two COPY … TO STDOUT (FORMAT binary) of halves of the table, dropped", 1.25, _second_run_of_postgres,
             _read_postgres, setup=_first_run_of_postgres),
        Case("second-run-csv", "second run, nothing changed, CSV source",
             "DuckDB parsing every value of the same files, two threads, nothing kept", 1.25, _second_run_of_files, _read_files,
             setup=_first_run_of_files),
        Case("mixed-file", "one file, 17 shops × 13 months mixed, to PostgreSQL", "the same rows as 221 files", 1.15,
             into_postgres(one_file_job, "one_file"), into_postgres(files_job, "csv_postgres")),
        *memory,
    ]
