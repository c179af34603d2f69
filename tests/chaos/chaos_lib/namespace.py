"""A network namespace for workers or a coordinator, tied to ours by pairs of virtual interfaces. Both ends and all it holds
are gone with the process that keeps it."""
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
    """A pair of interfaces for each neighbour, so that one can be cut off and the other stays: the target, and the coordinators,
    who listen on `coordinator_ports`. These listen on loopback alone, so that a proxy stands on either side: who is inside
    connects to its own loopback, and packets pass between the proxies. To the target there is a proxy on our side alone, so
    that Decant's own connection is what is cut; its address is the same from inside and outside."""

    def __init__(self, coordinator_ports, target_port):
        self._keeper = subprocess.Popen(["unshare", "-n", "sleep", "infinity"], preexec_fn=die_with_parent)
        self.prefix = ["nsenter", f"--net=/proc/{self._keeper.pid}/ns/net", "--"]
        self.target_address = None
        self._pairs = {}
        self._proxies = []
        try:
            self._wait_for_namespace()
            _run(*self.prefix, "ip", "link", "set", "lo", "up")
            if coordinator_ports:
                ours = self._tie("coordinator")
                for port in coordinator_ports:
                    self._carry(ours, port)
            if target_port:
                ours = self._tie("target")
                self._proxies.append(ProxyProcess(f"127.0.0.1:{target_port}", host=ours))
                self.target_address = f"{ours}:{self._proxies[-1].port}"
        except BaseException:
            self.close()
            raise

    def cut(self, neighbour, way):
        """From that neighbour, or from all (None): `both ways`, `inwards` or `outwards` alone."""
        for pair in self._chosen(neighbour):
            pair.cut(way)

    def mend(self, neighbour):
        for pair in self._chosen(neighbour):
            pair.mend()

    def close(self):
        for proxy in self._proxies:
            proxy.close()
        self._keeper.kill()
        self._keeper.wait()
        for pair in self._pairs.values():
            pair.close()

    def _chosen(self, neighbour):
        return [self._pairs[neighbour]] if neighbour else self._pairs.values()

    # The address of our end.
    def _tie(self, neighbour):
        pair = self._pairs[neighbour] = _Pair(len(self._pairs), self._keeper.pid, self.prefix)
        pair.lay()
        return pair.ours

    # Their loopback's port is ours.
    def _carry(self, ours, port):
        outer = ProxyProcess(f"127.0.0.1:{port}", host=ours)
        self._proxies.append(outer)
        self._proxies.append(ProxyProcess(f"{ours}:{outer.port}", port=port, prefix=self.prefix))

    def _wait_for_namespace(self):
        ours = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{self._keeper.pid}/ns/net") == ours:
            if self._keeper.poll() is not None:
                raise BenchError("no network namespace can be had.")


class _Pair:
    """Two virtual interfaces, ours and theirs, with a small network of their own."""

    def __init__(self, place, keeper_pid, prefix):
        number = os.getpid()
        net = f"10.{100 + number // 250 % 100}.{number % 250}"
        self.ours, self._theirs = f"{net}.{4 * place + 1}", f"{net}.{4 * place + 2}"
        self._our_device, self._their_device = f"chaos{number}n{place}", f"eth{place}"
        self._keeper_pid = keeper_pid
        self._prefix = prefix

    def lay(self):
        _run("ip", "link", "add", self._our_device, "type", "veth", "peer", "name", self._their_device, "netns",
             str(self._keeper_pid))
        for prefix, address, device in (((), self.ours, self._our_device), (self._prefix, self._theirs, self._their_device)):
            _run(*prefix, "ip", "address", "add", f"{address}/30", "dev", device)
            _run(*prefix, "ip", "link", "set", device, "up")

    def cut(self, way):
        """Packets of that way go to an address that nobody has, and nobody is told."""
        if way != "inwards":
            _run(*self._prefix, "ip", "neighbour", "replace", self.ours, "lladdr", _NOBODY, "dev", self._their_device,
                 "nud", "permanent")
        if way != "outwards":
            _run("ip", "neighbour", "replace", self._theirs, "lladdr", _NOBODY, "dev", self._our_device, "nud", "permanent")

    def mend(self):
        _run(*self._prefix, "ip", "neighbour", "flush", "dev", self._their_device, "nud", "permanent")
        _run("ip", "neighbour", "flush", "dev", self._our_device, "nud", "permanent")

    def close(self):
        subprocess.run(["ip", "link", "delete", self._our_device], stderr=subprocess.DEVNULL, check=False)


def _run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command)}: {done.stdout.strip()}")
