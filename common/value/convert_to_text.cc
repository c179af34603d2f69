// Everything into text, and columns that stay what they are.
#include <algorithm>

#include "common/base/text.h"
#include "common/value/calendar.h"
#include "common/value/convert_parts.h"
#include "common/value/display.h"

namespace decant::conversion {
namespace {

// The bytes of the first `limit` characters of valid UTF-8, all of them where there are not more.
std::size_t prefix_bytes(std::string_view text, std::int32_t limit) {
  std::int32_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && ++characters > limit) return i;
  }
  return text.size();
}

// Text that passes through keeps its place in memory: only the view is copied.
struct TextToText {
  std::int32_t max_length;
  bool cut;
  std::optional<std::string> replace_nul;

  Fault operator()(std::string_view text, std::size_t row, Column& out, Scratch& scratch) const {
    const bool is_short = max_length == 0 || text.size() <= static_cast<std::size_t>(max_length);
    if (is_short && is_plain_ascii(text)) {
      out.views[row] = text;
      return Fault::kNone;
    }
    if (first_invalid_utf8(text) != std::string_view::npos) return Fault::kBadUtf8;
    if (std::find(text.begin(), text.end(), '\0') != text.end()) {
      if (!replace_nul) return Fault::kNul;
      scratch.more.clear();
      for (const char c : text) c == '\0' ? scratch.more += * replace_nul : scratch.more += c;
      text = scratch.arena.copy(scratch.more);
    }
    if (max_length > 0 && text.size() > static_cast<std::size_t>(max_length)) {
      const std::size_t keep = prefix_bytes(text, max_length);
      if (keep < text.size() && !cut) return Fault::kTooLong;
      text = text.substr(0, keep);
    }
    out.views[row] = text;
    return Fault::kNone;
  }
};

struct ValueToText {
  TextToText check;
  Fault operator()(const Column& in, std::size_t row, Column& out, Scratch& scratch) const {
    scratch.text.clear();
    append_display(in, row, scratch.text);
    return check(scratch.arena.copy(scratch.text), row, out, scratch);
  }
};

// One type, one storage: whole columns are copied, for the values need no look.
class SameStorage final : public ColumnConverter {
 public:
  void convert(const Column& in, std::size_t, Column& out, Arena&, RowFaults&) const override {
    out.valid = in.valid;
    out.bytes = in.bytes;
    out.words = in.words;
    out.wides = in.wides;
    out.views = in.views;
  }
};

}  // namespace

Made make_to_text(const Context& context) {
  const TextToText check{context.to.max_length, context.options.lossy == "truncate",
                         context.options.replace_nul};
  if (context.from.kind == TypeKind::kText) return from_text(context, check);
  return from_value(context, ValueToText{check});
}

Made make_identity(const Context&) { return std::make_unique<SameStorage>(); }

}  // namespace decant::conversion
