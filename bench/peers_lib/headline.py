"""The origin's size: 17 shops × 13 months, 82.3 million lines, reconciled by read-back. One run each, beside nothing."""
import os
import time
from dataclasses import dataclass

from peers_lib import disk
from peers_lib.bench import TARGET
from peers_lib.errors import BenchError
from peers_lib.file_cases import files_job
from peers_lib.shapes import SALES

# What 4,000,000 lines elsewhere stand for.
_TIMES_LINES = 82_300_000 / 4_000_000


@dataclass(frozen=True)
class Headline:
    name: str
    engine: str
    takes: disk.Need
    needs: tuple = ()


HEADLINES = [Headline("headline-duckdb", "DuckDB", disk.DUCKDB), Headline("headline-postgres", "PostgreSQL", disk.POSTGRES)]


def lines_wanted(lines):
    return round(lines * _TIMES_LINES)


def run(headline, bench):
    """Loads and reads back; what is kept of it. Its files are gone afterwards."""
    wanted = lines_wanted(bench.data.lines)
    free = disk.free_bytes(bench.folder)
    lines = disk.lines_that_fit(headline.takes, wanted, free)
    if lines == 0:
        raise BenchError(f"{headline.name}: {free / 2**30:.1f} GiB of free disk take no line; set TMPDIR to a larger one.")
    if lines < wanted:
        bench.say(f"{headline.name}: of {wanted:,} lines {lines:,} fit into {free / 2**30:.1f} GiB of free disk.")
    folder = bench.data.files(lines)
    path = bench.duckdb_file("headline")
    if headline.engine == "DuckDB":
        target = bench.duckdb_target(path)
    else:
        bench.empty_target()
        target = bench.target.url(TARGET)
    try:
        job = files_job(bench, "headline", target, folder)
        begin = time.monotonic()
        report = bench.decant(job, verify="digests")
        seconds = time.monotonic() - begin
        loaded = report["rows"]["inserted"]
        if loaded != lines or not report["equal"]:
            raise BenchError(f"{headline.name}: {loaded:,} of {lines:,} lines were loaded, equal: {report['equal']}.")
        size = os.path.getsize(path) if headline.engine == "DuckDB" else bench.target.database_bytes(TARGET)
        return {"lines": lines, "wanted": wanted, "free_bytes": free, "seconds": round(seconds, 1), "size_bytes": size,
                "csv_bytes": _bytes_in(folder), "coordinator_bytes": report["coordinator_peak_memory_bytes"],
                "worker_bytes": sorted(worker["peak_memory_bytes"] for worker in report["workers"])}
    finally:
        bench.duckdb_file("headline")
        bench.target.drop_database(TARGET)
        bench.data.remove_files(lines)


def _bytes_in(folder):
    return sum(entry.stat().st_size for entry in os.scandir(folder) if entry.name.endswith(".csv"))


def rows_of(results):
    """The lines of the headline's table, or none."""
    rows = []
    for headline in HEADLINES:
        for kept in results.pairs(headline.name)[-1:]:
            rows.append(_row(headline, kept))
    if not rows:
        return []
    return ["17 shops × 13 months, generated, from CSV files, reconciled by read-back (`--verify digests`), two workers.", "",
            "| into | lines | CSV | time | rate | peak memory: coordinator; workers | bytes on disk |",
            "|---|---|---|---|---|---|---|", *rows]


def _row(headline, kept):
    lines = f"{kept['lines']:,}"
    if kept["lines"] < kept["wanted"]:
        lines += f" (of {kept['wanted']:,}: the most that fit into {kept['free_bytes'] / 2**30:.1f} GiB of free disk)"
    workers = ", ".join(f"{peak / 2**20:.0f}" for peak in kept["worker_bytes"])
    return (f"| {headline.engine} | {lines} | {kept['csv_bytes'] / 1e9:.2f} GB | {kept['seconds']:,.0f} s | "
            f"{kept['lines'] / kept['seconds']:,.0f} lines/s | {kept['coordinator_bytes'] / 2**20:.0f}; {workers} MiB | "
            f"{kept['size_bytes'] / 1e9:.2f} GB |")
