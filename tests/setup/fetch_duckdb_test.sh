#!/bin/sh
# deploy/fetch-duckdb.sh uses what is pinned, from wherever it comes, and nothing else.
. "$(dirname -- "$0")/support.sh"

fetch=$root/deploy/fetch-duckdb.sh
cache=$scratch/cache
kept=$cache/duckdb-1.4.4-linux-amd64

unreachable() { stand_in curl <<'END'
exit 28
END
}

unreachable
run "$fetch"
check 'without a network and without npm it says that npm is missing' test "$status" -eq 3
check 'and leaves nothing behind' test -z "$(ls -A "$cache")"

# A release archive whose library is another one.
mkdir -p "$scratch/zip"
cp "$pinned/include/duckdb.h" "$scratch/zip/"
echo 'not DuckDB' >"$scratch/zip/libduckdb.so"
(cd "$scratch/zip" && cmake -E tar cf "$scratch/wrong.zip" --format=zip duckdb.h libduckdb.so)
stand_in curl <<'END'
while [ "$1" != --output ]; do shift; done
cp "${0%/bin/curl}/wrong.zip" "$2"
END
run "$fetch"
check 'a release archive that is not the pinned one is refused' test "$status" -eq 3
check 'and not kept' test ! -e "$kept"

# npm gives each package as a .tgz in the folder that it is told.
unreachable
stand_in npm <<'END'
for package; do :; done
while [ "$1" != --pack-destination ]; do shift; done
stage=$(mktemp -d)
case $package in
  @duckdb/*) mkdir "$stage/package" && cp "$pinned/lib/libduckdb.so" "$stage/package/" ;;
  *) mkdir -p "$stage/package/src/duckdb/src/include" && cp "$pinned/include/duckdb.h" "$stage/package/src/duckdb/src/include/" ;;
esac
tar -cf "$2/package.tar" -C "$stage" package && gzip -1 "$2/package.tar" && mv "$2/package.tar.gz" "$2/package.tgz"
rm -rf "$stage"
END
run "$fetch"
check 'npm is used where the release archive is out of reach' test "$status" -eq 0
check 'no script of a package runs' was_called 'npm pack --ignore-scripts'
check 'the place is printed' test "$output" = "$kept"
check 'and holds the library' test -f "$kept/lib/libduckdb.so"
check 'and nothing else is left in the cache' test "$(ls -A "$cache")" = duckdb-1.4.4-linux-amd64

run "$fetch"
check 'the second time it succeeds' test "$status" -eq 0
check 'without curl' was_not_called curl
check 'and without npm' was_not_called npm

printf 'x' >>"$kept/include/duckdb.h"
run "$fetch"
check 'a cached file that has changed is fetched again' was_called npm
check 'and made good' test "$status" -eq 0
