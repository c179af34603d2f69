// What every command of `decant` gets, and how it is added to the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/secrets.h"
#include "common/connector/target.h"
#include "common/job/job_spec.h"
#include "coordinator/control/run_options.h"

namespace decant {

struct CommandContext {
  const Clock& clock;
  SecretMask& mask;
  const std::atomic<int>& interrupts;
  const std::atomic<bool>& hung_up;  // the first of them: the terminal was closed
  // Opens a target by its resolved connection; the second argument is the job file's directory.
  std::function<Result<std::unique_ptr<Target>>(const std::string&, const std::string&)>
      open_target;
  // The file of a duckdb: connection, or empty.
  std::function<std::string(const std::string&, const std::string&)> duckdb_path;
  std::string command_line;
  bool terminal_out = false, terminal_err = false;
  int columns = 100;
};

using CommandAction = std::function<int(CommandContext&)>;

// Each adds its subcommand; when it was chosen, `action` is set.
void add_run_commands(CLI::App& app, CommandAction& action);    // run, plan, reconcile
void add_query_commands(CLI::App& app, CommandAction& action);  // status, explain, coverage
void add_reset_command(CLI::App& app, CommandAction& action);
void add_schema_command(CLI::App& app, CommandAction& action);

// The job file of a command. As load_job, but a file that is not there is kUsage: the command line
// names the wrong one.
Result<JobSpec> open_job(const std::string& path);

// The environment of a job: --env-file, else .env beside the job file. kUsage for an --env-file
// that cannot be read; without one, an .env need not be there.
Result<Environment> load_environment(const std::string& env_file, const JobSpec& job);

// Prints an error as a person should see it and gives the exit status.
int report_error(const Error& error, CommandContext& context, bool json);

// For CLI11's check(): an option that limits a run and says nothing, from an unset variable of a
// shell, must not mean everything.
std::string refuse_empty(const std::string& value);

// Asks on the terminal; see RunParts::confirm.
// The line that a person types; nothing where a signal came instead.
std::optional<std::string> ask_on_terminal(const std::string& question);
Status confirm_on_terminal(const std::string& question, const std::string& word);

}  // namespace decant
