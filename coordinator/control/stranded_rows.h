// Rows that a job loaded before it had its store column or the column of its time, or had them
// elsewhere: no chunk finds them any more, so that without a key each would be loaded once more
// beside them. A key finds them, and refuses.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/connector/sql_session.h"
#include "common/job/entity_plan.h"
#include "common/ledger/ledger.h"

namespace decant {

// The question that tells whether the table has such rows; nothing where it cannot, since the job
// is as it was when `chunks` were loaded, has a key or follows no changes.
std::optional<std::string> ask_for_stranded_rows(Dialect dialect, const EntityPlan& plan,
                                                 const std::vector<ChunkRecord>& chunks);

// `answer` is the table's. kUsage where rows that the ledger counts are not found by their stores
// or times while others of the table have none of these: rows that somebody only deleted are
// missing too.
Status refuse_stranded_rows(const EntityPlan& plan, const std::vector<ChunkRecord>& chunks,
                            const std::vector<SqlRow>& answer, const ErrorPlace& place);

}  // namespace decant
