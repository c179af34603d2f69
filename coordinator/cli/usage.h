// What is wrong with a command line, in words and with the nearest one that is right.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "coordinator/cli/command.h"

namespace decant {

// The first word that is no command, or no option of the command that was given; empty where there
// is none, and CLI11's own complaint is the better one.
std::string explain_usage(const CLI::App& app, const std::vector<std::string>& words);

// Says it as any other error is said, as JSON too where the words ask for it; the exit status.
int report_usage(const CLI::App& app, const CLI::ParseError& error,
                 const std::vector<std::string>& words, CommandContext& context);

}  // namespace decant
