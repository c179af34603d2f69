"""PostgreSQL that dies for good, and a replica that is promoted and takes its place."""

from chaos_lib.faults import Fault


class FailOver(Fault):
    """The replica is synchronous: what was acknowledged is there. Decant reaches whichever leads through the proxy."""

    kind = "PostgreSQL killed, a replica promoted in its place"
    engines = ("postgres",)
    uses_proxy = True
    between = "target"

    def __init__(self, rng, episode):
        self.after_s = rng.random() * episode.typical_s

    def __str__(self):
        return f"failover after {self.after_s:.2f} s"

    def prepare(self, episode):
        episode.target.server.follow()

    def strike(self, attempt, episode):
        if not attempt.sleep(self.after_s):
            return False
        server = episode.target.server
        server.fail_over()
        proxy = episode.proxies["target"]
        proxy.command(f"target 127.0.0.1:{server.port}")
        proxy.command("reset")
        return True

    def heal(self, episode):
        episode.target.server.stop_following()
