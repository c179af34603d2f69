// The SQL by which an upsert settles who holds a key that rows of several chunks have, for both
// dialects. Pure: text in, text out.
//
// Each key that the table holds for us is claimed by one chunk (key_sql.h). Rows of other chunks
// with the same key wait: `waits_…` beside `keys_…` (key_tables.h) has the key, the chunk
// (decant_owner), the value of `latest_by` and whether the row is `decant_free`, that is to be
// judged again, since what it waited behind has changed. Its chunk is then loaded again.
//
// Which row holds the key is a matter of the rows alone: within a chunk the first in the order of
// the source, among chunks the first when rows are ordered by their columns (row_order.h), those
// that updates leave alone left out; with `latest_by` in both cases the one with the greatest value
// comes before. So it is the same whatever the order of tasks and runs. A row that loses is
// "superseded" with `latest_by` and refused ("unique") without.
//
// Claims of nobody have the owner 0: the source has the key no longer, or its chunk is of an entity
// or a store that the job names no more (release_sql.h). Its row stays in the table, and is no
// rival of whoever brings the key.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/connector/load_sql.h"

namespace decant {

// PostgreSQL: upserts and inserts into one table enter it one after the other, from here to the end
// of the transaction. Empty for DuckDB, which has one writer.
std::vector<std::string> lock_claims(const LoadSqlInput& input);

// CREATE of decant_refused with the rows of `staged` that lose to others of them.
std::string refuse_equal_keys(const LoadSqlInput& input, const std::string& staged);

// Mode upsert: adds to decant_refused the rows of `staged` that lose to the table's, and leaves in
// decant_rivals those that meet another chunk's claim, also one whose row somebody took out of the
// table: that one is no hindrance. What these chunks put there themselves is no rival: the source
// has the last word on its own rows.
std::vector<std::string> refuse_by_rivals(const LoadSqlInput& input, const std::string& staged);

// LoadStatements::rivals: behind refuse_by_rivals.
std::string select_rivals(const LoadSqlInput& input);

// Mode upsert, after the rows are written, before write_keys: takes claims over, lets go of those
// whose keys are not in `kept`, and writes who waits. `all` are the staged rows with those refused.
std::vector<std::string> settle_claims(const LoadSqlInput& input, const std::string& kept,
                                       const std::string& all);

// Mode insert, after the rows are written, of chunks that are tried again: a key whose row somebody
// took out of the table is no longer the chunk's that had put it there.
std::vector<std::string> take_claims_over(const LoadSqlInput& input, const std::string& kept);

// The owners of rows that are to be judged again: free ones, those whose key the table holds no
// longer, and with `latest_by` those later than a row of the table that is nobody's.
std::string select_owners_to_judge(const EntityPlan& plan, std::string_view ledger_schema);

// How many of the table's rows each owner claims: owner (NULL: nobody ever claimed them), count.
// Chunks that claim fewer than they loaded were loaded in another mode, by another key or under
// another spelling of the table.
std::string count_claimed_rows(const EntityPlan& plan, std::string_view ledger_schema);

// The owners of keys that more than one chunk claims: the row of one counts for several. It takes
// somebody who deletes a row in the target whose key then comes from another chunk too.
std::string select_owners_of_one_key(const EntityPlan& plan, std::string_view ledger_schema);
// Makes these keys nobody's: whoever is loaded next claims them anew.
std::string forget_claims_of_one_key(const EntityPlan& plan, std::string_view ledger_schema);

}  // namespace decant
