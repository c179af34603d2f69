// The job's checks: queries on the target that say whether what was loaded makes sense. Pure; the
// run asks.
#pragma once

#include <string>
#include <vector>

#include "common/connector/sql_session.h"
#include "common/job/job_spec.h"
#include "coordinator/report/report.h"

namespace decant {

// More rows than this are not fetched, however many a check gives.
inline constexpr std::size_t k_most_check_rows = 1'000;

// The query with its rows limited to one more than k_most_check_rows, where it is one that can be
// put into another (SELECT, WITH, VALUES); others as they stand.
std::string limited_check(const std::string& sql);

// `rows` are what limited_check gave. The text of one that failed has its first rows.
CheckResult judge_check(const CheckSpec& check, const Result<std::vector<SqlRow>>& rows);

}  // namespace decant
