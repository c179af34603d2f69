"""bench/compare: the micro-benchmarks of two builds, run in turn, and what became slower."""
import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from statistics import median

PROGRAM = "decant-micro-bench"


@dataclass(frozen=True)
class Change:
    """Of one benchmark: processor time of the second build over that of the first, over all pairs."""
    name: str
    ratio: float
    low: float
    high: float

    def verdict(self, threshold):
        """A change counts where the median is beyond the threshold and every pair is on the same side."""
        if self.ratio > 1 + threshold and self.low > 1:
            return "slower"
        if self.ratio < 1 / (1 + threshold) and self.high < 1:
            return "faster"
        return ""


def changes(pairs):
    """Of the benchmarks that both builds have, in the order of the first; `pairs` are two dicts of times by name each."""
    shared = [name for name in pairs[0][0] if all(name in side for pair in pairs for side in pair)]
    found = []
    for name in shared:
        ratios = [second[name] / first[name] for first, second in pairs]
        found.append(Change(name, median(ratios), min(ratios), max(ratios)))
    return found


def only_in_one(pairs):
    """Names that one build has and the other lacks: (first only, second only)."""
    first, second = pairs[0]
    return [name for name in first if name not in second], [name for name in second if name not in first]


def times_in(output):
    """Processor time of each benchmark, from Google Benchmark's JSON; one that failed is left out."""
    return {entry["name"]: entry["cpu_time"] for entry in json.loads(output)["benchmarks"]
            if not entry.get("error_occurred") and entry["cpu_time"] > 0}


def measure(build, options):
    program = next((path for path in (os.path.join(build, "bin", PROGRAM), os.path.join(build, PROGRAM))
                    if os.access(path, os.X_OK)), None)
    if program is None:
        raise FileNotFoundError(f"{build} has no {PROGRAM}: configure it with -DDECANT_BENCH=ON and build that target.")
    done = subprocess.run([program, "--benchmark_format=json", f"--benchmark_min_time={options.seconds}",
                           f"--benchmark_filter={options.filter}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0 or not done.stdout.strip():
        raise RuntimeError(f"{program} failed: {done.stderr.decode('utf-8', 'replace').strip()[-500:]}")
    return times_in(done.stdout)


def report(pairs, options):
    """Prints the table; whether something became slower."""
    found = changes(pairs)
    verdicts = {change.name: change.verdict(options.threshold / 100) for change in found}
    shown = sorted(found, key=lambda change: -change.ratio)
    if not options.all:
        shown = [change for change in shown if verdicts[change.name]]
    if shown:
        print(f"{'benchmark':<48} {'B / A':>6}  {'spread':<14}")
    for change in shown:
        print(f"{change.name:<48} {change.ratio:>6.2f}  {change.low:.2f} .. {change.high:.2f}  {verdicts[change.name]}".rstrip())
    for label, names in zip(("A", "B"), only_in_one(pairs)):
        if names:
            print(f"only in {label}: {', '.join(names)}")
    slower = sum(verdict == "slower" for verdict in verdicts.values())
    faster = sum(verdict == "faster" for verdict in verdicts.values())
    print(f"{len(found)} benchmarks, {len(pairs)} pairs: {slower} slower, {faster} faster by over {options.threshold:g} %.")
    return slower > 0


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench/compare", description="What became slower from build A to build B. "
                                     "Status 3 where something did.")
    parser.add_argument("a", metavar="BUILD_A", help="a build folder with bin/" + PROGRAM)
    parser.add_argument("b", metavar="BUILD_B")
    parser.add_argument("--pairs", type=int, default=5, help="runs of each build, in turn (%(default)s)")
    parser.add_argument("--threshold", type=float, default=5.0, help="percent that count as a change (%(default)g)")
    parser.add_argument("--filter", default=".", help="a regular expression of the names")
    parser.add_argument("--seconds", type=float, default=0.1, help="least time of each benchmark (%(default)g)")
    parser.add_argument("--all", action="store_true", help="show what did not change too")
    options = parser.parse_args(arguments)
    if options.pairs < 1:
        parser.error("--pairs takes 1 or more.")
    return options


def main(arguments):
    options = parse(arguments)
    pairs = []
    try:
        for place in range(options.pairs):
            order = (options.a, options.b) if place % 2 == 0 else (options.b, options.a)
            measured = {build: measure(build, options) for build in order}
            pairs.append((measured[options.a], measured[options.b]))
            print(f"pair {place + 1} of {options.pairs}", file=sys.stderr, flush=True)
    except (FileNotFoundError, RuntimeError, json.JSONDecodeError) as error:
        print(f"bench/compare: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench/compare: interrupted.", file=sys.stderr)
        return 130
    if not changes(pairs):
        print("bench/compare: the builds have no benchmark of that name in common.", file=sys.stderr)
        return 1
    return 3 if report(pairs, options) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
