// Every mistake in bad_jobs.golden is told in exactly the words beside it.
//
// The file has cases: "== TITLE", the job, "=> the complaint". DECANT_REFRESH_GOLDEN=1 rewrites the
// complaints; read the difference before committing it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "common/job/job_spec.h"

namespace decant {
namespace {

constexpr const char* k_golden = DECANT_SOURCE_DIR "/tests/unit/job/bad_jobs.golden";

struct Case {
  std::string title;
  std::string yaml;
  std::string complaint;
};

std::vector<Case> read_cases() {
  std::vector<Case> cases;
  std::ifstream input(k_golden);
  for (std::string line; std::getline(input, line);) {
    if (line.starts_with("== ")) {
      cases.push_back({line.substr(3), {}, {}});
    } else if (line.starts_with("=> ")) {
      cases.back().complaint = line.substr(3);
    } else if (!cases.empty() && cases.back().complaint.empty()) {
      cases.back().yaml += line + "\n";
    }
  }
  return cases;
}

std::string complaint_about(const std::string& yaml) {
  const auto job = parse_job(yaml, DECANT_SOURCE_DIR "/tests/unit/job");
  if (job) return "nothing";
  return (job.error().code == ErrorCode::kUsage ? "" : "not kUsage: ") + job.error().to_string();
}

TEST(BadJob, IsToldInTheWordsOfTheGoldenFile) {
  std::vector<Case> cases = read_cases();
  ASSERT_GT(cases.size(), 80u);
  const bool refresh = std::getenv("DECANT_REFRESH_GOLDEN") != nullptr;
  for (Case& one : cases) {
    const std::string complaint = complaint_about(one.yaml);
    if (refresh) {
      one.complaint = complaint;
    } else {
      EXPECT_EQ(complaint, one.complaint) << one.title << "\n" << one.yaml;
    }
    EXPECT_NE(complaint, "nothing") << one.title << "\n" << one.yaml;
  }
  if (!refresh) return;
  std::ofstream output(k_golden);
  for (const Case& one : cases) {
    output << "== " << one.title << "\n" << one.yaml << "=> " << one.complaint << "\n\n";
  }
}

}  // namespace
}  // namespace decant
