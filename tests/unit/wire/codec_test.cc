#include "common/wire/codec.h"

#include <gtest/gtest.h>

#include <random>

#include "proto/envelope.pb.h"
#include "tests/unit/wire/random_message.h"

namespace decant {
namespace {

using test::RandomMessage;

std::string encoded(const Envelope& envelope) {
  auto bytes = encode(envelope);
  EXPECT_TRUE(bytes) << bytes.error().to_string();
  return bytes.value_or(std::string());
}

template <typename T>
T round_trip(const T& body) {
  Envelope envelope;
  envelope.body = body;
  auto back = decode(encoded(envelope));
  EXPECT_TRUE(back) << back.error().to_string();
  return std::get<T>(back->body);
}

TEST(Codec, AnyMessageComesBackAsItWasSent) {
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    const Envelope sent = RandomMessage(seed).envelope();
    const std::string bytes = encoded(sent);
    const auto got = decode(bytes);
    ASSERT_TRUE(got) << "seed " << seed << ": " << got.error().to_string();
    EXPECT_EQ(got->job, sent.job);
    EXPECT_EQ(got->worker, sent.worker);
    EXPECT_EQ(got->incarnation, sent.incarnation);
    EXPECT_EQ(got->epoch, sent.epoch);
    EXPECT_EQ(got->sequence, sent.sequence);
    ASSERT_EQ(got->body.index(), sent.body.index());
    EXPECT_EQ(encoded(*got), bytes) << "seed " << seed;
  }
}

// The property above cannot see a field that the encoder forgets; these name the fields.
TEST(Codec, ATaskKeepsItsFields) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Task sent = RandomMessage(seed).task();
    const Task got = round_trip(sent);
    EXPECT_EQ(got.id, sent.id);
    EXPECT_EQ(got.fence, sent.fence);
    EXPECT_EQ(got.kind, sent.kind);
    EXPECT_EQ(got.store, sent.store);
    EXPECT_EQ(got.extents, sent.extents);
    EXPECT_EQ(got.method, sent.method);
    EXPECT_EQ(got.chunks_are_complete, sent.chunks_are_complete);
    EXPECT_EQ(got.records_empty_chunks, sent.records_empty_chunks);
    EXPECT_EQ(got.counts_unplaced, sent.counts_unplaced);
    ASSERT_EQ(got.passed_over.size(), sent.passed_over.size());
    for (std::size_t i = 0; i < sent.passed_over.size(); ++i) {
      EXPECT_EQ(got.passed_over[i].slice, sent.passed_over[i].slice);
      EXPECT_EQ(got.passed_over[i].number, sent.passed_over[i].number);
      EXPECT_EQ(got.passed_over[i].range, sent.passed_over[i].range);
    }
    EXPECT_EQ(got.snapshots, sent.snapshots);
    EXPECT_EQ(got.store_values, sent.store_values);
    EXPECT_EQ(got.selected_stores, sent.selected_stores);
    ASSERT_EQ(got.chunks.size(), sent.chunks.size());
    for (std::size_t i = 0; i < sent.chunks.size(); ++i) {
      EXPECT_EQ(got.chunks[i].spec.slice, sent.chunks[i].spec.slice);
      EXPECT_EQ(got.chunks[i].spec.number, sent.chunks[i].spec.number);
      EXPECT_EQ(got.chunks[i].spec.range, sent.chunks[i].spec.range);
      EXPECT_EQ(got.chunks[i].spec.estimated_rows, sent.chunks[i].spec.estimated_rows);
      EXPECT_EQ(got.chunks[i].is_tried_again, sent.chunks[i].is_tried_again);
      ASSERT_EQ(got.chunks[i].prior.has_value(), sent.chunks[i].prior.has_value());
      if (!sent.chunks[i].prior) continue;
      EXPECT_EQ(got.chunks[i].prior->accepted, sent.chunks[i].prior->accepted);
      EXPECT_EQ(got.chunks[i].prior->fingerprint, sent.chunks[i].prior->fingerprint);
    }
    EXPECT_EQ(got.census.entity, sent.census.entity);
    EXPECT_EQ(got.census.store, sent.census.store);
    EXPECT_EQ(got.census.days.begin, sent.census.days.begin);
    EXPECT_EQ(got.census.days.end, sent.census.days.end);
    EXPECT_EQ(got.census.table, sent.census.table);
    EXPECT_EQ(got.census.chunk_rows, sent.census.chunk_rows);
  }
}

TEST(Codec, AMappingKeepsItsFields) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const EntityPlan sent = RandomMessage(seed).task().plan;
    Task task;
    task.id = TaskId(1);
    task.plan = sent;
    const EntityPlan got = round_trip(task).plan;
    EXPECT_EQ(got.entity, sent.entity);
    EXPECT_EQ(got.write.table, sent.write.table);
    EXPECT_EQ(got.write.mode, sent.write.mode);
    EXPECT_EQ(got.write.key, sent.write.key);
    EXPECT_EQ(got.write.enforce, sent.write.enforce);
    EXPECT_EQ(got.write.keep_on_update, sent.write.keep_on_update);
    EXPECT_EQ(got.write.latest_by, sent.write.latest_by);
    EXPECT_EQ(got.write.reject_duplicates, sent.write.reject_duplicates);
    EXPECT_EQ(got.source_time, sent.source_time);
    EXPECT_EQ(got.range_column, sent.range_column);
    EXPECT_EQ(got.range_kind, sent.range_kind);
    EXPECT_EQ(got.store_column, sent.store_column);
    EXPECT_EQ(got.source_store, sent.source_store);
    EXPECT_EQ(got.control_sums, sent.control_sums);
    EXPECT_EQ(got.fingerprint, sent.fingerprint);
    ASSERT_EQ(got.columns.size(), sent.columns.size());
    for (std::size_t i = 0; i < sent.columns.size(); ++i) {
      EXPECT_EQ(got.columns[i].name, sent.columns[i].name);
      EXPECT_EQ(got.columns[i].type, sent.columns[i].type);
      EXPECT_EQ(got.columns[i].nullable, sent.columns[i].nullable);
      EXPECT_EQ(got.columns[i].from, sent.columns[i].from);
      EXPECT_EQ(got.columns[i].source_type, sent.columns[i].source_type);
      EXPECT_EQ(got.columns[i].constant, sent.columns[i].constant);
      EXPECT_EQ(got.columns[i].lossy, sent.columns[i].lossy);
      EXPECT_EQ(got.columns[i].is_private, sent.columns[i].is_private);
      EXPECT_EQ(got.columns[i].date_format, sent.columns[i].date_format);
      EXPECT_EQ(got.columns[i].null_texts, sent.columns[i].null_texts);
      EXPECT_EQ(got.columns[i].zero_pad, sent.columns[i].zero_pad);
      EXPECT_EQ(got.columns[i].fidelity, sent.columns[i].fidelity);
      EXPECT_EQ(got.columns[i].replace_nul, sent.columns[i].replace_nul);
      EXPECT_EQ(got.columns[i].foreign, sent.columns[i].foreign);
    }
  }
}

void expect_equal(const ChunkTotals& got, const ChunkTotals& sent) {
  EXPECT_EQ(got.digest, sent.digest);
  EXPECT_EQ(got.sums, sent.sums);
}

TEST(Codec, AResultKeepsItsFields) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const TaskResult sent = RandomMessage(seed).result();
    const TaskResult got = round_trip(sent);
    EXPECT_EQ(got.task, sent.task);
    EXPECT_EQ(got.fence, sent.fence);
    EXPECT_EQ(got.outcome, sent.outcome);
    EXPECT_EQ(got.rows_read, sent.rows_read);
    EXPECT_EQ(got.rows_rejected, sent.rows_rejected);
    EXPECT_EQ(got.snapshots, sent.snapshots);
    EXPECT_EQ(got.stage_file, sent.stage_file);
    EXPECT_EQ(got.reject_file, sent.reject_file);
    EXPECT_EQ(got.stage_size_bytes, sent.stage_size_bytes);
    EXPECT_EQ(got.times.extract_ms, sent.times.extract_ms);
    EXPECT_EQ(got.times.convert_ms, sent.times.convert_ms);
    EXPECT_EQ(got.times.digest_ms, sent.times.digest_ms);
    EXPECT_EQ(got.times.load_ms, sent.times.load_ms);
    EXPECT_EQ(got.times.commit_ms, sent.times.commit_ms);
    EXPECT_EQ(got.times.total_ms, sent.times.total_ms);
    EXPECT_EQ(got.peak_memory_bytes, sent.peak_memory_bytes);
    ASSERT_EQ(got.batches.size(), sent.batches.size());
    for (std::size_t i = 0; i < sent.batches.size(); ++i) {
      EXPECT_EQ(got.batches[i].chunk, sent.batches[i].chunk);
      EXPECT_EQ(got.batches[i].skipped, sent.batches[i].skipped);
      EXPECT_EQ(got.batches[i].rows_read, sent.batches[i].rows_read);
      EXPECT_EQ(got.batches[i].rows_rejected, sent.batches[i].rows_rejected);
      EXPECT_EQ(got.batches[i].rows_superseded, sent.batches[i].rows_superseded);
      expect_equal(got.batches[i].accepted, sent.batches[i].accepted);
      expect_equal(got.batches[i].loaded, sent.batches[i].loaded);
      EXPECT_EQ(got.batches[i].counts.inserted, sent.batches[i].counts.inserted);
      EXPECT_EQ(got.batches[i].counts.updated, sent.batches[i].counts.updated);
      EXPECT_EQ(got.batches[i].counts.deleted, sent.batches[i].counts.deleted);
    }
    ASSERT_EQ(got.strays.size(), sent.strays.size());
    if (!sent.strays.empty()) {
      EXPECT_EQ(got.strays[0].rows, sent.strays[0].rows);
    }
    EXPECT_EQ(got.chunk_of_reject, sent.chunk_of_reject);
    ASSERT_EQ(got.rejects.size(), sent.rejects.size());
    if (sent.rejects.empty()) continue;
    EXPECT_EQ(got.rejects[0].place.extent, sent.rejects[0].place.extent);
    EXPECT_EQ(got.rejects[0].place.line, sent.rejects[0].place.line);
    EXPECT_EQ(got.rejects[0].place.byte_offset, sent.rejects[0].place.byte_offset);
    EXPECT_EQ(got.rejects[0].original, sent.rejects[0].original);
    EXPECT_EQ(got.rejects[0].reason, sent.rejects[0].reason);
  }
}

TEST(Codec, ACensusKeepsItsFields) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const TaskResult sent = RandomMessage(seed).result();
    const TaskResult got = round_trip(sent);
    ASSERT_EQ(got.census.has_value(), sent.census.has_value());
    if (!sent.census) continue;
    EXPECT_EQ(got.census->columns, sent.census->columns);
    EXPECT_EQ(got.census->snapshot, sent.census->snapshot);
    EXPECT_EQ(got.census->not_held, sent.census->not_held);
    EXPECT_EQ(got.census->unsteady, sent.census->unsteady);
    EXPECT_EQ(got.census->store_values, sent.census->store_values);
    EXPECT_EQ(got.census->range, sent.census->range);
    EXPECT_EQ(got.census->store, sent.census->store);
    ASSERT_EQ(got.census->extents.size(), sent.census->extents.size());
    for (std::size_t i = 0; i < sent.census->extents.size(); ++i) {
      EXPECT_EQ(got.census->extents[i].extent, sent.census->extents[i].extent);
      EXPECT_EQ(got.census->extents[i].exact, sent.census->extents[i].exact);
      EXPECT_EQ(got.census->extents[i].marks, sent.census->extents[i].marks);
      ASSERT_EQ(got.census->extents[i].cells.size(), sent.census->extents[i].cells.size());
      for (std::size_t j = 0; j < sent.census->extents[i].cells.size(); ++j) {
        EXPECT_EQ(got.census->extents[i].cells[j].store, sent.census->extents[i].cells[j].store);
        EXPECT_EQ(got.census->extents[i].cells[j].range, sent.census->extents[i].cells[j].range);
        EXPECT_EQ(got.census->extents[i].cells[j].rows, sent.census->extents[i].cells[j].rows);
      }
    }
  }
}

TEST(Codec, EveryErrorCodeComesBack) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    TaskResult sent;
    sent.error =
        Error{static_cast<ErrorCode>(code), "m", "a", "23505", ErrorPlace{"j", "e", "s", "c"}};
    const auto got = round_trip(sent).error;
    ASSERT_TRUE(got);
    EXPECT_EQ(got->code, sent.error->code);
    EXPECT_EQ(got->message, "m");
    EXPECT_EQ(got->advice, "a");
    EXPECT_EQ(got->sqlstate, "23505");
    EXPECT_EQ(got->place.job, "j");
    EXPECT_EQ(got->place.entity, "e");
    EXPECT_EQ(got->place.store, "s");
    EXPECT_EQ(got->place.chunk, "c");
  }
}

TEST(Codec, ATaskThatIsRefusedCanBeNamedAllTheSame) {
  Task task;
  task.id = TaskId(7);
  task.fence = Fence(11);
  task.kind = TaskKind::kCopy;
  task.chunks.resize(k_most_chunks_of_task + 1);
  Envelope envelope;
  envelope.body = task;
  const auto bytes = encode(envelope);
  ASSERT_TRUE(bytes);
  EXPECT_FALSE(decode(*bytes));
  const auto named = task_in(*bytes);
  ASSERT_TRUE(named);
  EXPECT_EQ(named->task, TaskId(7));
  EXPECT_EQ(named->fence, Fence(11));
  EXPECT_FALSE(task_in("no envelope at all"));
}

TEST(Codec, AMessageAboveTheLimitIsRefusedByTheSender) {
  Envelope envelope;
  envelope.body = Welcome{RunId("r"), 1000, std::string(k_max_message_bytes, 'y'), "", "", ""};
  const auto bytes = encode(envelope);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::kProtocol);
}

TEST(Codec, AMessageAboveTheLimitIsRefusedByTheReader) {
  const auto got = decode(std::string(k_max_message_bytes + 1, '\0'));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kProtocol);
}

TEST(Codec, GarbageIsRefusedAndNeverCrashes) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 5'000; ++i) {
    std::string bytes(random() % 200, ' ');
    for (char& c : bytes) c = static_cast<char>(random());
    const auto got = decode(bytes);
    if (!got) {
      EXPECT_TRUE(got.error().code == ErrorCode::kProtocol ||
                  got.error().code == ErrorCode::kUnsupported);
    }
  }
  EXPECT_FALSE(decode(""));
}

TEST(Codec, ADamagedMessageIsRefusedOrStillAMessage) {
  std::mt19937_64 random(11);
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    std::string bytes = encoded(RandomMessage(seed).envelope());
    bytes[random() % bytes.size()] = static_cast<char>(random());
    bytes.resize(bytes.size() - random() % 3);
    const auto got = decode(bytes);
    if (got) {
      EXPECT_TRUE(encode(*got));
    }
  }
}

TEST(Codec, AnotherMajorVersionIsUnsupported) {
  v1::Envelope future;
  future.set_major(k_protocol_major + 1);
  future.set_minor(3);
  future.set_worker("shop-17");
  future.set_incarnation(std::string(16, 'i'));
  future.mutable_hello()->set_slot_count(1);
  const auto got = decode(future.SerializeAsString());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(got.error().message.find("version " + std::to_string(k_protocol_major + 1) + ".3"),
            std::string::npos)
      << got.error().message;
  EXPECT_NE(got.error().message.find("shop-17"), std::string::npos) << got.error().message;
}

TEST(Codec, ABodyOfANewerVersionIsUnsupported) {
  v1::Envelope future;
  future.set_major(k_protocol_major);
  future.set_worker("shop-17");
  std::string bytes = future.SerializeAsString();
  bytes += "\xf2\x06\x02\x08\x01";  // field 110: a message with one number
  const auto got = decode(bytes);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(got.error().message.find("shop-17"), std::string::npos) << got.error().message;
}

TEST(Codec, AFieldOfANewerVersionIsIgnored) {
  Envelope envelope;
  envelope.body = Credit{3};
  const auto got = decode(encoded(envelope) + "\xf8\x07\x01");  // field 127: a number
  ASSERT_TRUE(got) << got.error().to_string();
  EXPECT_EQ(std::get<Credit>(got->body).tasks, 3);
}

TEST(Codec, AnEnumeratorOfANewerVersionIsUnsupported) {
  v1::Envelope future;
  future.set_major(k_protocol_major);
  future.mutable_task_result()->set_outcome(static_cast<v1::TaskOutcome>(99));
  const auto got = decode(future.SerializeAsString());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kUnsupported);
}

TEST(Codec, AMalformedDigestIsRefused) {
  v1::Envelope message;
  message.set_major(k_protocol_major);
  v1::TaskResult& result = *message.mutable_task_result();
  result.set_outcome(v1::TASK_OUTCOME_DONE);
  result.add_batches()->mutable_loaded()->mutable_digest()->set_sum("short");
  const auto got = decode(message.SerializeAsString());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kProtocol);
}

TEST(Codec, ATaskWithTooManyChunksIsRefused) {
  Envelope envelope;
  Task task;
  task.id = TaskId(1);
  task.chunks.resize(k_most_chunks_of_task + 1);
  envelope.body = task;
  const auto got = decode(encoded(envelope));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kProtocol);
}

}  // namespace
}  // namespace decant
