#include "common/base/failpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <thread>
#include <vector>

#include "common/base/text.h"

namespace decant::failpoints {

std::atomic<bool> g_armed{false};

namespace {

constexpr std::size_t k_points = k_failpoint_names.size();

struct Action {
  int signal = 0;  // 0: only sleeps
  int sleep_ms = 0;
  int at = 1;
};

struct Armed {
  std::string role, marks_folder;
  std::array<std::optional<Action>, k_points> actions;
  std::array<std::atomic<int>, k_points> passed{};
};

Armed& armed() {
  static Armed the_only_one;
  return the_only_one;
}

std::optional<int> number_in(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<Action> action_in(std::string_view text) {
  Action action;
  if (const auto at = text.find('@'); at != std::string_view::npos) {
    const auto number = number_in(text.substr(at + 1));
    if (!number || *number == 0) return std::nullopt;
    action.at = *number;
    text = text.substr(0, at);
  }
  constexpr std::string_view k_sleep = "sleep:";
  if (text == "kill") {
    action.signal = SIGKILL;
  } else if (text == "stop") {
    action.signal = SIGSTOP;
  } else if (text.starts_with(k_sleep)) {
    const auto number = number_in(text.substr(k_sleep.size()));
    if (!number) return std::nullopt;
    action.sleep_ms = *number;
  } else {
    return std::nullopt;
  }
  return action;
}

tl::unexpected<Error> refused(const std::string& why) {
  return fail(ErrorCode::kUsage, "DECANT_FAILPOINTS: " + why,
              "It is for tests: unset it. common/base/failpoint.h lists what may stand there.");
}

Status take(std::string_view entry, Armed& into) {
  const auto equals = entry.find('=');
  if (equals == std::string_view::npos)
    return refused("\"" + std::string(entry) + "\" has no action.");
  std::string_view name = entry.substr(0, equals);
  std::string_view role;
  if (const auto dot = name.find('.'); dot != std::string_view::npos) {
    role = name.substr(0, dot);
    name = name.substr(dot + 1);
    if (role != "worker" && role != "coordinator")
      return refused("\"" + std::string(role) + "\" is neither worker nor coordinator.");
  }
  const auto point = std::find(k_failpoint_names.begin(), k_failpoint_names.end(), name);
  if (point == k_failpoint_names.end())
    return refused("there is no failpoint \"" + std::string(name) + "\".");
  const auto action = action_in(entry.substr(equals + 1));
  if (!action) {
    return refused("\"" + std::string(entry.substr(equals + 1)) +
                   "\" is none of kill, stop and sleep:MS, with @N behind it or without.");
  }
  if (role.empty() || role == into.role)
    into.actions[static_cast<std::size_t>(point - k_failpoint_names.begin())] = action;
  return {};
}

// Whether nobody was here before.
bool leave_mark(const Armed& all, std::size_t place) {
  if (all.marks_folder.empty()) return true;
  const std::string path =
      all.marks_folder + "/" + all.role + "." + std::string(k_failpoint_names[place]);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return false;
  const std::string pid = std::to_string(::getpid()) + "\n";
  [[maybe_unused]] const auto written = ::write(file, pid.data(), pid.size());
  ::close(file);
  return true;
}

}  // namespace

Status arm(std::string_view spec, const std::string& role, const std::string& marks_folder) {
  Armed& all = armed();
  all.role = role;
  all.marks_folder = marks_folder;
  for (std::size_t place = 0; place < k_points; ++place) {
    all.actions[place].reset();
    all.passed[place] = 0;
  }
  bool any = false;
  while (!spec.empty()) {
    const auto end = std::min(spec.find_first_of(" ;"), spec.size());
    if (end > 0) DECANT_TRY(take(spec.substr(0, end), all));
    any = any || end > 0;
    spec.remove_prefix(std::min(end + 1, spec.size()));
  }
  g_armed = any;
  return {};
}

Status arm_from_environment(const std::string& role) {
  const char* spec = std::getenv("DECANT_FAILPOINTS");
  if (spec == nullptr) return {};
  const char* folder = std::getenv("DECANT_FAILPOINT_MARKS");
  return arm(spec, role, folder != nullptr ? folder : "");
}

void reached(Failpoint point) {
  Armed& all = armed();
  const auto place = static_cast<std::size_t>(point);
  const std::optional<Action>& action = all.actions[place];
  if (!action || ++all.passed[place] != action->at || !leave_mark(all, place)) return;
  if (action->signal != 0) {
    ::raise(
        action->signal);  // this very thread: another may be picked for what is sent to the process
  } else {
    std::this_thread::sleep_for(std::chrono::milliseconds(action->sleep_ms));
  }
}

}  // namespace decant::failpoints
