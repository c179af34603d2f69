#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace decant::tidy {

// One text file of the tree. `path` is relative to the root, with '/' between its parts.
struct SourceFile {
  std::string path;
  std::vector<std::string> lines;

  bool is_below(std::string_view folder) const { return path.starts_with(folder); }
};

// The folders that make up the tree; what a build or a run writes lies elsewhere and is not looked
// at.
const std::vector<std::string>& top_folders();

// Reads the text files of the top folders and of the root itself, sorted by path. Files of other
// kinds and folders whose names begin with a dot (but for .ci) are left out. Throws
// std::filesystem::filesystem_error.
std::vector<SourceFile> read_tree(const std::filesystem::path& root);

// The file as read_tree() would give it, from text.
SourceFile source_file(std::string path, const std::string& text);

}  // namespace decant::tidy
