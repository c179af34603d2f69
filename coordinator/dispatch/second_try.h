// What follows when a task has to be taken back: the same again after a pause, the same in smaller
// pieces, several tasks instead of it, or nothing more. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/dispatch/dispatcher.h"

namespace decant {

enum class SecondTry : std::uint8_t {
  kAgain,
  kAgainInHalves,  // each piece of the source that it reads in two
  kDivide,         // tasks over parts of its chunks take its place
  kSetAside,       // it fails, and the others go on
};

// What is known of the store beside the task.
struct StoreSigns {
  bool answers = false;     // it has given rows to others since the task was first handed out
  bool has_others = false;  // other tasks read it, or wait to
};

SecondTry second_try(const DispatchTask& task, const DispatchLimits& limits,
                     Divisibility divisibility, StoreSigns signs);

// Whether the source could not be reached for the task nor for anybody else: its other tasks would
// find the same.
bool is_store_away(const DispatchTask& task, StoreSigns signs);

// Before the next attempt: doubled with each one, at most a minute, and up to half as long again,
// so that tasks that failed together do not come back together. The same task and attempt give the
// same pause.
std::int64_t pause_before_next_ms(const DispatchTask& task, const DispatchLimits& limits);

// "sales/east/2024-05/001", or how many chunks from which to which.
std::string chunks_text(const Task& task);

// The error of a task that was set aside, for people: its chunks, what became of whom, what to do.
Error set_aside_error(const Task& task, const DispatchTask& state);

}  // namespace decant
