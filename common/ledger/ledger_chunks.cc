// Chunks: their limits, and their live content as the sum of their batches.
#include <utility>

#include "common/base/failpoint.h"
#include "common/ledger/control_sums_text.h"
#include "common/ledger/ledger.h"
#include "common/ledger/ledger_parts.h"
#include "common/ledger/ledger_sql.h"

namespace decant {

using namespace ledger_internal;

namespace {

constexpr std::string_view k_insert_chunks = R"sql(
INSERT INTO {schema}.chunks (job, table_name, chunk, entity, store, period, number, range_begin, range_end, undated,
                             estimated_rows, planned_at)
SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), r.chunk, r.entity, r.store, r.period, CAST(r.number AS INTEGER),
       CAST(r.range_begin AS BIGINT), CAST(r.range_end AS BIGINT), CAST(r.undated AS BOOLEAN),
       CAST(r.estimated_rows AS BIGINT), {now}
FROM {rows} AS r(chunk, entity, store, period, number, range_begin, range_end, undated, estimated_rows)
WHERE NOT EXISTS (SELECT 1 FROM {schema}.chunks AS c WHERE c.job = $1 AND c.chunk = r.chunk))sql";

SqlValue limit(const std::optional<std::int64_t>& value) {
  return value ? number(*value) : SqlValue();
}

// store, period, number, range_begin, range_end, estimated_rows
ChunkSpec read_spec(RowReader& read, const std::string& entity) {
  ChunkSpec spec;
  spec.slice.entity = entity;
  spec.slice.store = read.text();
  spec.slice.period = read.text();
  spec.number = static_cast<std::int32_t>(read.integer());
  spec.range.begin = read.optional_integer();
  spec.range.end = read.optional_integer();
  spec.estimated_rows = read.integer();
  return spec;
}

struct Content {
  SetDigest digest;
  NamedSums sums;
};

// rows, digest, sums
Result<Content> read_content(RowReader& read) {
  Content content;
  const std::int64_t rows = read.integer();
  DECANT_TRY_ASSIGN(content.digest, SetDigest::parse(read.text(), rows));
  DECANT_TRY_ASSIGN(content.sums, read_control_sums(read.text()));
  return content;
}

struct NamedChunk {
  std::string name;
  ChunkRecord record;
};

Result<std::vector<NamedChunk>> read_chunk_list(SqlSession& sql, const std::string& schema,
                                                const std::string& job, const std::string& entity) {
  DECANT_TRY_ASSIGN(const auto rows, sql.query(fill(sql.dialect(), schema, statement("chunk_list")),
                                               std::vector<SqlValue>{job, entity}));
  std::vector<NamedChunk> chunks;
  chunks.reserve(rows.size());
  for (const auto& row : rows) {
    RowReader read(row);
    NamedChunk chunk;
    chunk.name = read.text();
    chunk.record.job = job;
    chunk.record.table = read.text();
    chunk.record.spec = read_spec(read, entity);
    chunk.record.last_error = read.text();
    chunks.push_back(std::move(chunk));
  }
  return chunks;
}

// Adds batches, which come in the order of chunks, to the chunks that they belong to.
class ContentAdder {
 public:
  explicit ContentAdder(std::vector<NamedChunk>& chunks) : chunks_(chunks) {}

  // Remembers the chunk and id of the last batch, after which the next page starts.
  Status add(const SqlRow& row) {
    RowReader read(row);
    last_chunk = read.text();
    last_batch = read.integer();
    while (at_ < chunks_.size() && chunks_[at_].name < last_chunk) close();
    if (at_ == chunks_.size() || chunks_[at_].name != last_chunk) {
      return fail(ErrorCode::kProtocol,
                  "The ledger has a batch of chunk " + last_chunk + ", which it does not list.");
    }
    ChunkRecord& record = chunks_[at_].record;
    record.rows_read += read.integer();
    record.rows_rejected += read.integer();
    DECANT_TRY_ASSIGN(const auto accepted, read_content(read));
    DECANT_TRY_ASSIGN(const auto loaded, read_content(read));
    record.accepted.digest.merge(accepted.digest);
    record.loaded.digest.merge(loaded.digest);
    merge_control_sums(accepted_, accepted.sums, record.batch_count);
    merge_control_sums(loaded_, loaded.sums, record.batch_count);
    const std::string fingerprint = read.text();
    record.rows_superseded += read.integer();
    // What it takes out was loaded under the fingerprint of the others.
    if (const bool corrects = read.truth(); corrects) {
      ++record.batch_count;
      return {};
    }
    if (record.batch_count == 0) {
      record.fingerprint = fingerprint;
    } else if (record.fingerprint != fingerprint) {
      record.fingerprint.clear();
    }
    ++record.batch_count;
    return {};
  }

  void finish() {
    while (at_ < chunks_.size()) close();
  }

  std::string last_chunk;
  std::int64_t last_batch = 0;

 private:
  void close() {
    ChunkRecord& record = chunks_[at_++].record;
    record.sum_names = std::move(accepted_.names);
    record.accepted.sums = std::move(accepted_.sums);
    record.loaded.sums = std::move(loaded_.sums);
    accepted_ = {};
    loaded_ = {};
    record.state = !record.last_error.empty() ? "failed"
                   : record.batch_count > 0   ? "loaded"
                                              : "planned";
  }

  std::vector<NamedChunk>& chunks_;
  std::size_t at_ = 0;
  NamedSums accepted_;
  NamedSums loaded_;
};

}  // namespace

Result<std::vector<ChunkRecord>> Ledger::chunks(const std::string& job, const std::string& entity) {
  DECANT_TRY_ASSIGN(auto named, read_chunk_list(sql_, schema_, job, entity));
  const std::string page_text = fill(sql_.dialect(), schema_, statement("live_batches"));
  ContentAdder adder(named);
  for (bool more = !named.empty(); more;) {
    DECANT_TRY_ASSIGN(const auto page,
                      sql_.query(page_text, std::vector<SqlValue>{job, entity, adder.last_chunk,
                                                                  number(adder.last_batch)}));
    for (const auto& row : page) DECANT_TRY(adder.add(row));
    more = !page.empty();
  }
  adder.finish();
  std::vector<ChunkRecord> records;
  records.reserve(named.size());
  for (auto& chunk : named) records.push_back(std::move(chunk.record));
  return records;
}

Result<std::int64_t> ledger_internal::insert_chunks(SqlSession& sql, const std::string& schema,
                                                    const std::string& job,
                                                    const std::string& table,
                                                    std::span<const ChunkSpec> chunks) {
  ValueRows rows(9, {job, table});
  for (const auto& chunk : chunks) {
    rows.add({chunk.name().value, chunk.slice.entity, chunk.slice.store, chunk.slice.period,
              number(chunk.number), limit(chunk.range.begin), limit(chunk.range.end),
              boolean(chunk.is_undated()), number(chunk.estimated_rows)});
  }
  if (rows.empty()) return 0;
  const std::string_view tail =
      sql.dialect() == Dialect::kPostgres ? " ON CONFLICT DO NOTHING" : "";
  return rows.execute(sql, fill(sql.dialect(), schema, k_insert_chunks).append(tail));
}

Status Ledger::put_chunks(const Mandate& mandate, const std::string& job,
                          const std::vector<ChunkSpec>& chunks) {
  if (chunks.empty()) return {};
  Transaction transaction(sql_);
  DECANT_TRY(transaction.begin());
  DECANT_TRY(check_epoch(sql_, schema_, mandate.run, mandate.epoch, {mandate.table}));
  DECANT_TRY(insert_chunks(sql_, schema_, job, mandate.table, chunks));
  DECANT_TRY(transaction.commit());
  pass(Failpoint::kPlanned);
  return {};
}

Status Ledger::set_chunk_error(const Mandate& mandate, const std::string& job,
                               const ChunkName& chunk, const std::string& error) {
  Transaction transaction(sql_);
  DECANT_TRY(transaction.begin());
  DECANT_TRY(check_epoch(sql_, schema_, mandate.run, mandate.epoch, {mandate.table}));
  DECANT_TRY_ASSIGN(
      const auto changed,
      sql_.execute(fill(sql_.dialect(), schema_,
                        "UPDATE {schema}.chunks SET last_error = $3, failed_at = {now} "
                        "WHERE job = $1 AND chunk = $2"),
                   std::vector<SqlValue>{job, chunk.value, storable_text(error)}));
  if (changed == 1) return transaction.commit();
  return fail(ErrorCode::kNotFound,
              "The ledger knows no chunk " + chunk.value + " of job " + job + ".");
}

Result<std::vector<BatchRecord>> Ledger::batches_of_task(const RunId& run, TaskId task_id) {
  DECANT_TRY_ASSIGN(const auto rows,
                    sql_.query(fill(sql_.dialect(), schema_, statement("task_batches")),
                               std::vector<SqlValue>{
                                   run.value, number(static_cast<std::int64_t>(task_id.value))}));
  std::vector<BatchRecord> batches;
  batches.reserve(rows.size());
  for (const auto& row : rows) {
    RowReader read(row);
    BatchRecord batch;
    const std::string entity = read.text();
    batch.chunk = read_spec(read, entity);
    batch.skipped = read.truth();
    batch.replaces = read.truth();
    batch.rows_read = read.integer();
    batch.rows_rejected = read.integer();
    DECANT_TRY_ASSIGN(auto accepted, read_content(read));
    DECANT_TRY_ASSIGN(auto loaded, read_content(read));
    batch.accepted = {accepted.digest, std::move(accepted.sums.sums)};
    batch.loaded = {loaded.digest, std::move(loaded.sums.sums)};
    batch.counts.inserted = read.integer();
    batch.counts.updated = read.integer();
    batch.counts.deleted = read.integer();
    batch.rows_superseded = read.integer();
    batch.corrects = read.truth();
    batch.snapshot = read.text();
    batches.push_back(std::move(batch));
  }
  return batches;
}

}  // namespace decant
