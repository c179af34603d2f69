#!/bin/sh
# Installs what is needed, builds Decant with its tests and runs them all: the second command of README.md, and what
# continuous integration runs. Arguments go to ctest (tests/run.sh -R LeaseTable).
#
# DECANT_BUILD_DIR  where to build (default: build/tests in the clone)
# DECANT_WERROR     ON: a warning of the compiler is an error
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=${DECANT_BUILD_DIR:-$root/build/tests}

"$root/deploy/install-deps.sh" test

# Assertions stay on: no NDEBUG.
# The same source in another folder, say a second clone, then finds its objects in ccache.
CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
export CCACHE_BASEDIR CCACHE_NOHASHDIR

cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O2 -g1" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
  -DDECANT_TESTS=ON -DDECANT_WERROR="${DECANT_WERROR:-OFF}"
cmake --build "$build"
cd "$build"
# One more than there are processors: many tests wait for leases, locks and servers.
exec ctest --output-on-failure --no-tests=error -j "$(($(nproc) + 1))" "$@"
