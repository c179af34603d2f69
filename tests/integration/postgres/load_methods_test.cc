// The five ways into a table, on random data against a plain model, and what a transaction that
// fails leaves behind.
#include <map>
#include <random>

#include "common/connector/chunk_digester.h"
#include "common/connector/load_sql.h"
#include "tests/integration/postgres/postgres_fixture.h"

namespace decant::test {
namespace {

struct Line {
  std::string store;
  int day = 0;  // NULL where it is 0
  int id = 0;
  int cents = 0;
  auto operator<=>(const Line&) const = default;
};

using Lines = std::vector<Line>;
using Key = std::pair<std::string, int>;

constexpr const char* k_columns =
    "(store text NOT NULL, dia int, id int NOT NULL, total numeric(12,2), nota text)";

std::string values_of(const Lines& lines) {
  std::string out;
  for (const Line& line : lines) {
    out += out.empty() ? "('" : ", ('";
    out += line.store + "', " + (line.day == 0 ? "NULL" : std::to_string(line.day)) + ", " +
           std::to_string(line.id) + ", " + std::to_string(line.cents) + " / 100.0, " +
           (line.cents % 3 == 0 ? "NULL" : "'nota'") + ")";
  }
  return out;
}

class LoadMethods : public PostgresTest {
 protected:
  void make(const std::string& table, const Lines& lines, bool keyed) {
    exec("CREATE TABLE " + table + " " + k_columns);
    if (!lines.empty()) exec("INSERT INTO " + table + " VALUES " + values_of(lines));
    if (keyed) exec("ALTER TABLE " + table + " ADD PRIMARY KEY (store, id)");
  }

  Lines read(const std::string& table) {
    Lines lines;
    for (const SqlRow& row : value_of(
             target().sql().query("SELECT store, coalesce(dia, 0), id, (total * 100)::int FROM " +
                                  table + " ORDER BY 1, 2, 3, 4"))) {
      lines.push_back({*row[0], std::stoi(*row[1]), std::stoi(*row[2]), std::stoi(*row[3])});
    }
    return lines;
  }

  // Two stores with days 1..10, 11..20 and undated rows: six chunks.
  static std::vector<ChunkSpec> chunks() {
    std::vector<ChunkSpec> all;
    for (const char* store : {"norte", "sur"}) {
      all.push_back({{"v", store, "all"}, 1, {1, 11}, 0});
      all.push_back({{"v", store, "all"}, 2, {11, 21}, 0});
      all.push_back({{"v", store, std::string(k_undated)}, 1, {}, 0});
    }
    return all;
  }
  static int chunk_of(const Line& line) {
    return (line.store == "sur" ? 3 : 0) + (line.day == 0 ? 2 : line.day > 10 ? 1 : 0);
  }

  LoadPlan load(LoadMethod method, bool keyed) {
    EntityPlan entity =
        plan("source_rows", "there",
             keyed ? std::vector<std::string>{"store", "id"} : std::vector<std::string>{});
    entity.range_column = "dia";
    entity.range_kind = TypeKind::kInt64;
    entity.store_column = "store";
    return load_plan(std::move(entity), method, chunks());
  }

  // Streams source_rows through a loader, each row into its chunk.
  Result<Loaded> run(const LoadPlan& plan, const std::vector<int>& applied,
                     const LedgerWrites& ledger = nothing()) {
    const auto reader = source();
    const EntitySpec spec = entity("source_rows");
    ReadRequest request;
    request.entity = &spec;
    request.columns = {"store", "dia", "id", "total", "nota"};
    DECANT_TRY_ASSIGN(const auto rows, reader->open(request));
    DECANT_TRY_ASSIGN(const auto loader, make_postgres_loader_factory(url())->begin(plan));
    const RowRouter router(plan.entity, plan.chunks);
    RowBatch batch;
    std::vector<Reject> faults;
    std::vector<int> chunk_of_row;
    for (;;) {
      DECANT_TRY_ASSIGN(const bool more, rows->next(batch, faults));
      if (!more) break;
      router.route(batch, "", chunk_of_row);
      DECANT_TRY(loader->write(batch, chunk_of_row));
    }
    return finish(*loader, applied, ledger);
  }

  // Takes a run back by its pre-images.
  void undo(const std::string& key) {
    const std::string undo_table = undo_table_name("decant", "there");
    exec("DELETE FROM there AS t USING " + undo_table +
         " AS u WHERE u.decant_operation IN ('inserted', 'updated') AND " + key);
    exec("INSERT INTO there SELECT store, dia, id, total, nota FROM " + undo_table +
         " WHERE decant_operation IN ('deleted', 'updated')");
  }
};

Lines random_lines(std::mt19937& random, int count, bool unique) {
  Lines lines;
  std::map<Key, bool> seen;
  for (int i = 0; i < count; ++i) {
    Line line{random() % 2 == 0 ? "norte" : "sur", static_cast<int>(random() % 21),
              static_cast<int>(random() % 150), static_cast<int>(random() % 1000)};
    if (unique && !seen.emplace(Key{line.store, line.id}, true).second) continue;
    lines.push_back(std::move(line));
  }
  return lines;
}

// What a source holds after some time: rows gone, changed and added; a row keeps its day.
Lines changed(std::mt19937& random, const Lines& before) {
  Lines after;
  std::map<Key, bool> seen;
  for (Line line : before) {
    if (random() % 4 == 0) continue;
    if (random() % 3 == 0) line.cents += 1;
    seen.emplace(Key{line.store, line.id}, true);
    after.push_back(std::move(line));
  }
  for (Line& line : random_lines(random, 40, true)) {
    line.id += 1000;
    if (seen.emplace(Key{line.store, line.id}, true).second) after.push_back(std::move(line));
  }
  return after;
}

std::vector<int> random_chunks(std::mt19937& random) {
  std::vector<int> picked;
  for (int chunk = 0; chunk < 6; ++chunk) {
    if (random() % 3 != 0) picked.push_back(chunk);
  }
  return picked;
}

bool has(const std::vector<int>& chunks, int chunk) {
  return std::find(chunks.begin(), chunks.end(), chunk) != chunks.end();
}

TEST_F(LoadMethods, ReplaceByKeyAppliesExactlyTheDifferencesOfItsChunks) {
  for (const unsigned seed : {1u, 2u, 3u, 4u, 5u}) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    exec("DROP TABLE IF EXISTS there, source_rows; DROP SCHEMA IF EXISTS decant CASCADE");
    const Lines before = random_lines(random, 200, true);
    const Lines now = changed(random, before);
    const std::vector<int> applied = random_chunks(random);
    make("there", before, true);
    make("source_rows", now, false);

    std::vector<ChunkCounts> expected(6);
    std::map<Key, Line> old;
    Lines wanted;
    for (const Line& line : before) {
      old[{line.store, line.id}] = line;
      if (!has(applied, chunk_of(line))) wanted.push_back(line);
    }
    std::map<Key, bool> kept;
    for (const Line& line : now) {
      if (!has(applied, chunk_of(line))) continue;
      wanted.push_back(line);
      const auto found = old.find({line.store, line.id});
      ChunkCounts& counts = expected[static_cast<std::size_t>(chunk_of(line))];
      if (found == old.end()) ++counts.inserted;
      if (found != old.end() && found->second != line) ++counts.updated;
      kept[{line.store, line.id}] = true;
    }
    for (const Line& line : before) {
      if (has(applied, chunk_of(line)) && kept.count({line.store, line.id}) == 0) {
        ++expected[static_cast<std::size_t>(chunk_of(line))].deleted;
      }
    }
    std::sort(wanted.begin(), wanted.end());

    const auto outcome = run(load(LoadMethod::kReplaceByKey, true), applied);
    ASSERT_TRUE(outcome) << outcome.error().to_string();
    EXPECT_EQ(read("there"), wanted);
    for (std::size_t i = 0; i < 6; ++i) {
      EXPECT_EQ(outcome->counts[i].inserted, expected[i].inserted) << i;
      EXPECT_EQ(outcome->counts[i].updated, expected[i].updated) << i;
      EXPECT_EQ(outcome->counts[i].deleted, expected[i].deleted) << i;
    }
    undo("t.store = u.store AND t.id = u.id");
    Lines original = before;
    std::sort(original.begin(), original.end());
    EXPECT_EQ(read("there"), original);
  }
}

TEST_F(LoadMethods, ReplaceByKeyASecondTimeWritesNothing) {
  std::mt19937 random(9);
  const Lines lines = random_lines(random, 200, true);
  make("there", lines, true);
  make("source_rows", lines, false);
  const std::string before =
      ask("SELECT string_agg(xmin::text || ctid::text, ',' ORDER BY store, id) FROM there");
  const auto outcome = run(load(LoadMethod::kReplaceByKey, true), {0, 1, 2, 3, 4, 5});
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_EQ(ask("SELECT string_agg(xmin::text || ctid::text, ',' ORDER BY store, id) FROM there"),
            before);
}

TEST_F(LoadMethods, ReplaceRangeKeepsEqualRowsAndOtherChunksWithoutAKey) {
  for (const unsigned seed : {11u, 12u, 13u}) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    exec("DROP TABLE IF EXISTS there, source_rows; DROP SCHEMA IF EXISTS decant CASCADE");
    Lines before = random_lines(random, 150, false);
    Lines now = random_lines(random, 150, false);
    now.insert(now.end(), now.begin(), now.begin() + 30);
    const std::vector<int> applied = random_chunks(random);
    make("there", before, false);
    make("source_rows", now, false);
    Lines wanted;
    std::vector<ChunkCounts> expected(6);
    for (const Line& line : before) {
      if (!has(applied, chunk_of(line))) wanted.push_back(line);
      if (has(applied, chunk_of(line)))
        ++expected[static_cast<std::size_t>(chunk_of(line))].deleted;
    }
    for (const Line& line : now) {
      if (has(applied, chunk_of(line))) wanted.push_back(line);
      if (has(applied, chunk_of(line)))
        ++expected[static_cast<std::size_t>(chunk_of(line))].inserted;
    }
    std::sort(wanted.begin(), wanted.end());
    const auto outcome = run(load(LoadMethod::kReplaceRange, false), applied);
    ASSERT_TRUE(outcome) << outcome.error().to_string();
    EXPECT_EQ(read("there"), wanted);
    for (std::size_t i = 0; i < 6; ++i) {
      EXPECT_EQ(outcome->counts[i].inserted, expected[i].inserted) << i;
      EXPECT_EQ(outcome->counts[i].deleted, expected[i].deleted) << i;
    }
    EXPECT_EQ(ask("SELECT count(*) FROM " + undo_table_name("decant", "there") +
                  " WHERE decant_operation = 'deleted'"),
              std::to_string(before.size() + now.size() - read("there").size() -
                             (now.size() - static_cast<std::size_t>(std::count_if(
                                               now.begin(), now.end(), [&](const Line& l) {
                                                 return has(applied, chunk_of(l));
                                               })))));
  }
}

TEST_F(LoadMethods, UpsertChangesAndAddsByKeyAndLeavesOtherRowsAlone) {
  make("there", {{"norte", 1, 1, 100}, {"norte", 2, 2, 200}, {"sur", 3, 3, 300}}, true);
  make("source_rows",
       {{"norte", 1, 1, 111}, {"norte", 2, 2, 200}, {"norte", 12, 9, 900}, {"norte", 13, 9, 901}},
       false);
  const auto outcome = run(load(LoadMethod::kUpsert, true), {0, 1, 2, 3, 4, 5});
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_EQ(
      read("there"),
      (Lines{
          {"norte", 1, 1, 111}, {"norte", 2, 2, 200}, {"norte", 12, 9, 900}, {"sur", 3, 3, 300}}));
  EXPECT_EQ(outcome->counts[0].updated, 1);
  EXPECT_EQ(outcome->counts[1].inserted, 1);
  ASSERT_EQ(outcome->refused.size(), 1u);
  EXPECT_EQ(outcome->refused[0].chunk, 1);
  EXPECT_EQ(outcome->refused[0].reject.rule, "unique");
  // The canonical bytes are those by which the row was digested on its way.
  exec("CREATE TABLE single " + std::string(k_columns) + "; INSERT INTO single VALUES " +
       values_of({{"norte", 13, 9, 901}}));
  SetDigest refused;
  refused.add(RowHasher().hash(outcome->refused[0].canonical_row));
  EXPECT_EQ(refused.hex(), digest("single").hex());
}

TEST_F(LoadMethods, InsertRefusesKeysThatAreThere) {
  make("there", {{"norte", 1, 1, 100}}, true);
  make("source_rows", {{"norte", 1, 1, 111}, {"norte", 2, 2, 200}}, false);
  const auto outcome = run(load(LoadMethod::kInsert, true), {0});
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_EQ(read("there"), (Lines{{"norte", 1, 1, 100}, {"norte", 2, 2, 200}}));
  EXPECT_EQ(outcome->counts[0].inserted, 1);
  ASSERT_EQ(outcome->refused.size(), 1u);
}

TEST_F(LoadMethods, AFencedLedgerRollsEverythingBack) {
  for (const LoadMethod method :
       {LoadMethod::kAppend, LoadMethod::kReplaceByKey, LoadMethod::kReplaceRange}) {
    exec("DROP TABLE IF EXISTS there, source_rows; DROP SCHEMA IF EXISTS decant CASCADE");
    make("there", {{"sur", 3, 3, 300}}, true);
    make("source_rows", {{"norte", 1, 1, 111}}, false);
    const auto outcome =
        run(load(method, true), {0, 1, 2, 3, 4, 5}, [](SqlSession&, const LoadOutcome&) -> Status {
          return fail(ErrorCode::kFenced, "Another owner holds the task.");
        });
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kFenced);
    EXPECT_EQ(read("there"), (Lines{{"sur", 3, 3, 300}}));
  }
}

TEST_F(LoadMethods, LedgerRowsAndDataAreOneTransaction) {
  exec("CREATE TABLE notes (rows bigint)");
  make("there", {}, false);
  make("source_rows", {{"norte", 1, 1, 111}, {"norte", 1, 2, 5}}, false);
  const auto outcome =
      run(load(LoadMethod::kAppend, false), {0, 1, 2, 3, 4, 5},
          [&](SqlSession& sql, const LoadOutcome& so_far) {
            EXPECT_EQ(ask("SELECT count(*) FROM there"), "0") << "nobody else sees the rows yet";
            const SqlValue rows = std::to_string(so_far.counts[0].inserted);
            EXPECT_TRUE(
                sql.execute("INSERT INTO notes VALUES (CAST($1 AS BIGINT))", std::span(&rows, 1)));
            return Status();
          });
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_EQ(ask("SELECT rows FROM notes"), "2");
  EXPECT_EQ(ask("SELECT count(*) FROM there"), "2");
}

TEST_F(LoadMethods, ALoaderThatIsLetGoLeavesNothing) {
  make("there", {}, false);
  make("source_rows", {{"norte", 1, 1, 111}}, false);
  {
    const auto loader =
        value_of(make_postgres_loader_factory(url())->begin(load(LoadMethod::kAppend, false)));
    RowBatch batch;
    batch.reset(std::make_shared<Schema>(load(LoadMethod::kAppend, false).entity.target_schema()));
    ASSERT_TRUE(loader->write(batch, {}));
  }
  EXPECT_EQ(ask("SELECT count(*) FROM there"), "0");
  EXPECT_EQ(ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = "
                "'decant/tests/load' AND state = 'active'"),
            "0");
}

}  // namespace
}  // namespace decant::test
