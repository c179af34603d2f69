#include "coordinator/control/key_builder.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "common/base/failpoint.h"
#include "common/base/text.h"
#include "common/connector/chunk_digester.h"
#include "common/connector/row_text.h"
#include "common/connector/surplus_sql.h"
#include "common/value/canonical.h"

namespace decant {
namespace {

constexpr int k_listed_keys = 20;
constexpr std::int64_t k_page_rows = 1'000;

// Takes the surplus rows of a table out, in one transaction with everything that is said of them.
class SurplusRemoval {
 public:
  SurplusRemoval(TargetAccess& access, const KeyRequest& request, std::vector<ChunkSpec> chunks,
                 std::int64_t key_parts)
      : access_(access),
        request_(request),
        key_parts_(key_parts),
        chunks_(std::move(chunks)),
        router_(request.plan, chunks_),
        only_store_(chunks_.empty() ? std::string() : chunks_.front().slice.store) {}

  // Rows taken out, or nothing where they are more than the job allows.
  Result<std::optional<std::int64_t>> run() {
    const std::string& table = request_.plan.write.table;
    DECANT_TRY_ASSIGN(const auto shape, access_.target.describe(table));
    if (!shape) return fail(ErrorCode::kNotFound, "There is no table " + table + ".");
    for (const Field& field : shape->schema.fields) table_columns_.push_back(field.name);
    DECANT_TRY_ASSIGN(undo_table_, access_.target.ensure_undo_table(request_.ledger_schema, table,
                                                                    table_columns_));
    DECANT_TRY(access_.target.sql().begin());
    Result<std::optional<std::int64_t>> removed = in_transaction();
    if (!removed || !*removed) {
      access_.target.sql().rollback();
      return removed;
    }
    DECANT_TRY(access_.target.sql().commit());
    return removed;
  }

  std::vector<BatchRecord> take_corrections() {
    std::vector<BatchRecord> out;
    for (auto& [chunk, correction] : corrections_) out.push_back(std::move(correction));
    return out;
  }

 private:
  Result<std::optional<std::int64_t>> in_transaction() {
    SqlSession& sql = access_.target.sql();
    const SurplusStatements statements =
        surplus_statements(sql.dialect(), request_.plan, table_columns_, key_parts_);
    for (const std::string& statement : statements.prepare) DECANT_TRY(sql.execute(statement));
    DECANT_TRY_ASSIGN(const auto counted, sql.query(statements.count));
    const std::int64_t rows = std::stoll(counted.at(0).at(0).value_or("0"));
    if (rows > request_.rejects_left) return std::optional<std::int64_t>();
    for (std::int64_t first = 1; first <= rows; first += k_page_rows) {
      DECANT_TRY(take_page(first, std::min(rows, first + k_page_rows - 1)));
    }
    for (const std::string& statement : statements.remove) DECANT_TRY(sql.execute(statement));
    return std::optional<std::int64_t>(rows);
  }

  Status take_page(std::int64_t first, std::int64_t last) {
    TaskCommit commit;
    KeepSurplus keep{
        access_.target.sql().dialect(), undo_table_, request_.lead.run.value, table_columns_, {}};
    DECANT_TRY(read_page(first, last, commit, keep));
    DECANT_TRY(access_.ledger.commit_as_leader(request_.lead, commit));
    DECANT_TRY(access_.target.sql().execute(keep_surplus(keep)));
    return {};
  }

  Status read_page(std::int64_t first, std::int64_t last, TaskCommit& commit, KeepSurplus& keep) {
    const EntityPlan& plan = request_.plan;
    DECANT_TRY_ASSIGN(const ControlSums sums,
                      ControlSums::make(plan.control_sums, plan.target_schema()));
    DECANT_TRY_ASSIGN(
        const auto rows,
        access_.target.read_query(
            plan, select_surplus(access_.target.sql().dialect(), plan, first, last), false));
    std::map<int, int> batch_of_chunk;
    std::vector<std::pair<Reject, int>> rejects;  // of the page, with their positions in `batches`
    RowHasher hasher;
    RowBatch batch;
    std::vector<Reject> faults;
    std::vector<int> chunk_of_row;
    std::int64_t number = first;
    for (;;) {
      DECANT_TRY_ASSIGN(const bool more, rows->next(batch, faults));
      if (!more) break;
      router_.route(batch, only_store_, chunk_of_row);
      for (std::size_t row = 0; row < batch.rows; ++row, ++number) {
        const int chunk = chunk_of_row[row];
        if (chunk < 0) return not_ours();
        const auto [at, is_new] =
            batch_of_chunk.emplace(chunk, static_cast<int>(commit.batches.size()));
        if (is_new) commit.batches.push_back(correction_of(chunk, sums));
        BatchRecord& correction = commit.batches[static_cast<std::size_t>(at->second)];
        ChunkTotals gone;
        gone.digest.add(hasher.hash_row(batch, row));
        gone.sums.resize(sums.sums().size());
        sums.add(batch, row, gone.sums);
        correction.loaded.digest.subtract(gone.digest);
        for (std::size_t i = 0; i < gone.sums.size(); ++i)
          correction.loaded.sums[i].subtract(gone.sums[i]);
        ++correction.rows_rejected;
        ++correction.counts.deleted;
        rejects.emplace_back(reject_of(batch, row, chunk), at->second);
        keep.chunk_of_number.emplace_back(number,
                                          chunks_[static_cast<std::size_t>(chunk)].name().value);
      }
    }
    describe(commit);
    commit.rejects = [rejects = std::move(rejects)](const TakeReject& take) -> Status {
      for (const auto& [reject, chunk] : rejects) DECANT_TRY(take(reject, chunk));
      return {};
    };
    return {};
  }

  void describe(TaskCommit& commit) {
    commit.run = request_.lead.run;
    commit.job = request_.table.job;
    commit.table = request_.plan.write.table;
    commit.entity = request_.plan.entity;
    commit.worker = "coordinator";
    commit.fingerprint = request_.plan.fingerprint;
    commit.sum_names = request_.plan.control_sums;
    for (const BatchRecord& correction : commit.batches) {
      const auto [at, is_new] = corrections_.emplace(correction.chunk.name().value, correction);
      if (is_new) continue;
      at->second.rows_rejected += correction.rows_rejected;
      at->second.counts.deleted += correction.counts.deleted;
      at->second.loaded.merge(correction.loaded);
    }
  }

  BatchRecord correction_of(int chunk, const ControlSums& sums) const {
    BatchRecord correction;
    correction.chunk = chunks_[static_cast<std::size_t>(chunk)];
    correction.corrects = true;
    correction.accepted.sums.resize(sums.sums().size());
    correction.loaded.sums.resize(sums.sums().size());
    return correction;
  }

  Reject reject_of(const RowBatch& batch, std::size_t row, int chunk) const {
    Reject reject;
    reject.source = chunks_[static_cast<std::size_t>(chunk)].slice.store;
    reject.column = join(request_.plan.write.key, ", ");
    reject.rule = "unique";
    reject.reason = "Another row with the same key (" + reject.column +
                    ") stays: the first of them in the order of their columns.";
    reject.original = key_text(request_.plan, batch, row);
    return reject;
  }

  tl::unexpected<Error> not_ours() const {
    return fail(ErrorCode::kDiffers,
                "Rows of " + request_.plan.write.table +
                    " that no chunk holds share their keys with others; they are not Decant's to "
                    "take out.",
                "Look at the keys in the ledger's table duplicates, and take those rows out.");
  }

  TargetAccess& access_;
  const KeyRequest& request_;
  const std::int64_t key_parts_;
  const std::vector<ChunkSpec> chunks_;
  const RowRouter router_;
  const std::string only_store_;
  std::vector<std::string> table_columns_;
  std::string undo_table_;
  std::map<std::string, BatchRecord> corrections_;  // by chunk
};

Error standing_duplicates(const KeyRequest& request, const Ledger::Duplicates& found,
                          bool too_many) {
  const std::int64_t surplus = found.rows - found.keys;
  Error error;
  error.place.entity = request.plan.entity;
  error.message = group_digits(found.keys) + (found.keys == 1 ? " key of " : " keys of ") +
                  request.plan.write.table + " (" + join(request.plan.write.key, ", ") + ") " +
                  (found.keys == 1 ? "is" : "are") + " there more than once, " +
                  group_digits(surplus) + (surplus == 1 ? " row" : " rows") + " too many";
  if (too_many) {
    error.code = ErrorCode::kTooManyRejects;
    error.message += ", and `rejects:` allows " +
                     group_digits(std::max<std::int64_t>(0, request.rejects_left)) +
                     " more; the table keeps them and has no key.";
    error.advice = "Raise `rejects:` for " + request.plan.entity + ", or mend the source.";
  } else {
    error.code = ErrorCode::kDiffers;
    error.message += "; the table keeps them and has no key.";
    error.advice =
        "Mend them at the source, take a key that tells the rows apart, or let `on_duplicate: "
        "reject` keep one row of each.";
  }
  return error;
}

std::int64_t integer(const SqlValue& value) {
  return std::strtoll(value.value_or("0").c_str(), nullptr, 10);
}

// Those of most rows, each with the number of all and of their rows.
std::string select_shown_duplicates(const EntityPlan& plan, const KeyPart& part) {
  return "SELECT decant_key, decant_rows, count(*) OVER (), CAST(sum(decant_rows) OVER () AS "
         "BIGINT) FROM (" +
         select_duplicate_keys(plan, part) + ") AS decant_d ORDER BY 2 DESC, 1 LIMIT " +
         std::to_string(k_listed_keys);
}

// Another part's keys beside those that were found.
void add_duplicates(const std::vector<SqlRow>& rows, Ledger::Duplicates& found) {
  if (rows.empty()) return;
  found.keys += integer(rows.front().at(2));
  found.rows += integer(rows.front().at(3));
  for (const SqlRow& row : rows)
    found.first.push_back({row.at(0).value_or(std::string()), integer(row.at(1))});
  std::sort(found.first.begin(), found.first.end(), [](const auto& a, const auto& b) {
    return a.rows != b.rows ? a.rows > b.rows : a.key < b.key;
  });
  if (found.first.size() > k_listed_keys) found.first.resize(k_listed_keys);
}

Status finish_key(TargetAccess& access, const Mandate& lead, TableRecord table) {
  table.state = TableState::kKeyed;
  return access.ledger.put_table(lead, table);
}

// Lists keys that are there more than once and, where the job says so, takes the surplus rows out:
// then the outcome has `duplicates` and no `refused`.
Result<KeyOutcome> settle_duplicates(TargetAccess& access, const KeyRequest& request) {
  KeyOutcome outcome;
  const TableRecord& table = request.table;
  SqlSession& sql = access.target.sql();
  DECANT_TRY_ASSIGN(const auto rows,
                    sql.query("SELECT count(*) FROM " + quote_table(request.plan.write.table)));
  Ledger::Duplicates found;  // by all parts so far
  const auto list = [&](const KeyPart& part) -> Status {
    DECANT_TRY_ASSIGN(
        found, access.ledger.keep_duplicates(
                   request.lead, table, select_duplicate_keys(request.plan, part), k_listed_keys));
    return {};
  };
  DECANT_TRY_ASSIGN(
      const std::int64_t key_parts,
      for_each_key_part(sql.dialect(), std::stoll(rows.at(0).at(0).value_or("0")), list));
  if (found.keys == 0) return outcome;
  outcome.duplicates = DuplicateReport{request.plan.entity, request.plan.write.table,
                                       request.plan.write.key, std::move(found), 0};
  const Ledger::Duplicates& listed = outcome.duplicates->found;
  if (!request.plan.write.reject_duplicates) {
    outcome.refused = standing_duplicates(request, listed, false);
    return outcome;
  }
  DECANT_TRY_ASSIGN(const auto chunks, access.ledger.chunks(table.job, table.entity));
  std::vector<ChunkSpec> specs;
  for (const ChunkRecord& chunk : chunks) specs.push_back(chunk.spec);
  SurplusRemoval removal(access, request, std::move(specs), key_parts);
  const auto removed = removal.run();
  if (!removed && removed.error().code == ErrorCode::kDiffers) {
    outcome.refused = removed.error();
    return outcome;
  }
  DECANT_TRY(removed);
  if (!*removed) {
    outcome.refused = standing_duplicates(request, listed, true);
    return outcome;
  }
  outcome.duplicates->rejected = **removed;
  outcome.corrections = removal.take_corrections();
  return outcome;
}

}  // namespace

Result<KeyOutcome> look_at_table_key(TargetAccess& access, const KeyRequest& request) {
  KeyOutcome outcome;
  SqlSession& sql = access.target.sql();
  const std::string& table = request.plan.write.table;
  DECANT_TRY_ASSIGN(const auto rows, sql.query("SELECT count(*) FROM " + quote_table(table)));
  Ledger::Duplicates found;
  const auto look = [&](const KeyPart& part) -> Status {
    DECANT_TRY_ASSIGN(const auto keys, sql.query(select_shown_duplicates(request.plan, part)));
    add_duplicates(keys, found);
    return {};
  };
  DECANT_TRY(for_each_key_part(sql.dialect(), integer(rows.at(0).at(0)), look));
  if (found.keys == 0) return outcome;
  outcome.refused = standing_duplicates(request, found, false);
  if (request.plan.write.reject_duplicates) {
    outcome.refused->advice = "`decant run` keeps one row of each, where `rejects:` of " +
                              request.plan.entity +
                              " allows as many; else mend them at the source.";
  }
  outcome.duplicates =
      DuplicateReport{request.plan.entity, table, request.plan.write.key, std::move(found), 0};
  return outcome;
}

Result<KeyOutcome> build_table_key(TargetAccess& access, const KeyRequest& request) {
  TableRecord table = request.table;
  table.state = TableState::kKeying;
  DECANT_TRY(access.ledger.put_table(request.lead, table));
  KeyOutcome outcome;
  pass(Failpoint::kBeforeKey);
  const Status built = access.target.build_key(request.plan);
  pass(Failpoint::kAfterKey);
  if (!built) {
    if (built.error().code != ErrorCode::kDataRefused) return fail(built.error());
    DECANT_TRY_ASSIGN(outcome, settle_duplicates(access, request));
    if (!outcome.duplicates) {  // something else is wrong with it, such as a column without a value
      outcome.refused = built.error();
      outcome.refused->code = ErrorCode::kDiffers;
    }
    if (outcome.refused) return outcome;
    DECANT_TRY(access.target.build_key(request.plan));
  }
  DECANT_TRY(finish_key(access, request.lead, table));
  pass(Failpoint::kKeyRecorded);
  outcome.built = true;
  return outcome;
}

Result<std::vector<std::string>> begin_table_key(TargetAccess& access, const KeyRequest& request) {
  TableRecord table = request.table;
  table.state = TableState::kKeying;
  DECANT_TRY(access.ledger.put_table(request.lead, table));
  pass(Failpoint::kBeforeKey);
  DECANT_TRY_ASSIGN(auto notes, access.target.analyze(request.plan.write.table));
  const Status built = access.target.build_key_index(request.plan);
  if (!built && built.error().code != ErrorCode::kDataRefused) return fail(built.error());
  return notes;
}

Result<KeyOutcome> check_table_key(TargetAccess& access, const KeyRequest& request) {
  pass(Failpoint::kBeforeKey);
  Result<KeyOutcome> checked = settle_duplicates(access, request);
  pass(Failpoint::kAfterKey);
  return checked;
}

Status check_standing_keys(SqlSession& sql, const WriteSpec& write) {
  EntityPlan plan;
  plan.write = write;
  std::string has_key;
  for (const std::string& name : write.key)
    has_key += (has_key.empty() ? "" : " AND ") + quote_identifier(name) + " IS NOT NULL";
  const auto look = [&](const KeyPart& part) -> Status {
    DECANT_TRY_ASSIGN(const auto found,
                      sql.query("SELECT 1 FROM (" + select_doubled_keys(plan, part) +
                                ") AS decant_d WHERE " + has_key + " LIMIT 1"));
    if (found.empty()) return {};
    return fail(ErrorCode::kMismatch,
                "The table " + write.table + " has rows that share a key (" +
                    join(write.key, ", ") + "), and one key would stand for several of its rows.",
                "Take out all but one of each, or give write.key columns that tell them apart.");
  };
  DECANT_TRY_ASSIGN(const auto rows, sql.query("SELECT count(*) FROM " + quote_table(write.table)));
  return for_each_key_part(sql.dialect(), std::stoll(rows.at(0).at(0).value_or("0")), look)
      .map([](std::int64_t) {});
}

}  // namespace decant
