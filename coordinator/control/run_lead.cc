// RunController, leadership: who runs this, now and after the leader's death.
#include <chrono>
#include <random>
#include <set>
#include <thread>

#include "common/base/text.h"
#include "common/digest/digest.h"
#include "common/ledger/table_family.h"
#include "common/ledger/table_lock.h"
#include "coordinator/control/process_identity.h"
#include "coordinator/control/run_controller.h"
#include "coordinator/control/standby.h"

namespace decant {
namespace {

// A standby on another machine takes over within a lease and a look at the ledger.
constexpr std::int64_t k_leader_lease_ms = 10'000;
// Nobody else leads meanwhile, or the epoch tells: what comes late may still go on.
constexpr std::int64_t k_leader_patience_ms = 20'000;
// A session that has just ended, or is ended by us, lets go of its locks within moments.
constexpr std::int64_t k_lock_patience_ms = 5'000;
constexpr std::int64_t k_standby_pause_ms = 1'000;
// What is promised of a standby (docs/reliability.md).
static_assert(k_leader_lease_ms + k_standby_pause_ms + 2 * k_takeover_lock_timeout_ms < 15'000);
constexpr std::int64_t k_interrupt_pause_ms = 50;

// A target that is started again, or gives way to its replica, answers otherwise in a moment.
bool may_answer_later(const Error& error) {
  return error.code == ErrorCode::kUnreachable || error.code == ErrorCode::kTimeout ||
         error.code == ErrorCode::kBusy;
}

// To reconcile makes no ledger and alters none: nobody was asked whether this is the target.
Status check_ledger(Ledger& ledger) {
  DECANT_TRY_ASSIGN(const LedgerPresence presence, ledger.presence());
  if (presence == LedgerPresence::kAbsent) {
    return fail(ErrorCode::kNotFound, "The target has no ledger: nothing was ever loaded into it.",
                "Start a run: decant run.");
  }
  if (presence == LedgerPresence::kOlder) {
    return fail(ErrorCode::kMismatch,
                "The target's ledger was written by an earlier version of Decant.",
                "`decant run` brings it up to date; then reconcile again.");
  }
  return {};
}

std::string host_of(const std::string& holder) { return holder.substr(0, holder.find('@')); }

}  // namespace

// What a later run has to be asked to do as well, if it is to go on with what workers of this one
// have in hand.
std::string RunController::work_digest() const {
  if (options_.plan_only || options_.read_source_only) return {};
  std::string text;
  const auto add = [&](const std::string& part) {
    text += std::to_string(part.size()) + ":" + part;
  };
  for (const auto& part : {job_.text, job_.directory, options_.from, options_.to}) add(part);
  for (const auto* list : {&selection_.stores.list(), &selection_.entities}) {
    add(std::to_string(list->size()));
    for (const std::string& name : *list) add(name);
  }
  add(options_.allow_empty ? "empty" : "");
  return sha256_hex(text);
}

std::set<std::string> RunController::led_tables() const {
  std::set<std::string> tables;
  for (const std::string& name : selection_.entities)
    tables.insert(table_names_.at(job_.find_entity(name)->write.table));
  return tables;
}

// The lock is kept by the leader's own session, which lives as long as the run leads; one that
// breaks is opened again and takes the lock anew. Meanwhile this process's first session keeps
// other ledgers' runs out; should that break, the run is over.
Status RunController::keep_leading() {
  if (target_is_file_) return {};
  const std::set<std::string> tables = led_tables();
  const auto open = [open = parts_.open_target, connection = connection_,
                     schema = job_.ledger_schema, tables,
                     run = run_](Leading leading) -> Result<std::unique_ptr<Target>> {
    DECANT_TRY_ASSIGN(auto session, open(connection));
    DECANT_TRY(lock_tables(session->sql(), schema, tables, run, k_lock_patience_ms, leading));
    return session;
  };
  DECANT_TRY_ASSIGN(auto session, open(Leading::kBegins));
  DECANT_TRY(target_->call<bool>([&](TargetAccess& a) -> Result<bool> {
    DECANT_TRY(keep_place(a.target.sql(), job_.ledger_schema, tables, run_));
    return true;
  }));
  leader_ = std::make_unique<LeaderKeeper>(
      std::move(session), [open] { return open(Leading::kGoesOn); }, job_.ledger_schema, run_,
      epoch_, LeaseTimes{k_leader_lease_ms, k_leader_lease_ms / 4, k_leader_patience_ms});
  return {};
}

// Leadership first, then reading, then planning: what an earlier run still has in hand is fenced
// off by now, or known and waited for.
Status RunController::take_over(const std::vector<std::string>& tables) {
  const RunRecord record = report_.run;
  RunRecord taking = record;
  // Without an endpoint for them no worker of an earlier coordinator can come back.
  if (options_.listen.empty()) taking.work.clear();
  // Whoever held a file that is open here now is gone: a DuckDB file has one holder.
  const bool is_file = target_is_file_;
  const Ledger::IsDead is_dead = [is_file](const std::string& holder) {
    return is_file || is_certainly_dead(holder);
  };
  DECANT_TRY_ASSIGN(
      taken_, target_->call<Ledger::Takeover>([&](TargetAccess& a) -> Result<Ledger::Takeover> {
        DECANT_TRY_ASSIGN(Ledger::Takeover takeover,
                          a.ledger.take_over(tables, taking, k_leader_lease_ms, is_dead));
        DECANT_TRY(a.ledger.begin_run(record));
        return takeover;
      }));
  epoch_ = taken_.epoch;
  leads_ = true;
  return {};
}

Status RunController::lead() {
  RunRecord& record = report_.run;
  record.run = run_;
  record.job = job_.name;
  record.command = parts_.mask.mask(options_.command);
  record.range = range_text();
  record.state = "running";
  record.coordinator = process_identity();
  record.work = work_digest();
  report_.target = identity_;
  if (options_.plan_only) return resolve_tables();
  // The ledger's schema is there before names are resolved: it may be one in which the target
  // looks for tables.
  const bool only_looks = options_.read_source_only;
  DECANT_TRY(target_->call<bool>([only_looks](TargetAccess& a) -> Result<bool> {
    if (only_looks) DECANT_TRY(check_ledger(a.ledger));
    DECANT_TRY(a.ledger.prepare());
    return true;
  }));
  DECANT_TRY(resolve_tables());
  // By the job's own spelling too: ledgers of earlier versions go by it.
  std::vector<std::string> tables;
  for (const std::string& name : selection_.entities)
    tables.push_back(job_.find_entity(name)->write.table);
  const std::set<std::string> resolved = led_tables();
  DECANT_TRY_ASSIGN(const TableNames names,
                    target_->call<TableNames>([&](TargetAccess& a) -> Result<TableNames> {
                      return names_to_lead(a.target.sql(), job_.ledger_schema, resolved);
                    }));
  tables.insert(tables.end(), names.begin(), names.end());
  return options_.standby ? stand_by(tables) : take_over(tables);
}

// The session is opened again where it broke: the target may be another server by now.
Result<std::vector<LeaderRecord>> RunController::leaders(const std::vector<std::string>& tables) {
  using Leaders = std::vector<LeaderRecord>;
  const auto ask = [&] {
    return target_->call<Leaders>([&](TargetAccess& a) { return a.ledger.leaders(tables); });
  };
  Result<Leaders> leaders = ask();
  if (leaders || leaders.error().code != ErrorCode::kUnreachable) return leaders;
  DECANT_TRY_ASSIGN(target_, TargetThread::start([this] { return parts_.open_target(connection_); },
                                                 job_.ledger_schema));
  return ask();
}

Status RunController::pause_standby() const {
  for (std::int64_t slept = 0; slept < k_standby_pause_ms; slept += k_interrupt_pause_ms) {
    if (parts_.interrupts > 0) {
      return fail(ErrorCode::kCancelled, "Interrupted while this coordinator stood by.",
                  "The one that leads goes on.");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(k_interrupt_pause_ms));
  }
  return {};
}

// Until this run leads, or stood_by_for_ says that nothing is left to do.
Status RunController::stand_by(const std::vector<std::string>& tables) {
  Standby standby(report_.run.work, is_certainly_dead);
  std::string told;
  const auto tell = [&](const std::string& line) {
    if (line != told) parts_.say(told = line);
  };
  while (true) {
    const auto now = leaders(tables);
    if (!now && !may_answer_later(now.error())) return fail(now.error());
    if (!now) tell("standby  the target does not answer: " + parts_.mask.mask(now.error().message));
    const StandbyStep step = now ? standby.next(*now) : StandbyStep{};
    const std::string run = "run " + step.leader.run.value + " on " + host_of(step.leader.holder);
    if (step.kind == StandbyStep::Kind::kOver) {
      tell("standby  " + run + " has ended (" + step.leader.state + "): " +
           (step.leader.state == "interrupted" ? "a person ended it, and so does this one."
                                               : "nothing is left to do."));
      stood_by_for_ = step.leader;
      return {};
    }
    if (step.kind == StandbyStep::Kind::kLead) {
      // A run of its own, whose time begins now.
      std::random_device random;
      run_ = report_.run.run = make_run_id(parts_.clock.wall_us() / 1'000'000, random());
      started_ = parts_.clock.now();
      const Status taken = take_over(tables);
      if (taken) {
        tell("standby  nobody leads any more; this is run " + run_.value + " now.");
        return {};
      }
      // Somebody was faster, or the target went away.
      if (!may_answer_later(taken.error())) return taken;
    } else if (now) {
      tell("standby  " + run + " leads; this process takes over when it dies.");
    }
    DECANT_TRY(pause_standby());
  }
}

}  // namespace decant
