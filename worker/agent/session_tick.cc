// What is due: leases, renewals, results, signs of life, parting.
#include <algorithm>

#include "worker/agent/session.h"

namespace decant {
namespace {

constexpr std::size_t k_renewals_kept = 8;
constexpr int k_hellos_before_giving_up = 3;
// Some three seconds, so that with two endpoints none is away for longer than a new leader waits.
constexpr int k_hellos_before_redialling = 3;

}  // namespace

std::vector<SessionAction> Session::tick(MonotonicMs now) {
  if (state_ != State::kLeft) {
    stop_what_lost_its_lease(now);
    if (state_ == State::kBeginning && !begin_asked_ && held_.empty()) {
      begin_asked_ = true;
      actions_.emplace_back(BeginRun{welcome_});
    }
    if (state_ == State::kWorking) start_waiting_tasks();
    renew_leases(now);
    send_claims(now);
    send_results(now);
    say_hello(now);
    give_credit(now);
    give_up_or_leave(now);
  }
  return std::exchange(actions_, {});
}

// The lease runs from when we sent the renewal that was acknowledged: the coordinator's runs from
// later.
void Session::stop_what_lost_its_lease(MonotonicMs now) {
  std::vector<Key> lost;
  for (const auto& [key, held] : held_) {
    if (held.lease_from.value + welcome_.lease_ms <= now.value) lost.push_back(key);
  }
  for (const Key& key : lost) cancel(key, held_.at(key), "its lease ran out", now);
}

void Session::start_waiting_tasks() {
  for (auto& [key, held] : held_) {
    if (running_ >= options_.slots) return;
    if (!held.is_waiting) continue;
    actions_.emplace_back(StartTask{*held.task});
    held.is_waiting = false;
    ++running_;
  }
}

void Session::renew_leases(MonotonicMs now) {
  for (auto& [key, held] : held_) {
    if (held.cancelled || held.of_earlier_run || held.claiming || held.next_progress > now)
      continue;
    held.next_progress.value = now.value + welcome_.lease_ms / 3;
    held.renewals[++held.last_renewal] = now;
    if (held.renewals.size() > k_renewals_kept) held.renewals.erase(held.renewals.begin());
    send(Progress{key.first, key.second, held.rows, held.is_waiting ? "waiting" : "running",
                  held.last_renewal});
  }
}

void Session::send_claims(MonotonicMs now) {
  if (state_ != State::kWorking) return;
  const auto repeat = [&](std::optional<Claiming>& claiming, const Task& task) {
    if (!claiming || claiming->next_send > now) return;
    send(Claim{task});
    claiming->next_send.value = now.value + jittered(claiming->pause_ms);
    claiming->pause_ms = std::min(claiming->pause_ms * 2, options_.longest_hello_pause_ms);
  };
  for (auto& [key, held] : held_) repeat(held.claiming, *held.task);
  for (auto& [key, kept] : results_) {
    if (kept.task) repeat(kept.claiming, *kept.task);
  }
}

void Session::send_results(MonotonicMs now) {
  if (state_ != State::kWorking) return;
  for (auto& [key, kept] : results_) {
    if (kept.claiming || kept.next_send > now) continue;
    send(kept.result);
    kept.next_send.value = now.value + jittered(kept.pause_ms);
    kept.pause_ms = std::min(kept.pause_ms * 2, options_.longest_result_pause_ms);
  }
}

void Session::say_hello(MonotonicMs now) {
  if (state_ == State::kWorking && last_heard_.value + welcome_.lease_ms <= now.value)
    greet_again(now);
  if (state_ != State::kGreeting || next_hello_ > now) return;
  if (options_.redials && hellos_here_ >= k_hellos_before_redialling) {
    hellos_here_ = 0;
    hello_pause_ms_ = options_.hello_pause_ms;
    actions_.emplace_back(Redial{});
  }
  Hello hello;
  hello.slots = options_.slots;
  hello.stores = options_.stores;
  hello.host = options_.host;
  hello.process_id = options_.process_id;
  hello.build_version = options_.build_version;
  for (const auto& [key, held] : held_) {
    if (!held.of_earlier_run) hello.in_flight.push_back({key.first, key.second});
  }
  for (const auto& [key, kept] : results_) hello.in_flight.push_back({key.first, key.second});
  send(std::move(hello));
  ++hellos_since_heard_;
  ++hellos_here_;
  next_hello_.value = now.value + jittered(hello_pause_ms_);
  hello_pause_ms_ = std::min(hello_pause_ms_ * 2, options_.longest_hello_pause_ms);
}

void Session::give_credit(MonotonicMs now) {
  if (state_ != State::kWorking || next_credit_ > now) return;
  send(Credit{leaving_ ? 0 : options_.slots});
  next_credit_.value = now.value + welcome_.lease_ms / 3;
}

void Session::give_up_or_leave(MonotonicMs now) {
  if (state_ == State::kLeft) return;
  const bool is_idle = held_.empty() && results_.empty();
  if (leaving_) {
    const bool is_late = leaving_->deadline && *leaving_->deadline <= now;
    if (is_idle || is_late) return leave(leaving_->exit_status, leaving_->reason);
  }
  const std::string seconds = std::to_string(options_.give_up_after_ms / 1000) + " seconds";
  if (refused_since_ && refused_since_->value + options_.give_up_after_ms <= now.value) {
    return leave(exit_status_for(ErrorCode::kUsage),
                 refusal_ + " It has been so for " + seconds + ".");
  }
  // A process that was suspended has heard nothing either: it first asks.
  if (last_heard_.value + options_.give_up_after_ms <= now.value &&
      hellos_since_heard_ >= k_hellos_before_giving_up) {
    leave(exit_status_for(ErrorCode::kUnreachable),
          "No coordinator has answered at " + options_.endpoint + " for " + seconds + ".");
  }
}

void Session::send(Body body) {
  actions_.push_back(SendMessage{
      Envelope{job_, options_.name, options_.incarnation, epoch_, ++sequence_, std::move(body)}});
}

void Session::greet_again(MonotonicMs at) {
  state_ = State::kGreeting;
  next_hello_ = std::max(next_hello_, at);
}

void Session::leave(int exit_status, std::string text) {
  if (state_ == State::kLeft) return;
  send(Goodbye{text});
  state_ = State::kLeft;
  actions_.emplace_back(Leave{exit_status, std::move(text)});
}

// Up to half as long again, so that the workers of a coordinator that was started again do not all
// speak at once.
std::int64_t Session::jittered(std::int64_t pause_ms) {
  std::uint64_t mix = (sequence_ + 1) * 0x9e3779b97f4a7c15ULL;
  for (std::uint8_t byte : options_.incarnation.value) mix = (mix ^ byte) * 1099511628211ULL;
  return pause_ms +
         static_cast<std::int64_t>((mix >> 20) % static_cast<std::uint64_t>(pause_ms / 2 + 1));
}

}  // namespace decant
