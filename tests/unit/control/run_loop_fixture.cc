#include "tests/unit/control/run_loop_fixture.h"

#include <thread>

#include "common/connector/adapters/adapters.h"

namespace decant::test {
namespace {

constexpr const char* k_table = "ventas_raw";

RunRecord run_of(const std::string& id) {
  RunRecord run;
  run.run = RunId(id);
  run.job = "ventas";
  run.coordinator = "host:" + id;
  run.state = "running";
  return run;
}

std::string day_of(const ChunkSpec& chunk, const std::string& day) {
  return chunk.slice.period + "-" + day;
}

}  // namespace

void RunLoopTest::SetUp() {
  const std::string connection = "duckdb:" + folder_ / "ventas.duckdb";
  auto started = TargetThread::start(
      [&] { return decant::open_target(connection, ".", "decant tests"); }, "decant");
  ASSERT_TRUE(started.has_value()) << started.error().to_string();
  target_ = std::move(*started);
  plan_ = plan_of(k_table, {{"tienda", "text"}, {"fecha", "date"}, {"total", "decimal(18,4)"}}, {});
  const auto lead = target_->call<Epoch>([&](TargetAccess& access) -> Result<Epoch> {
    DECANT_TRY(access.ledger.prepare());
    DECANT_TRY_ASSIGN(const Epoch epoch,
                      access.ledger.take_leadership({k_table}, run_of("r1"), 3'600'000));
    DECANT_TRY(access.ledger.begin_run(run_of("r1")));
    DECANT_TRY(access.target.create_table(plan_));
    return epoch;
  });
  ASSERT_TRUE(lead.has_value()) << lead.error().to_string();
  epoch_ = *lead;
}

Task RunLoopTest::copy_task(const std::vector<int>& months) const {
  Task task;
  task.store = "tienda_01";
  task.plan = plan_;
  for (const int month : months) task.chunks.push_back({month_chunk("tienda_01", 2024, month), {}});
  return task;
}

TaskResult RunLoopTest::staged(const Task& task) const {
  TaskResult result;
  result.outcome = TaskOutcome::kStaged;
  std::vector<ChunkSpec> chunks;
  std::vector<TextRow> rows;
  for (std::size_t i = 0; i < task.chunks.size(); ++i) {
    const ChunkSpec& chunk = task.chunks[i].spec;
    chunks.push_back(chunk);
    for (const char* day : {"03", "17"})
      rows.push_back({chunk.slice.store, day_of(chunk, day), "1.5"});
    BatchReport batch;
    batch.chunk = static_cast<std::int32_t>(i);
    batch.rows_read = 2;
    batch.accepted.digest.row_count = 2;
    batch.loaded = batch.accepted;
    result.batches.push_back(batch);
    result.rows_read += 2;
  }
  result.stage_file =
      stage(load_plan(task.plan, task.method, std::move(chunks), folder_.path()), rows);
  return result;
}

TaskResult RunLoopTest::failed(ErrorCode code, const std::string& text) {
  TaskResult result;
  result.outcome = TaskOutcome::kFailed;
  result.error = Error{code, text, {}, {}, {}};
  return result;
}

RunLoop& RunLoopTest::loop() {
  if (loop_) return *loop_;
  LoopParts parts{network_,
                  *target_,
                  clock_,
                  logger_,
                  log_,
                  local_workers_,
                  nullptr,
                  interrupts_,
                  "ventas",
                  "decant",
                  RunId("r1"),
                  {{"ventas", 0}},
                  writes_ledger_,
                  show_,
                  {},
                  {},
                  {{k_table, k_table}}};
  Welcome welcome;
  welcome.run = RunId("r1");
  welcome.lease_ms = limits_.lease_ms;
  loop_ = std::make_unique<RunLoop>(std::move(parts), std::move(welcome), epoch_, limits_);
  return *loop_;
}

Result<PhaseOutcome> RunLoopTest::run(std::vector<Task> tasks) {
  return loop().run(
      "copy ventas", std::move(tasks),
      [this](const Task&, const TaskResult& result) { done_.push_back(result); },
      [this](const Task&, const RecoveredTask& task) { recovered_.push_back(task.batches); });
}

std::string RunLoopTest::ask(const std::string& sql) {
  const auto value = target_->call<std::string>([&](TargetAccess& access) -> Result<std::string> {
    DECANT_TRY_ASSIGN(const auto rows, access.target.sql().query(sql));
    return rows.empty() ? std::string("nothing") : rows[0].at(0).value_or("NULL");
  });
  return value ? *value : value.error().to_string();
}

void RunLoopTest::depose() {
  const auto taken = target_->call<Epoch>([&](TargetAccess& access) -> Result<Epoch> {
    DECANT_TRY(access.ledger.release_leadership(RunId("r1"), epoch_));
    return access.ledger.take_leadership({k_table}, run_of("r2"), 3'600'000);
  });
  EXPECT_TRUE(taken.has_value()) << taken.error().to_string();
}

void RunLoopTest::settle() {
  while (target_->pending() > 0) {
    target_->run_completions();
    std::this_thread::yield();
  }
}

}  // namespace decant::test
