#include "coordinator/control/shared_places.h"

#include <string_view>
#include <unordered_map>

#include "common/base/text.h"

namespace decant {
namespace {

struct Reader {
  const StoreCensus* store;
  const CensusExtent* file;
};

std::string words_of(const EntitySpec& entity, const Reader& first, const Reader& second) {
  const bool is_one_store = first.store->store == second.store->store;
  const std::string stores = first.store->store + " and " + second.store->store;
  if (!first.file->extent.is_file())
    return "The stores " + stores + " read the same of one database, entity " + entity.name;
  const std::string& path = first.file->extent.path;
  const std::string& other = second.file->extent.path;
  return path + (other == path ? "" : " and " + other + " are one file, which") +
         (is_one_store ? " is read twice for entity " + entity.name
                       : " is read for the stores " + stores + ", entity " + entity.name);
}

Status refuse(const EntitySpec& entity, const Reader& first, const Reader& second) {
  return fail(ErrorCode::kUsage, words_of(entity, first, second) + ": its rows would land twice.",
              first.file->extent.is_file()
                  ? "Make `files:` or `source:` lead to it once: what stands behind {store} in a "
                    "name has to tell one store from another."
                  : "Give each store a `source` of its own, or let a column say the store: stores: "
                    "{from_column: COLUMN}.");
}

}  // namespace

Status check_places_apart(const EntitySpec& entity, const std::vector<StoreCensus>& censuses) {
  std::unordered_map<std::string_view, Reader> readers;
  for (const StoreCensus& store : censuses) {
    for (const CensusExtent& extent : store.census.extents) {
      if (extent.place.empty()) continue;
      const Reader reader{&store, &extent};
      const auto [known, fresh] = readers.emplace(extent.place, reader);
      if (!fresh) return refuse(entity, known->second, reader);
    }
  }
  return {};
}

}  // namespace decant
