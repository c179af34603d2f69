// The generated data set is what other tests measure Decant by, so it is checked here with a reader
// of its own, which shares no code with the generator.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "examples/retail-sales-etl/catalogue.h"
#include "examples/retail-sales-etl/dataset.h"
#include "examples/retail-sales-etl/decimal.h"
#include "examples/retail-sales-etl/options.h"
#include "examples/retail-sales-etl/sales.h"
#include "examples/retail-sales-etl/stores.h"

namespace decant::examples::retail {
namespace {

namespace fs = std::filesystem;

using Row = std::vector<std::string>;

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<Row> parse_csv(const std::string& text) {
  std::vector<Row> rows(1, Row(1));
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    std::string& field = rows.back().back();
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      field.push_back(text[++i]);
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      rows.back().emplace_back();
    } else if (!quoted && c == '\n') {
      rows.emplace_back(1);
    } else {
      field.push_back(c);
    }
  }
  rows.pop_back();
  return rows;
}

// The digits of a decimal as an integer; the columns have fixed scales.
Int128 unscaled(const std::string& text) {
  Int128 value = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') value = value * 10 + (c - '0');
  }
  return text.front() == '-' ? -value : value;
}

struct Delivery {
  std::map<std::string, std::vector<Row>> cells;  // "tienda_01/2024-09" to rows of 13 columns
  nlohmann::json truth;
};

class RetailGenerator : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::path(DECANT_BINARY_DIR) / "test-data" / test->name();
    fs::remove_all(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  DatasetRequest request(const std::string& name, Layout layout = Layout::k_files) const {
    DatasetRequest request;
    request.folder = root_ / name;
    request.layout = layout;
    request.plan.line_count = 40'000;
    return request;
  }

  static Delivery generate(const DatasetRequest& request) {
    write_dataset(request);
    Delivery delivery;
    delivery.truth = nlohmann::json::parse(bytes_of(request.folder / "truth.json"));
    for (const auto& entry : fs::recursive_directory_iterator(request.folder)) {
      if (entry.path().extension() != ".csv") continue;
      std::vector<Row> rows = parse_csv(bytes_of(entry.path()));
      rows.erase(rows.begin());
      if (request.layout == Layout::k_single) {
        for (Row& row : rows) {
          const std::string cell = row[0] + "/" + row[1].substr(0, 7);
          row.erase(row.begin());
          delivery.cells[cell].push_back(std::move(row));
        }
        continue;
      }
      std::string cell = fs::relative(entry.path(), request.folder).string();
      cell.resize(cell.size() - 4);
      if (request.layout == Layout::k_files) cell[cell.size() - 8] = '/';
      delivery.cells[cell] = std::move(rows);
    }
    return delivery;
  }

  static std::size_t row_count(const Delivery& delivery) {
    std::size_t count = 0;
    for (const auto& [cell, rows] : delivery.cells) count += rows.size();
    return count;
  }

  fs::path root_;
};

TEST_F(RetailGenerator, MakesExactlyTheLinesAskedFor) {
  const Delivery delivery = generate(request("a"));
  EXPECT_EQ(row_count(delivery), 40'000u);
  EXPECT_EQ(delivery.truth["rows"], 40'000);
  DatasetRequest odd = request("b");
  odd.plan.line_count = 12'347;
  EXPECT_EQ(row_count(generate(odd)), 12'347u);
}

TEST_F(RetailGenerator, SameSeedGivesSameBytesAndAnotherSeedOthers) {
  DatasetRequest first = request("a", Layout::k_single);
  DatasetRequest second = request("b", Layout::k_single);
  DatasetRequest other = request("c", Layout::k_single);
  other.seed = 18;
  for (const auto& each : {first, second, other}) write_dataset(each);
  EXPECT_EQ(bytes_of(root_ / "a/ventas.csv"), bytes_of(root_ / "b/ventas.csv"));
  EXPECT_NE(bytes_of(root_ / "a/ventas.csv"), bytes_of(root_ / "c/ventas.csv"));
}

TEST_F(RetailGenerator, BytesAreTheSameOnEveryPlatform) {
  DatasetRequest one = request("a", Layout::k_single);
  write_dataset(one);
  // FNV-1a of the file. When the content changes on purpose, the version in stamp.cc must grow too.
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : bytes_of(root_ / "a/ventas.csv")) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  EXPECT_EQ(hash, 535646563816513040u);
}

TEST_F(RetailGenerator, LayoutsHoldTheSameRowsAndTheSameTruth) {
  const Delivery files = generate(request("files"));
  const Delivery folders = generate(request("folders", Layout::k_folders));
  const Delivery single = generate(request("single", Layout::k_single));
  EXPECT_EQ(files.cells, folders.cells);
  EXPECT_EQ(files.cells, single.cells);
  EXPECT_EQ(files.truth, folders.truth);
  EXPECT_EQ(files.truth, single.truth);
}

TEST_F(RetailGenerator, SingleLayoutMixesStoresAndMonths) {
  write_dataset(request("a", Layout::k_single));
  const std::vector<Row> rows = parse_csv(bytes_of(root_ / "a/ventas.csv"));
  std::set<std::string> stores, months;
  for (std::size_t i = 1; i <= 4000; ++i) {
    stores.insert(rows[i][0]);
    months.insert(rows[i][1].substr(0, 7));
  }
  EXPECT_EQ(rows[0][0], "ubicacion_id");
  EXPECT_EQ(stores.size(), 17u);
  EXPECT_EQ(months.size(), 13u);
}

TEST_F(RetailGenerator, SumsOfTruthAreTheSumsOfTheRows) {
  const Delivery delivery = generate(request("a"));
  Sums all;
  std::map<std::string, Sums> stores;
  for (const auto& [cell, rows] : delivery.cells) {
    Sums sums;
    for (const Row& row : rows) {
      sums.row_count += 1;
      sums.quantity += unscaled(row[7]);
      sums.product += unscaled(row[7]) * unscaled(row[8]);
      sums.total += unscaled(row[10]);
    }
    const std::string store = cell.substr(0, cell.find('/'));
    const auto& month = delivery.truth["stores"][store]["months"][cell.substr(store.size() + 1)];
    EXPECT_EQ(month["rows"], sums.row_count);
    EXPECT_EQ(month["total"], decimal_text(sums.total, 4));
    stores[store].add(sums);
    all.add(sums);
  }
  for (const auto& [store, sums] : stores) {
    const auto& truth = delivery.truth["stores"][store];
    EXPECT_EQ(truth["rows"], sums.row_count);
    EXPECT_EQ(truth["total"], decimal_text(sums.total, 4));
    EXPECT_EQ(truth["cantidad"], decimal_text(sums.quantity, 3));
    EXPECT_EQ(truth["cantidad * precio_unitario"], decimal_text(sums.product, 7));
  }
  EXPECT_EQ(delivery.truth["total"], decimal_text(all.total, 4));
  EXPECT_EQ(delivery.truth["cantidad"], decimal_text(all.quantity, 3));
  EXPECT_EQ(delivery.truth["cantidad * precio_unitario"], decimal_text(all.product, 7));
}

TEST_F(RetailGenerator, TotalIsQuantityTimesPriceRoundedHalfToEvenLessDiscount) {
  for (const auto& [cell, rows] : generate(request("a")).cells) {
    for (const Row& row : rows) {
      const Int128 product = unscaled(row[7]) * unscaled(row[8]);
      Int128 money = product / 1000;
      const Int128 rest = (product < 0 ? -product : product) % 1000;
      if (rest > 500 || (rest == 500 && money % 2 != 0)) money += product < 0 ? -1 : 1;
      ASSERT_EQ(decimal_text(money - unscaled(row[9]), 4), row[10]) << cell;
    }
  }
}

TEST_F(RetailGenerator, RowsHaveThirteenColumnsAUniqueKeyAndATimeWithinTheirMonth) {
  std::size_t quoted = 0, anonymous = 0, returned = 0;
  for (const auto& [cell, rows] : generate(request("a")).cells) {
    std::set<std::tuple<std::string, std::string, std::string>> keys;
    for (const Row& row : rows) {
      ASSERT_EQ(row.size(), 13u) << cell;
      ASSERT_EQ(row[0].substr(0, 7), cell.substr(cell.find('/') + 1));
      ASSERT_EQ(row[0].size(), 19u);
      ASSERT_TRUE(keys.emplace(row[0], row[1], row[2]).second) << cell;
      ASSERT_EQ(row[4].size(), 13u);
      quoted += row[5].find_first_of(",\"") != std::string::npos ? 1 : 0;
      anonymous += row[11].empty() ? 1 : 0;
      returned += row[7].front() == '-' ? 1 : 0;
    }
  }
  EXPECT_GT(quoted, 4'000u);
  EXPECT_GT(anonymous, 20'000u);
  EXPECT_GT(returned, 50u);
}

TEST_F(RetailGenerator, QuotedTextComesBackAsItWas) {
  for (const std::string text : {"llano", "Refresco \"Sol\" 1,5 L", "\"", ",", "Piñonate\nx 4"}) {
    EXPECT_EQ(parse_csv(csv_field(text) + "\n").at(0), Row{text});
  }
}

TEST_F(RetailGenerator, StoresTradeInTheProportionsOfTheOrigin) {
  const nlohmann::json truth = generate(request("a")).truth["stores"];
  const auto rows = [&](const char* store) { return truth[store]["rows"].get<double>(); };
  EXPECT_NEAR(rows("tienda_01") / rows("tienda_11"), 9.7 / 8.1, 0.01);
  EXPECT_NEAR(rows("tienda_12") / rows("tienda_06"), 6.8 / 5.3, 0.01);
  EXPECT_NEAR(rows("tienda_01") / 40'000, 9.7 / 81.8, 0.001);
}

TEST_F(RetailGenerator, LateOpeningsMissingMonthsAndInactiveStoresHaveNoFile) {
  const Delivery delivery = generate(request("a"));
  const auto months_of = [&](const char* store) {
    return delivery.truth["stores"][store]["months"].size();
  };
  EXPECT_EQ(delivery.truth["stores"].size(), 20u);
  EXPECT_EQ(months_of("tienda_01"), 13u);
  EXPECT_EQ(months_of("tienda_16"), 7u);
  EXPECT_EQ(months_of("tienda_19"), 3u);
  for (const char* absent : {"tienda_08/2024-09", "tienda_08/2025-03", "tienda_13/2025-07",
                             "tienda_15/2024-10", "tienda_16/2025-02", "tienda_19/2025-06"}) {
    EXPECT_EQ(delivery.cells.count(absent), 0u) << absent;
  }
  EXPECT_EQ(delivery.cells.count("tienda_16/2025-03"), 1u);
  EXPECT_EQ(delivery.cells.count("tienda_19/2025-07"), 1u);
  for (const char* closed : {"tienda_18", "tienda_20", "mayorista_01"}) {
    EXPECT_EQ(delivery.truth["stores"][closed]["active"], false);
    EXPECT_EQ(months_of(closed), 0u);
  }
}

TEST_F(RetailGenerator, CompleteFolderIsLeftAloneAndADamagedOneMadeAgain) {
  const DatasetRequest wanted = request("a");
  EXPECT_FALSE(write_dataset(wanted).was_complete);
  const fs::path file = root_ / "a/tienda_01_2024-09.csv";
  const std::string bytes = bytes_of(file);
  EXPECT_TRUE(write_dataset(wanted).was_complete);
  fs::resize_file(file, 100);
  EXPECT_FALSE(write_dataset(wanted).was_complete);
  EXPECT_EQ(bytes_of(file), bytes);
}

TEST_F(RetailGenerator, OtherParametersLeaveNoFileOfTheOldDataSet) {
  write_dataset(request("a", Layout::k_folders));
  std::ofstream(root_ / "a/mine.txt") << "not the generator's";
  write_dataset(request("a", Layout::k_single));
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(root_ / "a")) {
    names.insert(entry.path().filename().string());
  }
  EXPECT_EQ(names,
            (std::set<std::string>{"generated.stamp", "mine.txt", "truth.json", "ventas.csv"}));
}

TEST_F(RetailGenerator, ChangeTouchesOnlyTheRowsItNames) {
  const Delivery before = generate(request("before"));
  DatasetRequest changed = request("after");
  add_change(changed.plan.changes, "tienda_05/2025-02:update=10,delete=3,insert=7");
  add_change(changed.plan.changes, "tienda_08/2025-03:insert=5");
  Delivery after = generate(changed);
  EXPECT_EQ(after.cells["tienda_08/2025-03"].size(), 5u);
  after.cells.erase("tienda_08/2025-03");
  std::map<std::string, Row> old_rows;
  for (const Row& row : before.cells.at("tienda_05/2025-02")) old_rows[row[1] + "/" + row[2]] = row;
  std::size_t updated = 0, inserted = 0;
  for (const Row& row : after.cells["tienda_05/2025-02"]) {
    const auto found = old_rows.extract(row[1] + "/" + row[2]);
    if (!found) {
      ++inserted;
    } else if (found.mapped() != row) {
      ++updated;
      EXPECT_EQ(found.mapped()[0], row[0]);
    }
  }
  EXPECT_EQ(std::tuple(updated, old_rows.size(), inserted), std::tuple(10u, 3u, 7u));
  after.cells["tienda_05/2025-02"] = before.cells.at("tienda_05/2025-02");
  EXPECT_EQ(after.cells, before.cells);
}

TEST_F(RetailGenerator, StoresOfTheJobFileSayWhatTheDataSays) {
  const std::string yaml = stores_yaml();
  EXPECT_NE(yaml.find("tienda_01: { label: PERIFERICO }\n"), std::string::npos);
  EXPECT_NE(yaml.find("tienda_16: { label: TOCUYITO, opened: 2025-03 }\n"), std::string::npos);
  EXPECT_NE(yaml.find("tienda_18: { label: EL TRIGAL, active: false }\n"), std::string::npos);
  EXPECT_EQ(std::count(yaml.begin(), yaml.end(), '\n'), 20);
}

TEST_F(RetailGenerator, WrongArgumentsAreRefused) {
  for (const std::vector<std::string_view>& arguments :
       {std::vector<std::string_view>{},
        {"--out"},
        {"--lines", "5"},
        {"--out", "x", "--lines=0"},
        {"--out", "x", "--layout", "pile"},
        {"--out", "x", "--from", "2024-13"},
        {"--out", "x", "--colour", "red"},
        {"--out", "x", "--change", "tienda_18/2025-01:update=1"},
        {"--out", "x", "--change", "tienda_01/2025-01:paint=1"}}) {
    EXPECT_THROW(parse_options(arguments), std::invalid_argument);
  }
  DatasetRequest outside = request("a");
  add_change(outside.plan.changes, "tienda_01/2031-01:update=1");
  EXPECT_THROW(write_dataset(outside), std::invalid_argument);
  EXPECT_FALSE(fs::exists(root_ / "a"));
}

}  // namespace
}  // namespace decant::examples::retail
