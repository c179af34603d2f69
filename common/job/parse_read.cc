#include <algorithm>
#include <cctype>
#include <utility>

#include "common/base/text.h"
#include "common/job/job_parser.h"
#include "common/job/store_template.h"

namespace decant {
namespace {

constexpr const char* k_place_keys[] = {"files", "table", "sql"};
constexpr const char* k_csv_keys[] = {"delimiter", "record_end",   "quote",  "escape",
                                      "header",    "column_names", "ragged", "repeated_header",
                                      "multiline", "skip_lines"};
constexpr const char* k_json_keys[] = {"records", "duplicate_keys"};
constexpr const char* k_text_keys[] = {"encoding", "decimal_point", "decimal", "group_separator"};
constexpr const char* k_file_keys[] = {"format", "nulls",   "date_format",
                                       "trim",   "records", "duplicate_keys"};

enum class FormatWord : std::size_t { kCsv, kTsv, kJsonLines, kParquet, kNone };

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool drop_ending(std::string& path, std::string_view ending) {
  if (!path.ends_with(ending)) return false;
  path.resize(path.size() - ending.size());
  return true;
}

FormatWord format_of(const std::string& files) {
  std::string path = lower(files);
  if (!drop_ending(path, ".gz")) drop_ending(path, ".zst");
  if (path.ends_with(".csv")) return FormatWord::kCsv;
  if (path.ends_with(".tsv")) return FormatWord::kTsv;
  if (path.ends_with(".jsonl") || path.ends_with(".ndjson") || path.ends_with(".json"))
    return FormatWord::kJsonLines;
  if (path.ends_with(".parquet")) return FormatWord::kParquet;
  return FormatWord::kNone;
}

template <std::size_t N>
Status refuse_keys(const MapReader& map, const char* const (&keys)[N], const std::string& reason) {
  for (const char* key : keys) {
    if (const YamlNode* value = map.raw(key)) return wrong(*value, in_quotes(key) + " " + reason);
  }
  return {};
}

Status parse_format(const MapReader& map, const std::string& files, FileOptions& options) {
  auto word = static_cast<std::size_t>(format_of(files));
  DECANT_TRY(map.choice("format", {"csv", "tsv", "jsonl", "parquet"}, word));
  switch (static_cast<FormatWord>(word)) {
    case FormatWord::kCsv:
      break;
    case FormatWord::kTsv:
      options.delimiter = "\t";
      break;
    case FormatWord::kJsonLines:
      options.format = FileFormat::kJsonLines;
      break;
    case FormatWord::kParquet:
      options.format = FileFormat::kParquet;
      break;
    case FormatWord::kNone:
      return wrong(*map.find("files"), "The name of the files does not say what they are.",
                   "Add \"format\": csv, tsv, jsonl or parquet.");
  }
  if (options.format != FileFormat::kCsv)
    DECANT_TRY(refuse_keys(map, k_csv_keys, "is for CSV files only."));
  if (options.format != FileFormat::kJsonLines) {
    DECANT_TRY(refuse_keys(map, k_json_keys, "is for JSON files only."));
  }
  if (options.format == FileFormat::kParquet) {
    DECANT_TRY(refuse_keys(map, k_text_keys, "is for text files, and these are Parquet."));
  }
  return {};
}

// As written, but for \n, \r and \t, which need no double quotes of YAML.
std::string unescaped(std::string text) {
  constexpr std::pair<const char*, char> k_escapes[] = {
      {"\\n", '\n'}, {"\\r", '\r'}, {"\\t", '\t'}};
  for (const auto& [written, meant] : k_escapes) {
    for (std::size_t at = text.find(written); at != std::string::npos; at = text.find(written, at))
      text.replace(at, 2, 1, meant);
  }
  return text;
}

constexpr std::size_t k_most_separator_bytes = 16;
constexpr std::int64_t k_most_skipped_lines = 1'000'000;

Status parse_separators(const MapReader& map, FileOptions& options) {
  if (const YamlNode* value = map.raw("delimiter")) {
    DECANT_TRY_ASSIGN(const std::string text, scalar_text(*value, "\"delimiter\""));
    options.delimiter = text == "tab" ? "\t" : unescaped(text);
    if (options.delimiter.find_first_of("\r\n") != std::string::npos)
      return wrong(*value, "\"delimiter\" has a line end in it.", "Say \"record_end\" as well.");
  }
  if (const YamlNode* value = map.raw("record_end")) {
    DECANT_TRY_ASSIGN(const std::string text, scalar_text(*value, "\"record_end\""));
    options.record_end = unescaped(text);
    if (options.record_end == "\n" || options.record_end == "\r\n") options.record_end.clear();
    if (options.record_end == options.delimiter)
      return wrong(*value, "\"record_end\" and \"delimiter\" are the same.");
    if (options.quote != 0 && options.record_end.starts_with(options.quote))
      return wrong(*value, "\"record_end\" begins with the \"quote\".");
  }
  for (const char* key : {"delimiter", "record_end"}) {
    const YamlNode* value = map.raw(key);
    if (value && value->text.size() > k_most_separator_bytes)
      return wrong(*value, in_quotes(key) + " has more than 16 bytes.");
  }
  return {};
}

Status parse_odd_records(const MapReader& map, FileOptions& options) {
  std::size_t ragged = 0;
  DECANT_TRY(map.choice("ragged", {"reject", "pad", "fail", "join"}, ragged));
  options.ragged = static_cast<RaggedRows>(ragged);
  std::size_t repeated = 0;
  DECANT_TRY(map.choice("repeated_header", {"reject", "skip", "keep"}, repeated));
  options.repeated_header = static_cast<RepeatedHeader>(repeated);
  if (const YamlNode* value = map.find("repeated_header"); value && !options.header)
    return wrong(*value, "\"repeated_header\" is for files with a header.");
  DECANT_TRY(map.boolean("multiline", options.multiline));
  if (!options.multiline && options.ragged == RaggedRows::kJoin) {
    return wrong(*map.find("multiline"),
                 "\"ragged: join\" makes line ends a part of fields, and \"multiline: false\" says "
                 "that none has one.");
  }
  return map.integer("skip_lines", 0, k_most_skipped_lines, options.skip_lines);
}

Status parse_csv_layout(const MapReader& map, FileOptions& options) {
  DECANT_TRY(map.character("quote", true, options.quote));
  DECANT_TRY(parse_separators(map, options));
  DECANT_TRY(map.character("escape", true, options.escape));
  DECANT_TRY(map.boolean("header", options.header));
  DECANT_TRY(map.texts("column_names", options.column_names));
  if (options.quote != 0 && options.quote == options.delimiter.front()) {
    return wrong(map.node(), options.delimiter.size() == 1
                                 ? "\"delimiter\" and \"quote\" are the same character."
                                 : "\"delimiter\" begins with the \"quote\".");
  }
  if (options.escape != 0 && options.escape == options.delimiter.front()) {
    return wrong(*map.find("escape"), options.delimiter.size() == 1
                                          ? "\"delimiter\" and \"escape\" are the same character."
                                          : "\"delimiter\" begins with the \"escape\".");
  }
  DECANT_TRY(parse_odd_records(map, options));
  if (const YamlNode* names = map.find("column_names"); names && options.header) {
    return wrong(*names, "\"column_names\" is for files without a header.",
                 "Add \"header: false\".");
  }
  if (!options.header && options.column_names.empty()) {
    return wrong(*map.find("header"), "Files without a header need \"column_names\".");
  }
  return {};
}

bool is_of_a_number(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' ||
         c == '-';
}

Status parse_numbers(const MapReader& map, FileOptions& options) {
  const YamlNode* decimal = map.find("decimal");
  if (decimal && map.find("decimal_point")) {
    return wrong(*decimal, "\"decimal\" and \"decimal_point\" say the same.", "Keep one of them.");
  }
  std::size_t point = 0;
  DECANT_TRY(map.choice("decimal", {".", ","}, point));
  DECANT_TRY(map.choice("decimal_point", {".", ","}, point));
  options.decimal_point = point == 0 ? '.' : ',';
  DECANT_TRY(map.character("group_separator", true, options.group_separator));
  if (options.group_separator == options.decimal_point) {
    return wrong(*map.find("group_separator"), "\"group_separator\" is the decimal point.",
                 "Say which is which with \"decimal_point\".");
  }
  if (is_of_a_number(options.group_separator)) {
    return wrong(*map.find("group_separator"),
                 "\"group_separator\" is a character that numbers are made of.",
                 "Name the one between their thousands, such as \".\" or \" \".");
  }
  return {};
}

Status parse_file_options(const MapReader& map, const std::string& files, FileOptions& options) {
  DECANT_TRY(parse_format(map, files, options));
  if (options.format == FileFormat::kCsv) DECANT_TRY(parse_csv_layout(map, options));
  DECANT_TRY(parse_numbers(map, options));
  DECANT_TRY(map.text("encoding", options.encoding));
  options.encoding = lower(options.encoding);
  // Other formats than CSV tell an empty text from none.
  if (options.format != FileFormat::kCsv) options.null_texts.clear();
  if (const YamlNode* nulls = map.raw("nulls")) {
    DECANT_TRY_ASSIGN(options.null_texts, scalar_texts(*nulls, "\"nulls\"", true));
  }
  DECANT_TRY(map.text("records", options.records));
  std::size_t duplicates = 0;
  DECANT_TRY(map.choice("duplicate_keys", {"reject", "first", "last"}, duplicates));
  options.duplicate_keys = static_cast<DuplicateKeys>(duplicates);
  DECANT_TRY(map.text("date_format", options.date_format));
  if (!options.date_format.empty() && options.date_format.find('%') == std::string::npos) {
    return wrong(*map.find("date_format"), "\"date_format\" has no % in it.",
                 "Write it like %d/%m/%Y.");
  }
  return map.boolean("trim", options.trim);
}

// Exactly one of files, table and sql.
Status check_place(const MapReader& map, const std::string& entity) {
  const YamlNode* first = nullptr;
  for (const char* key : k_place_keys) {
    const YamlNode* value = map.find(key);
    if (value && first) {
      return wrong(*value, "Entity " + in_quotes(entity) +
                               " is read from one of files, table and sql, not from two.");
    }
    if (value) first = value;
  }
  if (!first)
    return wrong(map.node(), "Entity " + in_quotes(entity) + " needs one of files, table and sql.");
  return {};
}

}  // namespace

Result<ReadSpec> parse_read(const YamlNode& node, const JobSpec& job, const std::string& entity) {
  DECANT_TRY_ASSIGN(const MapReader map, MapReader::open(node, k_read_section));
  DECANT_TRY(check_place(map, entity));
  ReadSpec read;
  DECANT_TRY(map.text("files", read.files));
  DECANT_TRY(map.text("table", read.table));
  DECANT_TRY(map.text("sql", read.sql));
  DECANT_TRY(map.text("time", read.time));
  DECANT_TRY(map.text("key", read.key));
  DECANT_TRY(map.text("source", read.source));
  if (!read.time.empty() && !read.key.empty()) {
    return wrong(*map.find("key"), "\"key\" cuts where there is no \"time\", and here is one.",
                 "Keep one of them.");
  }
  if (!read.source.empty()) DECANT_TRY(check_template(*map.find("source"), read.source, job, {}));
  if (read.files.empty()) {
    DECANT_TRY(
        refuse_keys(map, k_file_keys, "is for files, and this entity is read from a database."));
    DECANT_TRY(
        refuse_keys(map, k_text_keys, "is for files, and this entity is read from a database."));
    DECANT_TRY(
        refuse_keys(map, k_csv_keys, "is for files, and this entity is read from a database."));
  } else {
    DECANT_TRY(check_template(*map.find("files"), read.files, job, file_placeholders()));
    DECANT_TRY(parse_file_options(map, read.files, read.file_options));
  }
  return read;
}

}  // namespace decant
