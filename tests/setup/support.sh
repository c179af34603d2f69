# Sourced by the tests of the set-up scripts: a scratch folder, programs that stand in for those that reach out of
# the machine, and checks.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/decant setup.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export calls="$scratch/calls"  # each stand-in writes its name and arguments here

# The pinned files of this machine, which the build has used already.
pinned=$("$root/deploy/fetch-duckdb.sh") || {
  echo 'DuckDB is installed by other means here: there is nothing to compare with.'
  exit 77
}
export pinned

# bin/ holds the tools that the scripts use, and nothing else, so that PATH decides what is installed.
mkdir "$scratch/bin"
for tool in sh awk cat cmake cp dirname id mkdir mktemp mv rm sha256sum tar gzip touch uname env; do
  ln -s "$(command -v $tool)" "$scratch/bin/$tool"
done

stand_in() {  # NAME: its body comes from standard input
  { printf '#!/bin/sh\nprintf "%%s\\n" "%s $*" >>"$calls"\n' "$1" && cat; } >"$scratch/bin/$1"
  chmod +x "$scratch/bin/$1"
}

# Runs a script with only bin/ in its PATH and keeps its exit status in $status, its output in $output.
run() {
  status=0
  : >"$calls"
  output=$(env -i PATH="$scratch/bin" HOME="$scratch" DECANT_CACHE_DIR="$cache" calls="$calls" pinned="$pinned" \
    "$@" 2>"$scratch/errors") || status=$?
}

check() {  # WHAT-IS-SAID CONDITION…
  said=$1
  shift
  if ! "$@"; then
    printf 'FAILED: %s (exit status %s)\n' "$said" "$status"
    cat "$scratch/errors" "$calls"
    exit 1
  fi
  printf 'ok: %s\n' "$said"
}

was_called() { grep -q "^$1" "$calls"; }
was_not_called() { ! was_called "$1"; }
