#include <gmock/gmock.h>

#include "common/job/slice.h"
#include "tests/unit/files/file_fixture.h"

namespace decant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Census : public FileTest {
 protected:
  Census() {
    request_.entity = "ventas";
    lands_as("fecha", {TypeKind::kTimestamp});
    entity_.read.files = "*.csv";
    entity_.read.time = "fecha";
  }

  // The table that the rows are for has this column.
  void lands_as(const std::string& column, const Type& type) {
    request_.table.fields = {{column, type}};
  }

  Result<CensusResult> take(const StoreSpec* store = nullptr) {
    return source(1 << 20, store)->census(job_, entity_, request_);
  }

  // "file: store period [begin,end) rows" of every cell.
  std::vector<std::string> cells() {
    auto result = take();
    if (!result) return {result.error().to_string()};
    std::vector<std::string> out;
    for (const CensusExtent& extent : result->extents) {
      for (const CensusCell& cell : extent.cells) {
        std::string text = std::filesystem::path(extent.extent.path).filename().string() + ": " +
                           cell.store + " " + cell.period + " ";
        if (cell.range.begin || cell.range.end) text += shown(cell.range) + " ";
        out.push_back(text + (extent.exact ? "" : "~") + std::to_string(cell.rows) +
                      (cell.is_beyond ? " beyond" : ""));
      }
    }
    return out;
  }

  std::string shown(const ValueRange& range) const {
    const auto one = [&](const std::optional<std::int64_t>& value) {
      if (!value) return std::string();
      if (landed().kind == TypeKind::kInt64) return std::to_string(*value);
      if (landed().kind == TypeKind::kDate) return format_date(*value);
      return format_timestamp(*value);
    };
    return "[" + one(range.begin) + "," + one(range.end) + ")";
  }

  Type landed() const { return request_.table.fields.at(0).type; }

  JobSpec job_;
  CensusRequest request_;
};

TEST_F(Census, CountsRowsByMonth) {
  request_.store = "t1";
  write("a.csv", "id,fecha\n1,2024-08-01 10:00:00\n2,2024-08-31 23:59:59\n3,2024-09-01 00:00:00\n");
  write("b.csv", "id,fecha\n4,2024-09-02\n");
  EXPECT_THAT(cells(),
              ElementsAre("a.csv: t1 2024-08 2", "a.csv: t1 2024-09 1", "b.csv: t1 2024-09 1"));
}

TEST_F(Census, RowsWithoutAReadableTimeAreUndated) {
  request_.store = "t1";
  write("a.csv", "id,fecha\n1,\n2,yesterday\n3,2024-09-01 00:00:00\n");
  EXPECT_THAT(cells(), ElementsAre("a.csv: t1 2024-09 1", "a.csv: t1 undated 2"));
}

TEST_F(Census, OverSomeDaysRowsWithAnUnreadableTimeAreToldApart) {
  request_.store = "t1";
  request_.days = *parse_day_range("2024-09", "");
  write("a.csv", "id,fecha\n1,\n2,yesterday\n3,2024-09-01 00:00:00\n4\n5,infinity\n");
  EXPECT_THAT(cells(), ElementsAre("a.csv: t1 2024-09 1", "a.csv: t1 undated 2",
                                   "a.csv: t1 unreadable 1", "a.csv: t1 unreadable 1"));
}

TEST_F(Census, AFileOfOtherDaysHasNoUnreadableRowsOfTheRun) {
  job_.store_from_column = "pais";
  request_.days = *parse_day_range("2024-08-02", "2024-08");
  entity_.read.files = "{day}.csv";
  write("2024-08-01.csv", "pais,fecha\nES,yesterday\nES,2024-08-01\n");
  write("2024-08-03.csv", "pais,fecha\nES,yesterday\n");
  EXPECT_THAT(cells(), ElementsAre("2024-08-01.csv: ES 2024-08 1 beyond",
                                   "2024-08-03.csv: ES unreadable 1"));
}

TEST_F(Census, TheStoreMayBeAColumn) {
  job_.store_from_column = "pais";
  write("a.csv",
        "pais,fecha\nES,2024-08-01\n\"\",2024-08-01\nFR,2024-08-02\nES,2024-08-03\n,2024-08-04\n");
  EXPECT_THAT(cells(), ElementsAre("a.csv: ES 2024-08 2", "a.csv: FR 2024-08 1",
                                   "a.csv: unknown 2024-08 2"));
  const auto result = take();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->extents[0].extent.store, "");
}

TEST_F(Census, RowsWithoutTheStoresColumnBelongToNoStore) {
  job_.store_from_column = "pais";
  write("a.csv", "id,fecha\n1,2024-08-01\n2,2024-09-01\n");
  EXPECT_THAT(cells(), ElementsAre("a.csv: all 2024-08 1", "a.csv: all 2024-09 1"));
}

TEST_F(Census, NamesThatNoStoreCanHaveAreRowsWithoutAStore) {
  job_.store_from_column = "tienda";
  write("a.csv",
        "tienda,fecha\nall,2024-08-01\nunknown,2024-08-01\n\"\",2024-08-01\nt1,2024-08-01\n");
  EXPECT_THAT(cells(), ElementsAre("a.csv: t1 2024-08 1", "a.csv: unknown 2024-08 3"));
}

// As the copy will hold it: a chunk of another name would never find its rows.
TEST_F(Census, StoresAreNamedByTheValuesThatLand) {
  job_.store_from_column = "tienda";
  write("a.csv", "tienda,fecha\nABCD,2024-08-01\nABCE,2024-08-01\nA" + std::string(1, '\0') +
                     "B,2024-08-01\nnone,2024-08-01\n");
  const auto cells_as = [&](const ColumnSpec& column) {
    entity_.columns = {column};
    return cells();
  };
  EXPECT_THAT(
      cells_as({.name = "tienda",
                .type = *parse_type("varchar(3)"),
                .lossy = "truncate",
                .replace_nul = "-",
                .null_texts = {"none"}}),
      ElementsAre("a.csv: A-B 2024-08 1", "a.csv: ABC 2024-08 2", "a.csv: unknown 2024-08 1"));
  EXPECT_THAT(cells_as({.name = "tienda", .type = Type{}, .replace_nul = ""}),
              ElementsAre("a.csv: AB 2024-08 1", "a.csv: ABCD 2024-08 1", "a.csv: ABCE 2024-08 1",
                          "a.csv: none 2024-08 1"));
  write("a.csv", "tienda,fecha\n7.4,2024-08-01\n7,2024-08-01\n6.9,2024-08-01\n");
  EXPECT_THAT(cells_as({.name = "tienda", .type = *parse_type("int64"), .lossy = "round"}),
              ElementsAre("a.csv: 7 2024-08 3"));
}

// Of the columns that take the store, the one that is named, else one of the key.
TEST_F(Census, StoresAreThoseOfTheColumnThatThePlanTakes) {
  job_.store_from_column = "tienda";
  write("a.csv", "tienda,fecha\nABCD,2024-08-01\nABCE,2024-08-01\n");
  entity_.columns = {
      {.name = "full", .from = "tienda", .type = Type{}},
      {.name = "short", .from = "tienda", .type = *parse_type("varchar(3)"), .lossy = "truncate"}};
  EXPECT_THAT(cells(), ElementsAre("a.csv: ABCD 2024-08 1", "a.csv: ABCE 2024-08 1"));
  entity_.write.key = {"short"};
  EXPECT_THAT(cells(), ElementsAre("a.csv: ABC 2024-08 2"));
  entity_.write.key.clear();
  entity_.store_column = "short";
  EXPECT_THAT(cells(), ElementsAre("a.csv: ABC 2024-08 2"));
}

TEST_F(Census, AFileOfNothingButBrokenRowsIsToBeReadToo) {
  request_.store = "t1";
  write("a.csv", "id,fecha\n1\n2\n");
  EXPECT_THAT(cells(), ElementsAre("a.csv: t1 undated 2"));
}

TEST_F(Census, AMonthTooLargeForAChunkIsCutIntoDaysInEveryFile) {
  request_.store = "t1";
  request_.chunk_rows = 3;
  write("a.csv",
        "fecha\n2024-08-01 01:00:00\n2024-08-01 02:00:00\n2024-08-05 00:00:00\n2024-07-01\n");
  write("b.csv", "fecha\n2024-08-05 12:00:00\n");
  EXPECT_THAT(cells(),
              ElementsAre("a.csv: t1 2024-07 1",  //
                          "a.csv: t1 2024-08 [2024-08-01 00:00:00,2024-08-02 00:00:00) 2",
                          "a.csv: t1 2024-08 [2024-08-05 00:00:00,2024-08-06 00:00:00) 1",
                          "b.csv: t1 2024-08 [2024-08-05 00:00:00,2024-08-06 00:00:00) 1"));
}

TEST_F(Census, DatesAreCutInDays) {
  request_.store = "t1";
  lands_as("fecha", {TypeKind::kDate});
  request_.chunk_rows = 1;
  write("a.csv", "fecha\n2024-08-01\n2024-08-03\n");
  EXPECT_THAT(cells(), ElementsAre("a.csv: t1 2024-08 [2024-08-01,2024-08-02) 1",
                                   "a.csv: t1 2024-08 [2024-08-03,2024-08-04) 1"));
}

TEST_F(Census, MonthsOfInstantsAreThoseOfTheStoresZone) {
  time_zone_ = "America/Caracas";  // four hours behind UTC
  request_.store = "t1";
  lands_as("fecha", {TypeKind::kTimestampTz});
  request_.chunk_rows = 2;
  write("a.csv",
        "fecha\n2024-09-01 03:59:59Z\n2024-09-01 04:00:00Z\n2024-09-01 05:00:00Z\n2024-08-31 "
        "23:00:00\n"
        "2024-09-01 05:30:00+01:00\n");
  EXPECT_THAT(cells(),
              ElementsAre("a.csv: t1 2024-08 2",
                          "a.csv: t1 2024-09 [2024-09-01 04:00:00,2024-09-02 04:00:00) 3"));
}

TEST_F(Census, DaysOutsideTheRunAreOnlyToldOfItsMonths) {
  request_.store = "t1";
  request_.days = *parse_day_range("2024-08-02", "2024-08");
  write("a.csv", "fecha\n2024-08-01\n2024-08-02\n2024-08-31 23:59:59\n2024-09-01\n\n");
  EXPECT_THAT(cells(), ElementsAre("a.csv: t1 2024-08 1 beyond", "a.csv: t1 2024-08 2"));
}

TEST_F(Census, AFileOfAnotherDayOfTheMonthIsBeyondTheRun) {
  request_.store = "t1";
  request_.days = *parse_day_range("2024-08-02", "2024-08");
  entity_.read.files = "{day}.csv";
  for (const char* day : {"2024-07-31", "2024-08-01", "2024-08-03"})
    write(std::string(day) + ".csv", "fecha\n" + std::string(day) + "\n");
  EXPECT_THAT(cells(),
              ElementsAre("2024-08-01.csv: t1 2024-08 ~1 beyond", "2024-08-03.csv: t1 2024-08 ~1"));
}

TEST_F(Census, AFileThatNamesItsMonthIsNotReadThrough) {
  request_.store = "t1";
  entity_.read.files = "v_{month}.csv";
  std::string text = "id,fecha\n";
  for (int i = 0; i < 100'000; ++i) text += std::to_string(100'000 + i) + ",2024-08-01 10:00:00\n";
  write("v_2024-08.csv", text);
  const auto result = take();
  ASSERT_TRUE(result) << result.error().to_string();
  ASSERT_EQ(result->extents.size(), 1U);
  const CensusExtent& extent = result->extents[0];
  EXPECT_FALSE(extent.exact);
  EXPECT_EQ(extent.extent.period, "2024-08");
  EXPECT_EQ(extent.extent.store, "t1");
  ASSERT_EQ(extent.cells.size(), 1U);
  EXPECT_EQ(extent.cells[0].period, "2024-08");
  EXPECT_FALSE(extent.cells[0].range.begin);
  EXPECT_NEAR(static_cast<double>(extent.cells[0].rows), 100'000, 1'000);
}

TEST_F(Census, WithoutATimeThereIsOneSliceForAll) {
  request_.store = "t1";
  entity_.read.time.clear();
  write("a.csv", "id\n1\n2\n");
  EXPECT_THAT(cells(), ElementsAre("a.csv: t1 all ~2"));
}

TEST_F(Census, KeysAreCutIntoRangesOfAboutAChunk) {
  request_.store = "t1";
  request_.chunk_rows = 100;
  lands_as("id", {TypeKind::kInt64});
  entity_.read.time.clear();
  entity_.read.key = "id";
  std::string text = "id,x\n,a\n";
  for (int i = 0; i < 250; ++i) text += std::to_string(i + 1000) + ",b\n";
  write("a.csv", text);
  EXPECT_THAT(cells(), ElementsAre("a.csv: t1 all [1000,1100) 100", "a.csv: t1 all [1100,1200) 100",
                                   "a.csv: t1 all [1200,1250) 50", "a.csv: t1 undated 1"));
}

TEST_F(Census, AFileWithOtherColumnsIsNamed) {
  request_.store = "t1";
  write("a.csv", "id,fecha\n1,2024-08-01\n");
  write("b.csv", "fecha,id\n2024-08-01,2\n");
  write("c.csv", "id,fecha,total\n1,2024-08-01,5\n");
  const auto result = take();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kProtocol);
  EXPECT_THAT(result.error().message, HasSubstr("c.csv has other columns than"));
  EXPECT_THAT(result.error().message, HasSubstr("it adds total"));
}

TEST_F(Census, AMissingTimeColumnIsNamedWithItsFile) {
  request_.store = "t1";
  entity_.read.time = "fech";
  write("a.csv", "id,fecha\n1,2024-08-01\n");
  write("b.csv", "id,fecha\n1,2024-08-01\n");
  const auto result = take();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kMismatch) << "no file has it: the job is wrong";
  EXPECT_THAT(result.error().message, HasSubstr("a.csv"));
  EXPECT_THAT(result.error().message, Not(HasSubstr("b.csv")));
  write("b.csv", "id,fech\n1,2024-08-01\n");
  const auto one = take();
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().code, ErrorCode::kProtocol) << "one file lacks it";
}

// It may be that only this machine does not see them.
TEST_F(Census, NotOneFileInAnyMonthCannotBeReached) {
  StoreSpec store;
  store.name = "t1";
  entity_.read.files = "{store}_{month}.csv";
  const auto result = take(&store);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnreachable);
  for (const char* part : {"{store}_{month}.csv", "store t1", " on "})
    EXPECT_THAT(result.error().message, HasSubstr(part));
  EXPECT_THAT(result.error().advice, HasSubstr("active: false"));
}

TEST_F(Census, FilesOfOtherMonthsAreNoExtents) {
  entity_.read.files = "{month}.csv";
  write("2024-08.csv", "id,fecha\n1,2024-08-01\n");
  request_.days = *parse_day_range("2024-09", "2024-09");
  const auto result = take();
  ASSERT_TRUE(result);
  EXPECT_THAT(result->extents, IsEmpty());
}

TEST_F(Census, ReadsTimesInTheFormOfTheirColumn) {
  request_.store = "t1";
  lands_as("vendido", {TypeKind::kTimestamp});
  entity_.columns.push_back({.name = "vendido", .from = "fecha", .date_format = "%d/%m/%Y"});
  write("a.csv", "fecha\n31/08/2024\n01/09/2024\n");
  EXPECT_THAT(cells(), ElementsAre("a.csv: t1 2024-08 1", "a.csv: t1 2024-09 1"));
}

// A text of the same column beside it says no months, wherever it stands.
TEST_F(Census, CountsTimesAsTheColumnThatThePlanFindsThemBy) {
  request_.store = "t1";
  write("a.csv", "fecha\n05/01/2024\n06/02/2024\n");
  request_.table = {};
  const ColumnSpec raw{.name = "raw", .from = "fecha"};
  const ColumnSpec day{.name = "fecha", .type = Type{TypeKind::kDate}, .date_format = "%d/%m/%Y"};
  const ColumnSpec other{
      .name = "other", .from = "fecha", .type = Type{TypeKind::kDate}, .date_format = "%m/%d/%Y"};
  const auto counted_as = [&](const std::vector<ColumnSpec>& columns) {
    entity_.columns = columns;
    const auto result = take();
    return result && result->range ? result->range->column : "nothing";
  };
  EXPECT_EQ(counted_as({raw, day, other}), "fecha");
  EXPECT_THAT(cells(), ElementsAre("a.csv: t1 2024-01 1", "a.csv: t1 2024-02 1"));
  EXPECT_EQ(counted_as({raw, other, day}), "other");
  EXPECT_THAT(cells(), ElementsAre("a.csv: t1 2024-05 1", "a.csv: t1 2024-06 1"));
  entity_.write.key = {"fecha"};
  EXPECT_EQ(counted_as({raw, other, day}), "fecha");
  entity_.write.key.clear();
  // The table's order is that of the plan.
  request_.table.fields = {
      {"raw", Type{}}, {"fecha", {TypeKind::kDate}}, {"other", {TypeKind::kDate}}};
  EXPECT_EQ(counted_as({other, raw, day}), "fecha");
  EXPECT_EQ(counted_as({raw}), "nothing");
}

TEST_F(Census, ATypeThatHasNoMonthsIsAMistakeOfTheJob) {
  request_.store = "t1";
  write("a.csv", "id,fecha\n1,2024-08-01\n2,3\n");
  const auto expect_refusal = [&](const std::string& type, const std::string& words) {
    lands_as(words.substr(words.rfind(' ') + 2, words.size() - words.rfind(' ') - 3),
             *parse_type(type));
    const auto result = take();
    ASSERT_FALSE(result) << type;
    EXPECT_EQ(result.error().code, ErrorCode::kUsage) << type;
    EXPECT_THAT(result.error().message, HasSubstr(words + ", which is " + type + " and not "));
  };
  const std::vector<std::string> neither = {"text",  "varchar(10)", "bool", "json", "decimal(10,0)",
                                            "bytes", "float64",     "uuid", "time"};
  for (const std::string& type : neither) expect_refusal(type, "\"read: time\" lands in \"fecha\"");
  expect_refusal("int64", "\"read: time\" lands in \"fecha\"");
  entity_.read.time.clear();
  entity_.read.key = "id";
  for (const std::string& type : neither) expect_refusal(type, "\"read: key\" lands in \"id\"");
  expect_refusal("date", "\"read: key\" lands in \"id\"");
  entity_.columns.push_back({.name = "number", .from = "id"});
  expect_refusal("text", "\"read: key\" lands in \"number\"");
}

TEST_F(Census, ColumnsAreTextInTheFilesOrder) {
  request_.store = "t1";
  write("a.csv", "id,fecha\n1,2024-08-01\n");
  const auto result = take();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->columns, (Schema{{{"id", Type{}, true}, {"fecha", Type{}, true}}}));
}

// What a file's name says of months is no reason to leave rows out that have none.
TEST_F(Census, AllFilesOfAnEntityWithoutTimeAreListedWhateverTheDays) {
  for (const char* name : {"v_2024-01.csv", "v_2024-02.csv"}) write(name, "id\n1\n2\n");
  request_.store = "t1";
  request_.days = *parse_day_range("2024-02", "2024-02");
  lands_as("id", {TypeKind::kInt64});
  entity_.read.files = "v_{month}.csv";
  entity_.read.time = "";
  EXPECT_THAT(cells(), ElementsAre("v_2024-01.csv: t1 all ~2", "v_2024-02.csv: t1 all ~2"));
  entity_.read.key = "id";
  EXPECT_THAT(cells(),
              ElementsAre("v_2024-01.csv: t1 all [1,3) 2", "v_2024-02.csv: t1 all [1,3) 2"));
}

}  // namespace
}  // namespace decant::testing
