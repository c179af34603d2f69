#include "tests/tidy/source_tree.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

namespace decant::tidy {
namespace {

namespace fs = std::filesystem;

bool is_text(const fs::path& path) {
  static const std::set<std::string> k_extensions = {".cc",   ".h",   ".proto", ".sql", ".sh",
                                                     ".py",   ".md",  ".cmake", ".txt", ".json",
                                                     ".yaml", ".yml", ".html",  ".js",  ".css"};
  const std::string name = path.filename().string();
  return k_extensions.contains(path.extension().string()) || name == "run" || name == "Dockerfile";
}

void add(const fs::path& root, const fs::path& path, std::vector<SourceFile>& files) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  files.push_back(source_file(path.lexically_relative(root).generic_string(), text));
}

}  // namespace

const std::vector<std::string>& top_folders() {
  static const std::vector<std::string> k_folders = {"proto",    "common", "coordinator", "worker",
                                                     "tests",    "bench",  "deploy",      "docs",
                                                     "examples", "cmake"};
  return k_folders;
}

std::vector<SourceFile> read_tree(const fs::path& root) {
  std::vector<SourceFile> files;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (entry.is_regular_file() && is_text(entry.path())) add(root, entry.path(), files);
  }
  std::vector<std::string> folders = top_folders();
  folders.push_back(".ci");
  for (const std::string& folder : folders) {
    if (!fs::exists(root / folder)) continue;
    for (auto it = fs::recursive_directory_iterator(root / folder); it != fs::end(it); ++it) {
      if (it->is_directory() && it->path().filename().string().starts_with('.')) {
        it.disable_recursion_pending();
      } else if (it->is_regular_file() && is_text(it->path())) {
        add(root, it->path(), files);
      }
    }
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

SourceFile source_file(std::string path, const std::string& text) {
  SourceFile file{std::move(path), {}};
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) file.lines.push_back(std::move(line));
  return file;
}

}  // namespace decant::tidy
