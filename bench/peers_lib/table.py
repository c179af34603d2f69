"""The table of cases with goal and result, and bench/RESULTS.md around it."""
import os

from peers_lib import stages
from peers_lib.results import summarize

MARKER = "<!-- What stands below this line is written by hand; bench/peers keeps it. -->"
_HEAD = ("| case | what | beside | goal | ours / theirs (median) | spread | pairs | reached |\n"
         "|---|---|---|---|---|---|---|---|")


def ratios_of(case, pairs):
    return [case.ratio(pair["ours"], pair["theirs"]) for pair in pairs]


def figure(value, goal=None):
    """Three digits; a fourth where without it the value would look like the goal."""
    looks_alike = goal is not None and f"{value:.2f}" == f"{goal:.2f}"
    return f"{value:.3f}" if value < 1 or looks_alike else f"{value:.2f}"


def goal_of(case):
    return "—" if case.goal is None else ("at least " if case.at_least else "at most ") + f"{case.goal:.2f}"


def row_of(case, pairs):
    """One line of the table; a case that was not measured says so."""
    start = f"| `{case.name}` | {case.what} | {case.beside} | {goal_of(case)} | "
    summary = summarize(ratios_of(case, pairs))
    if summary is None:
        return start + "not measured | | | |"
    reached = {True: "yes", False: "**no**", None: ""}[case.reached(summary.result)]
    return start + (f"{figure(summary.result, case.goal)} | {figure(summary.low)} .. {figure(summary.high)} | {summary.pairs} | "
                    f"{reached} |")


def table_of(cases, results):
    return "\n".join([_HEAD, *(row_of(case, results.pairs(case.name)) for case in cases)])


def results_page(cases, headlines, results, headline_rows, header, command):
    """The part of RESULTS.md that is made."""
    lines = ["# Results", "", *header, "", f"Made by `{command}`. A ratio is that of whole commands, start and end of all "
             "processes included; the median of pairs run in turn. Absolute times vary from machine to machine: only ratios count.", "", table_of(cases, results), ""]
    if headline_rows:
        lines += ["## The headline", "", *headline_rows, ""]
    lines += stages.table_of(cases, results)
    lines += _measured_lines([one.name for one in (*cases, *headlines)], results)
    return "\n".join(lines)


def _measured_lines(names, results):
    """Which programs each case was measured with: a page may hold results of several."""
    by_programs = {}
    for name in names:
        if results.pairs(name):
            by_programs.setdefault(results.measured_with(name), []).append(f"`{name}`")
    lines = ["## Measured with", ""]
    for label, measured in by_programs.items():
        lines.append(f"- {label}: {', '.join(measured)}")
    return [*lines, ""] if by_programs else []


def write_page(path, made):
    """Writes RESULTS.md anew; what stands below its marker is kept."""
    by_hand = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            _, found, by_hand = file.read().partition(MARKER)
            if not found:
                by_hand = ""
    with open(path, "w", encoding="utf-8") as file:
        file.write(made + "\n" + MARKER + (by_hand or "\n"))
