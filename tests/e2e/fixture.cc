#include "tests/e2e/fixture.h"

#include <algorithm>
#include <filesystem>

namespace decant::test {
namespace {

namespace fs = std::filesystem;

std::string program_path(const std::string& name) {
  return std::string(DECANT_BINARY_DIR) + "/bin/" + name;
}

}  // namespace

std::string to_string(Engine engine) { return engine == Engine::kDuckDb ? "DuckDb" : "Postgres"; }

PostgresServer* shared_postgres() {
  static const auto server = PostgresServer::start();
  if (server) return server->get();
  // Not installed: the caller skips. Installed and broken: nothing may look as if it had passed.
  if (server.error().code != ErrorCode::kNotFound) ADD_FAILURE() << server.error().to_string();
  return nullptr;
}

void DecantTest::SetUp() {
  ASSERT_FALSE(folder().empty()) << "no temporary folder can be made";
  for (const char* program : {"decant", "decant-worker"})
    ASSERT_TRUE(fs::exists(program_path(program))) << program << " is not built";
  environment_["LC_ALL"] = "C.UTF-8";
}

std::string DecantTest::fresh_target(Engine engine) {
  const std::string name = "target" + std::to_string(++databases_);
  if (engine == Engine::kDuckDb) return "duckdb:" + path(name + ".duckdb");
  PostgresServer* server = shared_postgres();
  if (server == nullptr) return {};
  const std::string database =
      "e2e_" + std::to_string(::getpid()) + "_" + fs::path(folder()).filename().string() + name;
  changed_in(server->url(), "CREATE DATABASE \"" + database + "\"");
  return server->url(database);
}

void DecantTest::use_target(const std::string& connection) {
  if (connection.empty()) GTEST_SKIP() << "No PostgreSQL server is installed.";
  set_environment("DECANT_TARGET", connection);
}

Command DecantTest::command(const std::string& program, const Words& words) const {
  return {program_path(program), words, environment_, folder(), {}, heeds_permissions_};
}

Outcome DecantTest::decant(const Words& words, const std::string& input) const {
  Command command = this->command("decant", words);
  command.input = input;
  return run_process(command);
}

std::unique_ptr<Process> DecantTest::start_decant(const Words& words) const {
  return Process::start(command("decant", words));
}

std::unique_ptr<Process> DecantTest::start_worker(const std::string& endpoint,
                                                  const Words& words) const {
  Words all = {"--connect", endpoint};
  all.insert(all.end(), words.begin(), words.end());
  return Process::start(command("decant-worker", all));
}

Words DecantTest::run_words(const Words& more) {
  Words words = {"run", "job.yaml", "--yes"};
  if (std::find(more.begin(), more.end(), "--workers") == more.end())
    words.insert(words.end(), {"--workers", "2"});
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Outcome DecantTest::run(const Words& more) const { return decant(run_words(more)); }

std::string DecantTest::newest(const std::string& parent) const {
  // Runs are named by their second; among those of one second the later file is the newer run.
  std::string found;
  fs::file_time_type time;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path(parent), ignored)) {
    if (!found.empty() && entry.last_write_time() < time) continue;
    found = entry.path().string();
    time = entry.last_write_time();
  }
  return found;
}

Json parse_json(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << "no JSON: " << text;
  return json;
}

Json DecantTest::report() const { return parse_json(read_file(newest("reports"))); }

std::vector<Json> DecantTest::chunk_log() const {
  std::istringstream log(read_file(newest("logs") + "/chunks.jsonl"));
  std::vector<Json> lines;
  for (std::string line; std::getline(log, line);) lines.push_back(parse_json(line));
  return lines;
}

void DecantTest::changed(const std::string& sql) const { changed_in(target(), sql); }

void DecantTest::changed_in(const std::string& connection, const std::string& sql) {
  const Status status = change(connection, sql);
  ASSERT_TRUE(status) << status.error().to_string() << "\n" << sql;
}

}  // namespace decant::test
