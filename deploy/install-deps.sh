#!/bin/sh
# Installs what Decant is built with on Debian 12, and DuckDB into the cache (deploy/fetch-duckdb.sh).
#
#   deploy/install-deps.sh [build|test|bench]     test (the default) adds what the tests need, bench what bench/peers does
#
# A second call finds everything there and touches neither the network nor the package manager. A PostgreSQL server
# is installed for the tests as a program only: no cluster is created and no service is started.
set -eu

say() { printf '%s\n' "install-deps: $*" >&2; }

purpose=${1:-test}
case $purpose in
  build) wanted=build ;;
  test) wanted='build test' ;;
  bench) wanted='build bench' ;;
  *)
    say "usage: deploy/install-deps.sh [build|test|bench]"
    exit 2
    ;;
esac

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
export LC_ALL=C.UTF-8

if ! command -v dpkg-query >/dev/null 2>&1; then
  say "this is not a Debian system. Install the packages that deploy/debian-packages.txt lists in your system's way, then call CMake as README.md shows."
  exit 1
fi

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo "$@"
  else
    say "installing packages takes root: run this as root, or install sudo."
    exit 1
  fi
}

# Packages of the list for the purposes in $1 that are not installed, one a line.
missing() {
  awk -v wanted=" $1 " '!/^#/ && NF == 2 && index(wanted, " " $2 " ") { print $1 }' "$here/debian-packages.txt" |
    while read -r package; do
      state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
      [ "$state" = installed ] || printf '%s\n' "$package"
    done
}

# Debian's PostgreSQL creates and starts a cluster when it is installed, unless told otherwise. This tells it, in a
# file of its own that is gone afterwards, and leaves the machine's configuration alone.
no_cluster=/etc/postgresql-common/createcluster.d/decant-install.conf
forbid_cluster() {
  as_root mkdir -p "${no_cluster%/*}"
  printf 'create_main_cluster = false\n' | as_root tee "$no_cluster" >/dev/null
}
allow_cluster() { as_root rm -f "$no_cluster"; }

install_packages() {  # PACKAGE…
  say "installing $*: this may take some minutes."
  forbid_cluster
  trap allow_cluster EXIT
  as_root apt-get update -qq || say "the package lists could not be renewed; trying with those that are there."
  # Its account of each package is left out; what it complains of is not.
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    -o Dpkg::Use-Pty=0 "$@" >/dev/null; then
    say "apt-get could not install them: look at its message above, and at the network."
    exit 1
  fi
  trap - EXIT
  allow_cluster
}

packages=$(missing "$wanted")
# shellcheck disable=SC2086  # one word per package
if [ -n "$packages" ]; then
  install_packages $packages
fi

if "$here/fetch-duckdb.sh" >/dev/null; then
  exit 0
elif [ $? -ne 3 ]; then
  exit 1
fi
# shellcheck disable=SC2046
install_packages $(missing fetch-duckdb)
"$here/fetch-duckdb.sh" >/dev/null
