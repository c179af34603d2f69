"""Files into PostgreSQL and into DuckDB, beside \\copy, pgloader and DuckDB's own readers."""
import os

from peers_lib.bench import TARGET
from peers_lib.case import Case
from peers_lib.postgres_cases import copy_job
from peers_lib.shapes import SALES, duckdb_columns, job_types

_STORE = "ubicacion_id"


def files_job(bench, name, target, folder=None):
    """Sales from a file for each shop and month; the shop is in the file's name."""
    folder = folder or bench.data.files()
    return bench.write_job(name, target, SALES.table, f"files: '{folder}/{{store}}_{{month}}.csv', time: fecha", SALES.key,
                           f"{_STORE}: {{ constant: \"{{store}}\" }}, {job_types(SALES, without=(_STORE,))}",
                           f"stores: {bench.data.stores()}")


def one_file_job(bench, name, target):
    """Sales from one file, all shops and months mixed."""
    return bench.write_job(name, target, SALES.table, f"files: '{bench.data.one_file()}', time: fecha", SALES.key,
                           job_types(SALES), f"stores: {{ from_column: {_STORE} }}")


def parquet_job(bench, name, target):
    return bench.write_job(name, target, SALES.table,
                           f"files: '{bench.data.parquet()}/{{store}}_{{month}}.parquet', time: fecha", SALES.key,
                           f"{_STORE}: {{ constant: \"{{store}}\" }}", f"stores: {bench.data.stores()}")


# Into PostgreSQL

def into_postgres(make_job, name):
    """A side: a job into an empty PostgreSQL database."""
    def side(bench):
        job = make_job(bench, name, bench.target.url(TARGET))
        bench.empty_target()
        seconds = bench.programs.seconds(lambda: bench.decant(job))
        bench.expect_rows(SALES, TARGET, bench.data.lines)
        return seconds
    return side


def _copy_halves(bench):
    first, second = bench.data.halves()
    bench.empty_target()

    def load():
        bench.target.sql(TARGET, SALES.ddl())
        bench.programs.run_pipelines([
            [bench.target.psql(TARGET, f"\\copy {SALES.table} FROM '{first}' CSV HEADER")],
            [bench.target.psql(TARGET, f"\\copy {SALES.table} FROM '{second}' CSV")]])
        bench.target.sql(TARGET, SALES.key_ddl())

    seconds = bench.programs.seconds(load)
    bench.expect_rows(SALES, TARGET, bench.data.lines)
    return seconds


# The key is built by the same command, after the load; two workers as on the other side.
_PGLOADER = """LOAD CSV
     FROM '{file}'
     HAVING FIELDS ({columns})
     INTO {target}
     TARGET TABLE public.{table}
     TARGET COLUMNS ({columns})
     WITH skip header = 1, fields optionally enclosed by '"', fields escaped by double-quote, fields terminated by ',',
          workers = 2, concurrency = 1
      SET work_mem to '64MB', maintenance_work_mem to '256MB'
   BEFORE LOAD DO $$ {ddl}; $$
    AFTER LOAD DO $$ {key}; $$;
"""


def _pgloader_csv(bench):
    file = bench.data.one_file()
    bench.empty_target()
    command_file = os.path.join(bench.folder, "sales.load")
    with open(command_file, "w", encoding="utf-8") as out:
        out.write(_PGLOADER.format(file=file, columns=", ".join(SALES.columns), target=bench.target.url(TARGET),
                                   table=SALES.table, ddl=SALES.ddl(), key=SALES.key_ddl()))
    seconds = bench.programs.seconds(lambda: bench.programs.run(["pgloader", "--on-error-stop", command_file]))
    bench.expect_rows(SALES, TARGET, bench.data.lines)
    return seconds


# Into DuckDB

def into_duckdb(make_job, name):
    """A side: a job into a new DuckDB file."""
    def side(bench):
        path = bench.duckdb_file(name)
        job = make_job(bench, name, bench.duckdb_target(path))
        bench.settle()
        seconds = bench.programs.seconds(lambda: bench.decant(job))
        bench.expect_duckdb_rows(SALES, path, bench.data.lines)
        bench.duckdb_file(name)
        return seconds
    return side


def _by_duckdb(make_select, make_feed=None):
    """A side: DuckDB makes the table of a SELECT, which may read what another program pipes in."""
    def side(bench):
        path = bench.duckdb_file("peer")
        command = bench.duckdb(path, f"CREATE TABLE {SALES.table} AS {make_select(bench)}")
        pipeline = [make_feed(bench), command] if make_feed else [command]
        bench.settle()
        seconds = bench.programs.seconds(lambda: bench.programs.run_pipelines([pipeline]))
        bench.expect_duckdb_rows(SALES, path, bench.data.lines)
        bench.duckdb_file("peer")
        return seconds
    return side


def _select_csv(path, more):
    return f"SELECT * FROM read_csv('{path}', columns = {duckdb_columns(SALES)}, {more})"


# A pipe cannot be looked at first and then read from its beginning.
_PIPED = "auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"'"


def _copy_out_csv(bench):
    bench.data.source(SALES)
    return bench.source.psql(SALES.database, f"COPY {SALES.table} TO STDOUT (FORMAT csv)")


def cases():
    """In the order of the table of goals."""
    own_read = "DuckDB's own CREATE TABLE AS read_csv, types given"
    to_duckdb = "CSV to DuckDB"
    return [
        Case("csv-postgres", "CSV to PostgreSQL, new table (a file for each shop and month)",
             "two \\copy of halves of one file, then the key", 1.10, into_postgres(files_job, "csv_postgres"), _copy_halves),
        Case("csv-postgres-one-file", "CSV to PostgreSQL, new table (one file on both sides)",
             "two \\copy of halves of one file, then the key", 1.10, into_postgres(one_file_job, "one_file"), _copy_halves),
        Case("csv-pgloader", "CSV to PostgreSQL, new table (one file on both sides)", "pgloader, LOAD CSV", 0.10,
             into_postgres(one_file_job, "one_file"), _pgloader_csv, needs=("pgloader",)),
        Case("csv-duckdb", to_duckdb + " (a file for each shop and month)", own_read + ", of one file", 2.0,
             into_duckdb(files_job, "csv_duckdb"), _by_duckdb(lambda bench: _select_csv(bench.data.one_file(), "header = true"))),
        Case("csv-duckdb-one-file", to_duckdb + " (one file on both sides)", own_read, 2.0,
             into_duckdb(one_file_job, "one_file_duckdb"),
             _by_duckdb(lambda bench: _select_csv(bench.data.one_file(), "header = true"))),
        Case("parquet-duckdb", "Parquet to DuckDB, the same 221 files on both sides",
             "DuckDB's own CREATE TABLE AS read_parquet", 2.0, into_duckdb(parquet_job, "parquet_duckdb"),
             _by_duckdb(lambda bench: f"SELECT * FROM read_parquet('{bench.data.parquet()}/*.parquet')")),
        Case("postgres-duckdb", "PostgreSQL to DuckDB", "COPY … TO csv piped into DuckDB's own read_csv", 1.0,
             into_duckdb(lambda bench, name, target: copy_job(bench, SALES, target, name), "postgres_duckdb"),
             _by_duckdb(lambda bench: _select_csv("/dev/stdin", _PIPED), _copy_out_csv)),
    ]
