// RunController, recorded chunks that the days of this run cover in part (decision 2).
#include <set>

#include "common/base/text.h"
#include "coordinator/control/chunk_splitter.h"
#include "coordinator/control/run_controller.h"

namespace decant {
namespace {

std::string slices_of(const std::vector<ChunkSplit>& splits) {
  std::set<std::string> names;
  for (const ChunkSplit& split : splits) names.insert(split.record.spec.slice.name());
  return join({names.begin(), names.end()}, ", ");
}

}  // namespace

Result<bool> RunController::split_chunks(EntityRun& entity, const PlanInput& input) {
  DECANT_TRY_ASSIGN(const std::vector<ChunkSplit> splits, wanted_splits(input));
  if (splits.empty()) return false;
  const std::string& name = entity.spec->name;
  if (options_.plan_only || options_.read_source_only) {
    entity.notes.push_back(name + ": the chunks of " + slices_of(splits) +
                           " reach beyond --from/--to and are looked at whole" +
                           (options_.plan_only ? "; a run divides them at those days." : "."));
    return false;
  }
  bool is_any_divided = false;
  for (const ChunkSplit& split : splits) {
    std::string why_not = why_not_divided(split.record, entity.plan);
    if (why_not.empty()) {
      const SplitRequest request{mandate(entity.plan.write.table), job_.name, job_.ledger_schema,
                                 entity.plan, split};
      DECANT_TRY_ASSIGN(why_not, loop_->on_target<std::string>([request](TargetAccess& access) {
        return split_chunk(access, request);
      }));
    }
    is_any_divided = is_any_divided || why_not.empty();
    if (why_not.empty()) continue;
    entity.notes.push_back(split.record.spec.name().value +
                           " reaches beyond --from/--to and is taken whole: " + why_not + ".");
  }
  return is_any_divided;
}

}  // namespace decant
