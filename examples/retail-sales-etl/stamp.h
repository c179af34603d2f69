// The file by which a folder says which data set it holds. Its text form:
//
//   decant-generate-retail 1
//   state complete
//   parameters lines=2000000 layout=files from=2024-09 months=13 seed=17
//   file 18442187 tienda_01_2024-09.csv
//
// The number after the program's name grows whenever the same parameters would give other bytes.
// `state` is `writing` until every file has its size.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace decant::examples::retail {

struct StampedFile {
  std::string name;  // relative to the folder
  std::uint64_t size_bytes = 0;
};

struct Stamp {
  std::string parameters;
  bool is_complete = false;
  std::vector<StampedFile> files;
};

// Nothing where there is no stamp, or one that this program did not write. A stamp of another
// version comes back incomplete, for its list of files.
std::optional<Stamp> read_stamp(const std::filesystem::path& folder);

void write_stamp(const std::filesystem::path& folder, const Stamp& stamp);

// Complete, and every file is there with its size.
bool is_whole(const std::filesystem::path& folder, const Stamp& stamp);

// Takes away the listed files, truth.json and store folders that are empty then.
void remove_files(const std::filesystem::path& folder, const Stamp& stamp);

}  // namespace decant::examples::retail
