// Which process on which machine: the holder in the ledger's leader rows.
#pragma once

#include <string>

namespace decant {

// "host:pid@machine", where machine names one boot of one kernel and one set of process ids
// (containers differ).
std::string process_identity();

// True when `holder` was a process of this very machine and is certainly gone. A holder elsewhere
// is never known dead: its lease decides. Taking over from a dead one does no harm even if this
// were wrong, since the fence decides what commits; a living coordinator would only be stopped.
bool is_certainly_dead(const std::string& holder);

}  // namespace decant
