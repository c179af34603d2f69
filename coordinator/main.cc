// decant: the operator's command, and in `decant run` the coordinator.
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "common/base/descriptors.h"
#include "common/base/failpoint.h"
#include "common/connector/adapters/adapters.h"
#include "coordinator/cli/command.h"
#include "coordinator/cli/hard_stop.h"
#include "coordinator/cli/usage.h"

namespace {

// A signal handler can reach nothing else.
std::atomic<int> g_interrupts{0};
std::atomic<bool> g_hung_up{false};

extern "C" void on_interrupt(int) {
  if (g_interrupts.fetch_add(1) >= 2) std::_Exit(130);
}

// A terminal that is closed says so more than once: its shell does, and the kernel. It is one
// interrupt.
extern "C" void on_hangup(int) {
  if (g_interrupts > 0) return;
  g_hung_up = true;
  int none = 0;
  g_interrupts.compare_exchange_strong(none, 1);
}

// But for `nohup`, whose hangups are ignored from the first moment on.
void heed_hangups() {
  struct sigaction before = {};
  if (::sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
    std::signal(SIGHUP, on_hangup);
}

// Longer than all that an end in order may take: what is in flight rolls back, tasks are fenced off
// behind the lock of a row, workers leave.
constexpr std::chrono::seconds k_patience{20};
// And longer than a run that drains.
constexpr std::chrono::seconds k_patience_with_first{120};

int terminal_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* columns = std::getenv("COLUMNS");
  const int value = columns != nullptr ? std::atoi(columns) : 0;
  return value > 0 ? value : 120;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  heed_hangups();
  std::signal(SIGPIPE, SIG_IGN);
  decant::explain_lack_of_descriptors();

  CLI::App app{"Decant moves data between stores and one target, exactly once, and proves it."};
  app.name("decant");
  app.require_subcommand(1);
  app.set_version_flag("--version", "decant 0.1.0");
  decant::CommandAction action;
  decant::add_run_commands(app, action);
  decant::add_query_commands(app, action);
  decant::add_reset_command(app, action);
  decant::add_schema_command(app, action);
  const decant::SystemClock clock;
  decant::SecretMask mask;
  decant::CommandContext context{clock,
                                 mask,
                                 g_interrupts,
                                 g_hung_up,
                                 [](const std::string& connection, const std::string& directory) {
                                   return decant::open_target(connection, directory, "decant");
                                 },
                                 decant::duckdb_path,
                                 {},
                                 ::isatty(STDOUT_FILENO) != 0,
                                 ::isatty(STDERR_FILENO) != 0,
                                 terminal_columns()};
  for (int i = 0; i < argc; ++i) context.command_line += (i == 0 ? "" : " ") + std::string(argv[i]);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    return decant::report_usage(app, error, {argv + 1, argv + argc}, context);
  }
  if (const auto armed = decant::failpoints::arm_from_environment("coordinator"); !armed) {
    std::cerr << "decant: " << armed.error().to_string() << "\n";
    return decant::exit_status_for(armed.error().code);
  }
  const decant::HardStop hard_stop(g_interrupts, k_patience_with_first, k_patience);
  const int status = action(context);
  // A disk that is full shows when what was printed is written out.
  std::cout.flush();
  if (std::cout.good() || status != 0) return status;
  std::cerr << "decant: Standard output cannot be written, so the answer is not whole.\n";
  return 1;
}
