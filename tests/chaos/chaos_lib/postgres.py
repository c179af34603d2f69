"""A PostgreSQL server that is killed, stopped and started again."""
import os
import shutil
import signal
import time

from peers_lib.errors import BenchError
from peers_lib.servers import Server, free_port

from chaos_lib.processes import descendants, signal_all

# Small, since there are several; a process that is killed loses nothing of what it has written, so that nothing need be
# synced. Nothing here says anything of a machine that loses its power.
_SETTINGS = {"shared_buffers": "64MB", "fsync": "off", "max_wal_size": "256MB", "wal_level": "replica"}


class ChaosServer(Server):
    def __init__(self, name, folder, programs):
        self._parent = folder
        self._replica = None
        self._count = 0
        super().__init__(name, folder, programs, _SETTINGS)

    @property
    def pid(self):
        return self._process.pid

    def backends(self):
        """Processes that serve a session of Decant now."""
        out = self.sql("postgres", "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'decant%'")
        return [int(pid) for pid in out.split()]

    def signal_all(self, number):
        """To the server and each of its processes; when it is stopped it makes no new ones."""
        os.kill(self.pid, number)
        signal_all(descendants(self.pid), number)

    def end(self, number):
        """SIGKILL as a crash, SIGQUIT at once, SIGINT without waiting for sessions; returns when all of it is gone."""
        children = descendants(self.pid)
        self._process.send_signal(number)
        self._process.wait()
        deadline = time.monotonic() + 60
        while any(os.path.exists(f"/proc/{pid}") for pid in children):
            if time.monotonic() > deadline:
                signal_all(children, signal.SIGKILL)
            time.sleep(0.02)

    def must_live(self):
        """Starts it where it has given up, and waits until it takes connections."""
        if self._process.poll() is not None:
            self.start_again()
        deadline = time.monotonic() + 90
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise BenchError(f"the {self.name} server does not come back: {self._log_tail()}")
            time.sleep(0.05)

    def start_again(self):
        deadline = time.monotonic() + 90
        while True:
            try:
                self.start()
                return
            except BenchError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    # A replica

    def follow(self):
        """Makes a replica, and has each commit wait for it from here on."""
        self._count += 1
        self._replica = _Replica(f"{self.name}{self._count}", self._parent, self)
        self.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
        self._wait_for("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")

    def fail_over(self):
        """Dies, and is from then on what was its replica."""
        old_folder = self._folder
        self.end(signal.SIGKILL)
        replica, self._replica = self._replica, None
        self._folder, self._process, self.port = replica.give()
        self.sql("postgres", "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
        shutil.rmtree(old_folder, ignore_errors=True)

    def stop_following(self):
        if self._replica is None:
            return
        self.sql("postgres", "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
        self._replica.stop()
        self._replica = None

    def stop(self):
        if self._replica:
            self._replica.stop()
        super().stop()

    def _wait_for(self, count):
        deadline = time.monotonic() + 60
        while self.sql("postgres", count) == "0":
            if time.monotonic() > deadline:
                raise BenchError("the replica does not follow.")
            time.sleep(0.05)


class _Replica(Server):
    """Follows `leader` until it is asked to take its place."""

    def __init__(self, name, folder, leader):
        self._leader = leader
        super().__init__(name, folder, leader._programs, _SETTINGS)

    def _initialize(self):
        self.make_folder()
        self._run_as_user([f"{self._binaries}/pg_basebackup", "-D", self._folder, "-R", "-X", "stream", "-c", "fast", "--no-sync",
                           "-h", "127.0.0.1", "-p", str(self._leader.port), "-U", "bench"])

    def give(self):
        """Promoted; the folder, process and port of a server that takes writes."""
        self._run_as_user([f"{self._binaries}/pg_ctl", "promote", "-D", self._folder, "-w"])
        folder, process, port = self._folder, self._process, self.port
        self._process = None
        return folder, process, port
