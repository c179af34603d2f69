#include "common/wire/codec.h"

#include <algorithm>

#include "common/wire/codec_parts.h"

namespace decant {
namespace {

using wire::get;
using wire::put;
namespace pb = wire::pb;

pb::Hello& body_for(const Hello&, pb::Envelope& e) { return *e.mutable_hello(); }
pb::Credit& body_for(const Credit&, pb::Envelope& e) { return *e.mutable_credit(); }
pb::CreditAck& body_for(const CreditAck&, pb::Envelope& e) { return *e.mutable_credit_ack(); }
pb::Accept& body_for(const Accept&, pb::Envelope& e) { return *e.mutable_accept(); }
pb::Progress& body_for(const Progress&, pb::Envelope& e) { return *e.mutable_progress(); }
pb::TaskResult& body_for(const TaskResult&, pb::Envelope& e) { return *e.mutable_task_result(); }
pb::Goodbye& body_for(const Goodbye&, pb::Envelope& e) { return *e.mutable_goodbye(); }
pb::Welcome& body_for(const Welcome&, pb::Envelope& e) { return *e.mutable_welcome(); }
pb::Refusal& body_for(const Refusal&, pb::Envelope& e) { return *e.mutable_refusal(); }
pb::Task& body_for(const Task&, pb::Envelope& e) { return *e.mutable_task(); }
pb::ProgressAck& body_for(const ProgressAck&, pb::Envelope& e) { return *e.mutable_progress_ack(); }
pb::ResultAck& body_for(const ResultAck&, pb::Envelope& e) { return *e.mutable_result_ack(); }
pb::Cancel& body_for(const Cancel&, pb::Envelope& e) { return *e.mutable_cancel(); }
pb::Claim& body_for(const Claim&, pb::Envelope& e) { return *e.mutable_claim(); }
pb::ClaimAck& body_for(const ClaimAck&, pb::Envelope& e) { return *e.mutable_claim_ack(); }
pb::Drain& body_for(const Drain&, pb::Envelope& e) { return *e.mutable_drain(); }

template <typename Plain, typename Wire>
Status get_body(const Wire& from, Body& to) {
  Plain plain;
  DECANT_TRY(get(from, plain));
  to = std::move(plain);
  return {};
}

Status decode_body(const pb::Envelope& e, Body& body) {
  switch (e.body_case()) {
    case pb::Envelope::kHello:
      return get_body<Hello>(e.hello(), body);
    case pb::Envelope::kCredit:
      return get_body<Credit>(e.credit(), body);
    case pb::Envelope::kCreditAck:
      return get_body<CreditAck>(e.credit_ack(), body);
    case pb::Envelope::kAccept:
      return get_body<Accept>(e.accept(), body);
    case pb::Envelope::kProgress:
      return get_body<Progress>(e.progress(), body);
    case pb::Envelope::kTaskResult:
      return get_body<TaskResult>(e.task_result(), body);
    case pb::Envelope::kGoodbye:
      return get_body<Goodbye>(e.goodbye(), body);
    case pb::Envelope::kWelcome:
      return get_body<Welcome>(e.welcome(), body);
    case pb::Envelope::kRefusal:
      return get_body<Refusal>(e.refusal(), body);
    case pb::Envelope::kTask:
      return get_body<Task>(e.task(), body);
    case pb::Envelope::kProgressAck:
      return get_body<ProgressAck>(e.progress_ack(), body);
    case pb::Envelope::kResultAck:
      return get_body<ResultAck>(e.result_ack(), body);
    case pb::Envelope::kCancel:
      return get_body<Cancel>(e.cancel(), body);
    case pb::Envelope::kDrain:
      return get_body<Drain>(e.drain(), body);
    case pb::Envelope::kClaim:
      return get_body<Claim>(e.claim(), body);
    case pb::Envelope::kClaimAck:
      return get_body<ClaimAck>(e.claim_ack(), body);
    case pb::Envelope::BODY_NOT_SET:
      break;
  }
  return fail(ErrorCode::kUnsupported,
              "A message of worker " + e.worker() + " (version " + std::to_string(e.major()) + "." +
                  std::to_string(e.minor()) + ", sequence " + std::to_string(e.sequence()) +
                  ") has a body that this version does not know.",
              "Run the same version of decant and decant-worker everywhere.");
}

// Parses the frame; the body may still be one that we do not know.
Status parse(std::string_view bytes, pb::Envelope& e) {
  if (bytes.size() > k_max_message_bytes) {
    return fail(ErrorCode::kProtocol, "A message is larger than a message may be.");
  }
  if (!e.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || e.major() == 0) {
    return fail(ErrorCode::kProtocol, "A message is no Decant message.");
  }
  if (e.incarnation().size() != Incarnation{}.value.size() && !e.incarnation().empty()) {
    return fail(ErrorCode::kProtocol, "A message has a malformed incarnation.");
  }
  return {};
}

Incarnation incarnation_of(const pb::Envelope& e) {
  Incarnation incarnation;
  std::transform(e.incarnation().begin(), e.incarnation().end(), incarnation.value.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return incarnation;
}

}  // namespace

Result<std::string> encode(const Envelope& envelope) {
  pb::Envelope e;
  e.set_major(k_protocol_major);
  e.set_minor(k_protocol_minor);
  e.set_job(envelope.job);
  e.set_worker(envelope.worker.value);
  e.set_incarnation(envelope.incarnation.value.data(), envelope.incarnation.value.size());
  e.set_epoch(envelope.epoch.value);
  e.set_sequence(envelope.sequence);
  std::visit([&e](const auto& body) { put(body, body_for(body, e)); }, envelope.body);

  const std::size_t size = e.ByteSizeLong();
  if (size > k_max_message_bytes) {
    return fail(ErrorCode::kProtocol,
                "A message of " + std::to_string(size) + " bytes is larger than the " +
                    std::to_string(k_max_message_bytes) + " that a message may have.",
                "Cover fewer months or stores in one run (--from, --to, --stores).");
  }
  std::string bytes;
  if (!e.SerializeToString(&bytes))
    return fail(ErrorCode::kInternal, "A message could not be encoded.");
  return bytes;
}

Result<Envelope> decode(std::string_view bytes) {
  pb::Envelope e;
  DECANT_TRY(parse(bytes, e));
  if (e.major() != k_protocol_major) {
    return fail(ErrorCode::kUnsupported,
                "Worker " + e.worker() + " speaks version " + std::to_string(e.major()) + "." +
                    std::to_string(e.minor()) + " of the protocol, this side version " +
                    std::to_string(k_protocol_major) + "." + std::to_string(k_protocol_minor) + ".",
                "Run the same version of decant and decant-worker everywhere.");
  }
  Envelope envelope;
  envelope.job = e.job();
  envelope.worker = WorkerName(e.worker());
  envelope.incarnation = incarnation_of(e);
  envelope.epoch = Epoch(e.epoch());
  envelope.sequence = e.sequence();
  DECANT_TRY(decode_body(e, envelope.body));
  return envelope;
}

std::optional<TaskInFlight> task_in(std::string_view bytes) {
  pb::Envelope e;
  if (!parse(bytes, e) || e.major() != k_protocol_major || !e.has_task()) return std::nullopt;
  return TaskInFlight{TaskId(e.task().task_id()), Fence(e.task().fence())};
}

}  // namespace decant
