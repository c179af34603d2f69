// Adoption: what becomes of the tasks that a coordinator which died gave out, and whose workers may
// still be at them (common/ledger/FORMAT.md, Adoption). Pure, as the dispatcher is: the run loop
// asks the ledger and feeds back what it said.
//
// Life of an open task:
// - open: to asking (a worker claims it as the ledger has it); to closed (the grace time is over)
// - asking: to adopted (the ledger has written it down); to closed (it is another's by now); to
// open
//   (the ledger could not be asked; the worker claims again)
// A task of a continued run that is not among the open ones may be claimed too: it has committed,
// and its result was not acknowledged. Nobody waits for such a claim.
// Closed tasks are fenced off by the run loop. Nothing is planned before every task is adopted or
// fenced off.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/ledger/ledger.h"
#include "common/wire/messages.h"

namespace decant {

struct AdoptedTask {
  OpenTask open;
  Task task;  // as the worker holds it
  Incarnation worker;
};

class Adoption {
 public:
  Adoption() = default;  // nothing is open
  // Claims are taken up to `until`, of tasks of the takeover's runs.
  Adoption(const Ledger::Takeover& takeover, MonotonicMs until);

  enum class Answer : std::uint8_t {
    kAsk,      // ask the ledger, then recorded() or record_failed(); then answer the worker
    kWait,     // the ledger is being asked: no answer yet
    kAdopted,  // it is the worker's
    kRefused,  // nobody waits for it any more
  };
  // `table`: what the ledger calls the task's.
  Answer claim(const Incarnation& worker, const Task& task, const std::string& table,
               MonotonicMs now);
  // What the ledger said. The adopted task, or null where it is closed.
  const AdoptedTask* recorded(TaskId task, bool is_still_held);
  void record_failed(TaskId task);

  // Whether a sign of life about the task must be left without an answer: nobody knows yet whether
  // it is the worker's.
  bool is_undecided(TaskId task, Fence fence) const;
  // No claim can change anything any more; close() then gives what is to be fenced off.
  bool is_settled(MonotonicMs now) const;
  // Ends the grace time. Those that nobody holds, once each.
  std::vector<OpenTask> close();

  const std::map<TaskId, AdoptedTask>& adopted() const { return adopted_; }

 private:
  enum class State : std::uint8_t { kOpen, kAsking, kClosed };
  struct Entry {
    OpenTask open;
    State state = State::kOpen;
    Task claimed;  // while asking
    Incarnation worker;
  };

  std::map<TaskId, Entry> entries_;  // without those that were adopted
  std::map<TaskId, AdoptedTask> adopted_;
  std::vector<RunId> runs_;
  MonotonicMs until_;
};

}  // namespace decant
