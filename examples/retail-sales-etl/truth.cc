#include "examples/retail-sales-etl/truth.h"

namespace decant::examples::retail {
namespace {

std::string sums_text(const Sums& sums) {
  return "\"rows\": " + std::to_string(sums.row_count) + ", \"total\": \"" +
         decimal_text(sums.total, k_money_scale) + "\", \"cantidad\": \"" +
         decimal_text(sums.quantity, k_quantity_scale) + "\", \"cantidad * precio_unitario\": \"" +
         decimal_text(sums.product, k_product_scale) + "\"";
}

std::string store_json(const Store& store, const std::vector<CellTruth>& cells) {
  Sums sums;
  std::string months;
  for (const CellTruth& cell : cells) {
    if (cell.store != &store) continue;
    sums.add(cell.sums);
    months += months.empty() ? "\n" : ",\n";
    months += "        \"" + cell.month.text() + "\": {" + sums_text(cell.sums) + "}";
  }
  std::string json = "    \"" + std::string{store.id} + "\": {\n";
  json += "      \"label\": \"" + std::string{store.label} + "\",\n";
  json += std::string{"      \"active\": "} + (store.active ? "true" : "false") + ",\n";
  if (store.opened != Month{}) json += "      \"opened\": \"" + store.opened.text() + "\",\n";
  json += "      " + sums_text(sums) + ",\n";
  json += "      \"months\": {" + months + (months.empty() ? "}\n" : "\n      }\n") + "    }";
  return json;
}

}  // namespace

std::string truth_json(std::uint64_t seed, const PlanRequest& plan,
                       const std::vector<CellTruth>& cells) {
  Sums all;
  for (const CellTruth& cell : cells) all.add(cell.sums);
  std::string stores;
  for (const Store& store : configured_stores()) {
    stores += stores.empty() ? "\n" : ",\n";
    stores += store_json(store, cells);
  }
  std::string json = "{\n  \"seed\": " + std::to_string(seed) +
                     ",\n  \"lines\": " + std::to_string(plan.line_count) + ",\n  \"from\": \"" +
                     plan.from.text() + "\",\n  \"months\": " + std::to_string(plan.month_count) +
                     ",\n  \"change\": \"" + changes_text(plan.changes) + "\",\n  ";
  json += sums_text(all) + ",\n  \"stores\": {" + stores + "\n  }\n}\n";
  return json;
}

}  // namespace decant::examples::retail
