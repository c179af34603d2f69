"""A proxy of our own that stands between programs, and delays, stalls and resets what it hands on."""
import os
import subprocess
import sys

from peers_lib.errors import BenchError
from peers_lib.servers import free_port

from chaos_lib.faults import Fault
from chaos_lib.processes import die_with_parent

_PROXY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "proxy.py")


class ProxyProcess:
    """Listens on `port` and hands on to `target`; `prefix` is what it runs under."""

    def __init__(self, target, port=None, host="127.0.0.1", prefix=()):
        self.port = port or free_port()
        self._process = subprocess.Popen([*prefix, sys.executable, "-B", _PROXY, host, str(self.port), target],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
                                         start_new_session=True, preexec_fn=die_with_parent)
        if self._process.stdout.readline().strip() != "listening":
            raise BenchError("the proxy does not start.")

    def command(self, text):
        self._process.stdin.write(text + "\n")
        self._process.stdin.flush()
        if self._process.stdout.readline().strip() != "done":
            raise BenchError(f"the proxy does not do `{text}`.")

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


class ProxyFault(Fault):
    """Between Decant and the target (PostgreSQL), or between workers and coordinator."""

    uses_proxy = True

    def __init__(self, rng, episode):
        self.between = rng.choice(("target", "workers") if episode.engine == "postgres" else ("workers",))
        self.needs_layout = "far" if self.between == "workers" else None
        self.after_s = rng.random() * episode.typical_s
        self.what = self._draw(rng)
        where = "PostgreSQL" if self.between == "target" else "coordinator and workers"
        self.kind = f"network to {where}: {self.does}" if self.between == "target" else f"network between {where}: {self.does}"
        self.for_s = rng.uniform(0.3, 5)

    does = ""

    def _draw(self, rng):
        raise NotImplementedError

    def __str__(self):
        return f"{self.what} ({self.between}) after {self.after_s:.2f} s for {self.for_s:.1f} s"

    def strike(self, attempt, episode):
        if not attempt.sleep(self.after_s):
            return False
        proxy = episode.proxies[self.between]
        proxy.command(self.what)
        attempt.sleep(self.for_s)
        proxy.command("pass")
        return True


class Delay(ProxyFault):
    does = "delayed"

    def _draw(self, rng):
        return f"delay {rng.choice((20, 100, 400))}"


class Stall(ProxyFault):
    does = "stalled"

    def _draw(self, rng):
        return f"stall {rng.choice(('both', 'up', 'down'))}"


class LongStall(Stall):
    """Past the leases: what was sent before it arrives after it."""

    does = "stalled past the leases"

    def __init__(self, rng, episode):
        super().__init__(rng, episode)
        self.for_s = rng.uniform(32, 45)


class Reset(ProxyFault):
    does = "reset"

    def __init__(self, rng, episode):
        super().__init__(rng, episode)
        self.for_s = 0.05

    def _draw(self, rng):
        return "reset"


class Refuse(ProxyFault):
    does = "cut and refused"

    def _draw(self, rng):
        return "refuse"
