// Envelope <-> protobuf bytes (proto/*.proto, package decant.v1). The only place that sees *.pb.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/wire/messages.h"

namespace decant {

// kProtocol when the message would be larger than k_max_message_bytes: a larger one drops the
// connection.
Result<std::string> encode(const Envelope& envelope);
// kProtocol for bytes that are no envelope; kUnsupported (with the envelope's header in the text)
// for a body that this version does not know or another major version.
Result<Envelope> decode(std::string_view bytes);

// The task in bytes that decode() refused, where they are a Task that says so much.
std::optional<TaskInFlight> task_in(std::string_view bytes);

}  // namespace decant
