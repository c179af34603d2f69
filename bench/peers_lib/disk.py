"""Whether the disk takes a large load, found out before it is begun: a server whose disk is full goes down."""
import shutil
from dataclasses import dataclass

from peers_lib.errors import BenchError

_CSV_BYTES = 130  # a line
_SPARE_BYTES = 2 << 30


@dataclass(frozen=True)
class Need:
    """`line_bytes` is what a line takes at a target's fullest moment, beside its CSV; `fixed_bytes` what does not grow."""
    line_bytes: int
    fixed_bytes: int


# Table, key, and the key's sort on disk; write-ahead log up to max_wal_size and some.
POSTGRES = Need(330, 6 << 30)
# The file with what it gives back at checkpoints only, and stage files.
DUCKDB = Need(90, 1 << 30)


def free_bytes(folder):
    return shutil.disk_usage(folder).free


def lines_that_fit(need, wanted, free):
    """As many lines as are wanted, or the most that the disk takes, in steps of 100,000."""
    room = free - _SPARE_BYTES - need.fixed_bytes
    most = max(0, room) // (_CSV_BYTES + need.line_bytes)
    return wanted if wanted <= most else most // 100_000 * 100_000


def expect_room(need, lines, folder):
    """That so many lines fit, or a BenchError."""
    free = free_bytes(folder)
    if lines_that_fit(need, lines, free) < lines:
        raise BenchError(f"{lines:,} lines do not fit into {free / 2**30:.1f} GiB of free disk; set TMPDIR to a larger one.")
