#include "common/connector/duckdb/file_name.h"

#include <filesystem>

namespace decant {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> unreadable(const fs::path& path, const std::error_code& why) {
  return fail(ErrorCode::kPermission,
              "The DuckDB file " + path.string() + " may not be looked up: " + why.message() + ".",
              "Give the user that runs Decant the right to read and write it and its folder.");
}

// One that a run would make. Where not even its folder is there, opening it says so.
Result<std::string> name_of_new(const fs::path& path) {
  std::error_code error;
  const fs::path target = fs::read_symlink(path, error);
  if (!error) {
    return fail(ErrorCode::kNotFound,
                "The DuckDB file " + path.string() + " is a link to " + target.string() +
                    ", which is not there.",
                "Make the link lead to a database, or name the file itself.");
  }
  const fs::path folder = fs::canonical(path.parent_path(), error);
  return error ? path.string() : (folder / path.filename()).string();
}

}  // namespace

Result<std::string> duckdb_file_name(const std::string& path) {
  const fs::path given = fs::absolute(path).lexically_normal();
  std::error_code error;
  const fs::path real = fs::canonical(given, error);
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory)
    return name_of_new(given);
  if (error) return unreadable(given, error);
  const std::uintmax_t names = fs::hard_link_count(real, error);
  if (error) return unreadable(given, error);
  if (names > 1 && fs::is_regular_file(real, error)) {
    return fail(ErrorCode::kUnsupported,
                "The DuckDB file " + real.string() + " has " + std::to_string(names) +
                    " names (hard links), and what was written last may lie beside another one.",
                "Copy the file, or take its other names away.");
  }
  return real.string();
}

}  // namespace decant
