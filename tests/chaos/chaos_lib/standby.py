"""A coordinator that stands by while another leads. Each fault starts it with the run, and a leader that is lost has to be
followed by it, to the end."""
import os
import signal
import subprocess
import time

from chaos_lib.faults import BUMP_POINTS, Fault, draw_passing, points_of
from chaos_lib.processes import Program

_LEADS = "log      "  # who leads says where it writes its log
_TAKES_OVER_WITHIN_S = 60  # it says twelve; a busy machine gets more
# With process ids of its own it cannot see that the leader has died, as on another machine. The first process of those
# cannot kill itself, so that it is a shell.
_ELSEWHERE = ("unshare", "--pid", "--fork", "--kill-child", "--", "sh", "-c", '"$@"; exit $?', "sh")


def can_be_elsewhere():
    """Whether the kernel gives us namespaces of process ids."""
    return subprocess.run([*_ELSEWHERE, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


class StandbyFault(Fault):
    engines = ("postgres",)
    uses_standby = True

    def __init__(self, rng, episode):
        self.after_s = rng.random() * episode.typical_s
        self.is_elsewhere = rng.random() < 0.5 and "elsewhere" in episode.lane.can
        self._standby = None
        self._lost_at, self._lost_how = 0.0, ""
        self._led = False

    def standby_environment(self, attempt):
        """What the standby alone finds in its environment."""
        del attempt
        return {}

    def start(self, attempt, episode):
        """Once the other one leads, or they would change parts. False where the run has ended before."""
        if not attempt.wait_for(lambda: _LEADS in attempt.coordinator.said(), episode.limit_s):
            return False
        log = f"{episode.place.folder}/standby-{os.path.basename(attempt.marks)}-{type(self).__name__}.log"
        self._standby = Program(episode.standby_command(), episode.place.folder, log,
                                {**episode.target_environment(), **self.standby_environment(attempt)},
                                _ELSEWHERE if self.is_elsewhere else ())
        return attempt.sleep(self.after_s)

    def may_die(self):
        """Whether what ends the standby is the fault's own work."""
        return False

    def follows(self, attempt, episode):
        """Until the standby has ended, which it must with 0: it does what the leader would have done."""
        self.wait_until_it_leads(attempt, episode, episode.limit_s)
        until = time.monotonic() + episode.limit_s
        while self._standby.is_running() and time.monotonic() < until:
            attempt.keep_up(always=True)
            time.sleep(0.05)
        # It began while another fault kept the server away: then it never stood by.
        never_stood = self._standby.status() == 5 and "standby " not in self._standby.said()
        if self._standby.status() != 0 and not never_stood and not self.may_die():
            episode.outcome.wrong.append(
                f"the standby ended with status {self._standby.status()}: {self._standby.said()[-3000:]}")

    def wait_until_it_leads(self, attempt, episode, limit_s):
        """How long that takes since the leader was lost is told in the table. A standby also ends where nothing is left to do."""
        until = self._lost_at + limit_s
        while self._standby.is_running() and time.monotonic() < until:
            if _LEADS in self._standby.said():
                if not self._led:
                    episode.outcome.takeovers_s.append((self._lost_how, time.monotonic() - self._lost_at))
                self._led = True
                return
            attempt.keep_up(always=True)
            time.sleep(0.05)

    def lose(self, how, act):
        """The leader, by this; the table tells how."""
        self._lost_at, self._lost_how = time.monotonic(), how
        act()

    def kill_leader(self, attempt):
        self.lose("killed elsewhere" if self.is_elsewhere else "killed here", lambda: attempt.coordinator.signal(signal.SIGKILL))

    def stop_leader(self, attempt):
        self.lose("stopped", lambda: attempt.coordinator.signal(signal.SIGSTOP))

    def where(self):
        return " elsewhere" if self.is_elsewhere else ""

    def heal(self, episode):
        if self._standby:
            self._standby.end()
        self._standby = None


class LeaderKilled(StandbyFault):
    kind = "leader killed beside a standby"

    def __str__(self):
        return f"leader killed after {self.after_s:.2f} s beside a standby{self.where()}"

    def strike(self, attempt, episode):
        if not self.start(attempt, episode):
            return False
        self.kill_leader(attempt)
        self.follows(attempt, episode)
        return True


class LeaderLostForAWhile(StandbyFault):
    """It comes back when the standby leads, or has ended. What it holds meanwhile, down to the locks of its sessions, must
    not keep the standby from its work."""

    def __init__(self, rng, episode):
        super().__init__(rng, episode)
        self.is_back_late = rng.random() < 0.5

    def moments(self):
        back = "has ended" if self.is_back_late else "leads"
        return f"after {self.after_s:.2f} s beside a standby{self.where()}, back when that {back}"

    def begin(self, attempt, episode):
        raise NotImplementedError

    def finish(self, attempt, episode):
        raise NotImplementedError

    def strike(self, attempt, episode):
        if not self.start(attempt, episode):
            return False
        self.begin(attempt, episode)
        try:
            self.wait_until_it_leads(attempt, episode, _TAKES_OVER_WITHIN_S)
            if self.is_back_late:
                self.follows(attempt, episode)
        finally:
            self.finish(attempt, episode)
        if not self.is_back_late:
            self.follows(attempt, episode)
        return True


class LeaderStopped(LeaderLostForAWhile):
    kind = "leader stopped past its lease beside a standby, then continued"

    def __str__(self):
        return f"leader stopped {self.moments()}"

    def begin(self, attempt, episode):
        self.stop_leader(attempt)

    def finish(self, attempt, episode):
        attempt.coordinator.signal(signal.SIGCONT)


class StandbyKilled(StandbyFault):
    kind = "standby killed"

    def __str__(self):
        return f"standby killed after {self.after_s:.2f} s{self.where()}"

    def strike(self, attempt, episode):
        if not self.start(attempt, episode):
            return False
        was_there = self._standby.is_running()
        self._standby.signal(signal.SIGKILL)
        return was_there


class StandbyKilledAtPoint(StandbyFault):
    """The leader is lost, and the standby dies at a failpoint while it takes over or leads. Where it does not come to that
    point it ends by itself, and only the leader was lost."""

    def __init__(self, rng, episode):
        super().__init__(rng, episode)
        self.after_s /= 2  # the standby needs something left to do
        self.point = rng.choice((*points_of(episode.engine, "coordinator", episode.load), *BUMP_POINTS))
        self.passing = draw_passing(rng, self.point)
        self.is_stopped = rng.random() < 0.3
        self._marks = None
        self.kind = f"standby killed at a point, its leader {'stopped' if self.is_stopped else 'killed'}"

    def __str__(self):
        lost = "stopped" if self.is_stopped else "killed"
        return f"leader {lost} after {self.after_s:.2f} s, standby{self.where()} coordinator.{self.point}=kill@{self.passing}"

    def standby_environment(self, attempt):
        self._marks = f"{attempt.marks}-standby"
        os.mkdir(self._marks)
        return {"DECANT_FAILPOINTS": f"coordinator.{self.point}=kill@{self.passing}", "DECANT_FAILPOINT_MARKS": self._marks}

    def may_die(self):
        return bool(os.listdir(self._marks))

    def strike(self, attempt, episode):
        if not self.start(attempt, episode):
            return False
        if self.is_stopped:
            self.stop_leader(attempt)
        else:
            self.kill_leader(attempt)
        try:
            self.follows(attempt, episode)
        finally:
            attempt.coordinator.signal(signal.SIGCONT)
        if not self.may_die():
            self.kind = (LeaderStopped if self.is_stopped else LeaderKilled).kind
        return True
