// A frame of any bytes is decoded or refused, and what is decoded comes back the same.
#include "common/wire/codec.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using decant::fuzz::require;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)decant::task_in(bytes);
  const auto envelope = decant::decode(bytes);
  if (!envelope) return 0;
  const auto once = decant::encode(*envelope);
  if (!once) return 0;  // larger than a frame may be
  const auto again = decant::decode(*once);
  require(again.has_value(), "what was encoded can be decoded");
  const auto twice = decant::encode(*again);
  require(twice && *twice == *once, "a decoded message is encoded the same again");
  return 0;
}
