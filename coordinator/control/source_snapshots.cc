#include "coordinator/control/source_snapshots.h"

#include <algorithm>

#include "common/connector/snapshot_text.h"
#include "common/job/entity_plan.h"

namespace decant {
namespace {

constexpr std::size_t k_most_texts = 16;
// In one task: a message has its limit. One of each store there is always.
constexpr std::size_t k_most_texts_of_task = 256;

}  // namespace

std::string SourceSnapshots::source_of(const std::string& entity, const std::string& store) const {
  const EntitySpec* spec = job_.find_entity(entity);
  if (spec == nullptr || !spec->read.files.empty()) return {};
  const StoreSpec* place = store.empty() ? nullptr : job_.find_store(store);
  const std::string& own = spec->read.source;
  const std::string connection = own.empty() && place != nullptr ? place->source : own;
  if (place == nullptr) return connection;
  const auto filled = expand_store_template(connection, *place);
  return filled ? *filled : connection + " of " + store;
}

SourceSnapshots::Source* SourceSnapshots::find(const std::string& entity,
                                               const std::string& store) {
  const std::string key = source_of(entity, store);
  if (key.empty()) return nullptr;
  Source& source = sources_[key];
  if (source.name.empty()) source.name = entity + (store.empty() ? "" : " of " + store);
  return &source;
}

void SourceSnapshots::learn(const std::string& entity, const std::string& store,
                            const std::string& snapshot) {
  if (snapshot.empty()) return;
  Source* const source = find(entity, store);
  if (source == nullptr) return;
  if (const auto content = snapshot_content(snapshot); !content.empty())
    source->contents.emplace(content);
  auto& texts = source->texts;
  if (std::find(texts.begin(), texts.end(), snapshot) != texts.end()) return;
  if (texts.size() == k_most_texts) texts.erase(texts.begin());
  texts.push_back(snapshot);
}

void SourceSnapshots::learn_content(const std::string& entity, const std::string& store,
                                    const std::string& content) {
  if (content.empty()) return;
  if (Source* const source = find(entity, store); source != nullptr)
    source->contents.insert(content);
}

void SourceSnapshots::learn_not_held(const std::string& entity, const std::string& what) {
  if (!what.empty()) not_held_[entity].insert(what);
}

SnapshotsOfStores SourceSnapshots::of(const std::string& entity,
                                      const std::vector<std::string>& stores) const {
  const std::size_t share = k_most_texts_of_task / std::max<std::size_t>(stores.size(), 1);
  const auto most = static_cast<std::ptrdiff_t>(std::max<std::size_t>(share, 1));
  SnapshotsOfStores out;
  for (const std::string& store : stores) {
    const auto source = sources_.find(source_of(entity, store));
    if (source == sources_.end() || source->second.texts.empty()) continue;
    const auto& texts = source->second.texts;
    out[store].assign(texts.end() - std::min(most, std::ssize(texts)), texts.end());
  }
  return out;
}

bool SourceSnapshots::is_one(const std::string& entity, const std::string& store) const {
  if (not_held_.contains(entity)) return false;
  const auto source = sources_.find(source_of(entity, store));
  return source != sources_.end() && source->second.contents.size() == 1;
}

std::map<std::string, int> SourceSnapshots::divided() const {
  std::map<std::string, int> out;
  for (const auto& [key, source] : sources_) {
    if (source.contents.size() > 1) out[source.name] = static_cast<int>(source.contents.size());
  }
  return out;
}

}  // namespace decant
