#include "common/connector/duckdb/stage_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>

namespace decant::duck {
namespace {

constexpr const char* k_advice = "Look at the disk of its folder, and run again.";

tl::unexpected<Error> failed(int error, const std::string& path, const char* done) {
  const bool lacks_descriptor = error == EMFILE || error == ENFILE;
  const ErrorCode code = lacks_descriptor  ? ErrorCode::kNoSpace
                         : error == EACCES ? ErrorCode::kPermission
                                           : ErrorCode::kUnreachable;
  return fail(code,
              "The stage file " + path + " cannot be " + done + ": " + std::strerror(error) + ".",
              lacks_descriptor ? "Raise `ulimit -n`, and run again." : k_advice);
}

template <typename T>
T number_at(std::string_view bytes, std::size_t offset) {
  T number;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

// What the lengths of texts add up to.
std::uint64_t sum_of(std::string_view lengths) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < lengths.size(); i += sizeof(std::uint32_t))
    sum += number_at<std::uint32_t>(lengths, i);
  return sum;
}

}  // namespace

Result<std::unique_ptr<StageFile>> StageFile::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return failed(errno, path, "opened");
  std::unique_ptr<StageFile> file(new StageFile(path, descriptor));
  DECANT_TRY(file->read_footer());
  return file;
}

StageFile::~StageFile() { ::close(file_); }

std::uint64_t StageFile::rows() const {
  return std::accumulate(footer_.block_rows.begin(), footer_.block_rows.end(), std::uint64_t{0});
}

tl::unexpected<Error> StageFile::not_whole(const std::string& reason) const {
  return fail(ErrorCode::kUnreachable, "The stage file " + path_ + " is not whole: " + reason + ".",
              k_advice);
}

Status StageFile::read_footer() {
  struct stat status = {};
  if (::fstat(file_, &status) != 0) return failed(errno, path_, "read");
  if (!S_ISREG(status.st_mode)) return not_whole("it is no file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < k_stage_begin.size() + k_stage_tail_bytes) return not_whole("it is too short");
  ByteBuffer buffer;
  DECANT_TRY_ASSIGN(const std::string_view begin, read_bytes(0, k_stage_begin.size(), buffer));
  if (begin != k_stage_begin) return not_whole("it does not begin as one of this version");
  const std::uint64_t tail_at = size - k_stage_tail_bytes;
  DECANT_TRY_ASSIGN(const std::string_view tail, read_bytes(tail_at, k_stage_tail_bytes, buffer));
  if (!tail.ends_with(k_stage_end)) return not_whole("its end is missing");
  const auto footer_bytes = number_at<std::uint64_t>(tail, 0);
  const auto checksum = number_at<std::uint64_t>(tail, 8);
  if (footer_bytes > tail_at - k_stage_begin.size())
    return not_whole("its footer is longer than the file");
  DECANT_TRY_ASSIGN(const std::string_view footer,
                    read_bytes(tail_at - footer_bytes, footer_bytes, buffer));
  if (stage_checksum({&footer, 1}) != checksum) return not_whole("its footer is damaged");
  auto parsed = parse_footer(footer, tail_at - footer_bytes);
  if (!parsed) return not_whole(parsed.error().message);
  footer_ = std::move(*parsed);
  return {};
}

Result<std::string_view> StageFile::read_bytes(std::uint64_t offset, std::size_t size,
                                               ByteBuffer& buffer) const {
  buffer.clear();
  char* const begin = buffer.room(size);
  for (std::size_t read = 0; read < size;) {
    const ssize_t part =
        ::pread(file_, begin + read, size - read, static_cast<off_t>(offset + read));
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return failed(errno, path_, "read");
    if (part == 0) return not_whole("it became shorter");
    read += static_cast<std::size_t>(part);
  }
  buffer.set_end(begin + size);
  return buffer.view();
}

Result<SectionView> StageFile::read(std::size_t block, std::size_t column,
                                    ByteBuffer& buffer) const {
  const StageSection& section = footer_.section(block, column);
  DECANT_TRY_ASSIGN(std::string_view rest, read_bytes(section.offset, section.size_bytes, buffer));
  if (stage_checksum({&rest, 1}) != section.checksum) {
    return not_whole("the checksum of " + footer_.columns[column].name + " in block " +
                     std::to_string(block) + " does not match");
  }
  // The checksum is right: what follows is a mistake of the writer's.
  const std::size_t rows = footer_.block_rows[block];
  const std::size_t width = value_bytes(footer_.columns[column].type);
  const std::size_t values_bytes = rows * (width == 0 ? sizeof(std::uint32_t) : width);
  const auto flags = number_at<std::uint64_t>(rest, 0);
  const std::size_t mask = flags == k_has_mask ? mask_bytes(rows) : 0;
  const std::size_t fixed_bytes = sizeof flags + mask + values_bytes;
  const bool has_texts = width == 0;
  if (flags > k_has_mask || rest.size() < fixed_bytes || (!has_texts && rest.size() > fixed_bytes))
    return not_whole("a section has flags that do not go with its length");
  rest.remove_prefix(sizeof flags);
  const SectionView view{rest.substr(0, mask), rest.substr(mask, values_bytes),
                         rest.substr(mask + values_bytes)};
  if (has_texts && sum_of(view.values) != view.texts.size())
    return not_whole("the lengths of a section do not add up to its bytes");
  return view;
}

}  // namespace decant::duck
