// The pieces of the codec, one .cc file per concern, as proto/ has one file per concern. Private to
// common/wire.
//
// put() fills a protobuf message from plain data. get() checks what came from outside and fills
// plain data: kProtocol for what cannot be, kUnsupported for an enumerator that a newer version may
// have added.
#pragma once

#include <string>

#include "common/wire/messages.h"
#include "proto/envelope.pb.h"

namespace decant::wire {

namespace pb = ::decant::v1;

// Bounds of what a decoder accepts, beside k_max_message_bytes.
inline constexpr int k_max_chunks_per_task = static_cast<int>(k_most_chunks_of_task);

// Enumerations whose plain numbers are the wire's (codec_*.cc assert it): 1 to `last` without a
// gap.
template <typename Enum>
Status get_enum(int wire, int last, const char* what, Enum& out) {
  if (wire == 0)
    return fail(ErrorCode::kProtocol, std::string("A message lacks its ") + what + ".");
  if (wire < 0 || wire > last) {
    return fail(ErrorCode::kUnsupported, std::string("A message has a ") + what + " (" +
                                             std::to_string(wire) +
                                             ") that this version does not know.");
  }
  out = static_cast<Enum>(wire);
  return {};
}

void put(const Type& from, pb::Type& to);
Status get(const pb::Type& from, Type& to);
void put(const Schema& from, pb::Schema& to);
Status get(const pb::Schema& from, Schema& to);
void put(const ValueRange& from, pb::ValueRange& to);
void get(const pb::ValueRange& from, ValueRange& to);
void put(const ChunkSpec& from, pb::ChunkSpec& to);
void get(const pb::ChunkSpec& from, ChunkSpec& to);
void put(const RecordMark& from, pb::RecordMark& to);
Status get(const pb::RecordMark& from, RecordMark& to);
void put(const Extent& from, pb::Extent& to);
Status get(const pb::Extent& from, Extent& to);
void put(const SetDigest& from, pb::SetDigest& to);
Status get(const pb::SetDigest& from, SetDigest& to);
void put(const ChunkTotals& from, pb::ChunkTotals& to);
Status get(const pb::ChunkTotals& from, ChunkTotals& to);
void put(const Error& from, pb::Error& to);
Status get(const pb::Error& from, Error& to);

void put(const CensusRequest& from, pb::CensusRequest& to);
Status get(const pb::CensusRequest& from, CensusRequest& to);
void put(const CensusResult& from, pb::CensusResult& to);
Status get(const pb::CensusResult& from, CensusResult& to);

void put(const EntityPlan& from, pb::EntityPlan& to);
Status get(const pb::EntityPlan& from, EntityPlan& to);
void put(const Task& from, pb::Task& to);
Status get(const pb::Task& from, Task& to);
void put(const Claim& from, pb::Claim& to);
Status get(const pb::Claim& from, Claim& to);
void put(const ClaimAck& from, pb::ClaimAck& to);
Status get(const pb::ClaimAck& from, ClaimAck& to);
void put(const TaskResult& from, pb::TaskResult& to);
Status get(const pb::TaskResult& from, TaskResult& to);

void put(const Hello& from, pb::Hello& to);
Status get(const pb::Hello& from, Hello& to);
void put(const Welcome& from, pb::Welcome& to);
Status get(const pb::Welcome& from, Welcome& to);
void put(const Refusal& from, pb::Refusal& to);
Status get(const pb::Refusal& from, Refusal& to);
void put(const Credit& from, pb::Credit& to);
Status get(const pb::Credit& from, Credit& to);
void put(const CreditAck& from, pb::CreditAck& to);
Status get(const pb::CreditAck& from, CreditAck& to);
void put(const Accept& from, pb::Accept& to);
Status get(const pb::Accept& from, Accept& to);
void put(const Progress& from, pb::Progress& to);
Status get(const pb::Progress& from, Progress& to);
void put(const ProgressAck& from, pb::ProgressAck& to);
Status get(const pb::ProgressAck& from, ProgressAck& to);
void put(const ResultAck& from, pb::ResultAck& to);
Status get(const pb::ResultAck& from, ResultAck& to);
void put(const Cancel& from, pb::Cancel& to);
Status get(const pb::Cancel& from, Cancel& to);
void put(const Drain& from, pb::Drain& to);
Status get(const pb::Drain& from, Drain& to);
void put(const Goodbye& from, pb::Goodbye& to);
Status get(const pb::Goodbye& from, Goodbye& to);

}  // namespace decant::wire
