#include "common/base/result.h"

namespace decant {

std::string Error::to_string() const {
  std::string text = message;
  if (!advice.empty()) {
    if (!text.empty()) text += ' ';
    text += advice;
  }
  if (!sqlstate.empty()) text += " (SQLSTATE " + sqlstate + ")";
  return text;
}

Error Error::at(ErrorPlace where) && {
  auto fill = [](std::string& field, std::string& known) {
    if (field.empty()) field = std::move(known);
  };
  fill(place.job, where.job);
  fill(place.entity, where.entity);
  fill(place.store, where.store);
  fill(place.chunk, where.chunk);
  return std::move(*this);
}

Remedy remedy_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnreachable:
      return Remedy::kReconnect;
    case ErrorCode::kFenced:
    case ErrorCode::kTimeout:
    case ErrorCode::kBusy:     // whoever holds it lets go some time
    case ErrorCode::kNoSpace:  // another machine may have room
      return Remedy::kReassign;
    case ErrorCode::kNotFound:
    case ErrorCode::kPermission:
    case ErrorCode::kDataRefused:
    case ErrorCode::kSourceChanged:
    case ErrorCode::kDiffers:
    case ErrorCode::kProtocol:
      return Remedy::kQuarantine;
    case ErrorCode::kUsage:
    case ErrorCode::kMismatch:
    case ErrorCode::kTooManyRejects:
    case ErrorCode::kCancelled:
    case ErrorCode::kUnsupported:
    case ErrorCode::kInternal:
      return Remedy::kAbort;
  }
  return Remedy::kAbort;
}

int exit_status_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return 2;
    case ErrorCode::kCancelled:
      return 130;
    case ErrorCode::kUnreachable:
      return 5;
    case ErrorCode::kTooManyRejects:
      return 4;
    case ErrorCode::kDiffers:
      return 3;
    default:
      return 1;
  }
}

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return "usage";
    case ErrorCode::kNotFound:
      return "not found";
    case ErrorCode::kUnreachable:
      return "unreachable";
    case ErrorCode::kPermission:
      return "permission";
    case ErrorCode::kMismatch:
      return "mismatch";
    case ErrorCode::kDataRefused:
      return "data refused";
    case ErrorCode::kSourceChanged:
      return "source changed";
    case ErrorCode::kFenced:
      return "fenced";
    case ErrorCode::kBusy:
      return "busy";
    case ErrorCode::kTooManyRejects:
      return "too many rejects";
    case ErrorCode::kDiffers:
      return "differs";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kNoSpace:
      return "no space";
    case ErrorCode::kProtocol:
      return "protocol";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

}  // namespace decant
