#include "coordinator/report/plan_view.h"

#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "common/value/lossy.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

using Json = nlohmann::ordered_json;
using What = PlannedAction::What;

constexpr std::size_t k_most_chunks = 20;

const char* name_of(What what) {
  switch (what) {
    case What::kLoad:
      return "load";
    case What::kReplace:
      return "replace";
    case What::kSkip:
      return "skip";
    case What::kRefuse:
      return "refuse";
  }
  return "";
}

struct Totals {
  std::int64_t chunks = 0, rows = 0, rows_now = 0;
};

Totals total_of(const EntityPlanView& entity, What what) {
  Totals totals;
  for (const PlannedAction& chunk : entity.chunks) {
    if (chunk.what != what) continue;
    ++totals.chunks;
    totals.rows += chunk.rows;
    totals.rows_now += chunk.rows_now;
  }
  return totals;
}

std::string source_of(const ColumnPlan& column) {
  if (column.constant) return "\"" + *column.constant + "\"";
  return column.from + " " +
         (column.foreign.empty() ? to_string(column.source_type) : column.foreign);
}

std::string words_of(const ColumnPlan& column) {
  const std::string words = fidelity_words(column.source_type, column.type, column.lossy);
  return words + (column.foreign.empty() ? "" : "; " + column.foreign + " travels as its text");
}

Json column_json(const ColumnPlan& column) {
  Json out = {{"name", column.name},
              {"type", to_string(column.type)},
              {"from", source_of(column)},
              {"fidelity", std::string(to_string(column.fidelity))},
              {"conversion", words_of(column)}};
  if (!column.lossy.empty()) out["policy"] = column.lossy;
  if (!column.foreign.empty()) out["travels_as"] = "text";
  return out;
}

std::string total_line(const Totals& totals, const std::string& kind, const std::string& what) {
  return "  " + counted(totals.chunks, kind + "chunk") + (kind.empty() ? ", " : ": ") +
         counted(totals.rows, "row") + what + "\n";
}

// With the rows that stand there now: what goes is as important as what comes.
std::string changed_chunks(const EntityPlanView& entity, What what) {
  std::string text;
  std::size_t found = 0;
  for (const PlannedAction& chunk : entity.chunks) {
    if (chunk.what != what || ++found > k_most_chunks) continue;
    text += "    " + chunk.chunk + ", " + counted(chunk.rows, "row") + " for " +
            group_digits(chunk.rows_now) + "\n";
  }
  if (found > k_most_chunks) {
    text += "    … and " + group_digits(static_cast<std::int64_t>(found - k_most_chunks)) +
            " more; `decant plan --json` has them all\n";
  }
  return text;
}

std::string entity_text(const EntityPlanView& entity) {
  std::string text = entity.entity + " -> " + entity.table +
                     (entity.table_exists ? "" : " (the table would be made)") + "\n";
  for (const ColumnPlan& column : entity.columns) {
    text += "  " + column.name + " " + to_string(column.type) + " <- " + source_of(column) + " (" +
            words_of(column) + ")\n";
  }
  const Totals load = total_of(entity, What::kLoad), replace = total_of(entity, What::kReplace),
               skip = total_of(entity, What::kSkip), refuse = total_of(entity, What::kRefuse);
  text += total_line({load.chunks + replace.chunks + skip.chunks + refuse.chunks,
                      load.rows + replace.rows + skip.rows + refuse.rows},
                     "", " would pass");
  text += "  " + counted(entity.rows_rejected, "row") + " would be rejected\n";
  text += total_line(load, "new ", " would be inserted");
  text += total_line(replace, "changed ", " would replace " + group_digits(replace.rows_now)) +
          changed_chunks(entity, What::kReplace);
  if (refuse.chunks > 0) {
    text += "  " + counted(refuse.chunks, "chunk") +
            (refuse.chunks == 1 ? " that has" : " that have") +
            " changed would be refused, since mode insert follows no changes: use mode upsert or "
            "replace, or load the new rows as a job of their own" +
            (load.chunks > 0 ? "; new chunks that are read together with them would not be inserted"
                               " either\n"
                             : "\n") +
            changed_chunks(entity, What::kRefuse);
  }
  text += total_line(skip, "unchanged ", " would be skipped");
  for (const std::string& note : entity.notes) text += "  note: " + note + "\n";
  return text;
}

Json entity_json(const EntityPlanView& entity) {
  Json out;
  out["entity"] = entity.entity;
  out["table"] = entity.table;
  out["table_exists"] = entity.table_exists;
  out["columns"] = Json::array();
  for (const ColumnPlan& column : entity.columns) {
    out["columns"].push_back(column_json(column));
  }
  out["chunks"] = Json::array();
  for (const PlannedAction& chunk : entity.chunks) {
    out["chunks"].push_back({{"chunk", chunk.chunk},
                             {"action", name_of(chunk.what)},
                             {"rows", chunk.rows},
                             {"rows_now", chunk.rows_now},
                             {"rejects", chunk.rejects}});
  }
  out["rows_to_insert"] = total_of(entity, What::kLoad).rows;
  out["rows_in_changed_chunks"] = total_of(entity, What::kReplace).rows;
  out["rows_now_in_changed_chunks"] = total_of(entity, What::kReplace).rows_now;
  out["chunks_to_refuse"] = total_of(entity, What::kRefuse).chunks;
  out["rows_to_skip"] = total_of(entity, What::kSkip).rows;
  out["rows_to_reject"] = entity.rows_rejected;
  out["notes"] = entity.notes;
  return out;
}

}  // namespace

std::string plan_text(const std::vector<EntityPlanView>& entities) {
  std::string text;
  for (const EntityPlanView& entity : entities) text += entity_text(entity);
  return text + "Nothing was written.\n";
}

std::string plan_json(const std::string& run, const std::string& job,
                      const std::vector<EntityPlanView>& entities) {
  Json out;
  out["plan"] = run;
  out["job"] = job;
  out["entities"] = Json::array();
  for (const EntityPlanView& entity : entities) out["entities"].push_back(entity_json(entity));
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace decant
