"""Where the tasks of a run of Decant spent their time, by its completion log."""
import json

NAMES = ("extract", "convert", "digest", "load", "commit")


def seconds_by_stage(path):
    """Seconds by stage, summed over all tasks: of all workers, and overlapping within a task."""
    tasks = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            chunk = json.loads(line)
            if chunk["state"] in ("loaded", "skipped"):
                tasks[chunk["task"]] = chunk["ms"]  # all chunks of a task show the same
    return {name: sum(ms[name] for ms in tasks.values()) / 1000 for name in (*NAMES, "total")}


def middle_of(pairs):
    """The stages of the pair whose time of ours is the median; None where no pair has any."""
    known = sorted((pair for pair in pairs if pair.get("stages")), key=lambda pair: pair["ours"])
    return known[len(known) // 2] if known else None


def table_of(cases, results):
    """One line for each case in seconds; none where no case has stages."""
    rows = []
    for case in cases:
        pair = middle_of(results.pairs(case.name))
        if pair is None or case.unit != "s":
            continue
        figures = " | ".join(f"{pair['stages'][name]:.1f}" for name in (*NAMES, "total"))
        rows.append(f"| `{case.name}` | {pair['ours']:.1f} | {figures} |")
    if not rows:
        return []
    return ["## Stages of our side", "",
            "Seconds of the run as a whole, and of its tasks, from the completion log: summed over all workers, of the pair whose time of ours is the median. "
            "Stages of a task overlap (reading is a thread of its own), and `total` is what it took; into DuckDB `commit` is the "
            "coordinator's part, which is not in `total`. Census, key, `ANALYZE` and read-back are no tasks that load, and are "
            "in the run alone.", "",
            "| case | run | " + " | ".join(NAMES) + " | total |", "|---|---|" + "---|" * (len(NAMES) + 1), *rows, ""]
