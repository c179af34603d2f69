"""The command: which cases, which are continued, and what is printed and written."""
import argparse
import fnmatch
import os
import shutil
import sys
import tempfile
from datetime import datetime, timezone

from peers_lib import build, file_cases, headline, interrupts, latency_case, machine, own_cases, postgres_cases, table
from peers_lib.bench import Bench
from peers_lib.case import measure_pair, pairs_wanted
from peers_lib.errors import BenchError
from peers_lib.results import Results
from peers_lib.servers import find_postgres

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FULL_LINES = 4_000_000


def say(text):
    print(text, file=sys.stderr, flush=True)


def all_cases():
    """In the order of the table of goals."""
    return [*postgres_cases.cases(), *file_cases.cases(), *own_cases.cases(), *latency_case.cases()]


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench/peers", description="Runs Decant beside its peers; bench/README.md.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="names or globs such as 'postgres-*' (default: all)")
    parser.add_argument("--lines", type=int, default=FULL_LINES, help="sales lines; all else scales with them (%(default)s)")
    parser.add_argument("--pairs", type=int, help="pairs of each case (default: three where the ratio is over five, else five)")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured of these cases before")
    parser.add_argument("--results", help="the file that keeps results (default: build/bench/results-LINES.json)")
    parser.add_argument("--write", metavar="FILE", help="the page to write (default: bench/RESULTS.md, at the full size only)")
    parser.add_argument("--no-write", action="store_true", help="only print the table")
    parser.add_argument("--no-install", action="store_true", help="leave cases out whose peer is not installed")
    parser.add_argument("--list", action="store_true", help="name the cases and their goals")
    options = parser.parse_args(arguments)
    if options.lines < 1000 or (options.pairs is not None and options.pairs < 1):
        parser.error("--lines takes 1000 or more, --pairs 1 or more.")
    return options


def chosen(patterns, names):
    """The names that patterns ask for, in the order of the table; all where there is none."""
    if not patterns:
        return list(names)
    for pattern in patterns:
        if not fnmatch.filter(names, pattern):
            raise BenchError(f"there is no case {pattern}; --list names them.")
    return [name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]


def conditions_of(needs, lines, binaries):
    """What has to be the same for results to be continued."""
    return {"lines": lines, "programs": machine.programs_fingerprint(binaries),
            "postgres": machine.postgres_version(find_postgres()), "machine": machine.describe_machine(),
            "peers": ", ".join(machine.peer_version(name) for name in needs)}


def _commit():
    """Of the tree, where the programs were built in it."""
    elsewhere = os.environ.get("DECANT_BIN")
    if elsewhere and not os.path.realpath(elsewhere).startswith(os.path.realpath(ROOT) + os.sep):
        return ""
    return machine.commit_of(ROOT)


def measure(one, bench, results, conditions, options):
    """The pairs that a case still lacks, or the one run of a headline."""
    interrupts.check()
    pairs = results.begin(one.name, conditions, _commit())
    if isinstance(one, headline.Headline):
        if pairs:
            say(f"{one.name}: measured before.")
        else:
            say(f"{one.name}: one run …")
            results.add(one.name, headline.run(one, bench))
        return

    def lacks():
        return len(pairs) < pairs_wanted(table.ratios_of(one, pairs), one.goal, one.most_pairs, options.pairs)

    if not lacks():
        say(f"{one.name}: measured before, {len(pairs)} pairs.")
        return
    if pairs:
        say(f"{one.name}: continued after {len(pairs)} pairs.")
    if one.setup:
        one.setup(bench)
    while lacks():
        interrupts.check()
        pair = measure_pair(one, bench, len(pairs))
        results.add(one.name, pair)
        ratio = one.ratio(pair["ours"], pair["theirs"])
        say(f"{one.name}: ours {pair['ours']:.2f} {one.unit}, theirs {pair['theirs']:.2f} {one.unit}: {ratio:.3f}")
    if one.teardown:
        one.teardown(bench)


def run_all(names, cases, binaries, results, options):
    """Every case of these names; those that failed. The servers and the folder are gone when it returns, and also when it is
    interrupted."""
    folder = tempfile.mkdtemp(prefix="decant-bench-")
    os.chmod(folder, 0o755)
    try:
        bench = Bench(folder, binaries, options.lines, say)
        try:
            failed = []
            for one in [*cases, *headline.HEADLINES]:
                if one.name not in names:
                    continue
                try:
                    measure(one, bench, results, conditions_of(one.needs, options.lines, binaries), options)
                except BenchError as error:
                    say(f"{one.name}: {error}")
                    failed.append(one.name)
            return failed
        finally:
            bench.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def header_of(binaries, lines):
    peers = [machine.peer_version(name) for name in ("pgcopydb", "pgloader") if shutil.which(name)]
    return [f"{datetime.now(timezone.utc):%Y-%m-%d}, {lines:,} generated sales lines (13 columns, and the shop), narrow and wide "
            f"tables of {lines // 4:,} rows (4 and 60 columns).", "", f"Machine: {machine.describe_machine()}.",
            "", f"Versions: {machine.decant_version(binaries)}, {machine.postgres_version(find_postgres())}, "
            f"{machine.duckdb_version(binaries)}{''.join(', ' + peer for peer in peers)}.", "",
            "Two workers, fence, ledger, digests and rejects on; `--verify ledger` but for the cases with read-back."]


def publish(cases, results, binaries, options):
    """Prints the table, and writes the page where that is wanted."""
    made = table.results_page(cases, headline.HEADLINES, results, headline.rows_of(results),
                              header_of(binaries, options.lines), f"bench/peers --lines {options.lines}")
    print(made)
    page = options.write or (os.path.join(ROOT, "bench", "RESULTS.md") if options.lines == FULL_LINES else None)
    if page and not options.no_write:
        table.write_page(page, made)
        say(f"written: {page}")


def run(arguments):
    options = parse(arguments)
    cases = all_cases()
    names = [one.name for one in cases] + [one.name for one in headline.HEADLINES]
    if options.list:
        for one in cases:
            print(f"{one.name:<26} {table.goal_of(one):<14} {one.beside}")
        for one in headline.HEADLINES:
            print(f"{one.name:<26} {'—':<14} {headline.lines_wanted(options.lines):,} lines into {one.engine}")
        return
    wanted = chosen(options.cases, names)
    needs = sorted({name for one in cases if one.name in wanted for name in one.needs})
    if not options.no_install:
        build.install_needs(ROOT, needs)
    for one in cases:
        missing = [name for name in one.needs if shutil.which(name) is None]
        if one.name in wanted and missing:
            if not options.no_install:
                raise BenchError(f"{one.name}: {missing[0]} could not be installed; --no-install leaves such cases out.")
            say(f"{one.name}: left out, {missing[0]} is not installed.")
            wanted.remove(one.name)
    if find_postgres() is None:
        raise BenchError("PostgreSQL's server is not installed: run deploy/install-deps.sh bench.")
    binaries = build.find_binaries(ROOT)
    path = options.results or os.path.join(ROOT, "build", "bench", f"results-{options.lines}.json")
    results = Results(path, wanted if options.fresh else ())
    try:
        failed = run_all(wanted, cases, binaries, results, options)
    finally:
        publish(cases, results, binaries, options)
    if failed:
        raise BenchError(f"failed: {', '.join(failed)}; see above.")


def main(arguments):
    interrupts.install()
    try:
        run(arguments)
    except BenchError as error:
        print(f"bench/peers: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench/peers: interrupted; the same command goes on from here.", file=sys.stderr)
        return 130
    return 0
