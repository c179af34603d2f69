#include "worker/agent/agent.h"

#include <unistd.h>

#include <array>

#include "common/base/failpoint.h"
#include "common/base/text.h"
#include "common/wire/codec.h"
#include "worker/agent/session.h"
#include "worker/agent/slot_pool.h"

namespace decant {
namespace {

constexpr int k_poll_ms = 100;

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

SessionOptions session_options(const AgentOptions& options) {
  SessionOptions session;
  session.endpoint = join(options.endpoints, " or ");
  session.redials = options.endpoints.size() > 1;
  session.name = options.name;
  session.incarnation = make_incarnation();
  session.stores = options.stores;
  session.slots = options.slots;
  session.host = host_name();
  session.process_id = getpid();
  session.build_version = options.build_version;
  session.give_up_after_ms = options.give_up_after_ms;
  return session;
}

class Agent {
 public:
  Agent(const AgentOptions& options, WorkerTransport& transport, TaskRunner& runner,
        const Clock& clock, Logger& logger)
      : options_(options),
        transport_(transport),
        runner_(runner),
        clock_(clock),
        logger_(logger),
        session_(session_options(options), clock.now()),
        slots_(options.slots, runner, [&transport] { transport.wake(); }) {}

  int serve(const std::atomic<bool>& stop) {
    while (!exit_status_) {
      if (const Status status = take_messages(); !status) {
        logger_.error(status.error().to_string());
        return exit_status_for(status.error().code);
      }
      look_at_tasks();
      look_for_reasons_to_stop(stop);
      for (SessionAction& action : session_.tick(clock_.now())) {
        std::visit([this](auto& what) { perform(what); }, action);
      }
    }
    return *exit_status_;
  }

  bool has_begun() const { return has_begun_; }

 private:
  Status take_messages() {
    std::vector<std::string> messages;
    DECANT_TRY_ASSIGN(messages, transport_.receive(k_poll_ms));
    for (const std::string& bytes : messages) {
      auto envelope = decode(bytes);
      if (envelope) {
        if (std::holds_alternative<ResultAck>(envelope->body)) pass(Failpoint::kAckTaken);
        session_.received(*envelope, clock_.now());
      } else {
        logger_.warn(envelope.error().to_string());
        session_.undecodable(envelope.error(), task_in(bytes), clock_.now());
      }
    }
    const std::string trouble = transport_.trouble();
    if (trouble.empty() && !trouble_.empty()) session_.reconnected(clock_.now());
    if (!trouble.empty() && trouble_.empty()) session_.disconnected(clock_.now());
    if (trouble != trouble_)
      logger_.info(trouble.empty() ? "Connected to " + transport_.endpoint() + "." : trouble);
    trouble_ = trouble;
    return {};
  }

  void look_at_tasks() {
    for (const auto& [task, rows] : slots_.rows()) session_.progressed(task, rows);
    for (TaskResult& result : slots_.take_finished()) {
      session_.finished(std::move(result), clock_.now());
    }
  }

  void look_for_reasons_to_stop(const std::atomic<bool>& stop) {
    if (is_stopping_) return;
    const bool is_orphan = options_.parent_pid != 0 && getppid() != options_.parent_pid;
    if (!is_orphan && !stop.load(std::memory_order_relaxed)) return;
    is_stopping_ = true;
    session_.stop(is_orphan ? "The coordinator that started this worker is gone."
                            : "This worker was asked to stop.",
                  is_orphan ? 1 : 0, clock_.now());
  }

  // What cannot be sent now is repeated by the session, so a failure is no news beyond the
  // transport's trouble.
  void perform(const SendMessage& send) {
    const auto bytes = encode(send.envelope);
    if (!bytes) return logger_.error(bytes.error().to_string());
    const bool is_result = std::holds_alternative<TaskResult>(send.envelope.body);
    if (is_result) pass(Failpoint::kBeforeResult);
    if (const Status status = transport_.send(*bytes); !status)
      logger_.debug(status.error().to_string());
    if (is_result) pass(Failpoint::kAfterResult);
  }

  // No task runs now: the session has seen to that.
  void perform(const BeginRun& begin) {
    if (has_begun_) runner_.end_run();
    has_begun_ = true;
    if (const Status status = runner_.begin_run(begin.welcome, options_.name); !status) {
      return session_.run_refused(status.error());
    }
    logger_.info("Working for run " + begin.welcome.run.value + ".");
    session_.run_begun(clock_.now());
    transport_.wake();  // the credit that follows is due now, and not after the pause
  }

  void perform(StartTask& start) {
    logger_.debug("Task " + std::to_string(start.task.id.value) + " under fence " +
                  std::to_string(start.task.fence.value) + " starts.");
    slots_.start(std::move(start.task));
  }

  void perform(const Redial&) {
    if (const Status status = transport_.redial(); !status)
      logger_.warn(status.error().to_string());
  }

  void perform(const CancelTask& cancel) {
    logger_.info("Task " + std::to_string(cancel.task.task.value) + " is cancelled.");
    slots_.cancel(cancel.task);
  }

  void perform(const Leave& leave) {
    exit_status_ = leave.exit_status;
    logger_.write(leave.exit_status == 0 ? LogLevel::kInfo : LogLevel::kError, leave.text);
  }

  const AgentOptions& options_;
  WorkerTransport& transport_;
  TaskRunner& runner_;
  const Clock& clock_;
  Logger& logger_;
  Session session_;
  std::string trouble_;
  bool has_begun_ = false;
  bool is_stopping_ = false;
  std::optional<int> exit_status_;
  SlotPool slots_;  // last: its threads end before anything else does
};

}  // namespace

int run_agent(const AgentOptions& options, WorkerTransport& transport, TaskRunner& runner,
              const Clock& clock, Logger& logger, std::atomic<bool>& stop) {
  int exit_status = 0;
  bool has_begun = false;
  {
    Agent agent(options, transport, runner, clock, logger);
    exit_status = agent.serve(stop);
    has_begun = agent.has_begun();
  }
  if (has_begun) runner.end_run();
  return exit_status;
}

int run_agent(const AgentOptions& options, TaskRunner& runner, const Clock& clock, Logger& logger,
              std::atomic<bool>& stop) {
  auto transport = connect_worker(options.endpoints);
  if (!transport) {
    logger.error(transport.error().to_string());
    return exit_status_for(transport.error().code);
  }
  return run_agent(options, **transport, runner, clock, logger, stop);
}

}  // namespace decant
