"""A PostgreSQL server of the harness's own: on a free port of loopback, in a folder that goes with it."""
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time

from peers_lib.errors import BenchError

# The same for both servers and both sides. Autovacuum is off, so that it does not fall into one side by chance; all else
# is what one would set for a load: room for write-ahead log, and for the sort of a key. Sessions are many since
# in one case one server stands for 160 shops, which have one each in life.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "512MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "autovacuum": "off",
    "max_connections": "600",
}


_MOST_PORTS = 5


def find_postgres():
    """The folder of the newest PostgreSQL server, or None."""
    folders = glob.glob("/usr/lib/postgresql/*/bin")
    folders = [folder for folder in folders if os.path.exists(folder + "/initdb")]
    return max(folders, key=lambda folder: float(folder.split("/")[4]), default=None)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """Started by its constructor; `stop` ends it and removes its folder. `settings` take the place of ours."""

    def __init__(self, name, folder, programs, settings=None):
        self.name = name
        self._programs = programs
        self._binaries = find_postgres()
        if self._binaries is None:
            raise BenchError("PostgreSQL's server is not installed: run deploy/install-deps.sh bench.")
        self._folder = os.path.join(folder, "server_" + name)
        self._user = _unprivileged_user()
        self._settings = {**_SETTINGS, **(settings or {})}
        self._process = None
        self._initialize()
        self._start_on_free_port()

    def url(self, database):
        return f"postgresql://bench@127.0.0.1:{self.port}/{database}"

    def psql(self, database, *statements):
        """The command that runs statements, for a pipeline or for `run`."""
        command = [f"{self._binaries}/psql", "-X", "-qAt", "-v", "ON_ERROR_STOP=1", "-d", self.url(database)]
        for statement in statements:
            command += ["-c", statement]
        return command

    def sql(self, database, *statements):
        """Runs statements, each in a transaction of its own, and gives what they print."""
        return self._programs.run(self.psql(database, *statements)).strip()

    def fresh_database(self, name):
        """An empty database of that name, and nothing left to be written to disk from before."""
        self.drop_database(name)
        self.sql("postgres", f"CREATE DATABASE {name}")
        self.checkpoint()

    def drop_database(self, name):
        self.sql("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def checkpoint(self):
        self.sql("postgres", "CHECKPOINT")

    def database_bytes(self, name):
        return int(self.sql("postgres", f"SELECT pg_database_size('{name}')"))

    def stop(self):
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def make_folder(self):
        os.mkdir(self._folder, 0o700)
        if self._user:
            shutil.chown(self._folder, self._user)

    def _initialize(self):
        self.make_folder()
        self._run_as_user([f"{self._binaries}/initdb", "-D", self._folder, "-U", "bench", "-A", "trust", "-E", "UTF8",
                           "--locale=C", "--no-sync"])

    def _run_as_user(self, command):
        self._programs.run(_as(self._user) + command, folder="/")

    def _start_on_free_port(self):
        """Another process may take the port before the server does."""
        for _ in range(_MOST_PORTS):
            self.port = free_port()
            try:
                return self.start()
            except BenchError as error:
                if "Address already in use" not in str(error):
                    raise
                refused = error
        raise refused

    def start(self):
        """Starts it (again); returns once it takes connections."""
        options = []
        for name, value in self._settings.items():
            options += ["-c", f"{name}={value}"]
        # setpriv has it die with the harness, however that ends.
        with open(os.path.join(self._folder, "log"), "wb") as log:
            self._process = subprocess.Popen(
                _as(self._user, "--pdeathsig=QUIT") + [
                    f"{self._binaries}/postgres", "-D", self._folder, "-p", str(self.port), *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True)
        deadline = time.monotonic() + 60
        while not (self._holds_its_port() and self.is_ready()):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise BenchError(f"the {self.name} server does not start: {self._log_tail()}")
            time.sleep(0.05)

    def _holds_its_port(self):
        """Whether it is this server that would answer, and not a stranger's who was there before."""
        try:
            with open(os.path.join(self._folder, "postmaster.pid"), encoding="utf-8") as lock:
                lines = lock.read().split("\n")
        except FileNotFoundError:
            return False
        return lines[0] == str(self._process.pid) and len(lines) > 7 and lines[7].strip() == "ready"

    def is_ready(self):
        """Whether it takes connections now."""
        return subprocess.run([f"{self._binaries}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                              check=False).returncode == 0

    def _log_tail(self):
        with open(os.path.join(self._folder, "log"), encoding="utf-8", errors="replace") as log:
            return log.read()[-800:].strip()


def _unprivileged_user():
    """PostgreSQL refuses to run as root; another user runs it as it is."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
            return name
        except KeyError:
            continue
    raise BenchError("there is no unprivileged user to run PostgreSQL as.")


def _as(user, *options):
    command = ["setpriv", *options]
    if user:
        command += [f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"]
    return command if len(command) > 1 else []
