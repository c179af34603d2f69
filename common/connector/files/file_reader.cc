#include "common/connector/files/file_reader.h"

#include <algorithm>
#include <cstdio>

#include "common/base/text.h"

namespace decant {
namespace {

constexpr std::size_t k_most_original_bytes = 1000;

// At most 1,000 bytes, cut between characters, with bytes that are not UTF-8 shown as such.
std::string shown_text(std::string_view text) {
  std::size_t size = std::min(text.size(), k_most_original_bytes);
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;
  std::string out;
  std::string_view rest = text.substr(0, size);
  for (;;) {
    const std::size_t bad = first_invalid_utf8(rest);
    out += rest.substr(0, bad);
    if (bad == std::string_view::npos) return out;
    char hex[8];
    std::snprintf(hex, sizeof hex, "\\x%02X", static_cast<unsigned char>(rest[bad]));
    out += hex;
    rest.remove_prefix(bad + 1);
  }
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

Result<std::unique_ptr<TextWindow>> open_window(const ReaderContext& context) {
  DECANT_TRY_ASSIGN(auto file, InputFile::open(context.path));
  DECANT_TRY(file->verify(context.planned));
  DECANT_TRY_ASSIGN(auto stream,
                    TextStream::open(std::move(file), context.options.encoding, context.part));
  return std::make_unique<TextWindow>(std::move(stream), context.block_bytes);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

NullTexts::NullTexts(const FileOptions& options)
    : texts_(options.null_texts), trims_(options.trim) {
  for (const std::string& text : texts_) longest_ = std::max(longest_, text.size());
}

bool NullTexts::find(std::string_view text) const {
  return std::find(texts_.begin(), texts_.end(), text) != texts_.end();
}

ReaderContext whole_of(ReaderContext context) {
  context.part = {};
  return context;
}

Status check_cancelled(const ReaderContext& context) {
  if (context.cancelled == nullptr || !context.cancelled->load(std::memory_order_relaxed))
    return {};
  return fail(ErrorCode::kCancelled, "Reading " + context.path + " was called off.");
}

Reject row_reject(const ReaderContext& context, const RowPlace& place, std::string rule,
                  std::string reason, std::string_view text) {
  Reject reject;
  reject.place = place;
  reject.source = context.shown_name;
  reject.rule = std::move(rule);
  reject.reason = std::move(reason);
  reject.original =
      context.hide_originals ? "(not shown: the entity has private columns)" : shown_text(text);
  return reject;
}

Reject encoding_reject(const ReaderContext& context, const RowPlace& place, std::string_view text) {
  const std::size_t bad = std::min(first_invalid_utf8(text), text.size() - 1);
  char byte[8];
  std::snprintf(byte, sizeof byte, "0x%02X", static_cast<unsigned char>(text[bad]));
  return row_reject(context, place, "encoding",
                    "line " + std::to_string(place.line) + ": the byte " + byte + " at offset " +
                        std::to_string(place.byte_offset + bad) + " is not UTF-8",
                    text);
}

std::shared_ptr<const Schema> text_schema(const std::vector<std::string>& names) {
  auto schema = std::make_shared<Schema>();
  for (const std::string& name : names) schema->fields.push_back({name, Type{}, true});
  return schema;
}

void keep_block(RowBatch& batch, const TextWindow& window) {
  if (!batch.keep_alive.empty() && batch.keep_alive.back().get() == window.block().get()) return;
  batch.keep_alive.push_back(window.block());
}

}  // namespace decant
