"""One load with its faults: begun, disturbed, continued by the same command until it ends with 0, and then compared."""
import os
import random
import re
import shutil
import stat
import time
from dataclasses import dataclass, field

from peers_lib.errors import BenchError
from peers_lib.servers import free_port

from chaos_lib.attempt import Attempt, Fleet
from chaos_lib.check import compare
from chaos_lib.namespace import Network
from chaos_lib.network import ProxyProcess
from chaos_lib.processes import Program
from chaos_lib.source import LOADS, write_job

_MOST_ATTEMPTS = 12
_LEASE_ENDS_WITHIN_S = 10
_LEASE_HOLDS = "its lease runs until"
_NOTHING_TO_DO = re.compile(r"chunks +0 loaded, \d[\d,]* skipped, 0 failed; rows 0 inserted, 0 updated, 0 deleted")
# What a fault may lead to; any other status says of rows, job or options what no fault makes true.
_EXPECTED = (0, 1, 5, 130, 128 + 9)


@dataclass
class Outcome:
    number: int
    load: str
    layout: str
    faults: list = field(default_factory=list)   # of kinds, those that struck
    attempts: int = 0
    rows: int = 0
    lost: int = 0
    doubled: int = 0
    seconds: float = 0
    takeovers_s: list = field(default_factory=list)  # how a leader was lost, and the time until a standby leads
    wrong: list = field(default_factory=list)    # sentences
    told: str = ""                               # what it was made of


def _sockets(folder, names):
    """Of a folder: they cannot be copied."""
    return [name for name in names if stat.S_ISSOCK(os.lstat(os.path.join(folder, name)).st_mode)]


class Place:
    """The folder of an episode."""

    def __init__(self, folder, binaries):
        self.folder = folder
        self._binaries = binaries
        self.spool = os.path.join(folder, "spool")
        os.makedirs(self.spool)

    def program(self, name):
        return os.path.join(self._binaries, name)


class Episode:
    def __init__(self, lane, number, pick, load=None, layout=None):
        self.lane = lane
        self.engine = lane.target.engine
        self.target = lane.target
        self.rng = random.Random(f"{lane.seed}/{self.engine}/{number}")
        self.load = self.rng.choice(LOADS)
        self.layout = self.rng.choice(("local", "local", "far"))
        self.load, self.layout = load or self.load, layout or self.layout
        self.typical_s = lane.typical_s(self.load)
        self.limit_s = lane.limit_s
        self.outcome = Outcome(number, self.load.name, self.layout)
        self.place = Place(os.path.join(lane.folder, "work", "episode"), lane.binaries)
        self.faults = pick(self)  # a list of lists: those of the first attempt, of the second …
        for layout in filter(None, (fault.needs_layout for each in self.faults for fault in each)):
            self.outcome.layout = self.layout = layout
        self.environment = {"XDG_RUNTIME_DIR": self.place.folder}
        self.proxies = {}
        self.network = None
        self._inside = None  # who lives in that network's namespace
        self.fleet = None

    def target_environment(self):
        """Of those who load: the target, where all of them reach it."""
        address = self.network.target_address if self.network else f"127.0.0.1:{self._target_port()}"
        return {**self.environment, "DECANT_TARGET": self.target.url(address)}

    def run(self):
        """To its end; the outcome is filled."""
        begin = time.monotonic()
        try:
            self._prepare()
            if self._runs_until_done():
                self._compare()
                self._run_again()
                self._command_after("reconcile", "--quiet")
        except BenchError as error:
            self.outcome.wrong.append(f"the harness: {error}")
        finally:
            self._close()
        self.outcome.seconds = time.monotonic() - begin
        return self.outcome

    def command(self, *words):
        return [self.place.program("decant"), *words]

    def run_command(self):
        return self._run_words(self.endpoint)

    def standby_command(self):
        return [*self._run_words(self.standby_endpoint), "--standby"]

    def _run_words(self, endpoint):
        words = ["run", "job.yaml", "--yes", "--quiet", "--work-dir", self.place.spool]
        if self.fleet:
            return self.command(*words, "--workers", "0", "--listen", endpoint)
        return self.command(*words, "--workers", "2")

    def _prepare(self):
        source = self.lane.source
        if self.load.has_base:
            self.target.reset_to(self.load.name)
        else:
            self.target.reset()
        data = os.path.join(self.place.folder, "data")
        os.symlink(source.after if self.load.has_base else source.before, data)
        write_job(os.path.join(self.place.folder, "job.yaml"), self.load, data, source.stores_file(), self.lane.chunk_rows)
        self._build_network()
        self.outcome.told = "; ".join(" + ".join(map(str, each)) for each in self.faults)

    def _build_network(self):
        port = workers_port = free_port()
        self.endpoint = f"tcp://127.0.0.1:{port}"
        faults = [fault for each in self.faults for fault in each]
        for between in {fault.between for fault in faults if fault.uses_proxy}:
            behind = port if between == "workers" else self.target.server.port
            self.proxies[between] = ProxyProcess(f"127.0.0.1:{behind}")
        if "workers" in self.proxies:
            workers_port = self.proxies["workers"].port
        carried = [workers_port]
        endpoints = [f"tcp://127.0.0.1:{workers_port}"]
        if any(fault.uses_standby for fault in faults):
            standby_port = free_port()
            self.standby_endpoint = f"tcp://127.0.0.1:{standby_port}"
            endpoints.append(self.standby_endpoint)
            carried.append(standby_port)
        self._inside = next(filter(None, (fault.in_namespace for fault in faults)), None)
        if self._inside:
            self.network = Network(carried if self._inside == "workers" else (), self._target_port())
        if self.layout == "far":
            self.fleet = Fleet(self.place, 2, endpoints, self._prefix_of("workers"))

    def _target_port(self):
        if "target" in self.proxies:
            return self.proxies["target"].port
        return self.target.server.port if self.target.server else None

    def _prefix_of(self, role):
        return self.network.prefix if self._inside == role else ()

    def _runs_until_done(self):
        """Whether it came to an end with 0; whatever else went wrong, its rows are compared then."""
        waiting = list(self.faults)
        while True:
            self.outcome.attempts += 1
            faults = waiting.pop(0) if waiting else []
            status, attempt = self._attempt(faults)
            if status is None:
                self.outcome.wrong.append(f"attempt {self.outcome.attempts} did not end within {self.limit_s} s")
                self.outcome.wrong.append(attempt.said()[-3000:])
                return False
            if status not in _EXPECTED or (status == 1 and not self.outcome.faults):
                self.outcome.wrong.append(f"attempt {self.outcome.attempts} ended with status {status}")
                self.outcome.wrong.append(attempt.said()[-3000:])
                return False
            if status == 0 and not waiting:
                return True
            if _LEASE_HOLDS in attempt.said():
                time.sleep(_LEASE_ENDS_WITHIN_S)  # of a standby that was killed elsewhere
            if self.outcome.attempts >= _MOST_ATTEMPTS + len(self.faults):
                self.outcome.wrong.append(f"no end with 0 after {self.outcome.attempts} attempts")
                self.outcome.wrong.append(attempt.said()[-3000:])
                return False

    def _attempt(self, faults):
        environment = self.target_environment()
        for fault in faults:
            fault.prepare(self)
        points = "; ".join(filter(None, (fault.failpoint() for fault in faults)))
        if points:
            environment["DECANT_FAILPOINTS"] = points
        attempt = Attempt(self.place, self.fleet, self.run_command(), environment, self.outcome.attempts,
                          self._prefix_of("coordinator"))
        struck = []
        try:
            for fault in faults:
                if fault.strike(attempt, self):
                    struck.append(fault.kind)
                elif fault.must_strike:
                    self.outcome.wrong.append(f"it never came to {fault}")
            ended = attempt.wait_for(attempt.is_over, self.limit_s)
        finally:
            attempt.coordinator.end()
            self.outcome.faults += struck
            for fault in faults:
                fault.heal(self)
            if faults and self.target.server:
                self.target.server.must_live()
        if ended and not struck and attempt.coordinator.status() == 0:
            self.lane.took(self.load, time.monotonic() - attempt.began)
        return (attempt.coordinator.status() if ended else None), attempt

    def _compare(self):
        if self.target.server:
            self.target.server.must_live()  # a disk that was full may have ended it late
        found = compare(self.lane.source.expected(self.load), self.target.rows())
        self.outcome.rows, self.outcome.lost, self.outcome.doubled = found.rows, found.lost, found.doubled
        if not found.agrees():
            self.outcome.wrong.append(f"{found.lost} rows lost, {found.doubled} doubled, {found.bent} bent; {found.example}")
        twice = self.target.batches_twice()
        if twice:
            self.outcome.wrong.append(f"{twice} batches are in the ledger twice")

    def _run_again(self):
        said = self._command_after("run", "--yes", "--verify", "ledger")
        if said is not None and not _NOTHING_TO_DO.search(said):
            self.outcome.wrong.append(f"the second run found something to do: {said[-3000:]}")

    def _command_after(self, name, *words, may_wait=True):
        """What a command says that has to end with 0; None where it does not, which is told."""
        program = Program(self.command(name, "job.yaml", *words, "--workers", "2", "--work-dir", self.place.spool),
                          self.place.folder, f"{self.place.folder}/{name}-after.log",
                          {**self.environment, "DECANT_TARGET": self.target.url()})
        until = time.monotonic() + self.limit_s
        while program.is_running() and time.monotonic() < until:
            time.sleep(0.02)
        status = program.status()
        program.end()
        if status == 0:
            return program.said()
        if status == 1 and may_wait and _LEASE_HOLDS in program.said():
            time.sleep(_LEASE_ENDS_WITHIN_S)
            return self._command_after(name, *words, may_wait=False)
        self.outcome.wrong.append(f"{name} ended with status {status}: {program.said()[-3000:]}")
        return None

    def _close(self):
        if self.fleet:
            self.fleet.end()
        for part in (self.network, *self.proxies.values()):
            if part:
                part.close()
        if self.outcome.wrong and self.lane.keep:
            kept = os.path.join(self.lane.keep, f"{self.engine}-{self.lane.seed}-{self.outcome.number}")
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(self.place.folder, kept, symlinks=True, ignore=_sockets)
        shutil.rmtree(self.place.folder, ignore_errors=True)
