// What `decant explain` shows: a chunk's limits, what is loaded of it, and all that happened to it.
#pragma once

#include <string>
#include <vector>

#include "common/ledger/ledger.h"

namespace decant {

std::string explain_text(const ChunkRecord& chunk, const std::vector<ChunkEvent>& events);
std::string explain_json(const ChunkRecord& chunk, const std::vector<ChunkEvent>& events);

}  // namespace decant
