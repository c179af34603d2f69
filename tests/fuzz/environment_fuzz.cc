// An .env file of any bytes, and text with ${…} in it, are read or refused.
#include "common/base/secrets.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace decant;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const fuzz::MemoryFile file(text);
  const auto loaded = Environment::load(file.path());
  fuzz::require(loaded || !loaded.error().message.empty(), "a refusal says why");
  const Environment small({{"A", "${B}"}, {"B", "b"}});
  (void)small.expand(text);
  SecretMask mask;
  mask.learn(text);
  (void)mask.mask(text);
  return 0;
}
