#include "common/ledger/reject_spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>

#include "common/base/text.h"

namespace decant {
namespace {

constexpr std::string_view k_magic = "decant rejects 1\n";
constexpr std::size_t k_max_text_bytes = 4096;
constexpr std::size_t k_numbers_bytes = 4 + 4 + 8 + 8;
constexpr std::size_t k_texts = 5;
constexpr std::size_t k_max_record_bytes = k_numbers_bytes + k_texts * (4 + k_max_text_bytes);

void put(std::uint64_t value, std::size_t bytes, std::string& out) {
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
}

std::uint64_t take(std::string_view& in, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(in[i])) << (8 * i);
  in.remove_prefix(bytes);
  return value;
}

void encode(const Reject& reject, int chunk, std::string& out) {
  const std::size_t at = out.size();
  put(0, 4, out);
  put(static_cast<std::uint32_t>(chunk), 4, out);
  put(reject.place.extent, 4, out);
  put(reject.place.line, 8, out);
  put(reject.place.byte_offset, 8, out);
  for (const std::string* text :
       {&reject.source, &reject.column, &reject.rule, &reject.reason, &reject.original}) {
    const std::string_view kept = cut_text(*text, k_max_text_bytes);
    put(kept.size(), 4, out);
    out += kept;
  }
  std::string size;
  put(out.size() - at - 4, 4, size);
  out.replace(at, 4, size);
}

// The body of a record; false where it is none.
bool decode(std::string_view body, Reject& reject, int& chunk) {
  if (body.size() < k_numbers_bytes) return false;
  chunk = static_cast<std::int32_t>(take(body, 4));
  reject.place.extent = static_cast<std::uint32_t>(take(body, 4));
  reject.place.line = take(body, 8);
  reject.place.byte_offset = take(body, 8);
  for (std::string* text :
       {&reject.source, &reject.column, &reject.rule, &reject.reason, &reject.original}) {
    if (body.size() < 4) return false;
    const std::uint64_t size = take(body, 4);
    if (size > body.size()) return false;
    *text = body.substr(0, size);
    body.remove_prefix(size);
  }
  return body.empty();
}

// Takes whole records off the front of `bytes`; `done` becomes true at the record of length 0.
Result<std::size_t> decode_records(std::string_view bytes, const TakeReject& take_one, bool& done) {
  Reject reject;
  int chunk = 0;
  std::size_t used = 0;
  while (!done && bytes.size() - used >= 4) {
    std::string_view head = bytes.substr(used, 4);
    const std::uint64_t size = take(head, 4);
    if (size > k_max_record_bytes)
      return fail(ErrorCode::kProtocol, "A refused row is longer than any can be.");
    if (size == 0) {
      done = true;
    } else if (bytes.size() - used - 4 < size) {
      break;
    } else if (!decode(bytes.substr(used + 4, size), reject, chunk)) {
      return fail(ErrorCode::kProtocol, "A refused row cannot be read.");
    } else {
      DECANT_TRY(take_one(reject, chunk));
    }
    used += 4 + size;
  }
  return used;
}

tl::unexpected<Error> not_written(const std::string& path, int error) {
  return fail(error == ENOSPC || error == EDQUOT ? ErrorCode::kNoSpace
              : error == EACCES                  ? ErrorCode::kPermission
                                                 : ErrorCode::kUnreachable,
              "The reject file " + path + " cannot be written: " + std::strerror(error) + ".");
}

// Writes with its own buffer; the last error stays.
class FileWriter {
 public:
  explicit FileWriter(const std::string& path)
      : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (fd_ < 0) error_ = errno;
  }
  ~FileWriter() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  void write(std::string_view bytes) {
    while (error_ == 0 && !bytes.empty()) {
      const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
      if (put >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(put));
      } else if (errno != EINTR) {
        error_ = errno;
      }
    }
  }
  void sync() {
    if (error_ == 0 && ::fsync(fd_) != 0) error_ = errno;
  }
  int error() const { return error_; }

 private:
  int fd_;
  int error_ = 0;
};

constexpr std::size_t k_write_bytes = 256 * 1024;

}  // namespace

Status RejectSpool::add(const Reject& reject, int chunk) {
  encode(reject, chunk, buffer_);
  ++count_;
  if (buffer_.size() < memory_bytes_) return {};
  DECANT_TRY(file_.append(buffer_));
  buffer_.clear();
  return {};
}

Status RejectSpool::each(const TakeReject& take) {
  bool done = false;
  const auto consume = [&](std::string_view bytes) { return decode_records(bytes, take, done); };
  DECANT_TRY(file_.read(consume));
  DECANT_TRY(consume(buffer_));
  return {};
}

Status RejectSpool::save(const std::string& path, std::int64_t most) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  const std::string unfinished = path + ".tmp";
  FileWriter file(unfinished);
  std::string bytes(k_magic);
  std::int64_t written = 0;
  DECANT_TRY(each([&](const Reject& reject, int chunk) -> Status {
    if (written == most) return {};
    ++written;
    encode(reject, chunk, bytes);
    if (bytes.size() < k_write_bytes) return {};
    file.write(bytes);
    bytes.clear();
    return file.error() == 0 ? Status{} : Status(not_written(path, file.error()));
  }));
  put(0, 4, bytes);
  put(static_cast<std::uint64_t>(written), 8, bytes);
  file.write(bytes);
  file.sync();
  if (file.error() != 0) return not_written(path, file.error());
  if (::rename(unfinished.c_str(), path.c_str()) != 0) return not_written(path, errno);
  return {};
}

Status read_reject_file(const std::string& path, const TakeReject& take_one) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             std::fclose);
  if (!file) {
    return fail(ErrorCode::kUnreachable,
                "The reject file " + path + " cannot be read: " + std::strerror(errno) + ".",
                "Workers on other machines must share the stage folder.");
  }
  bool begun = false;
  bool done = false;
  std::uint64_t count = 0;
  std::optional<std::uint64_t> written;
  const TakeReject counted = [&](const Reject& reject, int chunk) {
    ++count;
    return take_one(reject, chunk);
  };
  DECANT_TRY_ASSIGN(
      const bool whole,
      read_in_blocks(file.get(), "The reject file " + path,
                     [&](std::string_view bytes) -> Result<std::size_t> {
                       std::size_t used = 0;
                       if (!begun) {
                         if (bytes.substr(0, k_magic.size()) != k_magic)
                           return fail(ErrorCode::kProtocol, path + " is no reject file.");
                         begun = true;
                         used = k_magic.size();
                       }
                       DECANT_TRY_ASSIGN(const std::size_t records,
                                         decode_records(bytes.substr(used), counted, done));
                       used += records;
                       if (done && !written && bytes.size() - used >= 8) {
                         std::string_view rest = bytes.substr(used, 8);
                         written = take(rest, 8);
                         used += 8;
                       }
                       return used;
                     }));
  if (whole && written == count) return {};
  return fail(ErrorCode::kProtocol, "The reject file " + path + " is not whole.");
}

}  // namespace decant
