"""Signals that end a measurement: none is lost, wherever it arrives.

A handler that only raises is not enough: Python ignores what is raised inside a hook of fork() or a finalizer, and the program
would go on. So the handler notes the signal too, and it is asked for before each pair."""
import signal

_noted = False


def _interrupt(*_):
    global _noted
    _noted = True
    raise KeyboardInterrupt


def install():
    """SIGINT too: a shell's background jobs ignore it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)


def check():
    """KeyboardInterrupt where a signal arrived and its exception was swallowed."""
    if _noted:
        raise KeyboardInterrupt
