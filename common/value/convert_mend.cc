// What a job says of single columns of text before they are read as anything: sentinels that mean
// NULL, and zeros that a spreadsheet took.
#include <algorithm>
#include <cstring>

#include "common/value/convert_parts.h"

namespace decant::conversion {
namespace {

class MendedText final : public ColumnConverter {
 public:
  MendedText(const ConvertOptions& options, std::unique_ptr<ColumnConverter> next)
      : nulls_(options.column_nulls),
        digits_(static_cast<std::size_t>(options.zero_pad)),
        trims_(options.trim),
        next_(std::move(next)) {}

  void convert(const Column& in, std::size_t rows, Column& out, Arena& arena,
               RowFaults& faults) const override {
    Column mended;
    mended.reset(in.type);
    mended.valid.assign(in.valid.begin(), in.valid.begin() + static_cast<std::ptrdiff_t>(rows));
    mended.views.assign(in.views.begin(), in.views.begin() + static_cast<std::ptrdiff_t>(rows));
    for (std::size_t row = 0; row < rows; ++row) {
      if (mended.valid[row] == 0) continue;
      const std::string_view text = trims_ ? trimmed(mended.views[row]) : mended.views[row];
      if (std::find(nulls_.begin(), nulls_.end(), text) != nulls_.end()) {
        mended.valid[row] = 0;
      } else if (text.size() < digits_ && is_number(text)) {
        mended.views[row] = padded(text, arena);
      }
    }
    next_->convert(mended, rows, out, arena, faults);
  }

 private:
  static bool is_number(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  }

  std::string_view padded(std::string_view text, Arena& arena) const {
    char* const copy = arena.allocate(digits_);
    const std::size_t zeros = digits_ - text.size();
    std::memset(copy, '0', zeros);
    std::memcpy(copy + zeros, text.data(), text.size());
    return {copy, digits_};
  }

  std::vector<std::string> nulls_;
  std::size_t digits_;
  bool trims_;
  std::unique_ptr<ColumnConverter> next_;
};

}  // namespace

std::unique_ptr<ColumnConverter> make_mended(const ConvertOptions& options,
                                             std::unique_ptr<ColumnConverter> next) {
  return std::make_unique<MendedText>(options, std::move(next));
}

}  // namespace decant::conversion
