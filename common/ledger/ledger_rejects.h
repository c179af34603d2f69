// Refused rows on their way into the table `rejects`; private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/connector/sql_session.h"
#include "common/ledger/reject_spool.h"

namespace decant::ledger_internal {

// What all rejects of a task share.
struct RejectOwner {
  RunId run;
  std::string job;
  std::string entity;
  TaskId task;
  bool in_batch = true;             // false: of a task that went over the limit
  std::vector<std::string> chunks;  // names, by the positions that come with the rejects
};

// In the open transaction, in bulk; the first `most` of them.
Status append_rejects(SqlSession& sql, const std::string& schema, const RejectOwner& owner,
                      std::int64_t most, const EachReject& rejects);

}  // namespace decant::ledger_internal
