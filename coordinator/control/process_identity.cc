#include "coordinator/control/process_identity.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>

namespace decant {
namespace {

std::string machine() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string boot;
  file >> boot;
  char process_ids[64] = "";
  const ssize_t n = ::readlink("/proc/self/ns/pid", process_ids, sizeof process_ids - 1);
  if (boot.empty() || n <= 0) return {};
  return boot.substr(0, 8) + "-" + std::string(process_ids, static_cast<std::size_t>(n));
}

}  // namespace

std::string process_identity() {
  char host[256] = "localhost";
  ::gethostname(host, sizeof host - 1);
  return std::string(host) + ":" + std::to_string(::getpid()) + "@" + machine();
}

bool is_certainly_dead(const std::string& holder) {
  const std::size_t at = holder.rfind('@');
  const std::string here = machine();
  if (at == std::string::npos || here.empty() || holder.substr(at + 1) != here) return false;
  const std::size_t colon = holder.rfind(':', at);
  if (colon == std::string::npos) return false;
  const int pid = std::atoi(holder.substr(colon + 1, at - colon - 1).c_str());
  return pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH;
}

}  // namespace decant
