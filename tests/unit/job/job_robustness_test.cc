// Whatever a file holds, the parser gives a job or one complaint about it.
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "common/job/job_spec.h"

namespace decant {
namespace {

constexpr const char* k_folder = DECANT_SOURCE_DIR "/tests/unit/job";

std::string read_file(const std::string& name) {
  std::ifstream input(std::string(k_folder) + "/" + name);
  std::ostringstream text;
  text << input.rdbuf();
  return text.str();
}

// Cuts, doubles and exchanges pieces, with a liking for the characters that mean something to YAML.
std::string bent(std::string text, std::mt19937& random) {
  constexpr std::string_view k_characters = "{}[]:,&*!|>'\"%@`#-?~<\n\t \\$0\xc3\xff";
  const unsigned changes = random() % 6 + 1;
  for (unsigned i = 0; i < changes; ++i) {
    const std::size_t at = random() % text.size();
    const std::size_t length = std::min<std::size_t>(random() % 20, text.size() - at);
    switch (random() % 4) {
      case 0:
        text.erase(at, std::min(length, text.size() - 1));
        break;
      case 1:
        text.insert(at, text.substr(random() % text.size(), length));
        break;
      case 2:
        text[at] = k_characters[random() % k_characters.size()];
        break;
      default:
        text.insert(at, 1, k_characters[random() % k_characters.size()]);
        break;
    }
  }
  return text;
}

TEST(ParseJob, GivesAJobOrAComplaintForAnyText) {
  std::mt19937 random(5);
  int jobs = 0;
  int complaints = 0;
  for (const char* file : {"kitchen_sink.yaml", "from_column.yaml"}) {
    const std::string good = read_file(file);
    ASSERT_FALSE(good.empty());
    for (int i = 0; i < 1500; ++i) {
      const std::string text = bent(good, random);
      const auto job = parse_job(text, k_folder);
      if (!job) {
        ++complaints;
        EXPECT_EQ(job.error().code, ErrorCode::kUsage) << job.error().to_string();
        EXPECT_TRUE(job.error().message.find(":") != std::string::npos) << job.error().message;
        continue;
      }
      ++jobs;
      EXPECT_TRUE(parse_job(job->text, "/nowhere")) << text;
    }
  }
  // Both happen, or the test proves nothing.
  EXPECT_GT(jobs, 100);
  EXPECT_GT(complaints, 100);
}

}  // namespace
}  // namespace decant
