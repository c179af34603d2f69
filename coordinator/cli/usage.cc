#include "coordinator/cli/usage.h"

#include <algorithm>

#include "common/base/text.h"

namespace decant {
namespace {

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known,
                         const std::string& what) {
  const std::string near = nearest(word, known);
  return near.empty() ? " " + what + join(known, ", ") + "." : " Did you mean \"" + near + "\"?";
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

bool is_option(const std::string& word) { return word.size() > 2 && word.compare(0, 2, "--") == 0; }

}  // namespace

std::string explain_usage(const CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> commands;
  for (const CLI::App* command : app.get_subcommands(nullptr))
    commands.push_back(command->get_name());
  const CLI::App* given = nullptr;
  for (const std::string& word : words) {
    if (is_option(word)) {
      const std::string name = word.substr(0, word.find('='));
      const std::vector<std::string> known = option_names(given != nullptr ? *given : app);
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      const std::string whose =
          given != nullptr ? app.get_name() + " " + given->get_name() : app.get_name();
      return whose + " has no option " + name + "." +
             did_you_mean(name, known, "`" + whose + " --help` shows those it has: ");
    }
    if (given != nullptr || word.empty() || word.front() == '-') continue;
    if (std::find(commands.begin(), commands.end(), word) == commands.end()) {
      return "There is no command \"" + word + "\"." + did_you_mean(word, commands, "There are ");
    }
    given = app.get_subcommand(word);
  }
  return {};
}

int report_usage(const CLI::App& app, const CLI::ParseError& error,
                 const std::vector<std::string>& words, CommandContext& context) {
  std::string why = explain_usage(app, words);
  if (why.empty()) why = std::string(error.what()) + ". `decant --help` shows what there is.";
  const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
  return report_error({ErrorCode::kUsage, why, ""}, context, json);
}

}  // namespace decant
