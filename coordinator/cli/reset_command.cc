// decant reset: empties the job's tables in a staging target. Rows that the job did not load are
// named first, and go only with --all-rows.
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "common/base/name_list.h"
#include "common/base/text.h"
#include "common/job/selection.h"
#include "common/ledger/ledger.h"
#include "common/ledger/loaded_tables.h"
#include "common/ledger/table_family.h"
#include "common/ledger/table_lock.h"
#include "coordinator/cli/command.h"
#include "coordinator/cli/emptying.h"
#include "coordinator/cli/interrupt_watch.h"
#include "coordinator/control/process_identity.h"
#include "coordinator/control/table_checks.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

// As long as a session that is ended may take to let go of its locks.
constexpr std::int64_t k_lock_patience_ms = 5'000;

struct ResetFlags {
  std::string job_path, env_file, confirm, entities;
  bool all_rows = false;
  bool json = false;
};

// What was emptied, in the order in which it was.
struct ResetResult {
  std::string run;
  std::vector<Emptied> tables;
};

std::string reset_text(const ResetResult& result) {
  std::string text;
  for (const Emptied& emptied : result.tables)
    text += "emptied  " + emptied.table + ": " + counted(emptied.rows, "row") + "\n";
  return text;
}

std::string reset_json(const std::string& job, const ResetResult& result) {
  nlohmann::ordered_json out;
  out["run"] = result.run;
  out["job"] = job;
  out["emptied"] = nlohmann::ordered_json::array();
  for (const Emptied& emptied : result.tables) {
    out["emptied"].push_back(
        {{"entity", emptied.entity}, {"table", emptied.table}, {"rows", emptied.rows}});
  }
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Result<Holdings> look(const JobSpec& job, const Selection& selection, Target& target,
                      Ledger& ledger) {
  DECANT_TRY_ASSIGN(const LedgerPresence presence, ledger.presence());
  Holdings holdings;
  for (const std::string& entity : selection.entities) {
    const std::string& table = job.find_entity(entity)->write.table;
    if (holdings.contains(table)) continue;
    Holding& holding = holdings[table];
    holding.table = table;
    holding.names = {table};
    DECANT_TRY_ASSIGN(const std::string resolved, target.resolve_name(table));
    if (resolved != table) holding.names.push_back(resolved);
    if (presence != LedgerPresence::kAbsent) {
      DECANT_TRY_ASSIGN(holding.content, ledger.content_of(holding.names));
    }
    DECANT_TRY_ASSIGN(const auto shape, target.describe(table));
    if (!shape || !shape->has_rows) continue;
    DECANT_TRY_ASSIGN(const auto counted_rows,
                      target.sql().query("SELECT count(*) FROM " + quote_table(table)));
    holding.rows = std::strtoll(counted_rows.at(0).at(0).value_or("0").c_str(), nullptr, 10);
  }
  return holdings;
}

// The ledger must not forget rows of a table that stays: as in a run, the job names the tables that
// its entities were loaded into.
Status check_tables(const JobSpec& job, const Selection& selection, Target& target,
                    Ledger& ledger) {
  DECANT_TRY_ASSIGN(const LedgerPresence presence, ledger.presence());
  if (presence == LedgerPresence::kAbsent) return {};
  for (const std::string& name : selection.entities) {
    const EntitySpec& entity = *job.find_entity(name);
    DECANT_TRY_ASSIGN(const std::string table, target.resolve_name(entity.write.table));
    DECANT_TRY_ASSIGN(const auto loaded, loaded_tables(target, job.ledger_schema, job.name, name));
    if (Status same = check_same_table(entity, table, loaded); !same)
      return fail(std::move(same).error().at({job.name, name, {}, {}}));
  }
  return {};
}

// What of a table is not of the entities that are reset: "1,200 rows of job o", or nothing.
std::vector<std::string> not_ours(const JobSpec& job, const Selection& selection,
                                  const Holding& holding) {
  std::vector<std::string> others;
  std::int64_t known = 0;
  for (const TableContent& of : holding.content) {
    known += of.rows;
    const bool is_job = of.job == job.name;
    const auto& names = selection.entities;
    if (of.rows == 0 || (is_job && std::find(names.begin(), names.end(), of.entity) != names.end()))
      continue;
    others.push_back(counted(of.rows, "row") + " of " +
                     (is_job ? "entity " + of.entity : "job " + of.job));
  }
  if (holding.rows > known)
    others.push_back(counted(holding.rows - known, "row") + " that no job of this ledger loaded");
  return others;
}

// Rows that the job did not load go only where that was asked for.
Status check_holdings(const JobSpec& job, const Selection& selection, const ResetFlags& flags,
                      const Holdings& holdings) {
  for (const auto& [table, holding] : holdings) {
    const std::vector<std::string> others = not_ours(job, selection, holding);
    std::cerr << "table    " << table << ": " << counted(holding.rows, "row")
              << (others.empty() ? "" : ", with " + join(others, ", ")) << "\n";
    if (others.empty() || flags.all_rows) continue;
    return fail(
        ErrorCode::kUsage,
        "The table " + table + " also holds " + join(others, ", ") + "; nothing was emptied.",
        "Give --all-rows if these shall go too. A run of another job loads its own again.");
  }
  return {};
}

// Rows of a table that the user may not read.
Status check_unread(const ResetFlags& flags, const ReferringRows& rows) {
  std::cerr << "follows  " << rows.table << ": any row that refers to one of " << rows.of
            << " goes, or changes, with it; this user may not read how many\n";
  if (flags.all_rows) return {};
  return fail(ErrorCode::kUsage,
              "Rows of " + rows.table + ", which this user may not read, would go with those of " +
                  rows.of +
                  ", or change (ON DELETE CASCADE, SET NULL or SET DEFAULT); nothing was emptied.",
              "Take a user that may read it, or give --all-rows if such rows shall go too.");
}

// Rows of tables that this reset does not name stay, and where they cannot, it is refused.
Status check_referring(const ResetFlags& flags, const EmptiedTables& tables) {
  for (const ReferringRows& rows : tables.referring()) {
    if (!rows.rows) {
      DECANT_TRY(check_unread(flags, rows));
      continue;
    }
    const std::string are = counted(*rows.rows, "row") + " of " + rows.table;
    if (rows.refuses) {
      return fail(ErrorCode::kUsage,
                  are + (*rows.rows == 1 ? " refers" : " refer") + " to rows of " + rows.of +
                      ", and a foreign key keeps these; nothing was emptied.",
                  "Reset the entity of " + rows.table +
                      " with it (--entities), or take its rows out first.");
    }
    std::cerr << "follows  " << rows.table << ": " << counted(*rows.rows, "row")
              << (*rows.rows == 1 ? " goes, or changes," : " go, or change,") << " with those of "
              << rows.of << "\n";
    if (flags.all_rows) continue;
    return fail(ErrorCode::kUsage,
                are + (*rows.rows == 1 ? " refers" : " refer") + " to rows of " + rows.of +
                    " and would go with them, or change (ON DELETE CASCADE, SET NULL or SET "
                    "DEFAULT); nothing was emptied.",
                "Reset the entity of " + rows.table +
                    " with it (--entities), or give --all-rows if these rows shall go too.");
  }
  return {};
}

// The job's name has to be typed: --yes alone is too easily in a script's history.
Status confirm_reset(const JobSpec& job, const ResetFlags& flags) {
  std::string typed = flags.confirm;
  if (typed.empty()) {
    if (::isatty(STDIN_FILENO) == 0) {
      return fail(ErrorCode::kUsage, "Nobody can be asked here, and nothing was emptied.",
                  "Give --confirm " + job.name + " if all these rows shall go.");
    }
    const auto answer =
        ask_on_terminal("All these rows go. Type the job's name (" + job.name + "): ");
    if (!answer) return fail(ErrorCode::kCancelled, "Interrupted; nothing was emptied.");
    typed = *answer;
  }
  if (typed != job.name) {
    return fail(ErrorCode::kCancelled,
                "\"" + typed + "\" is not the job's name; nothing was emptied.");
  }
  return {};
}

Result<ResetResult> reset(const JobSpec& job, const ResetFlags& flags, CommandContext& context) {
  if (job.production) {
    return fail(ErrorCode::kPermission,
                "The job " + job.name + " is marked environment: production and is not reset.",
                "Mark it as staging if it is: only there may all its rows go.");
  }
  DECANT_TRY_ASSIGN(const Selection selection, select(job, {}, {}, split_names(flags.entities)));
  DECANT_TRY_ASSIGN(const Environment environment, load_environment(flags.env_file, job));
  DECANT_TRY_ASSIGN(const std::string connection, environment.expand(job.target));
  context.mask.learn(connection);
  DECANT_TRY_ASSIGN(const auto target, context.open_target(connection, job.directory));
  const TargetIdentity identity = target->identity();
  std::cerr << "target   "
            << context.mask.mask(identity.engine + " " + identity.host + " " + identity.database)
            << "\n";
  Ledger ledger(target->sql(), job.ledger_schema);
  DECANT_TRY(check_tables(job, selection, *target, ledger));
  DECANT_TRY_ASSIGN(const Holdings holdings, look(job, selection, *target, ledger));
  DECANT_TRY(check_holdings(job, selection, flags, holdings));
  std::vector<std::string> emptied_tables;
  for (const auto& [table, holding] : holdings) emptied_tables.push_back(table);
  DECANT_TRY_ASSIGN(const EmptiedTables references, EmptiedTables::look(*target, emptied_tables));
  DECANT_TRY(check_referring(flags, references));
  DECANT_TRY(confirm_reset(job, flags));
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
  for (const ReferringRows& rows : references.referring()) names.insert(rows.resolved);
  DECANT_TRY_ASSIGN(const TableNames led, names_to_lead(target->sql(), job.ledger_schema, names));
  tables.insert(tables.end(), led.begin(), led.end());
  // Whoever held a file that is open here now is gone: a DuckDB file has one holder.
  const bool is_file = !target->workers_load();
  const Ledger::IsDead is_dead = [is_file](const std::string& holder) {
    return is_file || is_certainly_dead(holder);
  };
  DECANT_TRY_ASSIGN(const Epoch epoch,
                    ledger.take_leadership(tables, run, k_reset_lease_ms, is_dead));
  Status status = lock_tables(target->sql(), job.ledger_schema, names, run.run, k_lock_patience_ms);
  if (status) status = ledger.begin_run(run);
  ResetResult result{run.run.value, {}};
  if (status) {
    const EmptyingWork work{job,        run.run, epoch,  selection,         holdings,
                            references, *target, ledger, context.interrupts};
    auto emptied = [&] {
      const InterruptWatch watch(context.interrupts, [&target] { target->cancel(); });
      return is_file ? empty_file(work) : empty_database(work, connection, context);
    }();
    target->renew();
    if (emptied) {
      result.tables = std::move(*emptied);
    } else {
      status = fail(std::move(emptied).error());
      if (status.error().code == ErrorCode::kCancelled) {
        status = fail(ErrorCode::kCancelled,
                      is_file ? "Interrupted; what was not emptied yet stays as it was."
                              : "Interrupted; nothing was emptied.");
      }
    }
  }
  const bool is_interrupted = !status && status.error().code == ErrorCode::kCancelled;
  run.state = status ? "done" : is_interrupted ? "interrupted" : "failed";
  const Status ended = ledger.end_run(run);
  const Status released = ledger.release_leadership(run.run, epoch);
  DECANT_TRY(status);
  DECANT_TRY(ended);
  DECANT_TRY(released);
  return result;
}

}  // namespace

void add_reset_command(CLI::App& app, CommandAction& action) {
  auto flags = std::make_shared<ResetFlags>();
  CLI::App* command = app.add_subcommand("reset", "Empties the job's tables in a staging target");
  command->add_option("JOB", flags->job_path, "The job file (YAML)")->required();
  command->add_option("--entities", flags->entities, "Only these entities: x,y");
  command->add_option("--env-file", flags->env_file, "Instead of .env beside the job file");
  command->add_flag("--all-rows", flags->all_rows,
                    "Also rows of the tables that this job did not load");
  command->add_option("--confirm", flags->confirm, "The job's name, instead of typing it");
  command->add_flag("--json", flags->json, "Machine-readable result");
  command->callback([flags, &action] {
    action = [flags](CommandContext& context) {
      auto job = open_job(flags->job_path);
      if (!job) return report_error(job.error(), context, flags->json);
      const auto result = reset(*job, *flags, context);
      if (!result) return report_error(result.error(), context, flags->json);
      std::cout << (flags->json ? reset_json(job->name, *result) : reset_text(*result));
      return 0;
    };
  });
}

void add_schema_command(CLI::App& app, CommandAction& action) {
  CLI::App* command =
      app.add_subcommand("schema", "Prints the JSON Schema of job files, for editors");
  command->add_flag("--json")->description("What it prints is JSON anyway");
  command->callback([&action] {
    action = [](CommandContext&) {
      std::cout << job_json_schema() << "\n";
      return 0;
    };
  });
}

}  // namespace decant
