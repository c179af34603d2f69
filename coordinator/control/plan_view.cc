#include "coordinator/control/plan_view.h"

#include <nlohmann/json.hpp>
#include <set>

#include "common/base/text.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t k_most_chunks = 20;

enum class Action { kLoad, kReplace, kSkip };

const char* name_of(Action action) {
  return action == Action::kLoad ? "load" : action == Action::kReplace ? "replace" : "skip";
}

struct Totals {
  std::int64_t chunks = 0, rows = 0;
};

struct Summary {
  Totals all, load, replace, skip;
  void add(Action action, std::int64_t rows) {
    Totals& part = action == Action::kLoad ? load : action == Action::kReplace ? replace : skip;
    for (Totals* totals : {&all, &part}) {
      ++totals->chunks;
      totals->rows += rows;
    }
  }
};

// Gives each chunk with what a run would do with it, in order of name.
template <typename Take>
Summary summarize(const EntityRun& entity, const Take& take) {
  std::set<std::string> loaded;
  for (const PlannedChunk& chunk : entity.work.chunks) {
    if (chunk.batch_count > 0) loaded.insert(chunk.spec.name().value);
  }
  Summary summary;
  for (const auto& [name, chunk] : entity.evidence) {
    const Action action = loaded.count(name) == 0 ? Action::kLoad
                          : chunk.skipped         ? Action::kSkip
                                                  : Action::kReplace;
    summary.add(action, chunk.accepted.digest.row_count);
    take(name, chunk, action);
  }
  return summary;
}

std::string source_of(const ColumnPlan& column) {
  return column.constant ? "\"" + *column.constant + "\""
                         : column.from + " " + to_string(column.source_type);
}

}  // namespace

std::string plan_text(const std::vector<EntityRun>& entities) {
  std::string text;
  for (const EntityRun& entity : entities) {
    text += entity.spec->name + " -> " + entity.plan.write.table +
            (entity.table_exists ? "" : " (the table would be made)") + "\n";
    for (const ColumnPlan& column : entity.plan.columns) {
      text += "  " + column.name + " " + to_string(column.type) + " <- " + source_of(column) +
              " (" + std::string(to_string(column.fidelity)) + ")\n";
    }
    std::string changed;
    std::size_t shown = 0;
    const auto name_changed = [&](const std::string& name, const ChunkEvidence& chunk, Action did) {
      if (did != Action::kReplace || ++shown > k_most_chunks) return;
      changed += "    " + name + ", " + counted(chunk.accepted.digest.row_count, "row") + "\n";
    };
    const Summary summary = summarize(entity, name_changed);
    const auto line = [&](const Totals& totals, const char* kind, const char* what) {
      text += "  " + counted(totals.chunks, std::string(kind) + "chunk") +
              (*kind == 0 ? ", " : ": ") + counted(totals.rows, "row") + what + "\n";
    };
    line(summary.all, "", " would pass");
    text += "  " + counted(entity.rejects.rows_rejected, "row") + " would be rejected\n";
    line(summary.load, "new ", " would be inserted");
    line(summary.replace, "changed ", " would replace theirs");
    text += changed;
    if (shown > k_most_chunks) {
      text += "    … and " + group_digits(static_cast<std::int64_t>(shown - k_most_chunks)) +
              " more; `decant plan --json` has them all\n";
    }
    line(summary.skip, "unchanged ", " would be skipped");
    for (const std::string& note : entity.notes) text += "  note: " + note + "\n";
  }
  return text + "Nothing was written.\n";
}

std::string plan_json(const RunId& run, const std::string& job,
                      const std::vector<EntityRun>& entities) {
  Json out;
  out["plan"] = run.value;
  out["job"] = job;
  out["entities"] = Json::array();
  for (const EntityRun& entity : entities) {
    Json e;
    e["entity"] = entity.spec->name;
    e["table"] = entity.plan.write.table;
    e["table_exists"] = entity.table_exists;
    e["columns"] = Json::array();
    for (const ColumnPlan& column : entity.plan.columns) {
      e["columns"].push_back({{"name", column.name},
                              {"type", to_string(column.type)},
                              {"from", source_of(column)},
                              {"fidelity", std::string(to_string(column.fidelity))}});
    }
    e["chunks"] = Json::array();
    const Summary summary =
        summarize(entity, [&](const std::string& name, const ChunkEvidence& chunk, Action action) {
          e["chunks"].push_back({{"chunk", name},
                                 {"action", name_of(action)},
                                 {"rows", chunk.accepted.digest.row_count},
                                 {"rejects", chunk.rows_rejected}});
        });
    e["rows_to_insert"] = summary.load.rows;
    e["rows_in_changed_chunks"] = summary.replace.rows;
    e["rows_to_skip"] = summary.skip.rows;
    e["rows_to_reject"] = entity.rejects.rows_rejected;
    e["notes"] = entity.notes;
    out["entities"].push_back(std::move(e));
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace decant
