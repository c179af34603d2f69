// Apart from stage_format.cc, since the whole of xxhash is compiled here.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "common/connector/duckdb/stage_format.h"

namespace decant::duck {

std::uint64_t stage_checksum(std::span<const std::string_view> pieces) {
  if (pieces.size() == 1) return XXH3_64bits(pieces[0].data(), pieces[0].size());
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  for (const std::string_view piece : pieces)
    XXH3_64bits_update(&state, piece.data(), piece.size());
  return XXH3_64bits_digest(&state);
}

}  // namespace decant::duck
