"""What results are to be read with: the machine, and the versions of all that took part."""
import hashlib
import os
import platform
import re
import shutil
import subprocess
import tempfile


def _first_match(path, pattern, otherwise):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            found = re.search(pattern, file.read(), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1).strip() if found else otherwise


def describe_machine():
    """In one line: cores, memory, processor, system."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = _first_match("/proc/cpuinfo", r"^model name\s*:\s*(.+)$", platform.machine())
    system = _first_match("/etc/os-release", r'^PRETTY_NAME="(.+)"$', platform.system())
    return f"{len(os.sched_getaffinity(0))} cores ({model}), {memory_gib:.0f} GiB of memory, {system}"


def _said_by(command, pattern):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    found = re.search(pattern, done.stdout.decode("utf-8", "replace"))
    return found.group(1) if found else "unknown"


def peer_version(name):
    pattern = {"pgcopydb": r"version (\S+)", "pgloader": r'version "([^"]+)"'}[name]
    return f"{name} {_said_by([name, '--version'], pattern)}"


def postgres_version(folder):
    return "PostgreSQL " + _said_by([folder + "/postgres", "--version"], r"\) (\S+)")


def programs_fingerprint(binaries):
    """Of the two programs by their content: what has been built anew and is the same is the same."""
    digest = hashlib.sha256()
    for name in ("decant", "decant-worker"):
        with open(os.path.join(binaries, name), "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:12]


def commit_of(root):
    """The commit of the tree, with a + where it has changes; nothing outside of a clone, and without git."""
    if not shutil.which("git"):
        return ""

    def git(*arguments):
        done = subprocess.run(["git", "-C", root, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        return done.stdout.decode().strip() if done.returncode == 0 else ""
    commit = git("rev-parse", "--short", "HEAD")
    return commit + "+" if commit and git("status", "--porcelain", "--untracked-files=no") else commit


def decant_version(binaries):
    return "decant " + _said_by([binaries + "/decant", "--version"], r"decant (\S+)")


def duckdb_version(binaries):
    with tempfile.TemporaryDirectory(prefix="decant-bench-") as folder:
        return "DuckDB " + _said_by([binaries + "/decant-bench-sql", f"duckdb:{folder}/version.duckdb", "SELECT version()"],
                                    r"v(\S+)")
