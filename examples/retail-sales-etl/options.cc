#include "examples/retail-sales-etl/options.h"

#include <charconv>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace decant::examples::retail {
namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view value, std::string_view wanted) {
  throw std::invalid_argument(std::string{name} + " '" + std::string{value} +
                              "': " + std::string{wanted});
}

template <typename Number>
Number number_in(std::string_view name, std::string_view text, Number low, Number high) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) {
    refuse(name, text,
           "a whole number from " + std::to_string(low) + " to " + std::to_string(high) +
               " is wanted");
  }
  return value;
}

Layout layout_in(std::string_view name, std::string_view text) {
  if (text == "files") return Layout::k_files;
  if (text == "folders") return Layout::k_folders;
  if (text == "single") return Layout::k_single;
  refuse(name, text, "files, folders or single is wanted");
}

void apply(std::string_view name, std::string_view value, Options& options,
           DatasetRequest& request) {
  PlanRequest& plan = request.plan;
  if (name == "--out") {
    if (value.empty()) refuse(name, value, "a folder is wanted");
    request.folder = value;
  } else if (name == "--lines") {
    plan.line_count = number_in<std::int64_t>(name, value, 1, 2'000'000'000);
  } else if (name == "--layout") {
    request.layout = layout_in(name, value);
  } else if (name == "--from") {
    const auto month = Month::parse(value);
    if (!month) refuse(name, value, "a month such as 2024-09 is wanted");
    plan.from = *month;
  } else if (name == "--months") {
    plan.month_count = number_in<int>(name, value, 1, 240);
  } else if (name == "--seed") {
    constexpr auto k_any = std::numeric_limits<std::uint64_t>::max();
    request.seed = number_in<std::uint64_t>(name, value, 0, k_any);
  } else if (name == "--change") {
    add_change(plan.changes, value);
  } else if (name == "--stores-yaml") {
    if (value.empty()) refuse(name, value, "a file is wanted");
    options.stores_yaml = value;
  } else {
    refuse(name, value, "this option is unknown");
  }
}

}  // namespace

const std::string_view k_usage =
    "usage: decant-generate-retail --out DIR [options]\n"
    "  --out DIR            the folder to fill; nothing is done if it already holds this data set\n"
    "  --lines N            sales lines in all (2000000)\n"
    "  --layout LAYOUT      files, folders or single (files)\n"
    "  --from YYYY-MM       first month (2024-09)\n"
    "  --months N           number of months (13)\n"
    "  --seed N             another seed, other rows (17)\n"
    "  --change CELL:STEPS  what changed at the source since, such as\n"
    "                       tienda_05/2025-02:update=10,delete=3,insert=7; may be repeated\n"
    "  --stores-yaml FILE   write the stores of the job file, with or without --out\n";

Options parse_options(const std::vector<std::string_view>& arguments) {
  Options options;
  DatasetRequest request;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view name = arguments[i];
    if (name == "--help" || name == "-h") {
      options.wants_help = true;
      return options;
    }
    if (const std::size_t equals = name.find('='); equals != std::string_view::npos) {
      apply(name.substr(0, equals), name.substr(equals + 1), options, request);
    } else if (i + 1 < arguments.size()) {
      apply(name, arguments[++i], options, request);
    } else {
      refuse(name, "", "this option is unknown or lacks its value");
    }
  }
  if (!request.folder.empty()) options.dataset = std::move(request);
  if (!options.dataset && !options.stores_yaml) throw std::invalid_argument("--out is missing");
  return options;
}

}  // namespace decant::examples::retail
