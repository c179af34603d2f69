// Session: a worker's side of the conversation (proto/README.md). Pure: messages, finished tasks
// and `now` come in, and tick() says what is to be done. The Agent does it; the simulation drives
// the same code without sockets or threads.
//
// - greeting: to beginning (Welcome to a run that is new to us), working (to the run that we are
// in)
// - beginning: to working (the run is ready)
// - working: to greeting (unknown session, or nothing heard for a lease), beginning (another run)
// - greeting, working: to working for another run that goes on with ours (Welcome::continued_runs):
//   what is held is claimed, and not cancelled as before any other run
// - all: to left
//
// Any message may be lost, repeated, late. What must arrive (Hello, Credit, Progress, TaskResult)
// is repeated; what is repeated does no harm. A result is kept and sent again until it is
// acknowledged.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/clock.h"
#include "common/wire/messages.h"

namespace decant {

struct SessionOptions {
  std::string endpoint;  // for sentences only
  bool redials = false;  // there are several endpoints: where one is silent the next is tried
  WorkerName name;
  Incarnation incarnation;
  std::vector<std::string> stores;  // that this worker reaches; empty: all
  int slots = 1;                    // tasks that run at a time
  std::string host;
  std::int64_t process_id = 0;
  std::string build_version;
  std::int64_t hello_pause_ms = 500;  // doubled up to the longest
  std::int64_t longest_hello_pause_ms = 5'000;
  std::int64_t result_pause_ms = 500;  // doubled up to the longest
  std::int64_t longest_result_pause_ms = 10'000;
  std::int64_t give_up_after_ms = 60'000;  // without a word from a coordinator
  std::int64_t leave_within_ms = 10'000;   // after stop(), even when results are not acknowledged
};

// What the owner of a session has to do, in the order given.
struct SendMessage {
  Envelope envelope;
};
struct BeginRun {  // make ready for the run, then run_begun() or run_refused(); no task is running
  Welcome welcome;
};
struct StartTask {
  Task task;
};
struct Redial {};    // speak to the next endpoint from here on
struct CancelTask {  // finished() follows when the task has stopped
  TaskInFlight task;
};
struct Leave {  // the process ends with this status and sentence
  int exit_status = 0;
  std::string text;
};
using SessionAction = std::variant<SendMessage, BeginRun, StartTask, CancelTask, Redial, Leave>;

class Session {
 public:
  Session(SessionOptions options, MonotonicMs now);

  void received(const Envelope& envelope, MonotonicMs now);
  // The codec refused a message; `task` is the one that it would have given us.
  void undecodable(const Error& error, const std::optional<TaskInFlight>& task, MonotonicMs now);
  // The connection is lost. Where there is another endpoint, whoever leads may be there.
  void disconnected(MonotonicMs now);
  // A connection that was lost is there again: whoever answers now may not know us.
  void reconnected(MonotonicMs now);
  void run_begun(MonotonicMs now);
  void run_refused(const Error& error);
  void progressed(const TaskInFlight& task, std::int64_t rows);
  // Every StartTask ends with one finished(), cancelled or not.
  void finished(TaskResult result, MonotonicMs now);
  // Cancels what runs, reports it and leaves with `exit_status`.
  void stop(const std::string& reason, int exit_status, MonotonicMs now);

  std::vector<SessionAction> tick(MonotonicMs now);

  bool is_working() const { return state_ == State::kWorking; }
  bool has_left() const { return state_ == State::kLeft; }
  // What the coordinator last refused, for the sentence with which the worker leaves.
  const std::string& refusal() const { return refusal_; }

 private:
  enum class State { kGreeting, kBeginning, kWorking, kLeft };
  using Key = std::pair<TaskId, Fence>;
  // The repetition of a Claim; absent: whoever leads knows that the task is ours.
  struct Claiming {
    MonotonicMs next_send;
    std::int64_t pause_ms = 0;
  };
  struct Held {
    std::shared_ptr<const Task> task;
    bool is_waiting = true;  // until it is started
    std::optional<Claiming> claiming;
    bool cancelled = false;
    bool of_earlier_run = false;  // nobody wants its result
    MonotonicMs
        lease_from;  // when we sent what was last acknowledged; at first: when the task came
    std::map<std::uint64_t, MonotonicMs> renewals;  // sent, not acknowledged
    std::uint64_t last_renewal = 0;
    MonotonicMs next_progress;
    std::int64_t rows = 0;
  };
  struct Unacknowledged {
    TaskResult result;
    std::shared_ptr<const Task> task;  // null where it never came
    std::optional<Claiming> claiming;
    MonotonicMs next_send;
    std::int64_t pause_ms = 0;
  };
  struct Leaving {
    std::string reason;
    int exit_status = 0;
    std::optional<MonotonicMs> deadline;  // absent: as long as it takes
  };

  void on(const Welcome& welcome, MonotonicMs now);
  void on(const Refusal& refusal, MonotonicMs now);
  void on(const Task& task, MonotonicMs now);
  void on(const ProgressAck& ack, MonotonicMs now);
  void on(const ResultAck& ack, MonotonicMs now);
  void on(const ClaimAck& ack, MonotonicMs now);
  void on(const Cancel& cancel, MonotonicMs now);
  void on(const Drain& drain, MonotonicMs now);
  template <typename Other>
  void on(const Other&, MonotonicMs) {}  // CreditAck, and what only a coordinator takes

  bool goes_on_with_ours(const Welcome& welcome) const;
  void continue_in(const Welcome& welcome, MonotonicMs now);
  void send(Body body);
  void greet_again(MonotonicMs at);
  void give_back(const Key& key, const std::string& why, MonotonicMs now);
  void cancel(const Key& key, Held& held, const std::string& why, MonotonicMs now);
  void settle(const Key& key);
  bool is_settled(const Key& key) const;
  void leave(int exit_status, std::string text);
  std::int64_t jittered(std::int64_t pause_ms);

  void stop_what_lost_its_lease(MonotonicMs now);
  void start_waiting_tasks();
  void renew_leases(MonotonicMs now);
  void send_claims(MonotonicMs now);
  void send_results(MonotonicMs now);
  void say_hello(MonotonicMs now);
  void give_credit(MonotonicMs now);
  void give_up_or_leave(MonotonicMs now);

  SessionOptions options_;
  State state_ = State::kGreeting;
  std::vector<SessionAction> actions_;
  std::uint64_t sequence_ = 0;
  Epoch epoch_;      // the highest seen
  std::string job_;  // as the coordinator calls it
  Welcome welcome_;
  std::optional<RunId> run_;  // that was begun
  Epoch welcome_epoch_;       // of the leader that sent welcome_
  Epoch run_epoch_;           // of the leader that welcomed us to it
  bool begin_asked_ = false;
  std::optional<Welcome> next_welcome_;  // to another run, while the owner is still beginning one
  std::optional<Leaving> leaving_;
  std::string refusal_;
  std::optional<MonotonicMs> refused_since_;

  std::map<Key, Held> held_;
  int running_ = 0;
  std::map<Key, Unacknowledged> results_;
  std::deque<Key> settled_;  // the last that were acknowledged or called off: a late copy of a Task
                             // is not run again

  MonotonicMs last_heard_;
  MonotonicMs next_hello_;
  std::int64_t hello_pause_ms_;
  int hellos_since_heard_ = 0;
  int hellos_here_ = 0;  // unanswered, at the endpoint that we speak to
  MonotonicMs next_credit_;
};

}  // namespace decant
