#include <algorithm>
#include <map>

#include "common/base/printable.h"
#include "common/base/text.h"
#include "coordinator/report/error_lines.h"
#include "coordinator/report/report.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

constexpr std::size_t k_most_differences = 20;

std::string paint(const std::string& text, const char* code, bool colour) {
  return colour ? std::string("\033[") + code + "m" + text + "\033[0m" : text;
}

struct StoreTotal {
  std::int64_t slices = 0, skipped = 0, chunks = 0, read = 0, loaded = 0, target = 0;
  std::int64_t rejected = 0, superseded = 0;
  std::int64_t not_loaded = 0, not_compared = 0, read_back = 0;
  bool equal = true;

  void add(const StoreTotal& other) {
    slices += other.slices;
    skipped += other.skipped;
    chunks += other.chunks;
    read += other.read;
    loaded += other.loaded;
    target += other.target;
    rejected += other.rejected;
    superseded += other.superseded;
    not_loaded += other.not_loaded;
    not_compared += other.not_compared;
    read_back += other.read_back;
    equal = equal && other.equal;
  }
};

StoreTotal total_of(const SliceResult& slice) {
  StoreTotal total;
  total.slices = 1;
  total.skipped = slice.skipped_chunks;
  total.chunks = slice.chunks;
  total.read = slice.rows_read;
  total.loaded = slice.rows_loaded;
  total.target = slice.rows_target;
  total.rejected = slice.rows_rejected;
  total.superseded = slice.rows_superseded;
  total.not_loaded = slice.not_loaded_chunks;
  total.not_compared = slice.not_compared_chunks;
  total.read_back = slice.read_back_chunks;
  total.equal = slice.equal;
  return total;
}

bool untouched(const StoreTotal& t) {
  return t.chunks > 0 && t.read == 0 && t.not_loaded + t.not_compared == t.chunks;
}

// What was not reached is neither equal nor different.
std::string verdict_of(const StoreTotal& t) {
  if (t.chunks > 0 && t.not_loaded == t.chunks) return "not loaded yet";
  if (t.chunks > 0 && t.not_compared == t.chunks) return "not compared";
  if (t.not_loaded > 0) return "not complete";
  if (t.not_compared > 0) return "not all compared";
  return t.equal ? "equal" : "differs";
}

std::string entity_text(const EntityResult& entity, VerifyLevel level) {
  std::map<std::string, StoreTotal> stores;
  for (const SliceResult& slice : entity.slices) {
    stores[slice.slice.store].add(total_of(slice));
  }
  const bool counted = level != VerifyLevel::kLedger;
  const bool any_superseded = entity.total.rows_superseded > 0;
  std::vector<std::string> head = {entity.entity, ">slices",      ">chunks",
                                   ">skipped",    ">source rows", ">rejected"};
  if (any_superseded) head.push_back(">superseded");
  // Without a read-back they are the ledger's word, and not the table's.
  head.insert(head.end(), {counted ? ">target rows" : ">ledger rows", ""});
  TextTable table(head);
  const auto row = [&](const std::string& name, const StoreTotal& t) {
    std::vector<std::string> cells = {name,
                                      group_digits(t.slices),
                                      group_digits(t.chunks),
                                      group_digits(t.skipped),
                                      untouched(t) ? "not read" : group_digits(t.read),
                                      group_digits(t.rejected)};
    if (any_superseded) cells.push_back(group_digits(t.superseded));
    const bool is_unread = counted && t.chunks > 0 && t.read_back == 0;
    cells.push_back(is_unread ? "not read" : group_digits(counted ? t.target : t.loaded));
    cells.push_back(verdict_of(t));
    table.add(cells);
  };
  StoreTotal total;
  for (const auto& [name, store] : stores) {
    if (stores.size() > 1) row(name, store);
    total.add(store);
  }
  row("total", total);
  std::string text = table.text();
  if (entity.sum_names.empty()) return text;
  TextTable sums({"control sum", ">source", ">target", ">difference"});
  for (std::size_t i = 0; i < entity.sum_names.size(); ++i) {
    const ExactSum source =
        i < entity.total.source.sums.size() ? entity.total.source.sums[i] : ExactSum();
    const ExactSum target =
        i < entity.total.target.sums.size() ? entity.total.target.sums[i] : ExactSum();
    ExactSum difference = target;
    difference.subtract(source);
    const bool digested = level == VerifyLevel::kDigests;
    sums.add({entity.sum_names[i], group_decimal(source.to_string()),
              digested ? group_decimal(target.to_string()) : "not read",
              digested ? group_decimal(difference.to_string()) : ""});
  }
  return text + sums.text();
}

}  // namespace

namespace {

// File and line; or the row itself, where the target refused it and knows of neither.
std::string place_of(const Reject& reject) {
  constexpr int k_most_columns = 80;
  if (reject.place.line > 0) return reject.source + ":" + std::to_string(reject.place.line);
  if (!reject.column.empty() || reject.original.empty()) return reject.source;
  const std::string original = printable(reject.original);
  return (reject.source.empty() ? "" : reject.source + " ") +
         (display_width(original) > k_most_columns ? fit(original, k_most_columns) : original);
}

}  // namespace

std::string rejects_text(const std::vector<StoreRejects>& rejects) {
  std::string text;
  for (const StoreRejects& store : rejects) {
    text += "rejects  " + store.entity +
            (store.store.empty() ? "" : " of " + printable(store.store)) + ": " +
            counted(store.rows, "row");
    const bool all = static_cast<std::int64_t>(store.first.size()) >= store.rows;
    text += store.first.empty() ? "\n" : all ? ":\n" : ", the first are:\n";
    for (const Reject& reject : store.first) {
      text += "           " + place_of(reject) + ": " + reject.reason;
      // The first line's byte is the first one, too.
      if (reject.place.byte_offset > 0)
        text += " (byte " + std::to_string(reject.place.byte_offset) + ")";
      text += "\n";
    }
  }
  return text;
}

std::string report_text(const RunReport& report, bool colour) {
  std::string text;
  for (const EntityResult& entity : report.reconciliation.entities) {
    text += entity_text(entity, report.reconciliation.level) + "\n";
  }
  for (const CheckResult& check : report.checks) {
    text += "check    " + check.name + ": " +
            (check.passed ? paint("passed", "32", colour) : paint("failed", "31", colour)) + " (" +
            check.text + ")\n";
  }
  text += rejects_text(report.rejects);
  for (const std::string& note : report.notes) text += "note     " + note + "\n";
  for (const std::string& line : error_lines(report.errors)) text += "error    " + line + "\n";
  const auto& differences = report.reconciliation.differences;
  for (std::size_t i = 0; i < differences.size() && i < k_most_differences; ++i)
    text += "differs  " + differences[i].text + "\n";
  if (differences.size() > k_most_differences) {
    text += "differs  … and " +
            group_digits(static_cast<std::int64_t>(differences.size() - k_most_differences)) +
            " more, in the report\n";
  }
  if (report.run.state == "differs") text += "go on    " + report.how_to_continue + "\n";
  std::int64_t slices = 0, rows = 0, rejected = 0;
  for (const EntityResult& entity : report.reconciliation.entities) {
    slices += static_cast<std::int64_t>(entity.slices.size());
    rows += entity.total.rows_loaded;
    rejected += entity.total.rows_rejected;
  }
  // A task that met too many loads nothing, and its chunks account for none of them.
  std::int64_t listed = 0;
  for (const StoreRejects& store : report.rejects) listed += store.rows;
  rejected = std::max(rejected, listed);
  if (report.loads) {
    text += "chunks   " + group_digits(report.chunks_loaded) + " loaded, " +
            group_digits(report.chunks_skipped) + " skipped, " +
            group_digits(report.chunks_failed) + " failed; rows " +
            group_digits(report.rows_inserted) + " inserted, " + group_digits(report.rows_updated) +
            " updated, " + group_digits(report.rows_deleted) + " deleted, " +
            group_digits(rejected) + " rejected; " + format_duration(report.elapsed_ms) + "\n";
  } else {
    text += "chunks   " + group_digits(report.chunks_skipped) + " as they were loaded, " +
            group_digits(report.chunks_loaded) + " changed at the source; nothing was loaded; " +
            format_duration(report.elapsed_ms) + "\n";
  }
  const bool is_whole = report.errors.empty() && !report.is_unfinished();
  const std::string verdict =
      (is_whole ? "Reconciled at level " : "Reconciled in part, at level ") +
      std::string(to_string(report.reconciliation.level)) + ": " + counted(slices, "slice") + ", " +
      counted(rows, "row") + ", " +
      counted(static_cast<std::int64_t>(differences.size()), "difference") +
      (!report.errors.empty()   ? "; the run is not complete, see the errors above."
       : report.is_unfinished() ? "; the run is not complete."
                                : ".");
  return text + paint(verdict, differences.empty() && is_whole ? "1;32" : "1;31", colour) + "\n";
}

}  // namespace decant
