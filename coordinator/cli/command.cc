#include "coordinator/cli/command.h"

#include <poll.h>
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "common/base/env_file.h"
#include "common/base/printable.h"

namespace decant {

Result<JobSpec> open_job(const std::string& path) {
  auto job = load_job(path);
  if (job || job.error().code != ErrorCode::kNotFound) return job;
  Error error = std::move(job).error();
  error.code = ErrorCode::kUsage;
  return fail(std::move(error));
}

Result<Environment> load_environment(const std::string& env_file, const JobSpec& job) {
  DECANT_TRY(check_env_file(env_file));
  return Environment::load(env_file.empty() ? job.directory + "/.env" : env_file);
}

int report_error(const Error& error, CommandContext& context, bool json) {
  const int status = exit_status_for(error.code);
  std::string text = context.mask.mask(error.to_string());
  const std::string& store = error.place.store;
  if (!store.empty() && text.find(store) == std::string::npos)
    text = "store " + store + ": " + text;
  if (json) {
    nlohmann::ordered_json out;
    out["error"] = {{"code", std::string(to_string(error.code))},
                    {"text", text},
                    {"sqlstate", error.sqlstate},
                    {"entity", error.place.entity},
                    {"store", error.place.store},
                    {"chunk", error.place.chunk}};
    out["exit_status"] = status;
    std::cout << out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
  }
  std::cerr << "decant: " << printable_lines(text) << "\n";
  return status;
}

std::string refuse_empty(const std::string& value) {
  const bool says_something = value.find_first_not_of(" ,") != std::string::npos;
  return says_something ? "" : "nothing is named; leave the option out where all is meant";
}

std::optional<std::string> ask_on_terminal(const std::string& question) {
  std::cerr << question << std::flush;
  // poll() ends at a signal, which a read would sleep through.
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (::poll(&input, 1, -1) < 0) {
    std::cerr << "\n";
    return std::nullopt;
  }
  std::string line;
  std::getline(std::cin, line);
  return line;
}

Status confirm_on_terminal(const std::string& question, const std::string& word) {
  if (::isatty(STDIN_FILENO) == 0) {
    return fail(ErrorCode::kUsage, "Nobody can be asked here, and nothing was written.",
                "Run it on a terminal, or give --yes.");
  }
  const std::string how =
      word.empty() ? " [y/N] " : " It is production: type " + word + " to go on: ";
  const auto answer = ask_on_terminal(question + how);
  if (!answer) return fail(ErrorCode::kCancelled, "Interrupted; nothing was written.");
  const std::string& line = *answer;
  const bool yes = word.empty() ? line == "y" || line == "Y" || line == "yes" : line == word;
  if (!yes) return fail(ErrorCode::kCancelled, "Not confirmed; nothing was written.");
  return {};
}

}  // namespace decant
