#include "coordinator/control/standby.h"

#include <nlohmann/json.hpp>

#include "coordinator/report/run_summary.h"

namespace decant {

Standby::Standby(std::string work, Ledger::IsDead is_dead)
    : work_(std::move(work)), is_dead_(std::move(is_dead)) {}

StandbyStep Standby::next(const std::vector<LeaderRecord>& leaders) {
  for (const LeaderRecord& leader : leaders) {
    if (!leader.leads || (is_dead_ && is_dead_(leader.holder))) continue;
    watched_.insert(leader.run.value);
    return {StandbyStep::Kind::kWait, leader};
  }
  for (const LeaderRecord& leader : leaders) {
    const bool has_ended = leader.state != "running" && !leader.state.empty();
    if (!has_ended || !watched_.contains(leader.run.value) || leader.work != work_) continue;
    if (summary_from_json(leader.summary).left_to_standby) continue;
    return {StandbyStep::Kind::kOver, leader};
  }
  return {StandbyStep::Kind::kLead, {}};
}

int exit_status_of(const LeaderRecord& ended) {
  if (const auto status = summary_from_json(ended.summary).exit_status) return *status;
  return ended.state == "done"          ? 0
         : ended.state == "differs"     ? 3
         : ended.state == "interrupted" ? 130
                                        : 1;
}

std::string ended_run_json(const LeaderRecord& ended, int exit_status) {
  nlohmann::ordered_json json = {
      {"standby", true},
      {"run", ended.run.value},
      {"coordinator", ended.holder.substr(0, ended.holder.find('@'))},
      {"state", ended.state},
      {"exit_status", exit_status},
  };
  return json.dump(2) + "\n";
}

}  // namespace decant
