"""Where the programs come from: DECANT_BIN, or a release build of this tree. And peers from Debian."""
import os
import shutil
import subprocess
import sys

from peers_lib.errors import BenchError

_TARGETS = ("decant", "decant-worker", "decant-generate-retail", "decant-bench-sql")


def find_binaries(root):
    """The folder with Decant's programs; they are built first, unless DECANT_BIN says where they are."""
    chosen = os.environ.get("DECANT_BIN")
    if chosen:
        missing = [name for name in _TARGETS if not os.access(os.path.join(chosen, name), os.X_OK)]
        if missing:
            raise BenchError(f"DECANT_BIN={chosen} has no {missing[0]}: build it with -DDECANT_BENCH=ON.")
        return os.path.abspath(chosen)
    folder = os.path.join(root, "build", "bench")
    launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    _run(["cmake", "-S", root, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DDECANT_TESTS=OFF",
          "-DDECANT_BENCH=ON", *launcher], root)
    _run(["cmake", "--build", folder, "--target", *_TARGETS], root)
    return os.path.join(folder, "bin")


def install_needs(root, programs):
    """Gets what is missing from Debian, with all that the build and the servers need; the peers that are missing still."""
    if any(shutil.which(name) is None for name in programs):
        subprocess.run([os.path.join(root, "deploy", "install-deps.sh"), "bench"], check=False, stdout=sys.stderr)
    return [name for name in programs if shutil.which(name) is None]


def _run(command, root):
    environment = {**os.environ, "CCACHE_BASEDIR": root, "CCACHE_NOHASHDIR": "1"}
    if subprocess.run(command, check=False, stdout=sys.stderr, env=environment).returncode != 0:
        raise BenchError(f"{' '.join(command[:3])} … failed; see above. deploy/install-deps.sh bench installs what it needs.")
