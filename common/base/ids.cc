#include "common/base/ids.h"

#include <sys/random.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "common/base/text.h"

namespace decant {

RunId make_run_id(std::int64_t unix_seconds, std::uint32_t random) {
  // Without vowels and look-alikes, so that an id neither spells a word nor is misread over the
  // telephone.
  constexpr char k_alphabet[] = "23456789bcdfghjkmnpqrstvwxyz3478";
  const std::time_t time = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[40];
  const std::size_t length = std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ-", &parts);
  std::string id(text, length);
  for (int i = 0; i < 4; ++i, random >>= 5) id += k_alphabet[random & 31];
  return RunId(std::move(id));
}

Incarnation make_incarnation() {
  Incarnation incarnation;
  if (getentropy(incarnation.value.data(), incarnation.value.size()) != 0) {
    // Without randomness two lives of a worker could not be told apart, and nothing could be
    // fenced.
    std::fputs("decant: the operating system gives no random bytes\n", stderr);
    std::abort();
  }
  return incarnation;
}

std::string to_hex(const Incarnation& incarnation) {
  return to_hex(std::span<const std::uint8_t>(incarnation.value));
}

}  // namespace decant
