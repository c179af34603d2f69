#include "tests/support/cluster_template.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace decant::test {
namespace {

namespace fs = std::filesystem;

// Other programs have another template, also those that an upgrade put in the same place.
std::string template_of(const std::string& binaries) {
  std::error_code ignored;
  const auto time = fs::last_write_time(binaries + "/postgres", ignored).time_since_epoch();
  std::string name = binaries + "-" + std::to_string(time.count());
  std::replace(name.begin(), name.end(), '/', '-');
  return std::string(DECANT_BINARY_DIR) + "/postgres-template" + name;
}

Status give_to(const std::string& folder, uid_t user, gid_t group) {
  bool given = ::lchown(folder.c_str(), user, group) == 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    given = ::lchown(entry.path().c_str(), user, group) == 0 && given;
  if (given) return {};
  return fail(ErrorCode::kPermission, "The cluster in " + folder + " cannot be given to its user.");
}

// Where the build's folder takes no template, each server has its own initdb.
void keep(const std::string& data, const std::string& kept) {
  const std::string unfinished = kept + "." + std::to_string(::getpid());
  std::error_code error;
  fs::copy(data, unfinished, fs::copy_options::recursive, error);
  if (!error) fs::rename(unfinished, kept, error);  // fails where another process was first
  if (error) fs::remove_all(unfinished, error);
}

}  // namespace

Status make_cluster(const std::string& binaries, const std::string& data, uid_t user, gid_t group,
                    const std::function<Status()>& initdb) {
  const std::string kept = template_of(binaries);
  if (!fs::exists(kept)) {
    DECANT_TRY(initdb());
    keep(data, kept);
    return {};
  }
  std::error_code error;
  fs::copy(kept, data, fs::copy_options::recursive, error);
  if (error) {
    return fail(ErrorCode::kNoSpace,
                "The cluster " + kept + " cannot be copied to " + data + ": " + error.message());
  }
  return give_to(data, user, group);
}

}  // namespace decant::test
