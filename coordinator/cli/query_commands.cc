// decant status, decant explain, decant coverage.
#include <cerrno>
#include <cstring>
#include <iostream>

#include "common/base/name_list.h"
#include "common/base/printable.h"
#include "common/base/text.h"
#include "common/job/selection.h"
#include "coordinator/cli/command.h"
#include "coordinator/control/holder_socket.h"
#include "coordinator/control/queries.h"

namespace decant {
namespace {

struct QueryFlags {
  std::string job_path, env_file;
  std::string stores;
  Query query;
  bool json = false, html = false;
};

Status check_entity(const std::string& entity, const JobSpec& job) {
  if (entity.empty() || job.find_entity(entity) != nullptr) return {};
  std::vector<std::string> names;
  for (const EntitySpec& known : job.entities) names.push_back(known.name);
  const std::string near = nearest(entity, names);
  return fail(ErrorCode::kUsage, "The job " + job.name + " has no entity " + entity + ".",
              near.empty() ? "It has " + join(names, ", ") + "." : "Did you mean " + near + "?");
}

Result<std::string> ask(const QueryFlags& flags, const JobSpec& job, CommandContext& context) {
  DECANT_TRY(check_entity(flags.query.entity, job));
  DECANT_TRY(select(job, {}, flags.query.stores, {}).map([](const Selection&) {}));
  DECANT_TRY_ASSIGN(const Environment environment, load_environment(flags.env_file, job));
  DECANT_TRY_ASSIGN(const std::string connection, environment.expand(job.target));
  context.mask.learn(connection);
  // A run that holds the file answers for it.
  const std::string file = context.duckdb_path(connection, job.directory);
  if (!file.empty()) {
    Query query = flags.query;
    query.job_text = job.text;
    query.job_directory = job.directory;
    if (auto text = ask_holder(file, query); text || text.error().code != ErrorCode::kUnreachable)
      return text;
    // Looking must not make a file where there is none.
    if (std::FILE* there = std::fopen(file.c_str(), "rb"); there != nullptr) {
      std::fclose(there);
    } else {
      const int number = errno;
      if (number != ENOENT) {
        return fail(ErrorCode::kPermission,
                    "The DuckDB file " + file + " cannot be opened: " + std::strerror(number) + ".",
                    "Give the user that runs decant the right to read and write it.");
      }
      return fail(ErrorCode::kNotFound, "There is no file " + file + ".",
                  "Start a run: decant run.");
    }
  }
  DECANT_TRY_ASSIGN(const auto target, context.open_target(connection, job.directory));
  Ledger ledger(target->sql(), job.ledger_schema);
  Query query = flags.query;
  query.holds_file = !file.empty();
  return answer(query, job, ledger, std::nullopt);
}

int do_query(QueryFlags& flags, CommandContext& context) {
  flags.query.format = flags.json ? "json" : flags.html ? "html" : "text";
  flags.query.colour = context.terminal_out;
  flags.query.columns = context.columns;
  auto job = open_job(flags.job_path);
  if (!job) return report_error(job.error(), context, flags.json);
  flags.query.stores = split_names(flags.stores);
  const auto text = ask(flags, *job, context);
  if (!text) return report_error(text.error(), context, flags.json);
  std::cout << (flags.query.format == "text" ? printable_lines(*text) : *text) << std::flush;
  return 0;
}

CLI::App* add_query(CLI::App& app, CommandAction& action, const std::shared_ptr<QueryFlags>& flags,
                    const char* name, const char* description) {
  flags->query.command = name;
  CLI::App* command = app.add_subcommand(name, description);
  command->add_option("JOB", flags->job_path, "The job file (YAML)")->required();
  command->add_option("--env-file", flags->env_file, "Instead of .env beside the job file");
  command->add_flag("--json", flags->json, "Machine-readable result");
  command->callback([flags, &action] {
    action = [flags](CommandContext& context) { return do_query(*flags, context); };
  });
  return command;
}

}  // namespace

void add_query_commands(CLI::App& app, CommandAction& action) {
  add_query(app, action, std::make_shared<QueryFlags>(), "status",
            "The current or last run of the job");
  auto explain = std::make_shared<QueryFlags>();
  add_query(app, action, explain, "explain", "All that is known of one chunk")
      ->add_option("CHUNK", explain->query.chunk, "Its name: ventas/tienda_01/2024-08/001")
      ->required();
  auto coverage = std::make_shared<QueryFlags>();
  CLI::App* command =
      add_query(app, action, coverage, "coverage", "Store x month grid of what is loaded");
  command->add_option("--entity,--entities", coverage->query.entity, "Only this entity");
  command->add_option("--from", coverage->query.from, "First month");
  command->add_option("--to", coverage->query.to, "Last month");
  command->add_option("--stores", coverage->stores, "Only these stores: a,b")->check(refuse_empty);
  command->add_flag("--html", coverage->html, "As a page")->excludes("--json");
}

}  // namespace decant
