// What people ask the ledger: the history of a chunk, the rows that were refused.
#include <algorithm>

#include "common/ledger/ledger.h"
#include "common/ledger/ledger_sql.h"

namespace decant {

using namespace ledger_internal;

Result<std::vector<ChunkEvent>> Ledger::history(const std::string& job, const ChunkName& chunk) {
  DECANT_TRY_ASSIGN(const auto rows, sql_.query(fill(sql_.dialect(), schema_, statement("history")),
                                                std::vector<SqlValue>{job, chunk.value}));
  std::vector<ChunkEvent> events;
  for (const auto& row : rows) {
    RowReader read(row);
    ChunkEvent event;
    event.at = read.text();
    event.run = read.text();
    event.what = read.text();
    event.worker = read.text();
    event.rows = read.integer();
    event.digest = read.text();
    events.push_back(std::move(event));
  }
  return events;
}

Result<std::vector<Ledger::RejectRow>> Ledger::rejects(const std::string& job, int most) {
  const std::string text =
      fill(sql_.dialect(), schema_, statement("rejects")) + std::to_string(std::max(most, 0));
  DECANT_TRY_ASSIGN(const auto rows, sql_.query(text, std::vector<SqlValue>{job}));
  std::vector<RejectRow> rejects;
  for (const auto& row : rows) {
    RowReader read(row);
    RejectRow reject;
    reject.chunk = read.text();
    reject.run = read.text();
    reject.source = read.text();
    reject.column = read.text();
    reject.rule = read.text();
    reject.reason = read.text();
    reject.original = read.text();
    reject.line = read.integer();
    rejects.push_back(std::move(reject));
  }
  return rejects;
}

}  // namespace decant
