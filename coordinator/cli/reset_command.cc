// decant reset: empties the job's tables in a staging target.
#include <unistd.h>

#include <iostream>
#include <set>

#include "common/base/text.h"
#include "common/job/selection.h"
#include "common/ledger/ledger.h"
#include "common/ledger/table_lock.h"
#include "coordinator/cli/command.h"
#include "coordinator/control/leader_keeper.h"
#include "coordinator/control/process_identity.h"

namespace decant {
namespace {

// As long as a session that is ended may take to let go of its locks.
constexpr std::int64_t k_lock_patience_ms = 5'000;
constexpr std::int64_t k_leader_lease_ms = 20'000;

struct ResetFlags {
  std::string job_path, env_file, confirm, entities;
};

// The job's name has to be typed: --yes alone is too easily in a script's history.
Status confirm_reset(const JobSpec& job, const ResetFlags& flags) {
  std::string typed = flags.confirm;
  if (typed.empty()) {
    if (::isatty(STDIN_FILENO) == 0) {
      return fail(ErrorCode::kUsage, "Nobody can be asked here, and nothing was emptied.",
                  "Give --confirm " + job.name + " if all its rows shall go.");
    }
    std::cerr << "All rows that the job loaded go. Type the job's name (" << job.name
              << "): " << std::flush;
    std::getline(std::cin, typed);
  }
  if (typed != job.name) {
    return fail(ErrorCode::kCancelled,
                "\"" + typed + "\" is not the job's name; nothing was emptied.");
  }
  return {};
}

// The tables, in one transaction. Deleting may take longer than a lease.
Status empty_as_leader(const JobSpec& job, const RunRecord& run, Epoch epoch,
                       const Selection& selection, bool is_file, const std::string& connection,
                       Target& target, Ledger& ledger, CommandContext& context) {
  std::unique_ptr<LeaderKeeper> leader;
  if (!is_file) {
    const auto open = [&context, connection, folder = job.directory] {
      return context.open_target(connection, folder);
    };
    DECANT_TRY_ASSIGN(auto session, open());
    leader =
        std::make_unique<LeaderKeeper>(std::move(session), open, job.ledger_schema, run.run, epoch,
                                       LeaseTimes{k_leader_lease_ms, k_leader_lease_ms / 4});
  }
  std::string said;
  const auto empty = [&]() -> Status {
    // In reverse, since later entities may refer to earlier ones.
    for (auto entity = selection.entities.rbegin(); entity != selection.entities.rend(); ++entity) {
      const std::string& table = job.find_entity(*entity)->write.table;
      DECANT_TRY_ASSIGN(const auto shape, target.describe(table));
      std::int64_t rows = 0;
      if (shape) {
        DECANT_TRY_ASSIGN(rows, target.empty_table(table));
      }
      DECANT_TRY(ledger.void_batches({run.run, epoch, table}, job.name, *entity));
      said += "emptied  " + table + ": " + group_digits(rows) + " rows\n";
    }
    if (leader) {
      if (auto lost = leader->lost()) return fail(std::move(*lost));
    }
    return {};
  };
  DECANT_TRY(target.sql().begin());
  if (Status status = empty(); !status) {
    target.sql().rollback();
    return status;
  }
  DECANT_TRY(target.sql().commit());
  std::cout << said;
  return {};
}

Status reset(const JobSpec& job, const ResetFlags& flags, CommandContext& context) {
  if (job.production) {
    return fail(ErrorCode::kPermission,
                "The job " + job.name + " is marked environment: production and is not reset.",
                "Undo a run instead, or mark it as staging if it is.");
  }
  DECANT_TRY_ASSIGN(const Selection selection, select(job, {}, {}, split_list(flags.entities)));
  DECANT_TRY_ASSIGN(const Environment environment, load_environment(flags.env_file, job));
  DECANT_TRY_ASSIGN(const std::string connection, environment.expand(job.target));
  context.mask.learn(connection);
  DECANT_TRY_ASSIGN(const auto target, context.open_target(connection, job.directory));
  const TargetIdentity identity = target->identity();
  std::cerr << "target   "
            << context.mask.mask(identity.engine + " " + identity.host + " " + identity.database)
            << "\n";
  DECANT_TRY(confirm_reset(job, flags));
  Ledger ledger(target->sql(), job.ledger_schema);
  DECANT_TRY(ledger.prepare());
  RunRecord run;
  run.run =
      make_run_id(context.clock.wall_us() / 1'000'000, static_cast<std::uint32_t>(::getpid()));
  run.job = job.name;
  run.command = context.mask.mask(context.command_line);
  run.state = "running";
  run.coordinator = process_identity();
  // By the job's own spelling too: ledgers of earlier versions go by it.
  std::vector<std::string> tables;
  std::set<std::string> names;
  for (const std::string& entity : selection.entities) {
    tables.push_back(job.find_entity(entity)->write.table);
    DECANT_TRY_ASSIGN(const std::string name, target->resolve_name(tables.back()));
    names.insert(name);
  }
  tables.insert(tables.end(), names.begin(), names.end());
  // Whoever held a file that is open here now is gone: a DuckDB file has one holder.
  const bool is_file = !target->workers_load();
  const Ledger::IsDead is_dead = [is_file](const std::string& holder) {
    return is_file || is_certainly_dead(holder);
  };
  DECANT_TRY_ASSIGN(const Epoch epoch,
                    ledger.take_leadership(tables, run, k_leader_lease_ms, is_dead));
  Status status = lock_tables(target->sql(), job.ledger_schema, names, run.run, k_lock_patience_ms);
  if (status) status = ledger.begin_run(run);
  if (status) {
    status =
        empty_as_leader(job, run, epoch, selection, is_file, connection, *target, ledger, context);
  }
  run.state = status ? "done" : "failed";
  const Status ended = ledger.end_run(run);
  const Status released = ledger.release_leadership(run.run, epoch);
  if (!status) return status;
  DECANT_TRY(ended);
  return released;
}

}  // namespace

void add_reset_command(CLI::App& app, CommandAction& action) {
  auto flags = std::make_shared<ResetFlags>();
  CLI::App* command = app.add_subcommand("reset", "Empties the job's tables in a staging target");
  command->add_option("JOB", flags->job_path, "The job file (YAML)")->required();
  command->add_option("--entities", flags->entities, "Only these entities: x,y");
  command->add_option("--env-file", flags->env_file, "Instead of .env beside the job file");
  command->add_option("--confirm", flags->confirm, "The job's name, instead of typing it");
  command->callback([flags, &action] {
    action = [flags](CommandContext& context) {
      auto job = open_job(flags->job_path);
      if (!job) return report_error(job.error(), context, false);
      const Status status = reset(*job, *flags, context);
      return status ? 0 : report_error(status.error(), context, false);
    };
  });
}

void add_schema_command(CLI::App& app, CommandAction& action) {
  CLI::App* command =
      app.add_subcommand("schema", "Prints the JSON Schema of job files, for editors");
  command->callback([&action] {
    action = [](CommandContext&) {
      std::cout << job_json_schema() << "\n";
      return 0;
    };
  });
}

}  // namespace decant
