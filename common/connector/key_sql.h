// The keys that the chunks of an upserted entity hold, for both dialects. Pure: text in, text out.
//
// In modes upsert and insert the table has rows that are not ours, and a row of ours may lie
// anywhere in it. So the keys that a chunk's batches wrote are kept in a table of the ledger's
// schema, in the transaction that writes the rows: the key's columns, and `decant_owner`, which
// stands for the chunk. A read-back joins them with the table: what is found is the chunk's, what
// is not claimed was there before or belongs to somebody else. Owner 0 is nobody: a chunk had the
// key once and has it no longer (rival_sql.h, release_sql.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/connector/load_plan.h"
#include "common/connector/sql_session.h"
#include "common/job/entity_plan.h"
#include "common/job/slice.h"
#include "common/job/store_zones.h"

namespace decant {

inline constexpr std::string_view k_owner_column = "decant_owner";

// Equality of all columns of the key, between two aliases (with their dots).
std::string same_key(const EntityPlan& plan, std::string_view left, std::string_view right);

// Modes upsert and insert.
bool keeps_keys(const EntityPlan& plan);

// <ledger_schema>.keys_<12 hex digits of the SHA-256 of table and key>: another key has another
// table.
std::string key_table_name(std::string_view ledger_schema, const EntityPlan& plan);

// CREATE TABLE IF NOT EXISTS, with the types of the target's own columns; PostgreSQL gets an index
// on the owner.
std::vector<std::string> create_key_table(Dialect dialect, const std::string& key_table,
                                          const EntityPlan& plan);

// What stands for a chunk in 8 bytes instead of its name's 30: the first bytes of the SHA-256 of
// job and name. Two chunks that met in one number would share their keys, and each would show a
// difference; none could be hidden.
std::int64_t key_owner(std::string_view job, const ChunkSpec& chunk);
std::int64_t key_owner(std::string_view job, const ChunkName& chunk);

// "(0, CAST(81 AS BIGINT)), (1, …)": chunks by their positions in the plan, and their owners.
std::string owners_by_position(const LoadPlan& plan, const std::vector<int>& chunks);

// The condition that a staged row's key (alias with its dot) is claimed by the row's own chunk;
// never, where there is no key table.
std::string is_own_key(const LoadPlan& plan, const std::vector<int>& chunks,
                       const std::string& key_table, const std::string& alias);

// What a load does to the keys: forgets those of `chunks` (positions in the plan) and writes those
// of `rows`, a SELECT of staged rows with decant_chunk.
std::vector<std::string> write_keys(const LoadPlan& plan, const std::vector<int>& chunks,
                                    const std::string& key_table, const std::string& rows);

// The table's rows that are claimed by `chunks`, of which there may be none: the plan's columns,
// then decant_chunk, the position in `chunks`.
std::string select_owned_rows(const EntityPlan& plan, std::string_view job,
                              std::string_view ledger_schema, const std::vector<ChunkSpec>& chunks);

// The same of one chunk, without decant_chunk.
std::string select_claimed_rows(const EntityPlan& plan, std::string_view job,
                                std::string_view ledger_schema, const ChunkSpec& chunk);

// A chunk that is divided hands the keys of its parts to them. The first part may have its name.
std::vector<std::string> split_keys(Dialect dialect, const EntityPlan& plan, std::string_view job,
                                    std::string_view ledger_schema, const ChunkSpec& whole,
                                    const std::vector<ChunkSpec>& parts);

// The number of the table's rows in what is selected and of some stores (none: all); an open range
// takes rows without a value too.
std::string count_rows(Dialect dialect, const EntityPlan& plan, const SelectedRanges& selected,
                       const std::vector<std::string>& stores);

// Of these rows those whose keys no chunk claims, of whatever entity or job.
std::string count_unclaimed_rows(Dialect dialect, const EntityPlan& plan,
                                 std::string_view ledger_schema, const SelectedRanges& selected,
                                 const std::vector<std::string>& stores);

}  // namespace decant
