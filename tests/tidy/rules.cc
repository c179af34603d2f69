#include "tests/tidy/rules.h"

#include <algorithm>
#include <array>
#include <optional>
#include <ostream>
#include <regex>
#include <string_view>

namespace decant::tidy {
namespace {

constexpr std::size_t k_max_line_count = 400;

// From the lowest to the highest. Folders of one rank do not see each other.
struct Layer {
  std::string_view folder;
  int rank;
};
constexpr std::array k_layers = {
    Layer{"common/base/", 0},
    Layer{"common/value/", 1},
    Layer{"common/digest/", 2},
    Layer{"common/job/", 3},
    Layer{"common/connector/", 4},
    Layer{"common/wire/", 5},
    Layer{"common/ledger/", 6},
    Layer{"coordinator/", 7},
    Layer{"worker/", 7},
    Layer{"examples/", 8},
    Layer{"bench/", 9},
    Layer{"tests/", 9},
};

// A header matches by its beginning. A folder matches likewise, so that a file can be named too.
struct Vendor {
  std::string_view header;
  std::vector<std::string_view> allowed;
};
const std::vector<Vendor>& vendors() {
  static const std::vector<Vendor> k_vendors = {
      {"libpq", {"common/connector/postgres/"}},
      {"duckdb.hpp", {}},
      {"duckdb.h", {"common/connector/duckdb/"}},
      {"zmq", {"common/wire/"}},
      {"google/protobuf/", {"common/wire/"}},
      {"yaml-cpp/", {"common/job/"}},
      {"spdlog/", {"common/base/"}},
      {"openssl/", {"common/digest/", "common/wire/"}},
      {"simdjson", {"common/connector/files/"}},
      {"zlib.h", {"common/connector/files/"}},
      {"zstd.h", {"common/connector/files/"}},
      {"xxhash.h", {"common/connector/duckdb/"}},
      {"gmp", {"common/value/", "common/digest/"}},
      {"CLI/", {"coordinator/cli/", "coordinator/main.cc", "worker/main.cc"}},
      {"gtest/", {}},
      {"gmock/", {}},
      {"benchmark/", {}},
  };
  return k_vendors;
}

bool ends_with_any(std::string_view path, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(),
                     [&](std::string_view end) { return path.ends_with(end); });
}

bool is_cpp(const SourceFile& file) { return ends_with_any(file.path, {".h", ".cc"}); }

bool is_code(const SourceFile& file) {
  return is_cpp(file) ||
         ends_with_any(file.path, {".proto", ".sql", ".sh", ".py", ".cmake", "CMakeLists.txt"});
}

bool is_test_code(const SourceFile& file) {
  return file.is_below("tests/") || file.is_below("bench/");
}

const Layer* layer_of(std::string_view path) {
  const auto found = std::find_if(k_layers.begin(), k_layers.end(), [&](const Layer& layer) {
    return path.starts_with(layer.folder);
  });
  return found == k_layers.end() ? nullptr : &*found;
}

struct Include {
  std::string header;
  bool is_quoted;
};

std::optional<Include> include_in(const std::string& line) {
  static const std::regex k_include(R"re(^\s*#\s*include\s*([<"])([^">]+)[">])re");
  std::smatch match;
  if (!std::regex_search(line, match, k_include)) return std::nullopt;
  return Include{match[2], match[1] == "\""};
}

template <typename Check>
Violations over_includes(const std::vector<SourceFile>& files, Check check) {
  Violations violations;
  for (const SourceFile& file : files) {
    if (!is_cpp(file)) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::optional<Include> include = include_in(file.lines[i]);
      if (!include) continue;
      if (std::string why = check(file, *include); !why.empty()) {
        violations.push_back({file.path, i + 1, std::move(why)});
      }
    }
  }
  return violations;
}

// The folder below connector/ that a path belongs to, such as "common/connector/postgres/", or
// nothing.
std::string_view adapter_of(std::string_view path) {
  constexpr std::string_view k_connector = "common/connector/";
  if (!path.starts_with(k_connector)) return {};
  const std::size_t slash = path.find('/', k_connector.size());
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash + 1);
}

// adapters/ chooses among the adapters, and a main.cc takes what it chose.
bool may_name_adapters(const SourceFile& file) {
  return is_test_code(file) || file.is_below("common/connector/adapters/") ||
         file.path.ends_with("/main.cc");
}

std::string layer_fault(const SourceFile& file, const Include& include) {
  if (!include.is_quoted || include.header.ends_with(".pb.h")) return {};
  const Layer* from = layer_of(file.path);
  const Layer* to = layer_of(include.header);
  if (to == nullptr) return "\"" + include.header + "\" is not relative to the root";
  if (from == nullptr) return {};
  if (to->rank > from->rank ||
      (to->rank == from->rank && to->folder != from->folder && !is_test_code(file))) {
    return std::string{from->folder} + " must not see " + std::string{to->folder} +
           ", which is not below it";
  }
  const std::string_view adapter = adapter_of(include.header);
  if (adapter.empty() || adapter == adapter_of(file.path) || may_name_adapters(file)) return {};
  return std::string{adapter} + " is an adapter: only its interface is seen from elsewhere";
}

std::string vendor_fault(const SourceFile& file, const Include& include) {
  if (is_test_code(file)) return {};
  if (include.header.ends_with(".pb.h")) {
    return file.is_below("common/wire/") ? ""
                                         : "generated protobuf code belongs to common/wire/ only";
  }
  if (layer_of(include.header) != nullptr) return {};
  for (const Vendor& vendor : vendors()) {
    if (!include.header.starts_with(vendor.header)) continue;
    const bool is_allowed =
        std::any_of(vendor.allowed.begin(), vendor.allowed.end(),
                    [&](std::string_view place) { return file.is_below(place); });
    return is_allowed ? "" : "<" + include.header + "> is hidden by another folder's adapter";
  }
  return {};
}

// A line that matches is a violation.
Violations over_lines(const std::vector<SourceFile>& files, const std::regex& pattern,
                      const std::string& why, bool (*is_of_interest)(const SourceFile&)) {
  Violations violations;
  for (const SourceFile& file : files) {
    if (!is_of_interest(file)) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (std::regex_search(file.lines[i], pattern)) violations.push_back({file.path, i + 1, why});
    }
  }
  return violations;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Violation& violation) {
  out << violation.path;
  if (violation.line_number > 0) out << ':' << violation.line_number;
  return out << ": " << violation.why;
}

Violations check_layers(const std::vector<SourceFile>& files) {
  return over_includes(files, layer_fault);
}

Violations check_vendor_headers(const std::vector<SourceFile>& files) {
  return over_includes(files, vendor_fault);
}

Violations check_length(const std::vector<SourceFile>& files) {
  Violations violations;
  for (const SourceFile& file : files) {
    if (!is_code(file) || file.lines.size() <= k_max_line_count) continue;
    violations.push_back(
        {file.path, 0, std::to_string(file.lines.size()) + " lines are more than a reader keeps"});
  }
  return violations;
}

// The patterns of the next two are put together here, so that this file does not break its own
// rules.
Violations check_machine_paths(const std::vector<SourceFile>& files) {
  const std::regex pattern("(^|[^A-Za-z0-9_.}-])/" + std::string("(wo") + "rk|ro" +
                           "ot|tmp/(wt|build|duck|chroot))/");
  return over_lines(files, pattern, "a path of the machine it was written on",
                    [](const SourceFile&) { return true; });
}

Violations check_unfinished_marks(const std::vector<SourceFile>& files) {
  const std::regex pattern("\\b(TO" + std::string("DO|FIX") + "ME|XX" + "X)\\b");
  return over_lines(files, pattern, "is left unfinished", is_code);
}

Violations check_readmes(const std::vector<SourceFile>& files) {
  Violations violations;
  for (const std::string& folder : top_folders()) {
    const std::string readme = folder + "/README.md";
    if (std::none_of(files.begin(), files.end(),
                     [&](const SourceFile& file) { return file.path == readme; })) {
      violations.push_back({readme, 0, "says what lives in the folder, and is missing"});
    }
  }
  return violations;
}

}  // namespace decant::tidy
