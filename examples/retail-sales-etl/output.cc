#include "examples/retail-sales-etl/output.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace decant::examples::retail {

OutputFile::OutputFile(std::filesystem::path path)
    : path_(std::move(path)), partial_(path_), buffer_(new char[k_buffer_bytes]) {
  partial_ += ".partial";
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path());
  file_.reset(std::fopen(partial_.string().c_str(), "wb"));
  if (!file_) fail(errno);
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);
}

OutputFile::~OutputFile() {
  if (!file_) return;
  file_.reset();
  std::error_code ignored;
  std::filesystem::remove(partial_, ignored);
}

char* OutputFile::reserve(std::size_t size_bytes) {
  if (k_buffer_bytes - used_ < size_bytes) flush();
  return buffer_.get() + used_;
}

void OutputFile::write(std::string_view text) {
  while (!text.empty()) {
    const std::size_t part = std::min(text.size(), k_buffer_bytes);
    char* out = reserve(part);
    std::memcpy(out, text.data(), part);
    advance(out + part);
    text.remove_prefix(part);
  }
}

std::uint64_t OutputFile::finish() && {
  flush();
  std::FILE* file = file_.release();
  if (std::fclose(file) != 0) fail(errno);
  std::filesystem::rename(partial_, path_);
  return size_bytes_;
}

void OutputFile::flush() {
  if (std::fwrite(buffer_.get(), 1, used_, file_.get()) != used_) fail(errno);
  size_bytes_ += used_;
  used_ = 0;
}

void OutputFile::fail(int error) const {
  throw std::system_error(error, std::generic_category(), "cannot write " + path_.string());
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  OutputFile file(path);
  file.write(text);
  std::move(file).finish();
}

}  // namespace decant::examples::retail
