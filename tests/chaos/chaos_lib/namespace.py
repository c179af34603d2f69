"""A network namespace for workers, tied to ours by a pair of virtual interfaces. Both ends and all it holds are gone with
the process that keeps it."""
import os
import subprocess

from peers_lib.errors import BenchError

from chaos_lib.network import ProxyProcess
from chaos_lib.processes import die_with_parent

_NOBODY = "02:00:00:00:00:01"


def can_have_namespaces():
    """Whether the kernel gives us network namespaces and virtual interfaces."""
    return subprocess.run(["unshare", "-n", "ip", "link", "add", "name", "here", "type", "veth", "peer", "name", "there"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


class Network:
    """Decant listens on loopback alone, so that a proxy stands on
    either side: workers connect to their own loopback, and packets pass the pair of interfaces between the proxies."""

    def __init__(self, inner_ports):
        number = os.getpid()
        net = f"10.{100 + number // 250 % 100}.{number % 250}"
        self._ours, self._theirs = net + ".1", net + ".2"
        self._device = f"chaos{number}"
        self._keeper = subprocess.Popen(["unshare", "-n", "sleep", "infinity"], preexec_fn=die_with_parent)
        self.prefix = ["nsenter", f"--net=/proc/{self._keeper.pid}/ns/net", "--"]
        self._proxies = []
        try:
            self._wait_for_namespace()
            _run("ip", "link", "add", self._device, "type", "veth", "peer", "name", "eth0", "netns", str(self._keeper.pid))
            _run("ip", "address", "add", self._ours + "/24", "dev", self._device)
            _run("ip", "link", "set", self._device, "up")
            for words in (("address", "add", self._theirs + "/24", "dev", "eth0"), ("link", "set", "eth0", "up"),
                          ("link", "set", "lo", "up")):
                _run(*self.prefix, "ip", *words)
            for port in inner_ports:
                self._carry(port)
        except BaseException:
            self.close()
            raise

    def cut(self, way):
        """Packets of that way go to an address that nobody has, and nobody is told."""
        if way != "towards the workers":
            _run(*self.prefix, "ip", "neighbour", "replace", self._ours, "lladdr", _NOBODY, "dev", "eth0", "nud", "permanent")
        if way != "towards the coordinator":
            _run("ip", "neighbour", "replace", self._theirs, "lladdr", _NOBODY, "dev", self._device, "nud", "permanent")

    def mend(self):
        _run(*self.prefix, "ip", "neighbour", "flush", "dev", "eth0", "nud", "permanent")
        _run("ip", "neighbour", "flush", "dev", self._device, "nud", "permanent")

    def close(self):
        for proxy in self._proxies:
            proxy.close()
        self._keeper.kill()
        self._keeper.wait()
        subprocess.run(["ip", "link", "delete", self._device], stderr=subprocess.DEVNULL, check=False)

    # Their loopback's port is ours.
    def _carry(self, port):
        outer = ProxyProcess(f"127.0.0.1:{port}", host=self._ours)
        self._proxies.append(outer)
        self._proxies.append(ProxyProcess(f"{self._ours}:{outer.port}", port=port, prefix=self.prefix))

    def _wait_for_namespace(self):
        ours = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{self._keeper.pid}/ns/net") == ours:
            if self._keeper.poll() is not None:
                raise BenchError("no network namespace can be had.")


def _run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command)}: {done.stdout.strip()}")
