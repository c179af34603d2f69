#include "tests/property/round_trip.h"

#include <numeric>
#include <sstream>

#include "tests/property/oracle.h"
#include "tests/property/text_files.h"

namespace decant::property {
namespace {

using test::ExitsWith;
using test::Json;

constexpr int k_chunk_rows = 300;

std::string yaml_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string unhex(const std::string& digits) {
  std::string text;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    text += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return text;
}

int refused_rows(const Table& table) {
  int rows = 0;
  for (const int column : table.refused) rows += column >= 0 ? 1 : 0;
  return rows;
}

Json entity_of(const Json& report, const std::string& name) {
  for (const Json& entity : report["entities"])
    if (entity["entity"] == name) return entity["total"];
  ADD_FAILURE() << "the report has no entity " << name << ": " << report.dump(1).substr(0, 3000);
  return {};
}

}  // namespace

void RoundTrip::begin(int seed) {
  postgres_source_ = fresh_database();
  duckdb_source_ = "source" + std::to_string(seed) + ".duckdb";
  if (postgres_source_.empty()) GTEST_SKIP() << "No PostgreSQL server is installed.";
}

Database RoundTrip::target_database() const { return {target_, target(), folder()}; }

void RoundTrip::put_lines(Journey& journey) {
  if (journey.source == SourceKind::kCsv) journey.lines = csv_of(journey.table).lines;
  if (journey.source == SourceKind::kJsonLines) journey.lines = json_lines_of(journey.table).lines;
  if (journey.source != SourceKind::kParquet) return;
  journey.lines.resize(journey.table.rows.size());
  std::iota(journey.lines.begin(), journey.lines.end(), 1);
}

void RoundTrip::put_source(const Journey& journey) {
  if (journey.source == SourceKind::kCsv)
    return write(journey.name + ".csv", csv_of(journey.table).text);
  if (journey.source == SourceKind::kJsonLines)
    return write(journey.name + ".jsonl", json_lines_of(journey.table).text);
  const bool is_postgres = journey.source == SourceKind::kPostgres;
  const Database database{is_postgres ? k_postgres : k_duckdb,
                          is_postgres ? postgres_source_ : "duckdb:" + path(duckdb_source_),
                          folder()};
  const bool is_parquet = journey.source == SourceKind::kParquet;
  const Status put = put_table(database, journey.table, journey.name,
                               is_parquet ? Form::kParquet : Form::kSource, false);
  ASSERT_TRUE(put) << put.error().to_string();
  if (!is_parquet) return;
  const Status copied = change(database, {"COPY " + journey.name + " TO '" +
                                          path(journey.name + ".parquet") + "' (FORMAT parquet)"});
  ASSERT_TRUE(copied) << copied.error().to_string();
}

std::string RoundTrip::entity_yaml(const Journey& journey) const {
  std::string yaml = "  " + journey.name + ":\n    read: { key: id, ";
  switch (journey.source) {
    case SourceKind::kCsv:
      yaml +=
          "files: " + journey.name + ".csv, nulls: [" + yaml_quoted(journey.table.null_text) + "]";
      break;
    case SourceKind::kJsonLines:
      yaml += "files: " + journey.name + ".jsonl";
      break;
    case SourceKind::kParquet:
      yaml += "files: " + journey.name + ".parquet";
      break;
    case SourceKind::kPostgres:
      yaml += "table: " + journey.name + ", source: \"" + postgres_source_ + "\"";
      break;
    case SourceKind::kDuckDb:
      yaml += "table: " + journey.name + ", source: \"duckdb:" + duckdb_source_ + "\"";
  }
  yaml += " }\n    write: { table: " + journey.name +
          ", key: [id] }\n    rejects: { max: " + std::to_string(journey.table.rows.size()) +
          " }\n    columns:\n      id: int64\n";
  for (const ColumnModel& column : journey.table.columns) {
    const bool says_type = is_text_file(journey.source) || column.is_text_in_database;
    yaml += "      " + column.name + ": { ";
    if (says_type) yaml += "type: \"" + job_type(column) + "\", ";
    yaml += std::string("nullable: ") + (column.nullable ? "true" : "false") + " }\n";
  }
  return yaml;
}

void RoundTrip::prepare(const std::vector<Journey>& journeys, Holder target) {
  target_ = target;
  use_target(fresh_target(target == k_postgres ? test::Engine::kPostgres : test::Engine::kDuckDb));
  std::string yaml =
      "job: property\ntarget: ${DECANT_TARGET}\nchunk_rows: " + std::to_string(k_chunk_rows) +
      "\ntime_zone: " + journeys.front().table.zone + "\nentities:\n";
  for (const Journey& journey : journeys) {
    put_source(journey);
    if (HasFatalFailure()) return;
    yaml += entity_yaml(journey);
  }
  write("job.yaml", yaml);
}

void RoundTrip::run_twice(const std::vector<Journey>& journeys) {
  const test::Outcome first = run();
  ASSERT_THAT(first, ExitsWith(0));
  const Json report = this->report();
  EXPECT_EQ(report["equal"], true);
  for (const Journey& journey : journeys) {
    const Json total = entity_of(report, journey.name);
    const int refused = refused_rows(journey.table);
    const int rows = static_cast<int>(journey.table.rows.size());
    EXPECT_EQ(total["rows_read"], rows) << journey.name;
    EXPECT_EQ(total["rows_rejected"], refused) << journey.name;
    EXPECT_EQ(total["rows_loaded"], rows - refused) << journey.name;
  }
  const test::Outcome again = run({"--verify", "digests"});
  ASSERT_THAT(again, ExitsWith(0));
  EXPECT_EQ(this->report()["equal"], true);
  const Json rows_changed = this->report()["rows"];
  for (const char* change : {"inserted", "updated", "deleted"}) EXPECT_EQ(rows_changed[change], 0);
  // PostgreSQL is asked again whether it refuses what jsonb cannot hold.
  if (target_ == k_duckdb) {
    EXPECT_EQ(this->report()["chunks"]["loaded"], 0);
  }
}

// jsonb has spaces and an order of its own: what DuckDB gets of it is PostgreSQL's text.
Table RoundTrip::as_source_gives(const Journey& journey) {
  Table table = journey.table;
  for (ColumnModel& column : table.columns) {
    column.is_widened = column.kind == Kind::kFloat && column.bits == 32 &&
                        !is_text_file(journey.source) && !column.is_text_in_database;
  }
  if (journey.source != SourceKind::kPostgres || target_ != k_duckdb) return table;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const ColumnModel& column = table.columns[c];
    if (column.kind != Kind::kJson || !column.is_jsonb || column.is_text_in_database) continue;
    const std::vector<std::string> texts = lines_of(test::ask(
        postgres_source_, "SELECT encode(convert_to(" + column.name +
                              "::text, 'UTF8'), 'hex') FROM " + journey.name + " ORDER BY id"));
    if (texts.size() != table.rows.size()) ADD_FAILURE() << "rows of " << journey.name;
    for (std::size_t i = 0; i < texts.size() && i < table.rows.size(); ++i)
      if (!table.rows[i][c].is_null) table.rows[i][c].text = unhex(texts[i]);
  }
  return table;
}

void RoundTrip::expect_values(const Journey& journey) {
  const Table table = as_source_gives(journey);
  const std::string expected = "expected_" + journey.name;
  const Status put = put_table(target_database(), table, expected, Form::kValues, true);
  ASSERT_TRUE(put) << put.error().to_string();
  EXPECT_EQ(difference(target_database(), table, journey.name, expected), "");
}

std::string RoundTrip::digest_of(const Journey& journey) const {
  return entity_of(report(), journey.name)["target"]["digest"];
}

// By place and column: rule and reason.
RoundTrip::Rejects RoundTrip::rejects_of(const Journey& journey) const {
  const std::string rows = asked(
      "SELECT line, source, column_name, rule, replace(replace(reason, chr(10), ' '), '|', '/'), "
      "replace(replace(original, chr(10), ' '), '|', '/') FROM decant.rejects WHERE in_batch AND "
      "entity = '" +
      journey.name +
      "' AND run_id = (SELECT run_id FROM decant.runs ORDER BY started_at DESC LIMIT 1)");
  Rejects found;
  for (const std::string& row : lines_of(rows)) {
    std::vector<std::string> parts;
    std::istringstream stream(row);
    for (std::string part; std::getline(stream, part, '|');) parts.push_back(part);
    if (parts.size() == 5) parts.emplace_back();
    if (parts.size() != 6) ADD_FAILURE() << row;
    if (parts.size() != 6) continue;
    const std::size_t key = parts[1].find("id=");
    // What the target refused has its key in the place of the original.
    const std::string place = parts[0] != "0"            ? "line " + parts[0]
                              : key != std::string::npos ? parts[1].substr(key)
                                                         : parts[5] + ")";
    found.emplace(place + " " + parts[2], parts[3] + ": " + parts[4]);
  }
  return found;
}

void RoundTrip::expect_rejects(const Journey& journey) {
  Rejects found = rejects_of(journey);
  for (std::size_t i = 0; i < journey.table.rows.size(); ++i) {
    if (journey.table.refused[i] < 0) continue;
    const auto c = static_cast<std::size_t>(journey.table.refused[i]);
    const ColumnModel& column = journey.table.columns[c];
    const Cell& cell = journey.table.rows[i][c];
    const std::string key = "id=" + std::to_string(i + 1) + ") " + column.name;
    auto reject = found.find(key);
    if (reject == found.end() && !journey.lines.empty())
      reject = found.find("line " + std::to_string(journey.lines[i]) + " " + column.name);
    if (reject == found.end()) {
      ADD_FAILURE() << "no reject of (" << key << ", " << job_type(column) << ": "
                    << cell.in_file().substr(0, 100);
      continue;
    }
    const bool is_native = !is_text_file(journey.source) && !column.is_text_in_database;
    const bool of_source = is_native && !cell.reason_from_source.empty();
    EXPECT_THAT(reject->second, testing::StartsWith("type: "));
    EXPECT_THAT(reject->second,
                testing::HasSubstr(of_source ? cell.reason_from_source : cell.reason))
        << job_type(column) << " of (" << key;
    found.erase(reject);
  }
  for (const auto& [place, reason] : found)
    ADD_FAILURE() << "a reject that none should be, at " << place << ": " << reason;
}

}  // namespace decant::property
