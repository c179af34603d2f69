"""Sixteen workers beside one on shops that answer late: what a worker waits for, others need not."""
import sys

from peers_lib import latency_proxy
from peers_lib.bench import TARGET
from peers_lib.case import Case
from peers_lib.errors import BenchError
from peers_lib.servers import free_port
from peers_lib.shapes import NARROW

_DELAY_MS = 100
_WORKERS = 16
_DATABASE = "shops"
_ROWS_OF_SHOP = 200
# Enough that each of sixteen workers has ten. It does not grow with the data, because what is measured is waiting.
_MOST_SHOPS = 160


def shops_of(lines):
    """How many shops there are: fewer for a quick try with few lines."""
    return min(_MOST_SHOPS, max(2 * _WORKERS, lines // 5000))


def _names(bench):
    return [f"shop_{number:03}" for number in range(1, shops_of(bench.data.lines) + 1)]


def _fill_shops(bench):
    """A small table for each shop, in a schema of its own. Shops never share a task, and so one worker waits as often as
    sixteen do together; ranges of one table would travel in fewer tasks where there are fewer workers."""
    bench.source.fresh_database(_DATABASE)
    columns = ", ".join(f"{name} {kind}" for name, kind in NARROW.columns.items())
    statements = []
    for shop in _names(bench):
        statements += [
            f"CREATE SCHEMA {shop}", f"CREATE TABLE {shop}.narrow ({columns}, PRIMARY KEY (id))",
            f"INSERT INTO {shop}.narrow SELECT i, i % 97, i * 0.125, i * 0.25 FROM generate_series(1, {_ROWS_OF_SHOP}) AS i"]
    bench.source.sql(_DATABASE, "BEGIN", *statements, "COMMIT", "VACUUM ANALYZE")


def _with_workers(workers):
    def side(bench):
        names = _names(bench)
        bench.empty_target()
        port = free_port()
        relay = [sys.executable, "-B", latency_proxy.__file__, str(port), str(bench.source.port), str(_DELAY_MS)]
        with bench.programs.serving(relay, "listening"):
            source = f"postgresql://bench@127.0.0.1:{port}/{_DATABASE}?options=-csearch_path%3D{{store}}"
            stores = "\n".join(["stores:", f"  defaults: {{ source: '{source}' }}", *(f"  {name}: {{}}" for name in names)])
            job = bench.write_job("latency", bench.target.url(TARGET), NARROW.table, f"table: {NARROW.table}, key: id",
                                  ("shop", "id"), "shop: { constant: \"{store}\" }", stores)
            report = {}
            seconds = bench.programs.seconds(lambda: report.update(bench.decant(job, workers=workers)))
        if report["rows"]["inserted"] != len(names) * _ROWS_OF_SHOP:
            raise BenchError(f"{report['rows']['inserted']} rows of {len(names)} shops with {_ROWS_OF_SHOP} each were loaded.")
        return seconds
    return side


def cases():
    what = f"16 workers, {_MOST_SHOPS} shops (fewer with few lines) that answer {_DELAY_MS} ms late a round trip"
    return [Case("latency-16-workers", what,
                 "one worker; the ratio is the efficiency: its time by 16 times ours", 0.9, _with_workers(_WORKERS),
                 _with_workers(1), setup=_fill_shops, ratio=lambda ours, theirs: theirs / (_WORKERS * ours), at_least=True,
                 most_pairs=3)]
