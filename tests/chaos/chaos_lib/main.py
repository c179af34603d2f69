"""The command line: for how long, into what, in how many lanes; or one episode again."""
import argparse
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback

from peers_lib.build import find_binaries
from peers_lib.errors import BenchError
from peers_lib.servers import find_postgres

from chaos_lib import kinds, points
from chaos_lib.lane import Lane, make_folder
from chaos_lib.table import Table

_ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))


def _parse(words):
    parser = argparse.ArgumentParser(
        prog="tests/chaos/run", description="Loads under faults, until the time is up; compares target and source after each.")
    parser.add_argument("--target", choices=("postgres", "duckdb"), default="postgres")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--lanes", type=int, default=2, help="targets at a time (2)")
    parser.add_argument("--lines", type=int, default=12000, help="rows of the source (12000)")
    parser.add_argument("--seed", type=int, help="of all that is drawn (default: drawn too, and printed)")
    parser.add_argument("--episode", type=int, help="this one alone, again")
    parser.add_argument("--only", help="kinds of faults whose name has this in it: " + ", ".join(kinds.names()))
    parser.add_argument("--points", choices=[*(load.name for load in points.LOADS), "all"],
                        help="instead: a kill at each named point, once, of this kind of load")
    parser.add_argument("--limit", type=float, default=300, dest="limit_s", help="seconds that a run may take (300)")
    parser.add_argument("--keep", help="folder for what episodes leave that went wrong")
    options = parser.parse_args(words)
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1_000_000)
    return options


def _say(text):
    print(text, flush=True)


def _run_lane(options, folder, number, stop_at, outcomes):
    """In a process of its own. Episodes are numbered so that each is the same whatever the number of lanes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the harness tells it
    signal.signal(signal.SIGTERM, _leave)
    lane = None
    try:
        lane = Lane(make_folder(folder, number), options)
        for episode, pick, load, layout in _episodes(options, number):
            if time.monotonic() >= stop_at:
                break
            outcomes.put(lane.run(episode, pick, load, layout))
        outcomes.put(None)
    except BenchError as error:
        outcomes.put(str(error))
    except Exception as error:  # a mistake of the harness must end it
        outcomes.put(f"lane {number}: {error!r}\n{traceback.format_exc()}")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if lane:
            lane.close()


def _episodes(options, lane):
    if options.points:
        yield from points.episodes(options.target, options.points, lane, options.lanes)
        return
    if options.episode is not None:
        numbers = [options.episode]
    else:
        numbers = iter(range(lane, 1 << 30, options.lanes))
    for number in numbers:
        yield number, lambda episode: kinds.draw(episode, options.only), None, None


def _leave(number, frame):
    del number, frame
    sys.exit(130)


def _tell(outcome, options):
    """One line, and the whole of it where something went wrong."""
    _say(f"{outcome.number:5} {outcome.load:8}{outcome.layout:6}{len(outcome.faults)} faults {outcome.attempts} runs "
         f"{outcome.seconds:6.1f} s  {outcome.told}")
    if outcome.wrong:
        _say("WRONG " + "\n      ".join(outcome.wrong))
        again = f"--episode {outcome.number}" if not options.points else f"--points {options.points}"
        _say(f"      again: tests/chaos/run --target {options.target} --seed {options.seed} --lines {options.lines} {again}"
             + (f" --only {options.only}" if options.only else ""))


def _collect(lanes, outcomes, options, table):
    """Until all lanes have ended; the sentence of one that could not go on, or None."""
    running = len(lanes)
    while running:
        outcome = outcomes.get()
        if outcome is None:
            running -= 1
        elif isinstance(outcome, str):
            return outcome
        else:
            table.add(outcome)
            _tell(outcome, options)
    return None


def main(words):
    options = _parse(words)
    if options.episode is not None:
        options.lanes = 1
    if options.target == "postgres" and find_postgres() is None:
        _say("PostgreSQL's server is not installed.")
        return 77
    signal.signal(signal.SIGTERM, lambda number, frame: signal.raise_signal(signal.SIGINT))
    folder = tempfile.mkdtemp(prefix="chaos-")
    os.chmod(folder, 0o755)
    lanes = []
    table = Table()
    begin = time.monotonic()
    try:
        options.binaries = find_binaries(_ROOT)
        _say(f"target {options.target}, seed {options.seed}, {options.lines:,} rows, {options.lanes} lanes")
        minutes = 1e6 if options.points or options.episode is not None else options.minutes
        outcomes = multiprocessing.Queue()
        lanes = [multiprocessing.Process(target=_run_lane, args=(options, folder, i, begin + 60 * minutes, outcomes))
                 for i in range(options.lanes)]
        for lane in lanes:
            lane.start()
        trouble = _collect(lanes, outcomes, options, table)
    except BenchError as error:
        trouble = str(error)
    except KeyboardInterrupt:
        trouble = "interrupted"
    finally:
        for lane in lanes:
            lane.terminate()
        for lane in lanes:
            lane.join()
        shutil.rmtree(folder, ignore_errors=True)
    return _conclude(options, table, trouble, time.monotonic() - begin)


def _conclude(options, table, trouble, seconds):
    _say("")
    for line in table.lines():
        _say(line)
    _say(f"{options.target}: {table.episodes} episodes in {seconds / 60:.1f} minutes, {table.faults} faults, "
         f"{len(table.wrong)} went wrong; seed {options.seed}")
    if trouble:
        print(f"tests/chaos/run: {trouble}", file=sys.stderr)
        return 130 if trouble == "interrupted" else 2
    return 0 if table.is_good() else 1
