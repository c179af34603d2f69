// PostgresTaskLoader, from the stage into the table: the method's statements, and what becomes of
// rows that the table refuses.
#include <cstdlib>

#include "common/base/text.h"
#include "common/connector/held_rows.h"
#include "common/connector/key_places.h"
#include "common/connector/moved_rows.h"
#include "common/connector/postgres/table_catalog.h"
#include "common/connector/postgres/task_loader.h"

namespace decant::postgres {
namespace {

constexpr std::string_view k_unique_violation = "23505";
constexpr int k_max_vain_searches = 3;

// Of a foreign key of this table, or of one that refers to it.
bool is_of_a_reference(const Error& error) {
  return error.sqlstate == "23503" || error.sqlstate == "23001";
}

}  // namespace

std::vector<std::string> PostgresTaskLoader::table_columns() const {
  std::vector<std::string> names;
  for (const RelationColumn& column : table_.columns) {
    if (!column.generated) names.push_back(column.name);
  }
  return names;
}

// Rows that move are joined, and those that are held back leave the diff, before anything of it is
// written.
Status PostgresTaskLoader::prepare(const LoadSqlInput& input, const LoadStatements& statements) {
  DECANT_TRY(run_all(statements.prepare));
  if (is_referred_to_) DECANT_TRY(run_all(join_moved_rows(input)));
  if (!holds_rows_) return {};
  return hold_rows(session_, input);
}

Status PostgresTaskLoader::apply_once(const LoadSqlInput& input, const LoadStatements& statements,
                                      LoadOutcome& outcome) {
  DECANT_TRY(prepare(input, statements));
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows, session_.query(statements.counts));
  std::int64_t inserted = 0;
  for (const SqlRow& row : rows) {
    ChunkCounts& counts = outcome.counts[static_cast<std::size_t>(std::atoi(row[0]->c_str()))];
    const std::int64_t number = std::strtoll(row[2]->c_str(), nullptr, 10);
    if (row[1] == k_inserted) counts.inserted = number;
    if (row[1] == k_updated) counts.updated = number;
    if (row[1] == k_deleted) counts.deleted = number;
    if (row[1] == k_inserted) inserted += number;
  }
  for (std::size_t i = 0; i + 1 < statements.apply.size(); ++i) {
    DECANT_TRY(connection_->run(statements.apply[i]));
  }
  DECANT_TRY_ASSIGN(const std::int64_t written, session_.execute(statements.apply.back()));
  if (written != inserted) {
    return rows_left_out(written, inserted);
  }
  return run_all(statements.keys);
}

// Nobody said why, so nothing is committed; what may have done it is named.
tl::unexpected<Error> PostgresTaskLoader::rows_left_out(std::int64_t written,
                                                        std::int64_t inserted) {
  const auto changers = TableCatalog(session_).row_changers(table_.from);
  const bool is_known = changers && !changers->empty();
  return fail(
      ErrorCode::kDataRefused,
      "The table " + plan_.entity.write.table + " took " + group_digits(written) +
          (written == 1 ? " row of " : " rows of ") + group_digits(inserted) +
          (is_known ? "; it has " + join(*changers, ", ") +
                          ", which may leave rows out without saying so."
                    : ", without saying why."),
      "Nothing of these was loaded. Let it refuse such rows with an error, which makes them "
      "rejects, or leave them out with `read: sql` or `rules:`.");
}

// Where keys that the table refused stand in it, outside of the chunks. Changes nothing.
Result<std::vector<KeyPlace>> PostgresTaskLoader::keys_elsewhere(const LoadSqlInput& input,
                                                                 const LoadStatements& statements) {
  if (statements.elsewhere.empty() || plan_.rejects_moved_keys) return std::vector<KeyPlace>();
  KeyPlaces places(plan_.entity);
  DECANT_TRY(connection_->run("SAVEPOINT decant_search"));
  DECANT_TRY(prepare(input, statements));
  DECANT_TRY(
      read_refused(statements.elsewhere, [&](const RefusedRow& row) { return places.take(row); }));
  DECANT_TRY(
      connection_->run("ROLLBACK TO SAVEPOINT decant_search; RELEASE SAVEPOINT decant_search"));
  return places.list();
}

// Applies the method; rows that the table refuses are looked for, set aside, and the method is
// applied to the others.
Status PostgresTaskLoader::apply(const std::vector<int>& chunks, const TakeRefused& refused,
                                 LoadOutcome& outcome) {
  if (chunks.empty()) return {};
  LoadSqlInput input;
  input.plan = &plan_;
  input.stage = stage_relation();
  input.chunks = chunks;
  input.table_columns = table_columns();
  input.undo_table = undo_table_;
  input.key_table = key_table_;
  const LoadStatements statements = load_statements(input);
  if (plan_.method == LoadMethod::kReplaceByKey) {
    DECANT_TRY_ASSIGN(const auto references, references_to(session_, plan_.entity.write.table));
    is_referred_to_ = !references.empty();
  }
  DECANT_TRY(connection_->run("ANALYZE pg_temp.decant_stage"));
  // What would only be refused by COMMIT could not be taken out any more.
  DECANT_TRY(connection_->run("SET CONSTRAINTS ALL IMMEDIATE"));
  int vain_searches = 0;
  for (;;) {
    LoadOutcome attempt;
    attempt.counts.resize(plan_.chunks.size());
    DECANT_TRY(connection_->run("SAVEPOINT decant_apply"));
    const Status applied = apply_once(input, statements, attempt);
    if (applied) {
      outcome = std::move(attempt);
      if (!statements.refused.empty()) DECANT_TRY(read_refused(statements.refused, refused));
      if (holds_rows_) DECANT_TRY(read_refused(select_held(input), refused));
      return run_all(statements.clean);
    }
    if (!is_row_refusal(applied.error())) return applied;
    DECANT_TRY(connection_->run("ROLLBACK TO SAVEPOINT decant_apply"));
    if (applied.error().sqlstate == k_unique_violation) {
      DECANT_TRY_ASSIGN(outcome.keys_elsewhere, keys_elsewhere(input, statements));
      if (!outcome.keys_elsewhere.empty()) return {};
    }
    if (is_of_a_reference(applied.error()) && is_referred_to_ &&
        !std::exchange(holds_rows_, true)) {
      continue;
    }
    DECANT_TRY_ASSIGN(const std::vector<TableRefusal> found,
                      find_refused_rows(*connection_, input, statements,
                                        [&] { return prepare(input, statements); }));
    // What stood in the way may be gone: another task committed meanwhile.
    if (found.empty() && ++vain_searches == k_max_vain_searches) return applied;
    if (found.empty()) continue;
    DECANT_TRY(set_aside(found, refused));
  }
}

}  // namespace decant::postgres
