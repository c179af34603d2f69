// Files of the data set: written through one bounded buffer and given their name only when whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

namespace decant::examples::retail {

// Writes to "NAME.partial" and renames it in finish(); without finish() the destructor takes the
// partial file away. Throws std::system_error when the disk refuses.
class OutputFile {
 public:
  // Makes the folder of `path` if need be.
  explicit OutputFile(std::filesystem::path path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Room for `size_bytes` at the end of the buffer; what was used of it is told to advance().
  char* reserve(std::size_t size_bytes);
  void advance(const char* end) { used_ = static_cast<std::size_t>(end - buffer_.get()); }

  void write(std::string_view text);
  std::uint64_t finish() &&;  // the file's size

 private:
  static constexpr std::size_t k_buffer_bytes = std::size_t{1} << 20;

  void flush();
  [[noreturn]] void fail(int error) const;

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::filesystem::path path_;
  std::filesystem::path partial_;
  std::unique_ptr<std::FILE, Close> file_;
  std::unique_ptr<char[]> buffer_;
  std::size_t used_ = 0;
  std::uint64_t size_bytes_ = 0;
};

// Writes a small file whole.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace decant::examples::retail
