#include "coordinator/control/process_identity.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

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

// It has died, and its parent has not asked yet. A process whose first thread alone has ended looks
// the same but for its other threads.
bool is_zombie(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t name_end = text.rfind(") ");  // a name may hold anything
  if (name_end == std::string::npos) return false;
  std::istringstream fields(text.substr(name_end + 2));
  std::string field;
  if (!(fields >> field) || field != "Z") return false;
  constexpr int k_fields_to_threads = 17;  // proc(5): state is the third, num_threads the twentieth
  for (int i = 0; i < k_fields_to_threads; ++i) fields >> field;
  return fields && std::atoi(field.c_str()) <= 1;
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
  return pid > 0 && ((::kill(pid, 0) != 0 && errno == ESRCH) || is_zombie(pid));
}

}  // namespace decant
