// What failed tasks mean: what is told of them, each reason once, and which stores a run goes on
// without. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/wire/messages.h"
#include "coordinator/control/entity_run.h"

namespace decant {

// Tells of attempts that failed and are repeated. Tasks of one server fail alike: each reason is
// told once for each attempt.
class AttemptNotice {
 public:
  explicit AttemptNotice(int max_attempts) : max_attempts_(max_attempts) {}

  // Nothing where the same was said of another task, and at the last attempt: what fails for good
  // is told by the run. `attempt` is counted from 1.
  std::optional<std::string> failed(const Task& task, const Error& error, int attempt);

 private:
  int max_attempts_;
  std::set<std::pair<int, std::string>> told_;
};

// Whether a run may go on without the store that this error is of. A mistake in the job, or a
// defect of ours, is none of a store's.
bool is_of_a_store(const Error& error);

// Whether the ledger may answer otherwise the next time: somebody held a row, or it was called off.
bool may_pass(const Error& error);

// How often a task is tried to be taken back: nobody knows how long a session of another machine
// takes to end, and nothing goes on without it.
class TakeBackPatience {
 public:
  // Of the error of one more try: whether there is no use in another.
  bool is_over(TaskId task, const Error& error);

 private:
  std::map<TaskId, int> failed_;
};

// How far a failure of the copy reaches.
enum class Reach {
  kRows,   // what was loaded with it, and what refers to that
  kStore,  // all that is still to be read from its store
  kRun,    // everybody
};
Reach reach_of(const Error& error);

// What no store has is a mistake in the job, and not of the stores (kUsage for kMismatch).
Error as_mistake_in_job(Error error);

// Errors for the stores whose columns the entity's mapping cannot be made of, though it can of
// other stores'; each names the file. Where it can be made of none the first is the one to fail
// with: `all` says so.
struct Misfits {
  std::vector<Error> errors;
  bool all = false;
};
// `table`: the columns of the table as it is there, or null.
Misfits stores_that_do_not_fit(const JobSpec& job, const EntitySpec& entity,
                               const std::vector<StoreCensus>& censuses, const Schema* table);

// kMismatch, with the stores and what differs, where the mappings of two stores are not the same.
// The columns that hold for all of them otherwise; null where no store has any.
Result<const StoreCensus*> common_columns(const JobSpec& job, const EntitySpec& entity,
                                          const std::vector<StoreCensus>& censuses,
                                          const Schema* table);

// kNotFound where no store has any columns: there is nothing, or nothing that can be read.
Error nothing_to_read(const EntitySpec& entity, const std::vector<StoreCensus>& censuses);

// "data/B.csv": where the columns of a census stand, for a sentence; empty where it is no file.
std::string place_of_columns(const JobSpec& job, const EntitySpec& entity,
                             const StoreCensus& census);

}  // namespace decant
