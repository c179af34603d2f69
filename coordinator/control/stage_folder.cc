#include "coordinator/control/stage_folder.h"

#include <algorithm>
#include <filesystem>

#include "common/connector/stage_name.h"

namespace decant {

void clean_stage_folder(const std::string& folder, const std::vector<OpenTask>& but) {
  std::error_code ignored;
  if (but.empty()) {
    std::filesystem::remove_all(folder, ignored);
    return;
  }
  const auto is_held = [&](const std::string& file) {
    return std::any_of(but.begin(), but.end(), [&](const OpenTask& task) {
      return file.starts_with(
          stage_name_prefix(task.run.value, static_cast<std::int64_t>(task.id.value)));
    });
  };
  std::vector<std::filesystem::path> left;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (!is_held(entry.path().filename().string())) left.push_back(entry.path());
  }
  for (const auto& path : left) std::filesystem::remove_all(path, ignored);
}

}  // namespace decant
