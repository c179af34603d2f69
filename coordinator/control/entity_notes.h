// What a person should know of an entity beside its figures. Pure: from what a run has found out to
// sentences, or nothing where there is nothing to say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/control/entity_run.h"

namespace decant {

// Before a job replaces rows in a table with rows that it did not load; nothing where the ledger
// says that it did.
std::optional<std::string> note_on_existing(const EntityPlan& plan,
                                            const std::optional<TableRecord>& known,
                                            const std::string& job);

// On columns of the entity's table that its source does not fill.
std::optional<std::string> note_on_unfilled(const EntityPlan& plan, const Schema& table);
// The same where it is worth a word. `known` is what the ledger says of the table, which holds
// rows: of a table that the job made, they are of its business; of another, they are named when the
// mapping is not that of the last run.
std::optional<std::string> note_on_unfilled(const EntityPlan& plan, const Schema& table,
                                            const std::optional<TableRecord>& known,
                                            const std::string& job);

// Takes the columns that the table computes itself out of the source's; their names. kMismatch for
// one that the job names.
Result<std::vector<std::string>> leave_out_generated(const EntitySpec& entity,
                                                     const TableShape& table, Schema& source);
std::optional<std::string> note_on_generated(const EntityPlan& plan,
                                             const std::vector<std::string>& left_out);

// Files with one column whose name looks like several: the delimiter may be another one.
std::optional<std::string> note_on_delimiter(const EntitySpec& entity, const Schema& source);

// Files of which nothing was found but a header, and that an odd one: all of their text may have
// been taken for it. And a header with a name that holds a line end or a control character, which
// may be rows, with its file as it is seen from `directory`, the job file's.
std::optional<std::string> note_on_header(const EntitySpec& entity, const std::string& directory,
                                          const std::vector<StoreCensus>& censuses);

// That its chunks may be cut out of several answers (CensusResult::unsteady).
std::optional<std::string> note_on_unsteady(const EntityRun& run);

// Columns whose values a policy of the job shortens, and what they lose.
std::optional<std::string> note_on_lossy(const EntityPlan& plan);

// Columns of the source that nothing was said about, and that are left out since another column or
// a constant of the job has their name.
std::optional<std::string> note_on_hidden(const EntitySpec& entity, const EntityPlan& plan,
                                          const Schema& source);

}  // namespace decant
