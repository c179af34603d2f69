#include "coordinator/control/entity_notes.h"

#include <algorithm>
#include <set>

#include "common/base/printable.h"
#include "common/base/text.h"
#include "common/job/shown_path.h"
#include "common/value/lossy.h"

namespace decant {
namespace {

constexpr std::size_t k_long_header_bytes = 4096;
constexpr std::size_t k_most_name_bytes = 80;  // that a note shows

bool has_rows(const CensusResult& census) {
  return std::any_of(census.extents.begin(), census.extents.end(), [](const CensusExtent& extent) {
    return std::any_of(extent.cells.begin(), extent.cells.end(),
                       [](const CensusCell& cell) { return cell.rows > 0; });
  });
}

// The first name with a line end or a control character in it, or null.
const std::string* odd_name(const Schema& columns) {
  for (const Field& field : columns.fields) {
    if (printable(field.name) != field.name) return &field.name;
  }
  return nullptr;
}

bool is_long_header(const Schema& columns) {
  std::size_t bytes = 0;
  for (const Field& field : columns.fields) bytes += field.name.size();
  return bytes > k_long_header_bytes;
}

std::string of_store(const EntitySpec& entity, const StoreCensus& store) {
  return entity.name + (store.store.empty() ? "" : " of " + store.store);
}

}  // namespace

std::optional<std::string> note_on_existing(const EntityPlan& plan,
                                            const std::optional<TableRecord>& known,
                                            const std::string& job) {
  if (plan.write.mode != WriteMode::kReplace) return std::nullopt;
  if (known && known->job == job && known->entity == plan.entity) return std::nullopt;
  return plan.entity + ": " + plan.write.table +
         " holds rows that this job did not load. Mode replace makes the months and stores that it "
         "loads as they are at the source: rows there that the source does not have are taken out "
         "(the ledger's undo table keeps them). Mode upsert or insert leaves them.";
}

std::optional<std::string> note_on_unfilled(const EntityPlan& plan, const Schema& table) {
  const Schema filled = plan.target_schema();
  std::vector<std::string> unfilled;
  for (const Field& field : table.fields) {
    if (filled.find(field.name) < 0) unfilled.push_back(field.name);
  }
  if (unfilled.empty()) return std::nullopt;
  const bool one = unfilled.size() == 1;
  return plan.entity + ": the table " + plan.write.table + " has " +
         (one ? "a column" : "columns") +
         " that the source does not fill: " + join(unfilled, ", ") +
         ". This is not compared: rows that are updated keep what they have there, and those that "
         "are inserted, also since they moved to another chunk, have no value. If that is not "
         "meant, look at the source's columns and at `columns:`.";
}

std::optional<std::string> note_on_unfilled(const EntityPlan& plan, const Schema& table,
                                            const std::optional<TableRecord>& known,
                                            const std::string& job) {
  if (!known || known->job != job) return std::nullopt;
  // A table that was there before may have columns that are no business of the job's: they are
  // worth a word only when the mapping is another one than the last run's.
  const bool is_as_before = known->entity != plan.entity || known->fingerprint == plan.fingerprint;
  if (!known->made_by_us && is_as_before) return std::nullopt;
  return note_on_unfilled(plan, table);
}

Result<std::vector<std::string>> leave_out_generated(const EntitySpec& entity,
                                                     const TableShape& table, Schema& source) {
  std::vector<std::string> left_out;
  for (const std::string& name : table.generated) {
    const bool is_named =
        std::any_of(entity.columns.begin(), entity.columns.end(),
                    [&](const ColumnSpec& column) { return column.name == name; });
    if (is_named) {
      return fail(ErrorCode::kMismatch,
                  "Column \"" + name + "\" of the table " + entity.write.table +
                      " is generated: the table computes it, and nothing can be written there.",
                  "Leave it out of `columns:`, or make it a plain column.");
    }
    if (source.find(name) < 0) continue;
    source.fields.erase(source.fields.begin() + source.find(name));
    left_out.push_back(name);
  }
  return left_out;
}

std::optional<std::string> note_on_generated(const EntityPlan& plan,
                                             const std::vector<std::string>& left_out) {
  if (left_out.empty()) return std::nullopt;
  return plan.entity + ": " + plan.write.table + " computes " + join(left_out, ", ") +
         " itself (generated): what the source has there is neither loaded nor compared.";
}

std::optional<std::string> note_on_delimiter(const EntitySpec& entity, const Schema& source) {
  if (entity.read.files.empty() || source.fields.size() != 1) return std::nullopt;
  const std::string& name = source.fields.front().name;
  if (name.find_first_of(",;|\t") == std::string::npos) return std::nullopt;
  return entity.name + ": its files have one column, \"" + printable(name) +
         "\": if those are several, say their `delimiter`.";
}

std::optional<std::string> note_on_header(const EntitySpec& entity, const std::string& directory,
                                          const std::vector<StoreCensus>& censuses) {
  const FileOptions& options = entity.read.file_options;
  if (entity.read.files.empty() || options.format != FileFormat::kCsv || !options.header)
    return std::nullopt;
  for (const StoreCensus& store : censuses) {
    const Schema& columns = store.census.columns;
    if (has_rows(store.census) || (!is_long_header(columns) && odd_name(columns) == nullptr))
      continue;
    return of_store(entity, store) +
           ": its files have no row, and a header that is very long or has control characters in "
           "it: all of their text may have been taken for the header. Look at their `encoding`, "
           "`quote` and line ends (`record_end`).";
  }
  for (const StoreCensus& store : censuses) {
    const std::string* name = odd_name(store.census.columns);
    if (name == nullptr || store.census.extents.empty()) continue;
    const std::string_view shown = cut_text(*name, k_most_name_bytes);
    // All files of a store have the columns of its first one.
    return of_store(entity, store) + ": the header of " +
           shown_path(store.census.extents.front().extent.path, directory, entity.read.files) +
           " names a column \"" + printable(shown) + (shown.size() < name->size() ? "…" : "") +
           "\", with a line end or another control character in it: rows may have been taken for a "
           "part of it. Look whether a quote of the header is not closed; where the column is "
           "called so, nothing is amiss.";
  }
  return std::nullopt;
}

std::optional<std::string> note_on_unsteady(const EntityRun& run) {
  if (run.unsteady.empty()) return std::nullopt;
  return run.spec->name +
         ": each chunk asks its query anew, whose answer may be another each time (" +
         join({run.unsteady.begin(), run.unsteady.end()}, "; ") +
         "): where its order has ties, or a function changes its mind, rows may be missing or "
         "there "
         "twice. Give it an order that is unique, or leave `time` and `key` out: then it is asked "
         "once.";
}

std::optional<std::string> note_on_lossy(const EntityPlan& plan) {
  std::vector<std::string> columns;
  for (const ColumnPlan& column : plan.columns) {
    const std::string lost = loss_words(column.source_type, column.type, column.lossy);
    if (!lost.empty()) columns.push_back(column.name + " (" + lost + ")");
  }
  if (columns.empty()) return std::nullopt;
  return plan.entity + ": the job allows values to lose something (lossy): " + join(columns, ", ") +
         ".";
}

std::optional<std::string> note_on_hidden(const EntitySpec& entity, const EntityPlan& plan,
                                          const Schema& source) {
  if (entity.columns_are_complete) return std::nullopt;
  const auto feeds = [&](const std::string& name) {
    return name == plan.source_time || name == plan.source_store ||
           std::any_of(plan.columns.begin(), plan.columns.end(), [&](const ColumnPlan& column) {
             return !column.constant && column.from == name;
           });
  };
  std::vector<std::string> hidden;
  for (const ColumnPlan& column : plan.columns) {
    if (source.find(column.name) < 0 || feeds(column.name)) continue;
    hidden.push_back(column.name + " (" + (column.constant ? "a constant" : column.from) +
                     " comes under its name)");
  }
  if (hidden.empty()) return std::nullopt;
  return plan.entity + ": not read of the source: " + join(hidden, ", ") +
         ". Give one of the two another name under `columns:` where both are wanted.";
}

}  // namespace decant
