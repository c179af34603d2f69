#include "common/base/env_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace decant {

// Not opened: it may be a pipe, which can be read only once.
Status check_env_file(const std::string& path) {
  if (path.empty()) return {};
  struct stat status {};
  int number = ::access(path.c_str(), R_OK) == 0 ? 0 : errno;
  if (number == 0 && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) number = EISDIR;
  if (number == 0) return {};
  return fail(ErrorCode::kUsage,
              "The file " + path + " of --env-file cannot be read: " + std::strerror(number) + ".",
              "Give the file with NAME=value lines, or leave --env-file out for .env beside the "
              "job file.");
}

}  // namespace decant
