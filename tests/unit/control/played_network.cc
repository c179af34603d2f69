#include "tests/unit/control/played_network.h"

#include <chrono>
#include <utility>

#include "common/wire/codec.h"

namespace decant::test {
namespace {

constexpr std::int64_t k_turn_ms = 20;  // of the played clock

SessionOptions options_of(const std::string& name, int slots) {
  SessionOptions options;
  options.endpoint = "memory";
  options.name = WorkerName(name);
  options.incarnation = make_incarnation();
  options.slots = slots;
  return options;
}

}  // namespace

PlayedWorker::PlayedWorker(const std::string& name, int slots, Work work, MonotonicMs now)
    : options_(options_of(name, slots)), session_(options_, now), work_(std::move(work)) {}

std::string PlayedWorker::says(Body body) const {
  Envelope envelope;
  envelope.job = "ventas";
  envelope.worker = options_.name;
  envelope.incarnation = options_.incarnation;
  envelope.epoch = epoch_;
  envelope.body = std::move(body);
  return encode(envelope).value();
}

std::vector<std::string> PlayedWorker::turn(std::deque<std::string>& inbox, MonotonicMs now) {
  if (silent_ || left_) return {};
  for (; !inbox.empty(); inbox.pop_front()) {
    const auto envelope = decode(inbox.front());
    if (!envelope) {
      session_.undecodable(envelope.error(), {}, now);
      continue;
    }
    if (std::holds_alternative<ResultAck>(envelope->body)) ++acknowledged_;
    epoch_ = envelope->epoch;
    session_.received(*envelope, now);
  }
  for (auto task = running_.begin(); task != running_.end();) {
    session_.progressed({task->id, task->fence}, 1);
    std::optional<TaskResult> result = work_(*task);
    if (!result) {
      ++task;
      continue;
    }
    result->task = task->id;
    result->fence = task->fence;
    session_.finished(std::move(*result), now);
    task = running_.erase(task);
  }
  std::vector<std::string> said;
  for (SessionAction& action : session_.tick(now)) {
    if (const auto* send = std::get_if<SendMessage>(&action)) {
      if (auto bytes = encode(send->envelope)) said.push_back(std::move(*bytes));
    } else if (std::holds_alternative<BeginRun>(action)) {
      session_.run_begun(now);
    } else if (auto* start = std::get_if<StartTask>(&action)) {
      ++started_;
      running_.push_back(std::move(start->task));
    } else if (const auto* cancel = std::get_if<CancelTask>(&action)) {
      ++cancelled_;
      std::erase_if(running_, [&](const Task& task) {
        return task.id == cancel->task.task && task.fence == cancel->task.fence;
      });
      TaskResult result;
      result.task = cancel->task.task;
      result.fence = cancel->task.fence;
      result.outcome = TaskOutcome::kCancelled;
      session_.finished(std::move(result), now);
    } else {
      left_ = true;
    }
  }
  return said;
}

PlayedWorker& PlayedNetwork::add_worker(const std::string& name, PlayedWorker::Work work,
                                        int slots) {
  const auto [seat, is_new] = seats_.emplace(
      "peer of " + name, Seat{PlayedWorker(name, slots, std::move(work), clock_.now()), {}});
  return seat->second.worker;
}

Result<std::vector<IncomingMessage>> PlayedNetwork::receive(int) {
  ++turns_;
  clock_.move_on(k_turn_ms);
  // A copy: the call may set another.
  if (const auto call = on_turn_) call();
  std::vector<IncomingMessage> messages = std::exchange(injected_, {});
  for (auto& [peer, seat] : seats_) {
    for (std::string& bytes : seat.worker.turn(seat.inbox, clock_.now()))
      messages.push_back({peer, std::move(bytes)});
  }
  if (!messages.empty()) return messages;
  // The target's thread may be at work: it gets a moment.
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(1), [this] { return woken_; });
  woken_ = false;
  return messages;
}

Status PlayedNetwork::send(const PeerId& peer, const std::string& bytes) {
  if (const auto seat = seats_.find(peer); seat != seats_.end()) {
    seat->second.inbox.push_back(bytes);
  } else {
    strangers_[peer].push_back(bytes);
  }
  return {};
}

void PlayedNetwork::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

}  // namespace decant::test
