// Result<T>: what a fallible call returns, and Error: why it failed, where, and what a person does
// about it.
//
// No exception crosses a folder of this tree: libraries that throw are caught in their adapter and
// become an Error. An Error never carries a row's values or a credential; its message is one
// sentence that can be shown as it is.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace decant {

// Kinds of failure, by what follows from them (see remedy_for), not by where they arose.
enum class ErrorCode {
  kUsage,           // a wrong option or a wrong job file
  kNotFound,        // a file, table, column or object that should be there is not
  kUnreachable,     // a source or the target does not answer, or went away
  kPermission,      // it answers and says no
  kMismatch,        // two sides do not fit: schema, mapping, identity of a target
  kDataRefused,     // the target refused rows (constraint, type)
  kSourceChanged,   // a source is not what it was when it was planned
  kFenced,          // another owner holds the work now
  kBusy,            // another run holds the table or the file
  kTooManyRejects,  // more rejects than the job allows
  kDiffers,         // source and target differ, or a check failed
  kCancelled,       // a person or the coordinator called it off
  kTimeout,         // it took longer than it may
  kNoSpace,         // disk, memory or descriptors are used up
  kProtocol,        // a peer or a file said something that cannot be
  kUnsupported,     // not possible with this engine or this version
  kInternal,        // a defect of Decant
};

// What the one who gets an error does next. Attempts are bounded and pauses between them grow; how
// far a failure reaches that no attempt mends is said by reach_of (coordinator/control/failures.h).
enum class Remedy {
  kAbort,       // stop the run; a person has to act
  kReconnect,   // a new connection, then the same again
  kReassign,    // give the work to another worker, under a higher fence
  kQuarantine,  // set the chunk or store aside and go on with the others
};

// Where it happened; empty fields are not known or do not apply.
struct ErrorPlace {
  std::string job;
  std::string entity;
  std::string store;
  std::string chunk;
};

struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;   // one sentence: what and where
  std::string advice;    // one sentence: what to do; may be empty
  std::string sqlstate;  // five characters, or empty
  ErrorPlace place;

  // "message advice (SQLSTATE 42P01)", as it is shown to a person.
  std::string to_string() const;
  // The same error with a place filled in where it is still empty.
  Error at(ErrorPlace where) &&;
};

Remedy remedy_for(ErrorCode code);

// The process exit status of DESIGN 8 (2, 130, 5, 1, 4, 3) for a failure of this kind.
int exit_status_for(ErrorCode code);

std::string_view to_string(ErrorCode code);

template <typename T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string advice = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(advice), {}, {}});
}

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace decant

#define DECANT_CONCAT_INNER(a, b) a##b
#define DECANT_CONCAT(a, b) DECANT_CONCAT_INNER(a, b)

// Returns the error of `expr` from the enclosing function, if there is one.
#define DECANT_TRY(expr) DECANT_TRY_IMPL(DECANT_CONCAT(decant_status_, __LINE__), expr)
#define DECANT_TRY_IMPL(tmp, expr)                                                               \
  do {                                                                                           \
    if (auto tmp = (expr); !tmp) return tl::unexpected<::decant::Error>(std::move(tmp).error()); \
  } while (false)

// Declares `lhs` from the value of `expr`, or returns its error from the enclosing function.
#define DECANT_TRY_ASSIGN(lhs, expr) \
  DECANT_TRY_ASSIGN_IMPL(DECANT_CONCAT(decant_result_, __LINE__), lhs, expr)
#define DECANT_TRY_ASSIGN_IMPL(tmp, lhs, expr)                              \
  auto tmp = (expr);                                                        \
  if (!tmp) return tl::unexpected<::decant::Error>(std::move(tmp).error()); \
  lhs = std::move(*tmp)
