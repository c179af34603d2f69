// decant run, decant plan, decant reconcile.
#include <filesystem>
#include <iostream>

#include "common/base/name_list.h"
#include "common/base/printable.h"
#include "coordinator/cli/command.h"
#include "coordinator/cli/progress_printer.h"
#include "coordinator/control/run_controller.h"
#include "coordinator/control/standby.h"

namespace decant {
namespace {

struct RunFlags {
  RunOptions options;
  std::string stores, entities, verify = "digests";
  bool quiet = false;
};

void add_selection(CLI::App& command, RunFlags& flags) {
  command.add_option("JOB", flags.options.job_path, "The job file (YAML)")->required();
  for (CLI::Option* option :
       {command.add_option("--from", flags.options.from,
                           "First day or month, inclusive: 2024-08-15 or 2024-08"),
        command.add_option("--to", flags.options.to, "Last day or month, inclusive"),
        command.add_option("--stores", flags.stores, "Only these stores: a,b"),
        command.add_option("--entities", flags.entities, "Only these entities: x,y")}) {
    option->check(refuse_empty);
  }
  command.add_option("--env-file", flags.options.env_file, "Instead of .env beside the job file");
  command.add_flag("--json", flags.options.json, "Machine-readable result on standard output");
  command.add_flag("--quiet", flags.quiet, "No progress line");
}

void add_workers(CLI::App& command, RunFlags& flags) {
  command
      .add_option("--workers", flags.options.workers,
                  "Local workers (default: one per core; 0: none)")
      ->check(CLI::Range(0, 256));
  command.add_option("--listen", flags.options.listen,
                     "Endpoint for workers elsewhere: tcp://127.0.0.1:7420");
  command.add_option("--worker-program", flags.options.worker_program, "Path of decant-worker");
  command.add_option("--work-dir", flags.options.work_dir, "Folder of workers' spool files");
  command.add_option("--log-level", flags.options.log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
}

LogLevel level_of(const std::string& name) {
  return name == "debug"   ? LogLevel::kDebug
         : name == "warn"  ? LogLevel::kWarn
         : name == "error" ? LogLevel::kError
                           : LogLevel::kInfo;
}

void print_result(const RunFlags& flags, const RunResult& result, const CommandContext& context) {
  if (result.stood_by_for) {
    if (flags.options.json) std::cout << ended_run_json(*result.stood_by_for, result.exit_status);
    return;
  }
  if (flags.options.plan_only && result.exit_status == 130) {
    std::cerr << "Interrupted before the plan was whole; nothing was written.\n";
    return;
  }
  if (flags.options.plan_only) {
    std::cout << (flags.options.json ? result.plan_json : printable_lines(result.plan_text))
              << std::flush;
    return;
  }
  if (flags.options.json) {
    std::cout << report_json(result.report) << "\n";
    return;
  }
  std::cout << printable_lines(result.coverage + "\n" +
                               report_text(result.report, context.terminal_out));
  std::cout << "report   " << result.report_path << "\n" << std::flush;
}

// Before a DuckDB file is opened, which makes it where it is not there.
Status check_file(const std::string& path, const RunOptions& options) {
  if (options.standby) {
    return fail(ErrorCode::kUsage,
                "A DuckDB file is held by one process, so that no other can stand by for it.",
                "Leave --standby out; after a crash the same command goes on.");
  }
  if (options.read_source_only && !std::filesystem::exists(path)) {
    return fail(ErrorCode::kNotFound,
                "There is no DuckDB file " + path + ": nothing was ever loaded into it.",
                "Start a run: decant run.");
  }
  return {};
}

int do_run(RunFlags& flags, CommandContext& context) {
  RunOptions& options = flags.options;
  options.stores = split_names(flags.stores);
  options.entities = split_names(flags.entities);
  options.command = context.command_line;
  options.columns = context.columns;
  options.colour = context.terminal_out;
  auto level = parse_verify_level(flags.verify);
  if (!level) return report_error(level.error(), context, options.json);
  options.verify = *level;
  if (options.repair && *level == VerifyLevel::kLedger) {
    return report_error(
        {ErrorCode::kUsage, "--repair has to read the target, and --verify ledger does not.",
         "Leave --verify out, or take counts or digests."},
        context, options.json);
  }
  if (options.repair) options.read_source_only = false;
  auto job = open_job(options.job_path);
  if (!job) return report_error(job.error(), context, options.json);
  auto environment = load_environment(options.env_file, *job);
  if (!environment) return report_error(environment.error(), context, options.json);

  ProgressPrinter progress(context.terminal_err, context.columns, context.clock);
  const std::string directory = job->directory;
  Logger logger("decant", level_of(options.log_level == "info" ? "warn" : options.log_level),
                &context.mask);
  const auto open_target = [&context, directory, options](
                               const std::string& connection) -> Result<std::unique_ptr<Target>> {
    const std::string file = context.duckdb_path(connection, directory);
    if (!file.empty()) DECANT_TRY(check_file(file, options));
    // A plan makes nothing, not even an empty file: it is made against a database in memory.
    const bool absent =
        !file.empty() && !std::filesystem::exists(std::filesystem::symlink_status(file));
    return context.open_target(options.plan_only && absent ? "duckdb::memory:" : connection,
                               directory);
  };
  RunParts parts{context.clock,
                 logger,
                 context.mask,
                 open_target,
                 confirm_on_terminal,
                 [&](const std::string& line) {
                   progress.clear();
                   std::cerr << printable_lines(line) << "\n";
                 },
                 [&](const ProgressView& view) {
                   if (!flags.quiet) progress.show(view);
                 },
                 context.interrupts,
                 context.hung_up};
  const bool json = options.json;
  RunController controller(std::move(*job), options, std::move(*environment), std::move(parts));
  Result<RunResult> result = controller.run();
  progress.clear();
  if (!result) return report_error(result.error(), context, json);
  print_result(flags, *result, context);
  if (result->exit_status == 130 && !options.plan_only)
    std::cerr << "Interrupted. The same command goes on from here.\n";
  return result->exit_status;
}

}  // namespace

void add_run_commands(CLI::App& app, CommandAction& action) {
  {
    auto flags = std::make_shared<RunFlags>();
    CLI::App* run = app.add_subcommand("run", "Loads what is new or changed and reconciles it");
    add_selection(*run, *flags);
    add_workers(*run, *flags);
    run->add_flag("--yes,--force", flags->options.yes, "Do not ask before the first write");
    run->add_flag("--dry-run", flags->options.plan_only, "The same as plan: write nothing");
    run->add_flag("--allow-empty", flags->options.allow_empty,
                  "A source without rows may empty its part of the target");
    run->add_flag("--standby", flags->options.standby,
                  "Wait while another coordinator runs this, and take over when it dies");
    run->add_option("--verify", flags->verify, "ledger, counts or digests (default)");
    run->add_option("--log-dir", flags->options.log_dir,
                    "Folder of the completion logs (default: logs)")
        ->envname("DECANT_LOG_DIR");
    run->add_option("--report-dir", flags->options.report_dir,
                    "Folder of the reports (default: reports)")
        ->envname("DECANT_REPORT_DIR");
    run->callback([flags, &action] {
      action = [flags](CommandContext& context) { return do_run(*flags, context); };
    });
  }
  {
    auto flags = std::make_shared<RunFlags>();
    flags->options.plan_only = true;
    CLI::App* plan = app.add_subcommand("plan", "Shows what a run would do; writes nothing");
    add_selection(*plan, *flags);
    add_workers(*plan, *flags);
    plan->add_flag("--source-only", flags->options.source_only,
                   "Do not look into the target's tables");
    plan->add_flag("--allow-empty", flags->options.allow_empty, "As for run");
    plan->callback([flags, &action] {
      action = [flags](CommandContext& context) { return do_run(*flags, context); };
    });
  }
  {
    auto flags = std::make_shared<RunFlags>();
    flags->options.read_source_only = true;
    CLI::App* reconcile =
        app.add_subcommand("reconcile", "Reads source and target again and compares them");
    add_selection(*reconcile, *flags);
    add_workers(*reconcile, *flags);
    reconcile->add_option("--verify", flags->verify, "ledger, counts or digests (default)");
    reconcile->add_flag("--repair", flags->options.repair,
                        "Load what is new or changed, and again what differs in the target");
    reconcile->add_flag("--yes,--force", flags->options.yes, "Do not ask before the first write");
    reconcile->add_flag("--allow-empty", flags->options.allow_empty, "As for run");
    reconcile->add_option("--log-dir", flags->options.log_dir,
                          "Folder of the completion logs (default: logs)");
    reconcile->add_option("--report-dir", flags->options.report_dir,
                          "Folder of the reports (default: reports)");
    reconcile->callback([flags, &action] {
      action = [flags](CommandContext& context) { return do_run(*flags, context); };
    });
  }
}

}  // namespace decant
