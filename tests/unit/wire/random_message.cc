#include "tests/unit/wire/random_message.h"

namespace decant::test {

// Any bytes, since a file name or a store need not be UTF-8.
std::string RandomMessage::text() {
  std::string text(static_cast<std::size_t>(below(12)), ' ');
  for (char& c : text) c = static_cast<char>(below(256));
  return text;
}

std::int64_t RandomMessage::number() {
  switch (below(5)) {
    case 0:
      return 0;
    case 1:
      return INT64_MAX;
    case 2:
      return INT64_MIN;
    default:
      return static_cast<std::int64_t>(random_()) >> below(60);
  }
}

Type RandomMessage::type() {
  return {static_cast<TypeKind>(1 + below(12)), below(60), below(40), 16 << below(3), below(1000)};
}

ValueRange RandomMessage::range() {
  ValueRange range;
  if (coin()) range.begin = number();
  if (coin()) range.end = number();
  return range;
}

ChunkSpec RandomMessage::chunk() {
  return {SliceId{text(), text(), "2024-08"}, below(1000), range(), number()};
}

RecordMark RandomMessage::mark() {
  const auto place = [this] { return static_cast<std::int64_t>(random_() >> (1 + below(60))); };
  return {place(), place(), 1 + (place() >> 1)};
}

Extent RandomMessage::extent() {
  return {static_cast<ExtentKind>(1 + below(5)),
          text(),
          text(),
          FileIdentity{number(), number(), number(), "d1"},
          "2024-08",
          coin() ? DayRange{number(), {}} : DayRange{{}, number()},
          range(),
          coin(),
          number(),
          number(),
          text(),
          text(),
          coin() ? mark() : RecordMark{},
          number()};
}

SetDigest RandomMessage::digest() {
  return {{random_(), random_(), random_(), random_()}, number()};
}

ChunkTotals RandomMessage::totals() {
  ChunkTotals totals{digest(), {}};
  for (int i = below(3); i > 0; --i)
    totals.sums.emplace_back().add(Int128{number()} * number(), below(20));
  return totals;
}

Error RandomMessage::error() {
  return {static_cast<ErrorCode>(below(17)), text(), text(), "42P01",
          ErrorPlace{text(), text(), text(), text()}};
}

EntityPlan RandomMessage::plan() {
  EntityPlan plan;
  plan.entity = text();
  plan.write = WriteSpec{
      text(), static_cast<WriteMode>(below(3)), {text(), text()}, coin(), {text()}, text(), coin()};
  for (int i = below(4); i > 0; --i) {
    ColumnPlan& column = plan.columns.emplace_back();
    column = {text(), type(), coin(), text(), type(), std::nullopt, "round", coin(), "%d"};
    column.fidelity = static_cast<Fidelity>(below(4));
    column.foreign = text();
    column.null_texts = {text(), text()};
    column.zero_pad = below(9);
    if (coin()) column.constant = text();
    if (coin()) column.replace_nul = text();
  }
  plan.source_time = text();
  plan.range_column = text();
  plan.range_kind = static_cast<TypeKind>(1 + below(12));
  plan.store_column = text();
  plan.source_store = text();
  plan.control_sums = {text(), text()};
  plan.fingerprint = "f1";
  return plan;
}

CensusRequest RandomMessage::census_request() {
  CensusRequest request{text(), text(), DayRange{}, Schema{}, number()};
  if (coin()) request.days.begin = number();
  if (coin()) request.days.end = number();
  for (int i = below(3); i > 0; --i) request.table.fields.push_back(Field{text(), type(), coin()});
  return request;
}

CensusResult RandomMessage::census() {
  CensusResult census;
  for (int i = below(3); i > 0; --i) census.columns.fields.push_back(Field{text(), type(), coin()});
  for (int i = below(3); i > 0; --i) {
    CensusExtent& out = census.extents.emplace_back();
    out.extent = extent();
    out.exact = coin();
    for (int j = below(3); j > 0; --j)
      out.cells.push_back(CensusCell{text(), "2024-08", range(), number()});
    for (int j = below(3); j > 0; --j) out.marks.push_back(mark());
  }
  census.snapshot = "s1";
  census.not_held = text();
  census.unsteady = text();
  census.store_values = text();
  if (coin()) census.range = CountedAs{text(), type()};
  if (coin()) census.store = CountedAs{text(), type()};
  return census;
}

Task RandomMessage::task() {
  Task task;
  task.run = RunId(text());
  task.id = TaskId(1 + random_() % 1000);
  task.fence = Fence(number());
  task.kind = static_cast<TaskKind>(1 + below(4));
  task.store = text();
  task.plan = plan();
  task.census = census_request();
  for (int i = below(3); i > 0; --i) task.extents.push_back(extent());
  for (int i = below(3); i > 0; --i) {
    TaskChunk& out = task.chunks.emplace_back();
    out.spec = chunk();
    if (coin()) out.prior = PriorContent{digest(), "f2"};
    out.is_tried_again = coin();
  }
  task.method = static_cast<LoadMethod>(1 + below(5));
  task.chunks_are_complete = coin();
  task.records_empty_chunks = coin();
  for (int i = below(3); i > 0; --i) task.passed_over.push_back(chunk());
  task.counts_unplaced = coin();
  task.rejects_moved_keys = coin();
  task.lets_go = coin();
  task.awaits_parents = coin();
  if (coin()) task.snapshots = {{task.store, {"s1", "s2"}}, {text() + "+", {"s3"}}};
  if (coin()) task.store_values = {{task.store, text()}, {text() + "+", "d2"}};
  task.selected_stores = {text()};
  return task;
}

TaskResult RandomMessage::result() {
  TaskResult result;
  result.task = TaskId(random_());
  result.fence = Fence(number());
  result.outcome = static_cast<TaskOutcome>(1 + below(7));
  if (coin()) result.error = error();
  for (int i = below(3); i > 0; --i) {
    result.batches.push_back(BatchReport{below(1000), coin(), number(), number(), number(),
                                         totals(), totals(),
                                         ChunkCounts{number(), number(), number()}});
  }
  if (coin()) result.strays.push_back(StrayRows{text(), "2024-08", number()});
  if (coin()) {
    result.rejects.push_back(
        Reject{RowPlace{7, random_(), random_()}, text(), text(), "type", text(), text()});
  }
  for (int i = below(3); i > 0; --i) result.chunk_of_reject.push_back(below(3000) - 1);
  result.rows_read = number();
  result.rows_rejected = number();
  if (coin()) result.keys_elsewhere = {{3, text(), number()}, {4, text(), std::nullopt}};
  if (coin()) result.census = census();
  if (coin()) result.snapshots = {{text(), "s3"}, {text() + "+", "s4"}};
  result.stage_file = text();
  result.reject_file = text();
  result.stage_size_bytes = number();
  result.times = StageTimes{number(), number(), number(), number(), number(), number()};
  result.peak_memory_bytes = number();
  return result;
}

Hello RandomMessage::hello() {
  Hello hello;
  hello.slots = 1 + below(64);
  hello.stores = {text(), text()};
  hello.host = "shop-17";
  hello.process_id = number();
  hello.build_version = "0.1.0";
  for (int i = below(3); i > 0; --i)
    hello.in_flight.push_back({TaskId(random_()), Fence(number())});
  return hello;
}

Body RandomMessage::body() {
  const TaskId id(random_());
  const Fence fence(number());
  switch (below(16)) {
    case 0:
      return hello();
    case 1:
      return Credit{below(100)};
    case 2:
      return Accept{id, fence};
    case 3:
      return Progress{id, fence, number(), text(), random_()};
    case 4:
      return result();
    case 5:
      return Goodbye{text()};
    case 6:
      return Welcome{RunId("20240831T210500Z-k3f9"),
                     1 + below(60'000),
                     text(),
                     text(),
                     text(),
                     "info",
                     {RunId(text()), RunId("20240831T200000Z-aaaa")}};
    case 7:
      return Refusal{static_cast<Refusal::Code>(1 + below(5)), text()};
    case 8:
      return task();
    case 9:
      return ProgressAck{id, fence, coin(), random_()};
    case 10:
      return ResultAck{id, fence};
    case 11:
      return Cancel{id, fence, text()};
    case 12:
      return Drain{text()};
    case 13:
      return Claim{task()};
    case 14:
      return ClaimAck{id, fence, coin()};
    default:
      return CreditAck{};
  }
}

Envelope RandomMessage::envelope() {
  Envelope envelope;
  envelope.job = text();
  envelope.worker = WorkerName(text());
  for (auto& byte : envelope.incarnation.value) byte = static_cast<std::uint8_t>(below(256));
  envelope.epoch = Epoch(number());
  envelope.sequence = random_();
  envelope.body = body();
  return envelope;
}

}  // namespace decant::test
