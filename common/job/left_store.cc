#include "common/job/left_store.h"

#include "common/job/slice.h"

namespace decant {

bool is_left(const JobSpec& job, std::string_view store) {
  return !job.stores.empty() && job.store_from_column.empty() && store != k_unknown_store &&
         job.find_store(store) == nullptr;
}

bool is_left(const JobSpec& job, std::string_view entity, std::string_view store) {
  return job.find_entity(entity) == nullptr || (store != k_all && is_left(job, store));
}

}  // namespace decant
