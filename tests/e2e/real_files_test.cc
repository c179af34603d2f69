// Real exports that are no plain CSV: the AdventureWorks files (UTF-16 or UTF-8, tabs or `+|` and
// `&|`, XML and line ends inside fields) and the lines of a general ledger. The counts were taken
// from the files by other means.
#include "tests/e2e/real_data.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

using RealFiles = RealData;
INSTANTIATE_TEST_SUITE_P(Into, RealFiles, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

enum Separators { k_tab, k_lines, k_plus };

struct ExportedTable {
  const char* name;
  Separators separators;
  int columns;
  int rows;
  int characters;  // of all fields
  int nulls;       // fields without any, or with the NUL that bcp writes for an empty text
};

constexpr ExportedTable k_adventure_works[] = {
    {"AddressType", k_tab, 4, 6, 404, 0},
    {"BillOfMaterials", k_tab, 9, 2679, 174812, 2583},
    {"BusinessEntity", k_plus, 3, 20777, 1318622, 0},
    {"BusinessEntityAddress", k_plus, 5, 19614, 1361189, 0},
    {"BusinessEntityContact", k_plus, 5, 909, 61973, 0},
    {"ContactCreditCard", k_tab, 3, 19118, 609838, 0},
    {"ContactType", k_tab, 3, 20, 886, 0},
    {"CountryRegion", k_tab, 3, 238, 8345, 0},
    {"CountryRegionCurrency", k_tab, 3, 109, 3052, 0},
    {"CreditCard", k_tab, 6, 19118, 1088965, 0},
    {"Culture", k_tab, 3, 8, 313, 0},
    {"Currency", k_tab, 3, 105, 3997, 0},
    {"Customer", k_tab, 7, 19820, 1578584, 19185},
    {"Department", k_tab, 4, 16, 1011, 0},
    {"Document", k_plus, 14, 13, 578525, 17},
    {"Employee", k_tab, 16, 290, 44213, 1},
    {"EmployeeDepartmentHistory", k_tab, 6, 296, 11245, 290},
    {"EmployeePayHistory", k_tab, 5, 316, 17845, 0},
    {"Illustration", k_plus, 3, 5, 120387, 0},
    {"JobCandidate", k_plus, 4, 13, 54024, 11},
    {"Location", k_tab, 5, 14, 682, 0},
    {"PersonCreditCard", k_tab, 3, 19118, 611128, 0},
    {"PersonPhone", k_plus, 4, 19972, 873214, 0},
    {"PhoneNumberType", k_plus, 3, 3, 84, 0},
    {"Product", k_tab, 25, 504, 75936, 3571},
    {"ProductCategory", k_tab, 4, 4, 274, 0},
    {"ProductCostHistory", k_tab, 5, 395, 27003, 195},
    {"ProductDocument", k_tab, 3, 32, 960, 0},
    {"ProductInventory", k_tab, 7, 1069, 73902, 0},
    {"ProductListPriceHistory", k_tab, 5, 395, 27113, 195},
    {"ProductModel", k_plus, 6, 128, 51906, 241},
    {"ProductModelIllustration", k_tab, 3, 7, 181, 0},
    {"ProductProductPhoto", k_tab, 4, 504, 14384, 0},
    {"ProductReview", k_lines, 8, 4, 5223, 0},
    {"ProductSubCategory", k_tab, 5, 37, 2614, 0},
    {"ProductVendor", k_tab, 11, 460, 35122, 305},
    {"PurchaseOrderDetail", k_tab, 11, 8845, 771480, 0},
    {"PurchaseOrderHeader", k_tab, 13, 4012, 464812, 0},
    {"SalesOrderHeaderSalesReason", k_tab, 3, 27647, 803158, 0},
    {"SalesPerson", k_tab, 9, 17, 1822, 6},
    {"SalesPersonQuotaHistory", k_tab, 5, 163, 15657, 0},
    {"SalesReason", k_tab, 4, 10, 426, 0},
    {"SalesTaxRate", k_tab, 7, 29, 2594, 0},
    {"SalesTerritory", k_tab, 10, 10, 1150, 0},
    {"SalesTerritoryHistory", k_tab, 6, 17, 1555, 13},
    {"ScrapReason", k_tab, 3, 16, 732, 0},
    {"Shift", k_tab, 5, 3, 183, 0},
    {"ShipMethod", k_tab, 6, 5, 441, 0},
    {"ShoppingCartItem", k_tab, 6, 3, 168, 0},
    {"SpecialOffer", k_tab, 11, 16, 2552, 12},
    {"StateProvince", k_tab, 8, 181, 14089, 0},
    {"Store", k_plus, 6, 701, 353063, 0},
    {"UnitMeasure", k_tab, 3, 38, 1310, 0},
    {"Vendor", k_tab, 8, 104, 6329, 98},
};

std::string names_of(const ExportedTable& table) {
  std::string names;
  for (int i = 1; i <= table.columns; ++i) names += (i > 1 ? ", c" : "c") + std::to_string(i);
  return names;
}

std::string read_of(const ExportedTable& table) {
  const std::string common = "    read: { files: 2008r2-oltp/" + std::string(table.name) +
                             ".csv, header: false, quote: ~, nulls: [\"\", \"\\0\"], ";
  const std::string separators[] = {"delimiter: tab", "delimiter: tab, ragged: join",
                                    "delimiter: +|, record_end: '&|\\n'"};
  return common + separators[table.separators] + ", column_names: [" + names_of(table) + "] }\n";
}

TEST_P(RealFiles, EveryTableOfAdventureWorksArrivesWhole) {
  unpack("adventureworks-mixed-encodings.tar.zst");
  if (IsSkipped()) return;
  std::string job = "job: adventure_works\ntarget: ${DECANT_TARGET}\nentities:\n";
  for (const ExportedTable& table : k_adventure_works) {
    const std::string name = table.name;
    job += "  " + name + ":\n" + read_of(table) + "    write: { table: t_" + name + " }\n";
  }
  write("job.yaml", job);
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("54 slices, 187,933 rows, 0 differences."));
  for (const ExportedTable& table : k_adventure_works) {
    std::string characters;
    std::string nulls;
    for (int i = 1; i <= table.columns; ++i) {
      const std::string column = "c" + std::to_string(i);
      characters += (i > 1 ? " + " : "") + ("coalesce(length(" + column + "), 0)");
      nulls += (i > 1 ? " + " : "") + ("CASE WHEN " + column + " IS NULL THEN 1 ELSE 0 END");
    }
    EXPECT_EQ(asked("SELECT count(*), CAST(sum(" + characters + ") AS VARCHAR), CAST(sum(" + nulls +
                    ") AS VARCHAR) FROM \"t_" + table.name + "\""),
              std::to_string(table.rows) + "|" + std::to_string(table.characters) + "|" +
                  std::to_string(table.nulls))
        << table.name;
  }
  EXPECT_EQ(asked("SELECT count(*) FROM \"t_Illustration\" WHERE c2 LIKE '<%>'"), "5");
  EXPECT_EQ(asked("SELECT count(*) FROM \"t_ProductReview\" WHERE c6 IN ('2', '4', '5')"), "4");

  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

constexpr const char* k_journals = R"yaml(
job: journals
target: ${DECANT_TARGET}
stores: { from_column: Business_Unit_Code }
entities:
  lines:
    read: { files: "FILE", time: Document_Date, date_format: "%Y%m%d" }
    write: { table: journal_lines, key: [journal, line] }
    columns:
      journal: { from: Journal_ID, type: int64 }
      line: { from: Journal_ID_Line_Number, type: int32 }
      Effective_Date: { type: date, nulls: "19000101" }
      Document_Date: date
      Entered_Date: date
      Entered_Time: { type: time, date_format: "%H%M%S", zero_pad: 6 }
      Amount: "decimal(18,2)"
      header_text: { from: "JE_Header_ Description" }
    control_sums: [Amount]
    rules:
      - { column: Amount_Credit_Debit_Indicator, one_of: [S, H] }
checks:
  - name: every journal balances
    sql: |
      SELECT journal FROM journal_lines GROUP BY journal
      HAVING sum(CASE WHEN "Amount_Credit_Debit_Indicator" = 'S' THEN "Amount" ELSE -"Amount" END) <> 0
  - name: lines without a company code
    sql: SELECT count(*) FROM journal_lines WHERE "Business_Unit_Code" IS NULL
    expect: 4105
)yaml";

TEST_P(RealFiles, JournalLinesArriveByCompanyAndMonthAndTheFourThatDoNotBalanceAreFound) {
  const std::string file = real_file("gl-journal-detail.csv.zst");
  if (file.empty()) GTEST_SKIP() << "The journal lines are not here.";
  std::string job = k_journals;
  job.replace(job.find("FILE"), 4, file);
  write("job.yaml", job);
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.text(), HasSubstr("every journal balances"));
  const Json first = report();
  EXPECT_EQ(first["entities"][0]["slices"].size(), 145U);
  EXPECT_EQ(first["entities"][0]["total"]["target"]["control_sums"]["Amount"], "928333936.85");
  EXPECT_EQ(first["checks"][0]["passed"], false);
  EXPECT_EQ(first["checks"][1]["passed"], true);
  // 14 company codes: 13 numbers, of which "1" has two lines, and LS01, which no count of numbers
  // sees.
  EXPECT_EQ(asked("SELECT count(*), count(DISTINCT journal), count(DISTINCT "
                  "\"Business_Unit_Code\"), count(*) - count(\"Effective_Date\"), "
                  "count(header_text), CAST(min(\"Entered_Time\") AS VARCHAR), "
                  "CAST(max(\"Entered_Time\") AS VARCHAR), CAST(min(\"Entered_Date\") AS VARCHAR), "
                  "CAST(max(\"Entered_Date\") AS VARCHAR) FROM journal_lines"),
            "28160|13295|14|23137|1414|02:42:36|22:07:21|2007-01-11|2009-01-16");
  EXPECT_EQ(asked("SELECT count(*) FROM journal_lines WHERE \"Entered_Time\" < '10:00:00'"),
            "11197");
  EXPECT_EQ(
      asked("SELECT journal FROM journal_lines GROUP BY journal HAVING sum(CASE WHEN "
            "\"Amount_Credit_Debit_Indicator\" = 'S' THEN \"Amount\" ELSE -\"Amount\" END) <> "
            "0 ORDER BY journal"),
      "100011090\n100011091\n100011092\n100011093");

  EXPECT_THAT(run(), ExitsWith(3));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

}  // namespace
}  // namespace decant::test
