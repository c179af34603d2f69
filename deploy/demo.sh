#!/bin/sh
# The first command of README.md: installs what is needed, builds Decant in release mode and runs its main job.
#
#   deploy/demo.sh [--lines N] [--workers N] [--fresh]
#
# 17 shops that are open out of 20, 13 months, about two million sales lines are generated as CSV files and carried
# into an embedded DuckDB by worker processes. It ends with the coverage of shops and months, the reconciliation of
# target and source, and the path of the report. A second call finds all of it done and loads nothing twice;
# --fresh starts with an empty target. Everything is written below build/demo in the clone.
set -eu

usage() {
  printf '%s\n' 'usage: deploy/demo.sh [--lines N] [--workers N] [--fresh]'
  exit "$1"
}

value_of() {  # OPTION COUNT VALUE: prints the value if it is a whole number above 0
  if [ "$2" -lt 2 ]; then
    printf '%s\n' "demo: $1 needs a number." >&2
    exit 2
  fi
  case $3 in
    '' | 0* | *[!0-9]*)
      printf '%s\n' "demo: $1 '$3': a whole number above 0 is wanted." >&2
      exit 2
      ;;
  esac
  printf '%s\n' "$3"
}

lines=2000000
workers=3
fresh=no
while [ $# -gt 0 ]; do
  case $1 in
    --lines)
      lines=$(value_of "$1" $# "${2-}")
      shift
      ;;
    --workers)
      workers=$(value_of "$1" $# "${2-}")
      shift
      ;;
    --fresh) fresh=yes ;;
    -h | --help) usage 0 ;;
    *) usage 2 >&2 ;;
  esac
  shift
done

step() { printf '\n\033[1m%s\033[0m\n' "== $*"; }
[ -t 1 ] || step() { printf '\n%s\n' "== $*"; }

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=$root/build/release
data=$root/build/demo/$lines

step 'Installing what is needed'
"$root/deploy/install-deps.sh" build
printf '%s\n' 'All of it is there.'

step 'Building in release mode'
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
  -DDECANT_TESTS=OFF --log-level=WARNING
cmake --build "$build"

step "Generating $lines sales lines"
mkdir -p "$data"
"$build/bin/decant-generate-retail" --out "$data/csv" --lines "$lines"

if [ "$fresh" = yes ]; then
  rm -rf "$data/ventas.duckdb" "$data/ventas.duckdb.wal" "$data/ventas.duckdb.stage"
fi
export DECANT_TARGET="duckdb:$data/ventas.duckdb"
export RETAIL_DATA="$data/csv"

step "Carrying them into DuckDB with $workers workers"
exec "$build/bin/decant" run "$root/examples/retail-sales-etl/ventas.yaml" --workers "$workers" --yes \
  --log-dir "$data/logs" --report-dir "$data/reports"
