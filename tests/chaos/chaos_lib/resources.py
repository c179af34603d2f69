"""What a machine runs out of: disk and descriptors."""
import ctypes
import errno
import os
import resource
import subprocess

from peers_lib.errors import BenchError

from chaos_lib.faults import Fault

_CLONE_NEWNS = 0x00020000


def have_own_mounts():
    """Gives this process a mount namespace, so that its small disks go with it. Whether that can be had."""
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS) != 0:
        return False
    done = subprocess.run(["mount", "--make-rprivate", "/"], stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


class SmallDisk:
    """A disk of its own, in memory, under a folder that is there."""

    def __init__(self, folder, size_mib):
        self.folder = folder
        mode = oct(os.stat(folder).st_mode & 0o7777)[2:]
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mib}m,mode={mode}", "none", folder],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"no disk can be mounted: {done.stdout.strip()}")

    def fill(self, leaves_bytes=0):
        """To its last byte, or so that some are left."""
        left = os.statvfs(self.folder)
        size = left.f_bavail * left.f_frsize - leaves_bytes
        with open(self._filler(), "wb") as file:
            while size > 0:
                try:
                    os.posix_fallocate(file.fileno(), 0, size)
                    return
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    size -= 1 << 16  # others write meanwhile

    def give_back(self):
        if os.path.exists(self._filler()):
            os.remove(self._filler())

    def unmount(self):
        subprocess.run(["umount", "-l", self.folder], stderr=subprocess.DEVNULL, check=False)

    def _filler(self):
        return os.path.join(self.folder, "filler")


class FullDisk(Fault):
    needs = "disks"

    def __init__(self, rng, episode):
        self.which = rng.choice(list(episode.lane.disks))
        self.after_s = rng.random() * episode.typical_s
        self.for_s = rng.choice((0.2, 1, 4))
        self.leaves_bytes = rng.choice((0, 0, 20_000, 300_000))
        self.kind = "disk full: " + {"target": "target", "work": "spool, logs, reports"}.get(self.which, "stage files")

    def __str__(self):
        return f"{self.kind} but {self.leaves_bytes} bytes after {self.after_s:.2f} s for {self.for_s} s"

    def strike(self, attempt, episode):
        if not attempt.sleep(self.after_s):
            return False
        disk = episode.lane.disks[self.which]
        disk.fill(self.leaves_bytes)
        try:
            attempt.sleep(self.for_s)
        finally:
            disk.give_back()
        return True


class NoDescriptors(Fault):
    """A process may open nothing more than it has open now."""

    def __init__(self, rng, episode):
        self.role = rng.choice(("worker", "coordinator"))
        self.after_s = rng.random() * episode.typical_s
        self.for_s = rng.uniform(0.2, 4)
        self.kind = f"no descriptor left to a {self.role}"

    def __str__(self):
        return f"{self.kind} after {self.after_s:.2f} s for {self.for_s:.1f} s"

    def strike(self, attempt, episode):
        if not attempt.sleep(self.after_s):
            return False
        pids = [attempt.coordinator.pid] if self.role == "coordinator" else attempt.workers()[:1]
        if not pids:
            return False
        struck = False
        try:
            before = resource.prlimit(pids[0], resource.RLIMIT_NOFILE)
            used = 1 + max(map(int, os.listdir(f"/proc/{pids[0]}/fd")), default=0)
            resource.prlimit(pids[0], resource.RLIMIT_NOFILE, (used, before[1]))
            struck = True
            attempt.sleep(self.for_s)
            resource.prlimit(pids[0], resource.RLIMIT_NOFILE, before)
        except (ProcessLookupError, FileNotFoundError):
            pass  # it has ended, perhaps of this
        return struck
