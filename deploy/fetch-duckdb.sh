#!/bin/sh
# Puts DuckDB's C library and header into the cache and prints the folder that holds them:
#
#   $DECANT_CACHE_DIR/duckdb-1.4.4-linux-amd64/{lib/libduckdb.so,include/duckdb.h}
#
# The cache lies outside the clone (${XDG_CACHE_HOME:-~/.cache}/decant unless DECANT_CACHE_DIR says otherwise), so
# that a second clone or a cleaned one needs no network. Whatever the bytes come from, they are used only if they
# are exactly the two files pinned below.
#
# Exit status: 0 done; 3 only npm can fetch it and npm is not installed; 1 anything else.
set -eu

version=1.4.4
lib_sha256=1ef33048e12235115ac0d277a0aaccbb560e33248144f488b5ac005cd9ba81b5
header_sha256=cbe6a827284375c5a646b8f27dbd3a00808ce8738b5bbb49c190cb1e08540281
release_url=https://github.com/duckdb/duckdb/releases/download/v$version/libduckdb-linux-amd64.zip
npm_lib=@duckdb/node-bindings-linux-x64@$version-r.3
npm_header=duckdb@$version

say() { printf '%s\n' "fetch-duckdb: $*" >&2; }

cache=${DECANT_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:?HOME is not set, and neither is DECANT_CACHE_DIR}/.cache}/decant}
place=$cache/duckdb-$version-linux-amd64

is_pinned() {  # FILE SHA256
  [ -f "$1" ] && printf '%s  %s\n' "$2" "$1" | sha256sum --check --status 2>/dev/null
}

# Both files of the folder $1 are the pinned ones.
is_whole() { is_pinned "$1/lib/libduckdb.so" "$lib_sha256" && is_pinned "$1/include/duckdb.h" "$header_sha256"; }

if is_whole "$place"; then
  printf '%s\n' "$place"
  exit 0
fi

if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
  say "there is a pinned DuckDB for Linux on x86-64 only; install DuckDB $version and pass -DDUCKDB_ROOT=FOLDER to CMake."
  exit 1
fi

mkdir -p "$cache"
scratch=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# DuckDB's own release archive. It may be out of reach behind a firewall, which must cost seconds, not minutes.
from_release() {
  command -v curl >/dev/null 2>&1 || return 1
  curl --fail --silent --location --connect-timeout 4 --speed-limit 20000 --speed-time 10 \
    --output "$scratch/release.zip" "$release_url" || return 1
  mkdir "$scratch/release"
  (cd "$scratch/release" && cmake -E tar xf ../release.zip) || return 1
  keep "$scratch/release/libduckdb.so" "$scratch/release/duckdb.h"
}

# Two npm packages carry the same two files. Nothing is installed and no script of theirs runs.
from_npm() {
  pack "$npm_lib" "$scratch/npm-lib" && pack "$npm_header" "$scratch/npm-header" || return 1
  keep "$scratch/npm-lib/package/libduckdb.so" "$scratch/npm-header/package/src/duckdb/src/include/duckdb.h"
}

pack() {  # PACKAGE FOLDER: unpacks the package into the folder
  mkdir "$2" "$2/tgz"
  (cd "$2" && npm pack --ignore-scripts --silent --pack-destination tgz --cache "$scratch/npm-cache" "$1" >/dev/null) || return 1
  tar -xzf "$2"/tgz/*.tgz -C "$2"
}

keep() {  # LIBRARY HEADER: moves both into the cache if they are the pinned ones
  mkdir -p "$scratch/whole/lib" "$scratch/whole/include"
  cp "$1" "$scratch/whole/lib/libduckdb.so" && cp "$2" "$scratch/whole/include/duckdb.h" || return 1
  if ! is_whole "$scratch/whole"; then
    say "what was fetched is not the DuckDB $version that is pinned; it is not used."
    rm -rf "$scratch/whole"
    return 1
  fi
  rm -rf "$place"
  mv "$scratch/whole" "$place" || is_whole "$place"  # another fetch may have been quicker
}

say "DuckDB $version is not in $cache yet; fetching it."
if from_release; then
  say "kept from DuckDB's release archive."
elif ! command -v npm >/dev/null 2>&1; then
  say "DuckDB's release archive cannot be reached or does not match, and npm, the other way to it, is not installed."
  exit 3
elif from_npm; then
  say "kept from the npm packages $npm_lib and $npm_header."
else
  say "neither DuckDB's release archive nor npm gave DuckDB $version: check the network and run this again."
  exit 1
fi
printf '%s\n' "$place"
