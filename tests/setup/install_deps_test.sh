#!/bin/sh
# deploy/install-deps.sh touches neither the package manager nor the network where all is there.
. "$(dirname -- "$0")/support.sh"

cache=$scratch/cache
mkdir -p "$cache"
cp -r "$pinned" "$cache/duckdb-1.4.4-linux-amd64"
for refused in apt-get curl npm sudo; do
  stand_in "$refused" <<'END'
exit 1
END
done
stand_in dpkg-query <<'END'
printf installed
END

for purpose in build bench test; do
  run "$root/deploy/install-deps.sh" "$purpose"
  check "'$purpose' succeeds" test "$status" -eq 0
  check 'every package was asked for' was_called 'dpkg-query .*libzmq3-dev'
  for refused in apt-get curl npm sudo; do
    check "without $refused" was_not_called "$refused"
  done
done
check "'test' looks for the server that the tests need" was_called 'dpkg-query .*postgresql-15'

run "$root/deploy/install-deps.sh" build
check "and 'build' does not" was_not_called 'dpkg-query .*postgresql-15'

run "$root/deploy/install-deps.sh" bench
check "'bench' looks for a peer" was_called 'dpkg-query .*pgloader'
check "'bench' looks for a server" was_called 'dpkg-query .*postgresql-15'

run "$root/deploy/install-deps.sh" everything
check 'an unknown purpose is refused' test "$status" -eq 2
