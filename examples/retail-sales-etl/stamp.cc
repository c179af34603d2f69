#include "examples/retail-sales-etl/stamp.h"

#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

#include "examples/retail-sales-etl/output.h"

namespace decant::examples::retail {
namespace {

constexpr std::string_view k_stamp_name = "generated.stamp";
constexpr std::string_view k_program = "decant-generate-retail ";
constexpr std::string_view k_version = "1";

// A stamp is a file that anyone can edit; it must not make us delete outside of its folder.
bool stays_inside(const std::filesystem::path& name) {
  if (name.empty() || name.is_absolute()) return false;
  for (const auto& part : name) {
    if (part == "..") return false;
  }
  return true;
}

}  // namespace

std::optional<Stamp> read_stamp(const std::filesystem::path& folder) {
  std::ifstream in(folder / k_stamp_name, std::ios::binary);
  std::string line;
  if (!std::getline(in, line) || !line.starts_with(k_program)) return std::nullopt;
  const bool same_version = line.substr(k_program.size()) == k_version;
  Stamp stamp;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string word;
    words >> word >> std::ws;
    if (word == "state") {
      words >> word;
      stamp.is_complete = same_version && word == "complete";
    } else if (word == "parameters") {
      std::getline(words, stamp.parameters);
    } else if (word == "file") {
      StampedFile file;
      words >> file.size_bytes >> std::ws;
      std::getline(words, file.name);
      if (stays_inside(file.name)) stamp.files.push_back(std::move(file));
    }
  }
  return stamp;
}

void write_stamp(const std::filesystem::path& folder, const Stamp& stamp) {
  std::string text;
  text.append(k_program).append(k_version).append("\n");
  text.append("state ").append(stamp.is_complete ? "complete" : "writing").append("\n");
  text.append("parameters ").append(stamp.parameters).append("\n");
  for (const StampedFile& file : stamp.files) {
    text += "file " + std::to_string(file.size_bytes) + " " + file.name + "\n";
  }
  write_file(folder / k_stamp_name, text);
}

bool is_whole(const std::filesystem::path& folder, const Stamp& stamp) {
  std::error_code error;
  for (const StampedFile& file : stamp.files) {
    const auto size_bytes = std::filesystem::file_size(folder / file.name, error);
    if (error || size_bytes != file.size_bytes) return false;
  }
  return stamp.is_complete && std::filesystem::exists(folder / "truth.json", error);
}

void remove_files(const std::filesystem::path& folder, const Stamp& stamp) {
  std::error_code ignored;
  for (const StampedFile& file : stamp.files) {
    const std::filesystem::path path = folder / file.name;
    std::filesystem::remove(path, ignored);
    if (path.parent_path() != folder && std::filesystem::is_empty(path.parent_path(), ignored)) {
      std::filesystem::remove(path.parent_path(), ignored);
    }
  }
  std::filesystem::remove(folder / "truth.json", ignored);
}

}  // namespace decant::examples::retail
