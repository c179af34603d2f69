// No decimal passes through floating point on any path: values that would show it, from every kind
// of source into both engines, with their control sums and products.
#include "tests/integration/types/moved.h"

namespace decant::test {
namespace {

class ExactMoney : public DecantTest, public testing::WithParamInterface<Engine> {
 protected:
  // price decimal(18,4), pieces decimal(20,2), total decimal(38,6).
  static constexpr const char* k_rows[][4] = {
      {"1", "0.1", "3", "0.3"},
      {"2", "0.2", "3", "0.6"},
      {"3", "9007199254740.9930", "9007199254740993", "81129638414606735.738984"},
      {"4", "99999999999999.9999", "999999999999999999.99", "0.000001"},
      {"5", "-99999999999999.9999", "0.01", "12345678901234567890123456789012.345678"},
      {"6", "1.005", "100", "-0.000001"},
      {"7", "123456789012.3457", "0.07", "33333333333333333333.333333"},
  };
  static constexpr const char* k_columns =
      "    columns: { id: int64, price: \"decimal(18,4)\", pieces: \"decimal(20,2)\", total: "
      "\"decimal(38,6)\" }\n    control_sums: [price, pieces, total, \"price * pieces\"]\n";

  void expect_exact(const std::string& read) {
    SCOPED_TRACE(read);
    const std::string target = fresh_target(GetParam());
    use_target(target);
    if (IsSkipped()) return;
    write("job.yaml", "job: money\ntarget: ${DECANT_TARGET}\nentities:\n  money:\n    read: { " +
                          read + " }\n    write: { table: money, key: [id] }\n" + k_columns);
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(asked("SELECT price, pieces, total FROM money ORDER BY id"),
              "0.1000|3.00|0.300000\n0.2000|3.00|0.600000\n"
              "9007199254740.9930|9007199254740993.00|81129638414606735.738984\n"
              "99999999999999.9999|999999999999999999.99|0.000001\n"
              "-99999999999999.9999|0.01|12345678901234567890123456789012.345678\n"
              "1.0050|100.00|-0.000001\n123456789012.3457|0.07|33333333333333333333.333333");
    const Json total = report()["entities"][0]["total"];
    const std::string text = total.dump();
    // Worked out by another program, in decimal arithmetic of 100 digits.
    for (const char* sum :
         {"9130656043754.6437", "1009007199254741099.07", "12345678901267982353095204729082.317995",
          "100081129638414606597718829489958.313201"}) {
      EXPECT_NE(text.find(sum), std::string::npos) << sum << " is not in " << text;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Into, ExactMoney, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(ExactMoney, FromEveryKindOfSource) {
  std::string csv = "id,price,pieces,total\n", json, values;
  for (const auto& row : k_rows) {
    const std::string id = row[0], price = row[1], pieces = row[2], total = row[3];
    csv += id + "," + price + "," + pieces + "," + total + "\n";
    json += "{\"id\":" + id + ",\"price\":" + price + ",\"pieces\":" + pieces +
            ",\"total\":" + total + "}\n";
    values += (values.empty() ? "(" : ", (") + id + ", '" + price + "', '" + pieces + "', '" +
              total + "')";
  }
  write("money.csv", csv);
  expect_exact("files: money.csv");
  write("money.jsonl", json);
  expect_exact("files: money.jsonl");
  const std::string create =
      "CREATE TABLE money (id BIGINT, price DECIMAL(18,4), pieces DECIMAL(20,2), total "
      "DECIMAL(38,6)); INSERT INTO money VALUES " +
      values;
  const std::string duck = fresh_target(Engine::kDuckDb);
  changed_in(duck, create + "; COPY money TO '" + path("money.parquet") + "' (FORMAT parquet)");
  expect_exact("table: money, source: \"" + duck + "\"");
  expect_exact("files: money.parquet");
  const std::string postgres = fresh_database();
  if (postgres.empty()) return;
  changed_in(postgres, create);
  expect_exact("table: money, source: \"" + postgres + "\"");
  // Without a declared scale, and as text.
  changed_in(postgres,
             "CREATE TABLE loose AS SELECT id, price::numeric AS price, pieces::text AS pieces, "
             "total::numeric::text AS total FROM money");
  expect_exact("table: loose, source: \"" + postgres + "\"");
}

TEST_P(ExactMoney, IsShortenedOnlyWhereTheJobSaysSoAndThatIsTold) {
  use_target(fresh_target(GetParam()));
  if (IsSkipped()) return;
  write("money.csv", "id,price\n1,2.345\n2,2.355\n3,-2.345\n4,1234.5\n5,1\n");
  const auto use_policy = [&](const std::string& table, const std::string& policy) {
    write("job.yaml", "job: " + table + "\ntarget: ${DECANT_TARGET}\nentities:\n  " + table +
                          ":\n    read: { files: money.csv }\n    write: { table: " + table +
                          ", key: [id] }\n    columns: { id: int64, price: { type: "
                          "\"decimal(5,2)\"" +
                          policy + " } }\n    rejects: { max: 10 }\n");
  };
  const auto prices = [&](const std::string& table) {
    return asked("SELECT string_agg(CAST(price AS TEXT), ' ' ORDER BY id) FROM " + table);
  };
  use_policy("refused", "");
  EXPECT_THAT(decant({"plan", "job.yaml", "--workers", "1"}).out,
              testing::HasSubstr(
                  "  price decimal(5,2) <- price text (exact; a value that does not fit is a "
                  "reject)"));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(prices("refused"), "1.00");
  EXPECT_EQ(report()["notes"].dump().find("lossy"), std::string::npos);
  const std::string words = "digits after the 2nd decimal place are rounded, half to even";
  use_policy("rounded", ", lossy: round");
  const Outcome plan = decant({"plan", "job.yaml", "--workers", "1", "--json"});
  const Json column = parse_json(plan.out)["entities"][0]["columns"][1];
  EXPECT_EQ(column["fidelity"], "lossy");
  EXPECT_EQ(column["policy"], "round");
  EXPECT_EQ(column["conversion"], "lossy: " + words);
  const Outcome rounded = run();
  ASSERT_THAT(rounded, ExitsWith(0));
  EXPECT_THAT(rounded.text(), testing::HasSubstr("price (" + words + ")"));
  EXPECT_NE(report()["notes"].dump().find(words), std::string::npos) << report().dump();
  EXPECT_EQ(prices("rounded"), "2.34 2.36 -2.34 1.00");  // 1234.5 is out of range all the same
  use_policy("cut", ", lossy: truncate");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(prices("cut"), "2.34 2.35 -2.34 1.00");
  use_policy("allowed", ", lossy: allow");
  const Outcome how = run();
  EXPECT_THAT(how, ExitsWith(2));
  EXPECT_THAT(how.err, testing::HasSubstr("\"lossy: allow\" does not say how."));
}

}  // namespace
}  // namespace decant::test
