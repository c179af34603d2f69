// KeyBuilder: the key of a table after its first load (DESIGN 5). Rows that share a key keep it
// from being built: they are listed, and with `on_duplicate: reject` all but one of each become
// rejects.
//
// Runs on the target's thread. Every step is repeated without harm by the run that comes after a
// crash: the table's state says `keying` until the key stands, and the rows that are taken out,
// their rejects and the batches that correct the accounts are one transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/control/target_thread.h"
#include "coordinator/report/report.h"

namespace decant {

struct KeyRequest {
  EntityPlan plan;
  TableRecord table;  // state loading or keying
  std::string ledger_schema;
  Mandate lead;
  std::int64_t rejects_left = 0;  // how many rows `rejects:` still allows to be taken out
};

struct KeyOutcome {
  bool built = false;
  std::optional<DuplicateReport> duplicates;
  std::optional<Error> refused;  // why no key stands: kDiffers, kTooManyRejects
  // What the rows that were taken out change in the accounts of their chunks.
  std::vector<BatchRecord> corrections;
};

Result<KeyOutcome> build_table_key(TargetAccess& access, const KeyRequest& request);

// What of it takes long and can be done while the table is read: its statistics and the index.
// Where rows share keys it succeeds all the same, and build_table_key finds them. Sentences as
// those of Target::analyze.
Result<std::vector<std::string>> begin_table_key(TargetAccess& access, const KeyRequest& request);

// The same for a table whose key stands in no index (DuckDB), after rows were loaded into it: keys
// that rows of different chunks share by now. The table's state stays as it is.
Result<KeyOutcome> check_table_key(TargetAccess& access, const KeyRequest& request);

// Whether rows share a key, for who may only look: nothing is written, also no list of them.
Result<KeyOutcome> look_at_table_key(TargetAccess& access, const KeyRequest& request);

// For a table that was there with rows and whose key no index keeps (DuckDB), before anything is
// loaded into it: kMismatch where several of its rows have one key, all of which a load by that key
// would change. Rows without a value in the key are nobody's.
Status check_standing_keys(SqlSession& sql, const WriteSpec& write);

}  // namespace decant
