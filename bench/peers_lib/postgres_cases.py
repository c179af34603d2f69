"""PostgreSQL to PostgreSQL, beside raw pipes, pgcopydb and pgloader."""
import os
import shutil

from peers_lib.bench import PEER, TARGET
from peers_lib.case import Case
from peers_lib.errors import BenchError
from peers_lib.shapes import NARROW, SALES, WIDE

_WHAT = "PostgreSQL to PostgreSQL, new table, key built after"
_PIPES = "two raw binary COPY pipes, then the key"


def copy_job(bench, shape, target_url, name=None):
    """The job that copies a source table as it is: types and columns are the source's."""
    source = bench.data.source(shape)
    return bench.write_job(name or f"copy_{shape.database}", target_url, shape.table,
                           f"table: {shape.table}, {shape.range_key}, source: '{source}'", shape.key)


def run_copy(bench, shape, verify):
    """Decant into an empty database; seconds."""
    job = copy_job(bench, shape, bench.target.url(TARGET))
    bench.empty_target()
    seconds = bench.programs.seconds(lambda: bench.decant(job, verify))
    bench.expect_rows(shape, TARGET, bench.data.rows_of(shape))
    return seconds


def pipes(bench, shape, database):
    """Both halves of a source table at once, each through a pipe of two psql."""
    bench.programs.run_pipelines([
        [bench.source.psql(shape.database, f"COPY ({half}) TO STDOUT (FORMAT binary)"),
         bench.target.psql(database, f"COPY {shape.table} FROM STDIN (FORMAT binary)")]
        for half in bench.data.halves_sql(shape)])


def _run_pipes(bench, shape):
    bench.data.source(shape)
    bench.empty_target()

    def load():
        bench.target.sql(TARGET, shape.ddl())
        pipes(bench, shape, TARGET)
        bench.target.sql(TARGET, shape.key_ddl())

    seconds = bench.programs.seconds(load)
    bench.expect_rows(shape, TARGET, bench.data.rows_of(shape))
    return seconds


def _run_pgcopydb(bench, shape):
    source = bench.data.source(shape)
    bench.empty_target()
    folder = os.path.join(bench.folder, "pgcopydb")
    shutil.rmtree(folder, ignore_errors=True)
    # It can read one table by several jobs where the key is a single integer.
    command = ["pgcopydb", "clone", "--source", source, "--target", bench.target.url(TARGET), "--dir", folder,
               "--table-jobs", "2", "--index-jobs", "2", "--split-tables-larger-than", "16MB", "--no-owner", "--no-acl"]
    seconds = bench.programs.seconds(lambda: bench.programs.run(command))
    bench.expect_rows(shape, TARGET, bench.data.rows_of(shape))
    return seconds


def _run_pgloader(bench, shape):
    source = bench.data.source(shape)
    bench.empty_target()
    # With its defaults it reads ahead 100,000 rows and ends for want of heap ("Heap exhausted"), at 4,000,000 sales lines.
    command = ["pgloader", "--no-ssl-cert-verification", "--with", "prefetch rows = 10000", source, bench.target.url(TARGET)]
    seconds = bench.programs.seconds(lambda: bench.programs.run(command))
    bench.expect_rows(shape, TARGET, bench.data.rows_of(shape))
    return seconds


# Replacing what changed

def _load_for_replace(bench):
    run_copy(bench, SALES, "ledger")
    bench.changes = 0


def _replace_ours(bench):
    """Another hundredth of the rows has changed at the source, some in every chunk."""
    bench.source.sql(SALES.database, f"UPDATE {SALES.table} SET total = total + 0.0100 "
                     f"WHERE mod(hashint8(venta_id * 100 + linea)::bigint + 2147483648, 100) = {bench.changes % 100}")
    bench.changes += 1
    bench.data.settle_source(SALES)
    bench.settle()
    job = copy_job(bench, SALES, bench.target.url(TARGET))
    report = {}
    seconds = bench.programs.seconds(lambda: report.update(bench.decant(job)))
    chunks, updated = report["chunks"], report["rows"]["updated"]
    if chunks["skipped"] > 0 or updated * 200 < bench.data.lines:
        raise BenchError(f"of the chunks {chunks['skipped']} were skipped, {updated} rows were updated: "
                         "each chunk was to be replaced, and a hundredth of the rows to be updated.")
    bench.expect_rows(SALES, TARGET, bench.data.lines)
    return seconds


def _replace_theirs(bench):
    bench.empty_target(PEER)
    bench.target.sql(PEER, SALES.ddl(), SALES.key_ddl())
    seconds = bench.programs.seconds(lambda: pipes(bench, SALES, PEER))
    bench.expect_rows(SALES, PEER, bench.data.lines)
    bench.target.drop_database(PEER)
    return seconds


def _of_each_shape(name, what, beside, goal, ours, theirs, needs=()):
    cases = []
    for shape, suffix, which in ((SALES, "", ""), (NARROW, "-narrow", ", narrow"), (WIDE, "-wide", ", wide")):
        cases.append(Case(name + suffix, what + which, beside, goal, needs=needs,
                          ours=lambda bench, shape=shape: ours(bench, shape),
                          theirs=lambda bench, shape=shape: theirs(bench, shape)))
    return cases


def cases():
    """In the order of the table of goals."""
    def without_read_back(bench, shape):
        return run_copy(bench, shape, "ledger")

    def with_read_back(bench, shape):
        return run_copy(bench, shape, "digests")

    return [
        *_of_each_shape("postgres-pipes", _WHAT, _PIPES, 1.10, without_read_back, _run_pipes),
        *_of_each_shape("postgres-pgcopydb", _WHAT, "pgcopydb clone", 0.85, without_read_back, _run_pgcopydb,
                        needs=("pgcopydb",)),
        *_of_each_shape("postgres-readback", _WHAT + ", with full read-back", _PIPES, 1.35, with_read_back, _run_pipes),
        Case("postgres-replace", "PostgreSQL to PostgreSQL, replacing every chunk of a keyed table that changed in 1 % of its rows",
             "two raw pipes into a table with the key in place", 1.0, _replace_ours, _replace_theirs,
             setup=_load_for_replace),
        Case("postgres-pgloader", _WHAT, "pgloader", None, lambda bench: without_read_back(bench, SALES),
             lambda bench: _run_pgloader(bench, SALES), needs=("pgloader",)),
    ]
