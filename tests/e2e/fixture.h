// What the end-to-end tests share: the built programs run as processes in a folder of their own,
// against a fresh target of either engine.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/postgres_server.h"
#include "tests/support/process.h"
#include "tests/support/target_query.h"
#include "tests/support/temp_folder.h"

namespace decant::test {

using Json = nlohmann::ordered_json;
using Words = std::vector<std::string>;

enum class Engine { kDuckDb, kPostgres };

std::string to_string(Engine engine);
inline std::string engine_name(const testing::TestParamInfo<Engine>& info) {
  return to_string(info.param);
}

// One server for all tests of the program; nullptr where none is installed.
PostgresServer* shared_postgres();

class DecantTest : public testing::Test {
 protected:
  void SetUp() override;

  const std::string& folder() const { return folder_.path(); }
  std::string path(const std::string& name) const { return folder_ / name; }
  void write(const std::string& name, std::string_view text) { write_file(path(name), text); }

  // A connection to a target with nothing in it; the test is skipped where the engine is missing.
  std::string fresh_target(Engine engine);
  std::string fresh_database() { return fresh_target(Engine::kPostgres); }

  // From here on the programs read no more than their user may, even where that is the superuser.
  void heed_permissions() { heeds_permissions_ = true; }
  // What `decant` and `decant-worker` find in their environment.
  void set_environment(const std::string& name, const std::string& value) {
    environment_[name] = value;
  }
  // Sets DECANT_TARGET.
  void use_target(const std::string& connection);
  const std::string& target() const { return environment_.at("DECANT_TARGET"); }

  Command command(const std::string& program, const Words& words) const;
  Outcome decant(const Words& words, const std::string& input = {}) const;
  std::unique_ptr<Process> start_decant(const Words& words) const;
  std::unique_ptr<Process> start_worker(const std::string& endpoint, const Words& words = {}) const;
  // decant run job.yaml --yes --workers 2, and `more`.
  Outcome run(const Words& more = {}) const;
  static Words run_words(const Words& more = {});

  // The JSON report of the newest run.
  Json report() const;
  // The lines of the newest run's completion log.
  std::vector<Json> chunk_log() const;
  std::string asked(const std::string& sql) const { return ask(target(), sql); }
  void changed(const std::string& sql) const;
  static void changed_in(const std::string& connection, const std::string& sql);

 private:
  std::string newest(const std::string& parent) const;

  TempFolder folder_;
  std::map<std::string, std::string> environment_;
  int databases_ = 0;
  bool heeds_permissions_ = false;
};

// Parses what a command printed; fails the test with the text where it is no JSON.
Json parse_json(const std::string& text);

// Runs the real programs once per engine.
class EveryTarget : public DecantTest, public testing::WithParamInterface<Engine> {
 protected:
  void SetUp() override {
    DecantTest::SetUp();
    use_target(fresh_target(GetParam()));
  }
};

// "Exit status N", with everything the program said where it is another one.
MATCHER_P(ExitsWith, status, "exits with status " + std::to_string(status)) {
  *result_listener << arg.text();
  return arg.status == status && !arg.timed_out;
}

}  // namespace decant::test
