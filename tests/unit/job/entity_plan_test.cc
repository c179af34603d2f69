#include "common/job/entity_plan.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

using Names = std::vector<std::string>;

Type type(std::string_view text) {
  const auto parsed = parse_type(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : Type();
}

Schema schema(const std::vector<std::pair<std::string, std::string>>& columns) {
  Schema made;
  for (const auto& [name, spelling] : columns) made.fields.push_back({name, type(spelling), true});
  return made;
}

// The header of a CSV file: everything is text.
Schema header(const Names& names) {
  Schema made;
  for (const std::string& name : names) made.fields.push_back({name, Type{}, true});
  return made;
}

// An entity of two shops, as far as a test says: `columns` and further keys of the entity, in YAML.
JobSpec job_of(const std::string& read, const std::string& write, const std::string& more,
               const std::string& stores = "stores: { a: { code: A1 }, b: {} }") {
  const auto job =
      parse_job("job: j\ntarget: duckdb:x.db\n" + stores + "\nentities:\n  ventas:\n    read: { " +
                    read + " }\n    write: { table: ventas_raw" + write + " }\n" + more,
                "/jobs");
  EXPECT_TRUE(job) << job.error().to_string();
  return job ? *job : JobSpec();
}

Result<EntityPlan> resolve(const JobSpec& job, const Schema& source,
                           const Schema* target = nullptr) {
  return resolve_entity(job, job.entities.at(0), source, target);
}

std::string complaint(const JobSpec& job, const Schema& source, const Schema* target = nullptr) {
  const auto plan = resolve(job, source, target);
  if (plan) return "nothing";
  EXPECT_EQ(plan.error().place.entity, "ventas");
  EXPECT_EQ(plan.error().code, ErrorCode::kMismatch);
  return plan.error().to_string();
}

Names names_of(const EntityPlan& plan) {
  Names names;
  for (const ColumnPlan& column : plan.columns) names.push_back(column.name);
  return names;
}

const ColumnPlan& column(const EntityPlan& plan, std::string_view name) {
  for (const ColumnPlan& one : plan.columns) {
    if (one.name == name) return one;
  }
  ADD_FAILURE() << "no column " << name;
  return plan.columns.at(0);
}

constexpr const char* k_files = "files: \"{store}.csv\", time: fecha";
constexpr const char* k_one_file = "files: v.csv, time: fecha";
constexpr const char* k_columns =
    "    columns:\n      tienda: { constant: \"{store}\" }\n      fecha: timestamp\n";

TEST(ResolveEntity, TakesOverSourceColumnsThatNothingIsSaidAbout) {
  const JobSpec job =
      job_of(k_files, ", key: [tienda, id]",
             std::string(k_columns) + "      total: { from: Total, type: \"decimal(18,4)\" }\n");
  const auto plan = resolve(job, header({"id", "fecha", "Total", "nota"}));
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(names_of(*plan), (Names{"tienda", "fecha", "total", "id", "nota"}));
  EXPECT_EQ(column(*plan, "total").from, "Total");
  EXPECT_EQ(column(*plan, "total").type, type("decimal(18,4)"));
  EXPECT_EQ(column(*plan, "nota").type, type("text"));
  EXPECT_EQ(plan->range_column, "fecha");
  EXPECT_EQ(plan->range_kind, TypeKind::kTimestamp);
  EXPECT_EQ(plan->source_time, "fecha");
  EXPECT_EQ(plan->store_column, "tienda");
  EXPECT_TRUE(plan->source_store.empty());
}

TEST(ResolveEntity, LeavesOthersOutWhereColumnsAreComplete) {
  const JobSpec job = job_of(k_files, "", "    columns_only: true\n" + std::string(k_columns));
  const auto plan = resolve(job, header({"id", "fecha", "Total", "nota"}));
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(names_of(*plan), (Names{"tienda", "fecha"}));
}

TEST(ResolveEntity, MakesKeyColumnsNotNull) {
  const JobSpec job = job_of(k_files, ", key: [tienda, id]", k_columns);
  const auto plan = resolve(job, header({"id", "fecha"}));
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_FALSE(column(*plan, "id").nullable);
  EXPECT_FALSE(column(*plan, "tienda").nullable);
  EXPECT_TRUE(column(*plan, "fecha").nullable);
  const Schema target = plan->target_schema();
  EXPECT_FALSE(target.fields[static_cast<std::size_t>(target.find("id"))].nullable);
}

TEST(ResolveEntity, PrefersDeclaredTypesThenTheTablesThenTheSources) {
  const JobSpec job =
      job_of("table: dbo.v, source: \"postgresql:///{store}\", time: fecha", "",
             "    columns: { tienda: { constant: \"{store}\" }, a: \"decimal(10,2)\" }\n");
  const Schema source =
      schema({{"fecha", "date"}, {"a", "decimal(8,2)"}, {"b", "int32"}, {"c", "int32"}});
  const Schema target = schema({{"c", "int64"},
                                {"b", "int64"},
                                {"a", "decimal(18,4)"},
                                {"fecha", "date"},
                                {"tienda", "text"}});
  const auto alone = resolve(job, source);
  ASSERT_TRUE(alone) << alone.error().to_string();
  EXPECT_EQ(column(*alone, "a").type, type("decimal(10,2)"));
  EXPECT_EQ(column(*alone, "b").type, type("int32"));
  const auto beside = resolve(job, source, &target);
  ASSERT_TRUE(beside) << beside.error().to_string();
  EXPECT_EQ(column(*beside, "a").type, type("decimal(10,2)"));
  EXPECT_EQ(column(*beside, "b").type, type("int64"));
  EXPECT_EQ(column(*beside, "b").fidelity, Fidelity::kWidening);
  // The table keeps its order, which the digest of a row depends on.
  EXPECT_EQ(names_of(*beside), (Names{"c", "b", "a", "fecha", "tienda"}));
}

TEST(ResolveEntity, SuggestsTheSourceColumnThatWasMeant) {
  const JobSpec job = job_of(k_files, "", std::string(k_columns) + "      total: { from: Totl }\n");
  EXPECT_EQ(complaint(job, header({"fecha", "Total"})),
            "Column \"total\" is read from \"Totl\", which is not in the header of its files. Did "
            "you mean \"Total\"?");
  EXPECT_EQ(complaint(job_of("sql: SELECT 1, source: \"postgresql:///{store}\"", "",
                             "    columns: { x: text }\n"),
                      schema({{"id", "int64"}})),
            "Column \"x\" is read from \"x\", which is not in its query. There are id.");
}

TEST(ResolveEntity, RefusesAHeaderWithOneNameTwice) {
  EXPECT_EQ(complaint(job_of(k_files, "", k_columns), header({"fecha", "a", "a"})),
            "Entity \"ventas\" has two columns \"a\" in the header of its files. Give them "
            "different names at the source.");
  EXPECT_EQ(complaint(job_of(k_files, "", k_columns), Schema()),
            "Entity \"ventas\" has no columns in the header of its files.");
}

TEST(ResolveEntity, RefusesAColumnThatTheTableDoesNotHave) {
  const Schema target =
      schema({{"tienda", "text"}, {"fecha", "timestamp"}, {"total", "decimal(18,4)"}});
  EXPECT_EQ(complaint(job_of(k_files, "", k_columns), header({"fecha", "totl"}), &target),
            "The table ventas_raw has no column \"totl\". Did you mean \"total\"?");
}

TEST(ResolveEntity, RefusesADeclaredTypeThatTheTableWouldBend) {
  const Schema target =
      schema({{"tienda", "text"}, {"fecha", "timestamp"}, {"total", "decimal(18,2)"}});
  const JobSpec job = job_of(k_files, "", std::string(k_columns) + "      total: decimal(18,4)\n");
  EXPECT_EQ(complaint(job, header({"fecha", "total"}), &target),
            "Column \"total\" is declared decimal(18,4), and in the table ventas_raw it is "
            "decimal(18,2). "
            "Declare the table's type, or change the table.");
  const Schema wider = schema({{"tienda", "text"}, {"fecha", "timestamp"}, {"total", "decimal"}});
  EXPECT_TRUE(resolve(job, header({"fecha", "total"}), &wider));
}

TEST(ResolveEntity, AsksBeforeDigitsAreLost) {
  const std::string read = "table: v, source: \"postgresql:///{store}\"";
  const std::string store = "    columns:\n      tienda: { constant: \"{store}\" }\n";
  const Schema source = schema(
      {{"total", "decimal(18,6)"}, {"weight", "float64"}, {"open", "decimal"}, {"n", "int64"}});
  EXPECT_EQ(complaint(job_of(read, "", store + "      total: decimal(18,4)\n"), source),
            "Column \"total\" loses digits from decimal(18,6) to decimal(18,4). "
            "Declare a wider type, or say \"lossy: round\" or \"lossy: truncate\".");
  EXPECT_NE(complaint(job_of(read, "", store + "      weight: decimal(18,4)\n"), source),
            "nothing");
  EXPECT_TRUE(
      resolve(job_of(read, "", store + "      total: { type: \"decimal(18,4)\", lossy: round }\n"),
              source));
  // Nothing is lost here silently: a value that does not fit is a reject.
  EXPECT_TRUE(
      resolve(job_of(read, "", store + "      open: decimal(18,4)\n      n: int32\n"), source));
  EXPECT_EQ(complaint(job_of(read, "", store + "      total: uuid\n"), source),
            "Column \"total\" cannot be made uuid of decimal(18,6). Declare another type for it.");
}

TEST(ResolveEntity, SaysOfEachColumnWhatItsPolicyDoesToIt) {
  const std::string read = "table: v, source: \"postgresql:///{store}\"";
  const std::string store = "    columns:\n      tienda: { constant: \"{store}\" }\n";
  Schema source = schema({{"total", "text"}, {"open", "decimal"}, {"span", "text"}});
  source.fields[2].foreign = "interval";
  const auto plan = resolve(
      job_of(read, "",
             store + "      total: { type: \"decimal(18,4)\", lossy: round }\n"
                     "      open: decimal(18,4)\n      span: { type: text, replace_nul: \" \" }\n"),
      source);
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->columns[1].fidelity, Fidelity::kLossy);
  EXPECT_EQ(plan->columns[2].fidelity, Fidelity::kExact);
  EXPECT_EQ(plan->columns[3].foreign, "interval");
  EXPECT_EQ(plan->columns[3].replace_nul, " ");
  EXPECT_EQ(complaint(job_of(read, "", store + "      open: { replace_nul: \" \" }\n"), source),
            "Column \"open\" has \"replace_nul\" and is decimal, whose values have no NUL "
            "characters. Only texts and JSON take it.");
}

TEST(ResolveEntity, NeedsTheKeyInTheTarget) {
  EXPECT_EQ(
      complaint(job_of(k_files, ", key: [tienda, idd]", k_columns), header({"id", "fecha"})),
      "\"key\" names the column \"idd\", which does not land in ventas_raw. Did you mean \"id\"?");
}

TEST(ResolveRange, NeedsTheTimeInTheSourceAndInTheTarget) {
  EXPECT_EQ(complaint(job_of("files: v.csv, time: fech", "", "", ""), header({"fecha"})),
            "\"read: time\" is read from \"fech\", which is not in the header of its files. Did "
            "you mean \"fecha\"?");
  EXPECT_EQ(complaint(job_of(k_one_file, "", "    columns: { fecha: { constant: x } }\n", ""),
                      header({"fecha"})),
            "\"read: time\" is \"fecha\", which no target column takes. "
            "Ranges are cut in the target too: add it to \"columns\".");
}

TEST(ResolveRange, NeedsATimeThatIsNoText) {
  EXPECT_EQ(complaint(job_of(k_one_file, "", "", ""), header({"fecha"})),
            "\"read: time\" lands in \"fecha\", which is text and not a date or a timestamp. "
            "Declare it, such as { fecha: timestamp }, with a \"date_format\" if it has one.");
  EXPECT_EQ(complaint(job_of("files: v.csv, key: id", "", "", ""), header({"id"})),
            "\"read: key\" lands in \"id\", which is text and not an integer. "
            "Declare it, such as { id: int64 }, or cut by another column.");
}

TEST(ResolveRange, NeedsATimeThatKeepsItsMeaning) {
  const std::string read = "table: v, source: \"duckdb:a.db\", time: fecha";
  const Schema source = schema({{"fecha", "timestamp"}});
  EXPECT_EQ(
      complaint(job_of(read, "",
                       "    columns: { dia: { from: fecha, type: date, lossy: truncate } }\n", ""),
                source),
      "\"read: time\" lands in \"dia\" changed from timestamp to date, so that ranges would not "
      "mean the same rows. "
      "Let it land as timestamp, beside the other column if both are wanted.");
  const auto both = resolve(job_of(read, "",
                                   "    columns: { dia: { from: fecha, type: date, lossy: truncate "
                                   "}, momento: { from: fecha } }\n",
                                   ""),
                            source);
  ASSERT_TRUE(both) << both.error().to_string();
  EXPECT_EQ(both->range_column, "momento");
  // Text has no meaning of its own yet, and a file may well hold days only.
  const auto text =
      resolve(job_of(k_one_file, "", "    columns: { fecha: date }\n", ""), header({"fecha"}));
  ASSERT_TRUE(text) << text.error().to_string();
  EXPECT_EQ(text->range_kind, TypeKind::kDate);
}

TEST(ResolveRange, MayShortenATimeAndNotRoundItIntoTheNextMonth) {
  const std::string read = "table: v, source: \"duckdb:a.db\", time: fecha";
  const Schema source = schema({{"fecha", "timestamp"}});
  const auto columns = [](const std::string& lossy) {
    return "    columns: { fecha: { type: timestamp(0), lossy: " + lossy + " } }\n";
  };
  const auto cut = resolve(job_of(read, "", columns("truncate"), ""), source);
  ASSERT_TRUE(cut) << cut.error().to_string();
  EXPECT_EQ(cut->range_column, "fecha");
  EXPECT_EQ(complaint(job_of(read, "", columns("round"), ""), source),
            "\"read: time\" lands in \"fecha\" changed from timestamp to timestamp(0), so that "
            "ranges would not mean the same rows. "
            "Let it land as timestamp, beside the other column if both are wanted.");
}

TEST(ResolveRange, PrefersAColumnOfTheKey) {
  const auto plan = resolve(job_of(k_one_file, ", key: [b]",
                                   "    columns: { a: { from: fecha, type: timestamp }, b: { from: "
                                   "fecha, type: timestamp } }\n",
                                   ""),
                            header({"fecha"}));
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->range_column, "b");
}

TEST(ResolveRange, CutsByAnIntegerWhereThereIsNoTime) {
  const auto plan = resolve(job_of("files: v.csv, key: id", "", "    columns: { id: int64 }\n", ""),
                            header({"id", "n"}));
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->range_column, "id");
  EXPECT_EQ(plan->range_kind, TypeKind::kInt64);
  const auto none = resolve(job_of("files: v.csv", "", "", ""), header({"id"}));
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_ranges());
}

TEST(ResolveStore, IsNeededWhereSeveralStoresFeedOneTable) {
  EXPECT_EQ(complaint(job_of("files: \"{store}.csv\"", "", ""), header({"id"})),
            "Entity \"ventas\" is fed by several stores, and no column of ventas_raw says which. "
            "Add one to \"columns\", such as { store: { constant: \"{store}\" } }.");
  EXPECT_TRUE(resolve(job_of("files: \"{store}.csv\"", "", "", "stores: { a: }"), header({"id"})));
  // A constant made of another value does not name the store.
  EXPECT_NE(complaint(job_of("files: \"{store}.csv\"", "",
                             "    columns: { s: { constant: \"x{store}\" } }\n"),
                      header({"id"})),
            "nothing");
}

TEST(ResolveStore, TakesTheColumnThatIsNamed) {
  const auto plan = resolve(job_of("files: \"{store}.csv\"", "", "    store_column: ubicacion\n"),
                            header({"id", "ubicacion"}));
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->store_column, "ubicacion");
  EXPECT_EQ(complaint(job_of("files: \"{store}.csv\"", "", "    store_column: ubicacio\n"),
                      header({"id", "ubicacion"})),
            "\"store_column\" names the column \"ubicacio\", which does not land in ventas_raw. "
            "Did you mean \"ubicacion\"?");
}

TEST(ResolveStore, IsOfATypeThatTellsStoresApart) {
  const auto job = [](const std::string& type, const std::string& stores) {
    return job_of("files: \"{store}.csv\"", "",
                  "    columns: { s: { constant: \"{store}\", type: " + type + " } }\n", stores);
  };
  const auto plan = resolve(job("int32", "stores: { 7: {}, 12: {} }"), header({"id"}));
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->store_column, "s");
  EXPECT_EQ(complaint(job("int64", "stores: { 7: {}, sur: {} }"), header({"id"})),
            "The store column \"s\" is int64, and the store \"sur\" is no value of it. Declare the "
            "column as text, or name the store as the column has it.");
  EXPECT_EQ(
      complaint(job("int64", "stores: { 07: {}, 12: {} }"), header({"id"})),
      "The store column \"s\" is int64, and the store \"07\" reads \"7\" there. Name the store "
      "\"7\" in the job.");
  EXPECT_EQ(complaint(job("float64", "stores: { 7: {}, 12: {} }"), header({"id"})),
            "The store column \"s\" is float64, by which stores cannot be told apart exactly. "
            "Declare it as text, int64 or uuid.");
}

TEST(ResolveStore, FollowsFromColumn) {
  const std::string stores = "stores: { from_column: Country }";
  const auto plan =
      resolve(job_of("files: v.csv", "", "    columns: { pais: { from: Country } }\n", stores),
              header({"id", "Country"}));
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->store_column, "pais");
  EXPECT_EQ(plan->source_store, "Country");
  EXPECT_EQ(complaint(job_of("files: v.csv", "", "", stores), header({"id", "country"})),
            "\"stores: from_column\" is read from \"Country\", which is not in the header of its "
            "files. Did you mean \"country\"?");
  EXPECT_EQ(complaint(job_of("files: v.csv", "",
                             "    columns_only: true\n    columns: { id: int64 }\n", stores),
                      header({"id", "Country"})),
            "The store comes from \"Country\", which no target column takes. "
            "Add it to \"columns\", so that each store's rows can be told apart in the target.");
  EXPECT_EQ(complaint(job_of("files: v.csv", "", "    store_column: id\n", stores),
                      header({"id", "Country"})),
            "\"store_column\" is \"id\", and the store comes from \"Country\", which does not feed "
            "it. Give it \"from: Country\".");
}

TEST(ResolveStore, OfAnEntityWithoutTheColumnIsNone) {
  const std::string stores = "stores: { from_column: store_id }";
  const auto plan = resolve(job_of("files: v.csv", "", "", stores), header({"id", "stock_id"}));
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->store_column, "");
  EXPECT_EQ(plan->source_store, "");
  for (const char* spelt : {"Store ID", "STORE_ID", "storeid"}) {
    EXPECT_EQ(complaint(job_of("files: v.csv", "", "", stores), header({"id", spelt}))
                  .find("\"stores: from_column\" is read from \"store_id\", which is not in"),
              0U)
        << spelt;
  }
  EXPECT_NE(complaint(job_of("files: v.csv", "", "    store_column: id\n", stores), header({"id"})),
            "");
}

TEST(ResolveEntity, RefusesRulesAndSumsOfColumnsThatDoNotLand) {
  EXPECT_EQ(
      complaint(job_of("files: v.csv", "", "    rules: [{ column: totl, not_null: true }]\n", ""),
                header({"total"})),
      "A rule names the column \"totl\", which does not land in ventas_raw. Did you mean "
      "\"total\"?");
  EXPECT_EQ(complaint(job_of("files: v.csv", "", "    control_sums: [\"total * kilos\"]\n", ""),
                      header({"total"})),
            "The control sum \"total * kilos\" takes \"total\", which is text and not an integer "
            "or a decimal. "
            "Declare its type, such as { total: \"decimal(18,4)\" }.");
  EXPECT_NE(complaint(job_of("files: v.csv", ", mode: upsert, key: total, latest_by: x", "", ""),
                      header({"total"})),
            "nothing");
  EXPECT_NE(
      complaint(job_of("files: v.csv", ", mode: upsert, key: total, keep_on_update: [x]", "", ""),
                header({"total"})),
      "nothing");
}

}  // namespace
}  // namespace decant
