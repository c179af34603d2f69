#include "common/connector/files/json_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <unordered_set>

#include "common/base/text.h"

namespace decant {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t k_sampled_objects = 1000;
constexpr std::size_t k_most_sampled_bytes = 8 << 20;

std::string_view without_blanks_behind(std::string_view token) {
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

std::size_t digits(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  return end - at;
}

// The grammar of RFC 8259; simdjson checks numbers only when it turns them into binary ones, which
// we never do.
bool is_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits(text, ++at);
    if (fraction == 0) return false;
    at += fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = digits(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

// The value as the reader gives it; a view into the record where that is possible, else into
// `arena`.
simdjson::error_code value_text(ondemand::value& value, Arena& arena, std::string_view& out,
                                bool& is_null) {
  ondemand::json_type type{};
  if (const auto error = value.type().get(type)) return error;
  is_null = false;
  switch (type) {
    case ondemand::json_type::string: {
      const std::string_view token = without_blanks_behind(value.raw_json_token());
      if (token.size() >= 2 && token.back() == '"' && token.find('\\') == std::string_view::npos) {
        out = token.substr(1, token.size() - 2);
        return simdjson::SUCCESS;
      }
      std::string_view text;
      if (const auto error = value.get_string().get(text)) return error;
      out = arena.copy(text);
      return simdjson::SUCCESS;
    }
    case ondemand::json_type::number:
      out = without_blanks_behind(value.raw_json_token());
      return is_number(out) ? simdjson::SUCCESS : simdjson::NUMBER_ERROR;
    case ondemand::json_type::boolean: {
      bool flag = false;
      if (const auto error = value.get_bool().get(flag)) return error;
      out = flag ? "true" : "false";
      return simdjson::SUCCESS;
    }
    case ondemand::json_type::null:
      is_null = true;
      return without_blanks_behind(value.raw_json_token()) == "null" ? simdjson::SUCCESS
                                                                     : simdjson::N_ATOM_ERROR;
    case ondemand::json_type::object: {
      ondemand::object object;
      if (const auto fault = value.get_object().get(object)) return fault;
      const auto error = object.raw_json().get(out);
      out = without_blanks_behind(out);
      return error;
    }
    case ondemand::json_type::array: {
      ondemand::array array;
      if (const auto fault = value.get_array().get(array)) return fault;
      const auto error = array.raw_json().get(out);
      out = without_blanks_behind(out);
      return error;
    }
  }
  return simdjson::INCORRECT_TYPE;
}

}  // namespace

struct JsonReader::Parser {
  ondemand::parser parser;

  // Calls `each(key, value)` for every field of the object that `text` is. `text` lies in a
  // window's block.
  template <typename Each>
  simdjson::error_code fields_of(std::string_view text, Each each) {
    ondemand::document document;
    const simdjson::padded_string_view padded(text.data(), text.size(),
                                              text.size() + simdjson::SIMDJSON_PADDING);
    if (const auto error = parser.iterate(padded).get(document)) return error;
    ondemand::object object;
    if (const auto error = document.get_object().get(object)) return error;
    for (auto field : object) {
      if (const auto error = field.error()) return error;
      std::string_view key;
      if (const auto error = field.unescaped_key().get(key)) return error;
      ondemand::value value;
      if (const auto error = field.value().get(value)) return error;
      if (const auto error = each(key, value)) return error;
    }
    const char* rest = nullptr;
    const auto error = document.current_location().get(rest);
    return error == simdjson::OUT_OF_BOUNDS ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
  }
};

static_assert(simdjson::SIMDJSON_PADDING <= k_block_padding);

JsonReader::JsonReader(ReaderContext context, std::unique_ptr<TextWindow> window)
    : context_(std::move(context)),
      window_(std::move(window)),
      splitter_(*window_),
      parser_(std::make_unique<Parser>()) {}

JsonReader::~JsonReader() = default;

Result<std::unique_ptr<JsonReader>> JsonReader::open(ReaderContext context) {
  DECANT_TRY_ASSIGN(auto window, open_window(context));
  std::unique_ptr<JsonReader> reader(new JsonReader(std::move(context), std::move(window)));
  DECANT_TRY(reader->sample_names());
  return reader;
}

// Looks at what the first block holds, or at more while that is not one whole object, and leaves it
// for next().
Status JsonReader::sample_names() {
  std::unordered_set<std::string> known;
  while (names_.empty() && !window_->at_end() && window_->size() < k_most_sampled_bytes) {
    DECANT_TRY(window_->advance(0));
    JsonSplitter sampler(*window_, false);
    for (std::size_t i = 0; i < k_sampled_objects; ++i) {
      const auto found = sampler.next(record_);
      if (!found || !*found) break;
      // What is wrong with an object is said when it is read.
      static_cast<void>(
          parser_->fields_of(record_.text, [&](std::string_view key, ondemand::value&) {
            if (known.insert(std::string(key)).second) names_.emplace_back(key);
            return simdjson::SUCCESS;
          }));
    }
  }
  return choose(names_);
}

Status JsonReader::choose(const std::vector<std::string>& columns) {
  schema_ = text_schema(columns);
  slots_.clear();
  seen_.clear();
  for (std::size_t i = 0; i < schema_->fields.size(); ++i) {
    slots_.emplace(schema_->fields[i].name, static_cast<int>(i));
  }
  return {};
}

int JsonReader::slot_of(std::string_view key, std::size_t ordinal) {
  if (ordinal < seen_.size() && seen_[ordinal].key == key) return seen_[ordinal].slot;
  const auto found = slots_.find(key);
  const int slot = found == slots_.end() ? k_not_chosen : found->second;
  if (ordinal >= seen_.size()) seen_.resize(ordinal + 1);
  seen_[ordinal].key.assign(key);
  seen_[ordinal].slot = slot;
  return slot;
}

Result<bool> JsonReader::next(RowBatch& batch, std::vector<Reject>& faults) {
  batch.reset(schema_);
  if (at_end_) return false;
  DECANT_TRY(check_cancelled(context_));
  for (Column& column : batch.columns) column.resize(k_rows_per_batch);
  batch.places.resize(k_rows_per_batch);
  const std::size_t faults_before = faults.size();
  std::uint64_t first_offset = 0;
  bool is_first = true;
  std::size_t rows = 0;
  while (rows < k_rows_per_batch && faults.size() - faults_before < k_faults_per_batch) {
    DECANT_TRY_ASSIGN(const bool found, splitter_.next(record_));
    if (!found) {
      at_end_ = true;
      DECANT_TRY(window_->stream().file().verify_size_and_time(context_.planned));
      break;
    }
    if (is_first) first_offset = record_.offset;
    is_first = false;
    if (add_row(batch, rows, faults)) ++rows;
    if (record_.offset - first_offset > k_text_bytes_per_batch) break;
  }
  for (Column& column : batch.columns) column.resize(rows);
  batch.places.resize(rows);
  batch.rows = rows;
  return rows > 0 || !at_end_ || faults.size() > faults_before;
}

// Puts the record into row `row`, or adds to the faults and gives false.
bool JsonReader::add_row(RowBatch& batch, std::size_t row, std::vector<Reject>& faults) {
  const RowPlace place{0, record_.line, record_.offset};
  for (Column& column : batch.columns) column.valid[row] = 0;
  std::size_t ordinal = 0;
  const auto error =
      parser_->fields_of(record_.text, [&](std::string_view key, ondemand::value& value) {
        const int slot = slot_of(key, ordinal++);
        if (slot == k_not_chosen) return simdjson::SUCCESS;
        Column& column = batch.columns[static_cast<std::size_t>(slot)];
        bool is_null = false;
        const auto fault = value_text(value, batch.arena, column.views[row], is_null);
        column.valid[row] = !is_null;
        return fault;
      });
  if (error == simdjson::SUCCESS) {
    keep_block(batch, *window_);
    batch.places[row] = place;
    return true;
  }
  if (error == simdjson::UTF8_ERROR) {
    faults.push_back(encoding_reject(context_, place, record_.text));
  } else {
    faults.push_back(row_reject(context_, place, "json",
                                "line " + std::to_string(record_.line) +
                                    " is not a valid JSON object (" +
                                    simdjson::error_message(error) + ")",
                                record_.text));
  }
  return false;
}

}  // namespace decant
