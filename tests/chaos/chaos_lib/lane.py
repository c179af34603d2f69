"""A lane: a target of its own and the source, on which episodes are run one after the other."""
import os

from peers_lib.errors import BenchError
from peers_lib.processes import Programs

from chaos_lib.episode import Episode
from chaos_lib.namespace import can_have_namespaces
from chaos_lib.resources import SmallDisk, have_own_mounts
from chaos_lib.source import LOADS, Source
from chaos_lib.standby import can_be_elsewhere
from chaos_lib.targets import DuckDbTarget, PostgresTarget

_TARGETS = {target.engine: target for target in (PostgresTarget, DuckDbTarget)}


class Lane:
    """Owns all that it starts and writes; `close` ends it."""

    def __init__(self, folder, options):
        self.folder = folder
        self.binaries = options.binaries
        self.seed = options.seed
        self.keep = options.keep
        self.chunk_rows = 300
        self.limit_s = options.limit_s
        self._typical_s = {}
        self.programs = Programs(folder)
        self.target = None
        self.disks = {}
        self.can = capabilities()
        try:
            kind = _TARGETS[options.target]
            self._mount_disks({"work": 60, **kind.disk_sizes_mib})
            self.source = Source(folder, options.binaries, self.programs, options.lines)
            self.target = kind(folder, options.binaries, self.programs)
            self._make_bases()
        except BaseException:
            self.close()
            raise

    def run(self, number, pick, load=None, layout=None):
        return Episode(self, number, pick, load, layout).run()

    def typical_s(self, load):
        """How long such a run takes when nothing disturbs it."""
        return self._typical_s.get(load.name, 1.0)

    def took(self, load, seconds):
        before = self._typical_s.get(load.name, seconds)
        self._typical_s[load.name] = 0.7 * before + 0.3 * seconds

    def close(self):
        if self.target:
            self.target.close()
        self.programs.close()
        for disk in reversed(self.disks.values()):
            disk.unmount()

    def _mount_disks(self, sizes_mib):
        for name, size_mib in sizes_mib.items():
            folder = os.path.join(self.folder, name)
            os.makedirs(folder)
            if "disks" in self.can:
                self.disks[name] = SmallDisk(folder, size_mib)

    # Of each kind of load once, undisturbed: what replace and upsert find in the target.
    def _make_bases(self):
        for load in LOADS:
            if not load.has_base:
                continue
            base = _Base(load)
            outcome = Episode(self, 0, lambda episode: [], base, "local").run()
            if outcome.wrong:
                raise BenchError(f"the load that {load.name} begins with went wrong without any fault: {outcome.wrong}")
            self.target.keep_as(load.name)
            self._typical_s[load.name] = self._typical_s["base"]
        self._typical_s["first"] = self._typical_s["base"]


class _Base:
    """The first load of a target that a later one changes, in that one's mode."""

    name = "base"
    has_base = False

    def __init__(self, load):
        self.mode = load.mode


def capabilities():
    """What this process may do beyond starting programs: `disks`, `namespaces` (of networks) and `elsewhere`."""
    can = set()
    if have_own_mounts():
        can.add("disks")
    if can_have_namespaces():
        can.add("namespaces")
    if can_be_elsewhere():
        can.add("elsewhere")
    return can


def make_folder(parent, number):
    folder = os.path.join(parent, f"lane{number}")
    os.mkdir(folder)
    os.chmod(folder, 0o755)
    return folder
