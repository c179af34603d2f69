// A job file of any bytes is parsed or refused in words.
#include "common/job/job_spec.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto job = decant::parse_job(text, "/nowhere");
  decant::fuzz::require(job || !job.error().message.empty(), "a refusal says why");
  return 0;
}
