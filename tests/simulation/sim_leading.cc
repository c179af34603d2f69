// SimCoordinator, to the leadership and from it: it waits for the lease of another, keeps its own,
// and lets go when the run is over.
#include <algorithm>

#include "tests/simulation/sim_coordinator.h"

namespace decant::sim {
namespace {

// Faults are meant to be survived here, not counted.
constexpr int k_max_attempts = 10'000;

// A life whose workers come back late finds that others have their work.
constexpr std::int64_t k_grace_ms = 2'500;
constexpr std::int64_t k_drain_ms = 3'000;
constexpr std::int64_t k_rarity_of_steps_taken_once = 10;

Welcome welcome_to(const RunId& run, const Command& command, const Ledger::Takeover& takeover) {
  Welcome welcome;
  welcome.run = run;
  welcome.lease_ms = k_lease_ms;
  welcome.job_text = command.job + " " + std::to_string(command.work);
  welcome.continued_runs = takeover.continued;
  return welcome;
}

}  // namespace

SimCoordinator::SimCoordinator(int number, Command command, World& world)
    : number_(number), command_(std::move(command)), world_(world), clock_(world.random) {
  job_.name = command_.job;
  job_.chunk_rows = 6;
  for (const std::string& store : world.source.stores()) {
    StoreSpec spec;
    spec.name = store;
    job_.stores.push_back(std::move(spec));
  }
  entity_.entity = command_.job;
  entity_.write.table = "sales";
  entity_.range_column = "id";
  entity_.range_kind = TypeKind::kInt64;
  entity_.store_column = "store";
  entity_.fingerprint = "mapping of " + command_.job;
}

std::string SimCoordinator::holder() const {
  return "coordinator-" + std::to_string(number_) + "-" + std::to_string(lives_);
}

void SimCoordinator::crash(MonotonicMs now) {
  // What it had sent to the target is done there all the same.
  if (life_ && !life_->ledger_calls.empty() && reaches_target(now) && world_.random.one_in(2)) {
    is_dying_ = true;
    life_->ledger_calls.front().call(now);
  }
  leave(now, 3'000);
}

void SimCoordinator::bury(MonotonicMs now) {
  if (is_up_) leave(now, 0);
  is_buried_ = true;
}

void SimCoordinator::restart(bool same_work, MonotonicMs now) {
  leave(now, 0);
  if (!same_work) ++command_.work;
  turn(now);
}

// The process ends.
void SimCoordinator::leave(MonotonicMs now, std::int64_t longest_ms) {
  world_.network.close(number_);
  world_.living.erase(holder());
  life_.reset();
  is_up_ = is_dying_ = false;
  stopped_until_ = cut_off_until_ = {};
  may_start_at_.value = now.value + (longest_ms > 0 ? world_.random.between(100, longest_ms) : 0);
}

void SimCoordinator::suspend_until(MonotonicMs now, MonotonicMs until) {
  clock_.stand_still(until.value - now.value);
  stop_until(until);
}

// Its session is gone, and with it the run; the next one goes on.
void SimCoordinator::lose_target(MonotonicMs now) {
  if (life_) leave(now, 1'000);
}

bool SimCoordinator::dies(Event step, std::int64_t rarity) {
  if (is_dying_ || !world_.strikes(rarity)) return is_dying_;
  world_.events.note(step);
  is_dying_ = true;
  return true;
}

void SimCoordinator::start(MonotonicMs now) {
  is_up_ = true;
  ++lives_;
  next_look_ = now;
  world_.living.insert(holder());
  if (command_.is_standby)
    standby_.emplace(std::to_string(command_.work),
                     [this](const std::string& other) { return knows_dead(other); });
}

// On one machine; and a DuckDB file can be opened once its holder has died.
bool SimCoordinator::knows_dead(const std::string& other) const {
  return (world_.stages || world_.is_one_machine) && !world_.living.contains(other);
}

void SimCoordinator::look(MonotonicMs now) {
  if (now < next_look_ || !reaches_target(now)) return;
  next_look_.value = now.value + world_.random.between(100, 400);
  if (!standby_ || world_.mutation == Mutation::kLeadWhileAnotherLives) return take_over(now);
  const StandbyStep step = standby_->next({world_.target.leader_record()});
  if (step.kind == StandbyStep::Kind::kLead) return take_over(now);
  if (step.kind == StandbyStep::Kind::kWait) return;
  world_.events.note(Event::kStoodDown);
  is_done_ = true;
}

// First the fences of earlier runs (but for what may be adopted), then, in a later statement, the
// ledger (DESIGN 7).
void SimCoordinator::take_over(MonotonicMs now) {
  const TargetStore::Leader before = world_.target.leader();
  // A DuckDB file has one holder, as long as that lives.
  if (world_.stages && world_.living.contains(before.holder) && !before.is_done) return;
  TargetStore::Candidate candidate;
  candidate.run = RunId("run-" + std::to_string(number_) + "-" + std::to_string(lives_));
  candidate.job = command_.job;
  candidate.holder = holder();
  candidate.work = command_.work;
  candidate.lease_ms = k_leader_lease_ms;
  candidate.is_dead = [this](const std::string& other) { return knows_dead(other); };
  Ledger::Takeover takeover;
  const LedgerAnswer answer = world_.target.take_over(candidate, takeover);
  if (answer == LedgerAnswer::kBusy) world_.events.note(Event::kRefusedBusy);
  if (answer != LedgerAnswer::kYes) return;
  const bool was_led = before.epoch.value > 0 && !before.is_done;
  if (was_led && !before.lives) world_.events.note(Event::kTakenOver);
  if (was_led && before.job != command_.job) world_.events.note(Event::kOtherJobFirst);
  const bool is_same_job = before.job == command_.job;
  if (is_same_job && before.work != command_.work) world_.events.note(Event::kOtherWork);
  if (dies(Event::kDeathAfterTakingOver, k_rarity_of_steps_taken_once)) return leave(now, 3'000);
  world_.target.begin_run(candidate);
  lead(takeover, candidate.run, now);
}

void SimCoordinator::lead(const Ledger::Takeover& takeover, const RunId& run, MonotonicMs now) {
  // A file that is written again while no coordinator looks.
  if (world_.has_faults && world_.random.one_in(3)) {
    world_.events.note(Event::kSourceChanged);
    world_.source.change();
  }
  const MonotonicMs here = clock_.at(now);
  const std::int64_t lease_ms =
      world_.mutation == Mutation::kNoReclaim ? INT64_MAX / 4 : k_lease_ms;
  const Welcome welcome = welcome_to(run, command_, takeover);
  life_ = std::make_unique<Life>(
      Life{run, takeover.epoch, here, MonotonicMs{here.value + k_leader_lease_ms / 4},
           SessionTable(command_.job, welcome, takeover.epoch, k_lease_ms),
           Dispatcher(DispatchLimits{lease_ms, k_max_attempts, 100}),
           Adoption(takeover, MonotonicMs{here.value + k_grace_ms}), takeover.last_task});
  // A result of an earlier run may still be under way: it must never fit a task of this one.
  if (world_.mutation != Mutation::kFencesStartAnew)
    life_->dispatcher.set_first_fence(Fence((takeover.epoch.value << 20) + 1));
  life_->dispatcher.set_store_limit(world_.source.stores().front(), 2);
  world_.network.listen(number_);
}

void SimCoordinator::keep_leading(MonotonicMs now) {
  const MonotonicMs here = clock_.at(now);
  Life& life = *life_;
  if (here < life.next_renewal || life.phase == Phase::kDraining) return;
  if (reaches_target(now)) {
    life.next_renewal.value = here.value + k_leader_lease_ms / 4;
    if (still_leads(world_.target.renew(life.run, life.epoch, k_leader_lease_ms)))
      life.renewed = here;
  } else if (here.value - life.renewed.value > k_leader_lease_ms) {
    world_.events.note(Event::kLeaseNotKept);
    life.leads = false;
  }
}

// What the run loop takes for the end of its phase.
bool SimCoordinator::still_leads(LedgerAnswer answer) {
  if (answer != LedgerAnswer::kNotLeading) return true;
  if (world_.target.leader().run == life_->run)
    world_.violate("the leader was told that it does not lead");
  world_.events.note(Event::kLedNoMore);
  life_->leads = false;
  return false;
}

// Done means that the table is what the source was when it was counted; unless another leads by now
// and has loaded what came later.
void SimCoordinator::end_run(MonotonicMs now) {
  Life& life = *life_;
  const bool is_overtaken = world_.target.leader().run != life.run;
  for (const StoreCensus& census : life.censuses) {
    const int version = Source::version_of({census.census.snapshot});
    const Rows rows = world_.source.read(census.store, {}, version);
    const SetDigest loaded = world_.target.table().digest(census.store, {});
    if (!is_overtaken && !(digest_of(census.store, rows) == loaded))
      world_.violate("a run is done, and the table differs from the source in " + census.store);
  }
  life.phase = Phase::kEnding;
  post(now, [this, &life](MonotonicMs then) {
    world_.target.end_run(life.run);
    if (dies(Event::kDeathAfterEndingRun, k_rarity_of_steps_taken_once)) return;
    world_.target.release(life.run, life.epoch);
    life.phase = Phase::kDraining;
    life.drained_by.value = then.value + k_drain_ms;
    for (const auto& [incarnation, worker] : life.dispatcher.workers())
      send(incarnation, Drain{"the run is over"}, then);
  });
}

void SimCoordinator::drain(MonotonicMs now) {
  if (!life_->dispatcher.workers().empty() && now < life_->drained_by) return;
  is_done_ = true;
  leave(now, 0);
}

std::string SimCoordinator::unfinished() const {
  const std::string who = "coordinator " + std::to_string(number_);
  if (is_done_ || is_buried_) return {};
  if (!is_up_) return who + " is down. ";
  if (!life_) return who + " waits. ";
  if (life_->phase < Phase::kLoading) return who + " has not planned. ";
  std::string text = who + ":";
  for (const auto& [id, task] : life_->dispatcher.tasks()) {
    if (task.state == DispatchState::kDone) continue;
    text += " task " + std::to_string(id.value) + " state " +
            std::to_string(static_cast<int>(task.state)) + " attempts " +
            std::to_string(task.attempts);
  }
  return text + ". ";
}

}  // namespace decant::sim
