#include "common/connector/files/json_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_set>

#include "common/base/printable.h"
#include "common/base/text.h"
#include "common/connector/files/json_names.h"
#include "common/connector/files/json_walker.h"

namespace decant {
namespace {

using simdjson::error_code;

constexpr std::size_t k_sampled_objects = 1000;

constexpr std::size_t k_escape = 6;  // \uXXXX

// The number in an escape at the beginning of `json`; 0 where there is none.
unsigned unit_of(std::string_view json) {
  unsigned unit = 0;
  if (json.size() < k_escape || !json.starts_with("\\u")) return 0;
  const auto [end, error] = std::from_chars(json.data() + 2, json.data() + k_escape, unit, 16);
  return error == std::errc() && end == json.data() + k_escape ? unit : 0;
}

// The first escape in `json` of half a character; empty where there is none.
std::string_view half_of_pair(std::string_view json) {
  for (std::size_t at = 0; (at = json.find('\\', at)) != std::string_view::npos;) {
    const unsigned unit = unit_of(json.substr(at));
    const bool is_high = unit >= 0xD800 && unit < 0xDC00;
    const unsigned next = is_high ? unit_of(json.substr(at + k_escape)) : 0;
    const bool is_pair = next >= 0xDC00 && next < 0xE000;
    if ((is_high && !is_pair) || (unit >= 0xDC00 && unit < 0xE000))
      return json.substr(at, k_escape);
    at += is_pair ? 2 * k_escape : 2;
  }
  return {};
}

// Why a row is refused that can be read; no rule: it is not.
struct JsonFault {
  std::string rule;
  std::string reason;  // goes on from "line 3"
};

std::string shown_key(std::string_view key) {
  constexpr std::size_t k_most_bytes = 80;
  std::size_t size = std::min(key.size(), k_most_bytes);
  while (size > 0 && size < key.size() && (static_cast<unsigned char>(key[size]) & 0xC0) == 0x80)
    --size;
  return "\"" + printable(key.substr(0, size)) + (size < key.size() ? "…\"" : "\"");
}

JsonFault duplicate_key(std::string_view key) {
  return {"duplicate key",
          " has the key " + shown_key(key) +
              " twice in one object; `duplicate_keys` can say that the first or the last "
              "counts"};
}

// No `duplicate_keys` says which of them counts: rows of the first are read already.
JsonFault rows_twice(std::string_view key) {
  return {"duplicate key",
          " has the key " + shown_key(key) + " twice in one object, with rows under each"};
}

JsonFault missing_key(std::string_view key) {
  return {"missing key", " has no key " + shown_key(key) +
                             ", where its rows should be; null or [] says that there are none"};
}

JsonFault unknown_key(std::string_view key) {
  return {"unknown key", " has the key " + shown_key(key) +
                             ", which no row had that was looked at for the columns; name it "
                             "under `columns`, or say `columns_only: true`"};
}

// Puts rows into a batch.
class RowFiller final : public JsonVisitor {
 public:
  // `sampled`: the names that the plan knew of; what it did not take of them it left out.
  RowFiller(std::shared_ptr<const Schema> schema, const std::vector<std::string>& sampled,
            const ReaderContext& context)
      : schema_(std::move(schema)),
        sampled_(sampled.begin(), sampled.end()),
        context_(context),
        filled_(schema_->fields.size()) {
    for (std::size_t i = 0; i < schema_->fields.size(); ++i) {
      const std::string& name = schema_->fields[i].name;
      const auto is_in = [&](const std::vector<std::string>& names) {
        return std::find(names.begin(), names.end(), name) != names.end();
      };
      slots_.emplace(name,
                     Slot{i, is_in(context.json_columns),
                          context.options.decimal_point != '.' && is_in(context.number_columns)});
      FileOptions options = context.options;
      if (const auto own = context.column_nulls.find(name); own != context.column_nulls.end())
        options.null_texts.insert(options.null_texts.end(), own->second.begin(), own->second.end());
      nulls_.emplace_back(options);
    }
  }

  void start(RowBatch& batch, const JsonRecord& record, const TextStream& stream,
             std::vector<Reject>& faults) {
    batch_ = &batch;
    stream_ = &stream;
    faults_ = &faults;
    first_row_ = batch.rows;
    first_fault_ = faults.size();
    at_ = record.text.data();
    place_ = {0, record.line, record.file_offset};
    outer_.clear();
    outer_fault_ = {};
  }
  void undo() {
    batch_->rows = first_row_;
    faults_->resize(first_fault_);
  }
  // What is wrong with an object around rows, and so with all of them.
  const JsonFault& outer_fault() const { return outer_fault_; }

  error_code outer_field(std::size_t level, std::string_view key, Value& value) override {
    name_.clear();
    append_outer_name(level, key, name_);
    const auto found = slots_.find(name_);
    if (found == slots_.end()) return pass_unknown(name_, value, outer_fault_);
    Outer outer{level, found->second, {}, false};
    if (const auto error = read(outer.slot, value, outer.text, outer.is_null)) return error;
    const auto same = std::find_if(outer_.begin(), outer_.end(), [&](const Outer& other) {
      return other.slot.column == outer.slot.column;
    });
    if (same == outer_.end()) {
      outer_.push_back(outer);
    } else if (counts_again(name_, outer_fault_)) {
      *same = outer;
    }
    return simdjson::SUCCESS;
  }

  void rows_again(std::string_view key) override {
    if (outer_fault_.rule.empty()) outer_fault_ = rows_twice(key);
  }
  void rows_missing(std::string_view key) override {
    if (outer_fault_.rule.empty()) outer_fault_ = missing_key(key);
  }

  void leave(std::size_t level) override {
    while (!outer_.empty() && outer_.back().level <= level) outer_.pop_back();
  }

  void begin_row(std::string_view text) override {
    const std::size_t row = batch_->rows;
    if (row == batch_->places.size()) {
      for (Column& column : batch_->columns) column.resize(row * 2);
      batch_->places.resize(row * 2);
    }
    place_.line += static_cast<std::uint64_t>(std::count(at_, text.data(), '\n'));
    place_.byte_offset += static_cast<std::uint64_t>(
        stream_->file_bytes({at_, static_cast<std::size_t>(text.data() - at_)}));
    at_ = text.data();
    batch_->places[row] = place_;
    for (Column& column : batch_->columns) column.valid[row] = 0;
    ++row_number_;
    row_text_ = text;
    fault_ = {};
    for (const Outer& outer : outer_) put(outer.slot, outer.text, outer.is_null);
    ordinal_ = 0;
  }

  error_code field(std::string_view key, Value& value) override {
    const auto slot = slot_of(key, ordinal_++);
    if (!slot) return pass_unknown(key, value, fault_);
    std::string_view text;
    bool is_null = false;
    if (const auto error = read(*slot, value, text, is_null)) return error;
    if (filled_[slot->column] != row_number_ || counts_again(key, fault_))
      put(*slot, text, is_null);
    return simdjson::SUCCESS;
  }

  void end_row() override {
    if (fault_.rule.empty()) {
      ++batch_->rows;
      return;
    }
    faults_->push_back(row_reject(context_, place_, fault_.rule,
                                  "line " + std::to_string(place_.line) + fault_.reason,
                                  row_text_));
  }

 private:
  struct Slot {
    std::size_t column;
    bool as_json;        // texts are wanted as they are written
    bool has_own_point;  // numbers are wanted with the entity's decimal point
  };
  struct Outer {
    std::size_t level;
    Slot slot;
    std::string_view text;
    bool is_null;
  };

  error_code read(const Slot& slot, Value& value, std::string_view& text, bool& is_null) {
    simdjson::ondemand::json_type type{};
    if (const auto error = value.type().get(type)) return error;
    if (!slot.as_json || type != simdjson::ondemand::json_type::string) {
      const auto error = json_value_text(value, batch_->arena, scratch_, text, is_null);
      is_null = is_null || nulls_[slot.column].contains(text);
      if (slot.has_own_point && type == simdjson::ondemand::json_type::number)
        text = with_own_point(text);
      return error;
    }
    std::string_view unescaped;
    if (const auto error = json_text_as_written(value, text, unescaped)) return error;
    is_null = nulls_[slot.column].contains(unescaped);
    return simdjson::SUCCESS;
  }

  std::string_view with_own_point(std::string_view number) {
    const std::size_t point = number.find('.');
    if (point == std::string_view::npos) return number;
    scratch_.assign(number);
    scratch_[point] = context_.options.decimal_point;
    return batch_->arena.copy(scratch_);
  }

  void put(const Slot& slot, std::string_view text, bool is_null) {
    Column& column = batch_->columns[slot.column];
    column.views[batch_->rows] = text;
    column.valid[batch_->rows] = !is_null;
    filled_[slot.column] = row_number_;
  }

  // Whether a further value under a key takes the place of the one before it.
  bool counts_again(std::string_view key, JsonFault& fault) const {
    const DuplicateKeys wanted = context_.options.duplicate_keys;
    if (wanted == DuplicateKeys::kReject && fault.rule.empty()) fault = duplicate_key(key);
    return wanted == DuplicateKeys::kLast;
  }

  // NULL under such a key is no loss.
  error_code pass_unknown(std::string_view key, Value& value, JsonFault& fault) const {
    if (!context_.columns_are_all || !fault.rule.empty() || sampled_.contains(key))
      return simdjson::SUCCESS;
    simdjson::ondemand::json_type type{};
    if (const auto error = value.type().get(type)) return error;
    if (type != simdjson::ondemand::json_type::null) fault = unknown_key(key);
    return simdjson::SUCCESS;
  }

  std::optional<Slot> slot_of(std::string_view key, std::size_t ordinal) {
    if (ordinal < seen_.size() && seen_[ordinal].key == key) return seen_[ordinal].slot;
    const auto found = slots_.find(key);
    if (ordinal >= seen_.size()) seen_.resize(ordinal + 1);
    seen_[ordinal].key.assign(key);
    seen_[ordinal].slot.reset();
    if (found != slots_.end()) seen_[ordinal].slot = found->second;
    return seen_[ordinal].slot;
  }

  std::shared_ptr<const Schema> schema_;
  std::unordered_set<std::string_view> sampled_;
  const ReaderContext& context_;
  std::vector<NullTexts> nulls_;                      // of each column
  std::unordered_map<std::string_view, Slot> slots_;  // by names that live in schema_
  // The keys of the last object, in order: objects of one file mostly have the same.
  struct SeenKey {
    std::string key;
    std::optional<Slot> slot;
  };
  std::vector<SeenKey> seen_;
  std::vector<Outer> outer_;  // fields of the objects around the row, outermost first
  // By column: the number of the row that has a value for it.
  std::vector<std::uint64_t> filled_;
  std::uint64_t row_number_ = 0;
  JsonFault fault_;        // of the row
  JsonFault outer_fault_;  // of the record
  std::string scratch_;
  std::string name_;
  std::string_view row_text_;
  RowBatch* batch_ = nullptr;
  const TextStream* stream_ = nullptr;
  std::vector<Reject>* faults_ = nullptr;
  const char* at_ = nullptr;  // where place_ points
  RowPlace place_;
  std::size_t first_row_ = 0;
  std::size_t first_fault_ = 0;
  std::size_t ordinal_ = 0;
};

}  // namespace

struct JsonReader::Walker {
  explicit Walker(std::vector<std::string> path) : json(std::move(path)) {}
  JsonWalker json;
  std::unique_ptr<RowFiller> filler;
};

JsonReader::JsonReader(ReaderContext context, std::unique_ptr<TextWindow> window, RecordPath path)
    : RecordReader(std::move(context), std::move(window)),
      path_(std::move(path)),
      splitter_(*window_, path_, context_.part.begin, context_.most_record_bytes),
      walker_(std::make_unique<Walker>(path_.inside)) {}

JsonReader::~JsonReader() = default;

Result<std::unique_ptr<JsonReader>> JsonReader::open(ReaderContext context) {
  DECANT_TRY_ASSIGN(auto window, open_window(context));
  DECANT_TRY_ASSIGN(RecordPath path, parse_record_path(context.options.records));
  std::unique_ptr<JsonReader> reader(
      new JsonReader(std::move(context), std::move(window), std::move(path)));
  DECANT_TRY(reader->sample_names());
  return reader;
}

// Through a window of its own, which the reading does not notice.
Status JsonReader::sample_names() {
  DECANT_TRY_ASSIGN(const auto window, open_window(whole_of(context_)));
  JsonSplitter splitter(*window, path_, {}, context_.most_record_bytes);
  NameCollector collector(names_, context_.declared_names);
  for (std::size_t i = 0; i < k_sampled_objects || collector.lacks_any(); ++i) {
    if (i == k_sampled_objects) collector.take_only_those();
    const auto found = splitter.next(record_);
    if (!found || !*found) break;
    // What is wrong with a record is said when it is read.
    static_cast<void>(walker_->json.walk(record_.text, collector));
  }
  return choose(names_);
}

Status JsonReader::choose(const std::vector<std::string>& columns) {
  schema_ = text_schema(columns);
  walker_->filler = std::make_unique<RowFiller>(schema_, names_, context_);
  return {};
}

// Adds the rows of the record, or one fault where it cannot be read.
void JsonReader::add_rows(RowBatch& batch, std::vector<Reject>& faults) {
  if (record_.is_too_long) {
    faults.push_back(row_reject(context_, {0, record_.line, record_.file_offset}, "too long",
                                "line " + std::to_string(record_.line) + " has more than " +
                                    std::to_string(context_.most_record_bytes >> 20) +
                                    " MiB, which is the most that a record may have",
                                record_.text));
    return;
  }
  keep_block(batch, *window_);
  walker_->filler->start(batch, record_, window_->stream(), faults);
  const auto error = walker_->json.walk(record_.text, *walker_->filler);
  const JsonFault& outer = walker_->filler->outer_fault();
  if (error == simdjson::SUCCESS && outer.rule.empty()) return;
  walker_->filler->undo();
  const RowPlace place{0, record_.line, record_.file_offset};
  if (error == simdjson::SUCCESS) {
    faults.push_back(row_reject(context_, place, outer.rule,
                                "line " + std::to_string(record_.line) + outer.reason,
                                record_.text));
    return;
  }
  if (error == simdjson::UTF8_ERROR) {
    faults.push_back(encoding_reject(context_, place, record_.text));
    return;
  }
  const std::string_view half = half_of_pair(record_.text);
  faults.push_back(row_reject(
      context_, place, "json",
      "line " + std::to_string(record_.line) +
          (half.empty()
               ? " is not a valid JSON object (" + std::string(simdjson::error_message(error)) + ")"
               : " has " + std::string(half) + ", half of a surrogate pair, which is no character"),
      record_.text));
}

}  // namespace decant
