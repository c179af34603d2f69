// A password is in nothing that a run says, whatever characters it is made of.
#include <filesystem>

#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* k_password = "p@ss:wörd/#?'\"\\ %41&x=1";
constexpr const char* k_encoded = "p%40ss%3Aw%C3%B6rd%2F%23%3F%27%22%5C%20%2541%26x%3D1";

// Everywhere a run speaks: both streams, the logs, the report, the ledger.
class Secrets : public ShopTest {
 protected:
  void SetUp() override {
    ShopTest::SetUp();
    use_target(fresh_database());
  }
  static std::string database_of(const std::string& url) { return url.substr(url.rfind('/') + 1); }

  void expect_no_secret(const Outcome& outcome) const {
    std::string all = outcome.out + outcome.err;
    for (const char* place : {"logs", "reports"}) {
      std::error_code ignored;
      for (const auto& entry :
           std::filesystem::recursive_directory_iterator(path(place), ignored)) {
        if (entry.is_regular_file()) all += read_file(entry.path().string());
      }
    }
    EXPECT_THAT(all, Not(HasSubstr(k_password)));
    EXPECT_THAT(all, Not(HasSubstr(k_encoded)));
    EXPECT_THAT(all, Not(HasSubstr("p@ss")));
    EXPECT_THAT(all, Not(HasSubstr("p%40ss")));
  }
};

TEST_F(Secrets, AWrongPasswordIsRefusedAndNeverShown) {
  use_target(shared_postgres()->url_as("secret", k_encoded, database_of(target())));
  changed_in(shared_postgres()->url(), "DROP ROLE IF EXISTS secret");
  changed_in(shared_postgres()->url(), "CREATE ROLE secret LOGIN PASSWORD 'another'");
  const Outcome outcome = run({"--log-level", "debug"});
  EXPECT_THAT(outcome, ExitsWith(1));
  expect_no_secret(outcome);
  EXPECT_THAT(outcome.err, HasSubstr("password"));
}

TEST_F(Secrets, ARightPasswordIsNeverShownEither) {
  const std::string owner = target();
  changed_in(owner, "DROP ROLE IF EXISTS secret");
  changed_in(owner, std::string("CREATE ROLE secret SUPERUSER LOGIN PASSWORD '") +
                        "p@ss:wörd/#?''\"\\ %41&x=1" + "'");
  use_target(shared_postgres()->url_as("secret", k_encoded, database_of(owner)));
  const Outcome outcome = run({"--log-level", "debug"});
  ASSERT_THAT(outcome, ExitsWith(0));
  expect_no_secret(outcome);
  // A failure in mid-run quotes the connection; the source fails with the target's words.
  write("sales/south.csv", "");
  expect_no_secret(run({"--log-level", "debug"}));
  expect_no_secret(decant({"status", "job.yaml"}));
  EXPECT_EQ(ask(owner,
                "SELECT count(*) FROM decant.runs WHERE command LIKE '%p@ss%' OR command "
                "LIKE '%p\\%40ss%'"),
            "0");
}

}  // namespace
}  // namespace decant::test
