#!/bin/sh
# Builds the unit and simulation tests under sanitizers and runs them; the first finding fails. What is built is what
# these tests need and nothing else.
#
#   tests/sanitize.sh [PRESET…]     asan-ubsan (memory, leaks, undefined behaviour; the fuzz corpora too), tsan
#                                   (threads); both unless one is named
#   DECANT_TESTS_MATCHING=REGEX     only the tests whose names match
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
[ $# -gt 0 ] || set -- asan-ubsan tsan
for preset in "$@"; do
  case $preset in
    asan-ubsan | tsan) ;;
    *)
      printf 'sanitize: usage: tests/sanitize.sh [asan-ubsan|tsan]…\n' >&2
      exit 2
      ;;
  esac
done

"$root/deploy/install-deps.sh" test
cd "$root"  # where the presets are

# A kernel that spreads addresses widely leaves ThreadSanitizer of g++ 12 no room for its shadow; without it every
# program ends with "unexpected memory mapping". In a container that forbids the change it is tried as it is.
plain_addresses() {
  if setarch -R true 2>/dev/null; then setarch -R "$@"; else "$@"; fi
}

for preset in "$@"; do
  cmake --preset "$preset"
  cmake --build --preset "$preset"
  plain_addresses ctest --preset "$preset" -j "$(nproc)" ${DECANT_TESTS_MATCHING:+-R "$DECANT_TESTS_MATCHING"}
done
