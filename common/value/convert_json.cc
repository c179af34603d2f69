// JSON in which \u0000 stands for something else, as the job declares
// (ConvertOptions::replace_nul): jsonb takes none.
#include "common/value/convert_parts.h"

namespace decant::conversion {
namespace {

constexpr std::string_view k_nul = "\\u0000";

// `text` as it stands between the quotes of a JSON text.
std::string json_escaped(std::string_view text) {
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out += "\\u00";
      out += {k_digits[byte >> 4], k_digits[byte & 15]};
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

class JsonWithoutNul final : public ColumnConverter {
 public:
  JsonWithoutNul(std::string_view replacement, std::unique_ptr<ColumnConverter> json)
      : replacement_(json_escaped(replacement)), json_(std::move(json)) {}

  void convert(const Column& in, std::size_t rows, Column& out, Arena& arena,
               RowFaults& faults) const override {
    json_->convert(in, rows, out, arena, faults);
    std::string scratch;
    for (std::size_t row = 0; row < rows; ++row) {
      if (out.valid[row] == 0 || out.views[row].find(k_nul) == std::string_view::npos) continue;
      scratch.clear();
      replace(out.views[row], scratch);
      out.views[row] = arena.copy(scratch);
    }
  }

 private:
  // A backslash that is itself escaped begins no escape.
  void replace(std::string_view json, std::string& out) const {
    for (std::size_t at = 0; at < json.size();) {
      const bool is_nul = json.substr(at, k_nul.size()) == k_nul;
      const std::size_t size = is_nul ? k_nul.size() : json[at] == '\\' ? 2 : 1;
      out += is_nul ? std::string_view(replacement_) : json.substr(at, size);
      at += size;
    }
  }

  std::string replacement_;
  std::unique_ptr<ColumnConverter> json_;
};

}  // namespace

std::unique_ptr<ColumnConverter> make_json_without_nul(std::string_view replacement,
                                                       std::unique_ptr<ColumnConverter> json) {
  return std::make_unique<JsonWithoutNul>(replacement, std::move(json));
}

}  // namespace decant::conversion
