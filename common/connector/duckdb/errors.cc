#include "common/connector/duckdb/errors.h"

#include <cctype>
#include <optional>

namespace decant::duck {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool fills_disk(std::string_view message) {
  return has(message, "No space left") || has(message, "not enough space") ||
         has(message, "Disk quota");
}

// Whether the text may hold values of rows, which must not be taken for DuckDB's own words.
bool is_of_data(duckdb_error_type type) {
  return type == DUCKDB_ERROR_CONSTRAINT || type == DUCKDB_ERROR_CONVERSION ||
         type == DUCKDB_ERROR_OUT_OF_RANGE;
}

// A COMMIT says so in an error of the transaction.
bool lacks_memory(duckdb_error_type type, std::string_view message) {
  if (type == DUCKDB_ERROR_OUT_OF_MEMORY) return true;
  if (is_of_data(type)) return false;
  return has(message, "could not allocate") || has(message, "failed to allocate") ||
         has(message, "failed to pin") || has(message, "failed to offload") ||
         has(message, "Out of Memory") || has(message, k_no_memory);
}

// What DuckDB says of a full disk has the file in quotes behind two or three sentences about
// itself. Empty where it names none.
std::string full_disk(std::string_view message) {
  constexpr std::string_view k_before = "file \"";
  const std::size_t begin = message.rfind(k_before);
  if (!fills_disk(message) || begin == std::string_view::npos) return {};
  const std::string_view rest = message.substr(begin + k_before.size());
  const std::size_t end = rest.find('"');
  if (end == std::string_view::npos) return {};
  return "No space is left on the disk of " + std::string(rest.substr(0, end)) + ".";
}

// The first line, without "IO Error: " in front and without the picture of the statement below.
std::string_view first_line(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  if (const std::size_t end = text.find(" Error: "); end != std::string_view::npos && end < 32) {
    text.remove_prefix(end + 8);
  }
  return text;
}

// Takes out what stands between quotes and every digit: DuckDB puts values of rows into messages
// about data.
std::string without_values(std::string_view text) {
  std::string out;
  char quote = 0;
  for (char c : text) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
        out += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      out += c;
      out += "…";
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      if (out.empty() || out.back() != '#') out += '#';
    } else {
      out += c;
    }
  }
  return out;
}

ErrorCode code_of(duckdb_error_type type, std::string_view message) {
  // The disk may fill up in any statement, and the type is then IO, TRANSACTION or FATAL.
  if (fills_disk(message) || has(message, "Too many open files")) return ErrorCode::kNoSpace;
  if (lacks_memory(type, message)) return ErrorCode::kNoSpace;
  if (has(message, "Permission denied")) return ErrorCode::kPermission;
  if (has(message, "Conflicting lock")) return ErrorCode::kBusy;
  switch (type) {
    case DUCKDB_ERROR_INTERRUPT:
      return ErrorCode::kCancelled;
    case DUCKDB_ERROR_PERMISSION:
      return ErrorCode::kPermission;
    case DUCKDB_ERROR_CONSTRAINT:
    case DUCKDB_ERROR_CONVERSION:
    case DUCKDB_ERROR_OUT_OF_RANGE:
    case DUCKDB_ERROR_DIVIDE_BY_ZERO:
      return ErrorCode::kDataRefused;
    case DUCKDB_ERROR_TRANSACTION:
      return ErrorCode::kBusy;
    case DUCKDB_ERROR_CATALOG:
      return ErrorCode::kNotFound;
    case DUCKDB_ERROR_BINDER:
    case DUCKDB_ERROR_MISMATCH_TYPE:
      return ErrorCode::kMismatch;
    case DUCKDB_ERROR_PARSER:
    case DUCKDB_ERROR_SYNTAX:
      return ErrorCode::kUsage;
    case DUCKDB_ERROR_NOT_IMPLEMENTED:
    case DUCKDB_ERROR_MISSING_EXTENSION:
      return ErrorCode::kUnsupported;
    case DUCKDB_ERROR_IO:
      return has(message, "No such file") || has(message, "No files found") ||
                     has(message, "does not exist")
                 ? ErrorCode::kNotFound
                 : ErrorCode::kUnreachable;
    case DUCKDB_ERROR_FATAL:
      return ErrorCode::kUnreachable;
    case DUCKDB_ERROR_INVALID_INPUT:
      // Of a value whose keys repeat or are NULL.
      if (first_line(message).starts_with("Map keys ")) return ErrorCode::kDataRefused;
      // Also what is wrong with a file's contents: "No magic bytes found at end of file".
      return has(message, "magic bytes") || has(message, "parquet") ? ErrorCode::kProtocol
                                                                    : ErrorCode::kMismatch;
    default:
      return ErrorCode::kInternal;
  }
}

std::string_view advice_for(ErrorCode code, duckdb_error_type type, std::string_view message) {
  switch (code) {
    case ErrorCode::kNoSpace:
      if (has(message, "Too many open files")) return "Raise `ulimit -n`, and run again.";
      return lacks_memory(type, message)
                 ? "Give DuckDB more memory (target: duckdb:FILE?memory_limit=4GB), or free disk "
                   "space for what it spills."
                 : "Free disk space there, and run again.";
    case ErrorCode::kPermission:
      return "Give the user that runs Decant the right to read and write it and its folder.";
    case ErrorCode::kBusy:
      return "Run it again; another statement changed the same rows.";
    default:
      return {};
  }
}

// The process number in "(PID 4711)", or empty.
std::string_view process_in(std::string_view message) {
  const std::size_t at = message.find("PID ");
  if (at == std::string_view::npos) return {};
  message.remove_prefix(at + 4);
  std::size_t length = 0;
  while (length < message.size() && std::isdigit(static_cast<unsigned char>(message[length])) != 0)
    ++length;
  return message.substr(0, length);
}

// What stage_scan says of a file comes back in DuckDB's types of errors, which say nothing of it.
// Empty where the message is none of those.
std::optional<Error> stage_error(std::string_view line) {
  if (!line.starts_with("The stage file ") || lacks_memory(DUCKDB_ERROR_INVALID, line))
    return std::nullopt;
  Error error{ErrorCode::kUnreachable,
              std::string(line),
              "Look at the disk of its folder, and run again.",
              {},
              {}};
  if (has(line, "Permission denied")) error.code = ErrorCode::kPermission;
  if (has(line, "Too many open files")) error.code = ErrorCode::kNoSpace;
  if (error.code != ErrorCode::kUnreachable)
    error.advice = advice_for(error.code, DUCKDB_ERROR_IO, line);
  return error;
}

}  // namespace

Error statement_error(duckdb_error_type type, std::string_view message, std::string_view what) {
  Error error;
  error.code = code_of(type, message);
  const std::string_view line = first_line(message);
  if (auto of_stage = stage_error(line)) return std::move(*of_stage);
  error.advice = advice_for(error.code, type, message);
  error.message = full_disk(message);
  if (!error.message.empty()) return error;
  if (has(message, "Invalid string encoding found in Parquet file")) {
    error.code = ErrorCode::kProtocol;
    error.message = std::string(what) + ": a text in it is not UTF-8, though the file says so.";
    error.advice = "Write the file again with texts in UTF-8, or with that column as bytes.";
    return error;
  }
  if (!what.empty()) error.message = std::string(what) + ": ";
  error.message += error.code == ErrorCode::kDataRefused ? without_values(line) : std::string(line);
  if (error.message.back() != '.' && error.message.back() != '!') error.message += '.';
  return error;
}

Error open_error(std::string_view message, const std::string& path) {
  Error error;
  if (has(message, "Conflicting lock") || has(message, "Could not set lock")) {
    const std::string_view process = process_in(message);
    error.code = ErrorCode::kBusy;
    error.message = "Another process" +
                    (process.empty() ? std::string() : " (" + std::string(process) + ")") +
                    " holds " + path + ".";
    error.advice = "`decant status` asks it; run this again when it has ended.";
  } else if (has(message, "Too many open files")) {
    error.code = ErrorCode::kNoSpace;
    error.message = "No file descriptor is left for the DuckDB file " + path + ".";
    error.advice = "Raise `ulimit -n`, and run again.";
  } else if (has(message, "Permission denied") || has(message, "Read-only file system")) {
    error.code = ErrorCode::kPermission;
    const bool is_read_only = has(message, "Read-only file system");
    error.message = "The DuckDB file " + path + " may not be opened" +
                    (is_read_only ? ": its file system is read-only." : ".");
    error.advice =
        is_read_only
            ? "Mount it for writing, or name a file elsewhere as target."
            : "Give the user that runs Decant the right to read and write it and its folder.";
  } else if (has(message, "No such file") || has(message, "does not exist") ||
             has(message, "cannot open file")) {
    error.code = ErrorCode::kNotFound;
    error.message = "There is no DuckDB file " + path + ", or not even its folder.";
    error.advice = "Make the folder, or correct the path in the job file.";
  } else if (fills_disk(message)) {
    error.code = ErrorCode::kNoSpace;
    error.message = "No space is left on the disk of " + path + ".";
    error.advice = "Free disk space there, and run again.";
  } else {
    error.code = ErrorCode::kProtocol;
    std::string_view why = first_line(message);
    while (why.ends_with('.') || why.ends_with('!')) why.remove_suffix(1);
    error.message = "The DuckDB file " + path + " cannot be read: " + std::string(why) + ".";
    error.advice =
        "Is it a DuckDB database of version 1.4 or older? If it is damaged, restore it from a "
        "backup.";
  }
  return error;
}

}  // namespace decant::duck
