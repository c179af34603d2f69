"""Where the programs come from: DECANT_BIN, or a release build of this tree. And peers from Debian."""
import os
import shutil
import subprocess
import sys

from peers_lib.errors import BenchError
from peers_lib.servers import find_postgres

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


def install_needs(root, peers):
    """Gets from Debian what is missing: the peers, a server, and what a build takes."""
    builds = "DECANT_BIN" not in os.environ
    if builds or find_postgres() is None or any(shutil.which(name) is None for name in peers):
        subprocess.run([os.path.join(root, "deploy", "install-deps.sh"), "bench"], check=False, stdout=sys.stderr)


def _run(command, root):
    environment = {**os.environ, "CCACHE_BASEDIR": root, "CCACHE_NOHASHDIR": "1"}
    if subprocess.run(command, check=False, stdout=sys.stderr, env=environment).returncode != 0:
        raise BenchError(f"{' '.join(command[:3])} … failed; see above. deploy/install-deps.sh bench installs what it needs.")
