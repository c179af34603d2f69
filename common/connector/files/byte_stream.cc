#include "common/connector/files/byte_stream.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <cstring>
#include <string>
#include <vector>

namespace decant {
namespace {

constexpr std::size_t k_input_bytes = 128 * 1024;

// The file's own bytes, with the ones that were looked at to find the format put in front again.
class RawStream final : public ByteStream {
 public:
  explicit RawStream(InputFile& file) : file_(file) {}

  Status peek(std::size_t count) {
    head_.resize(count);
    std::size_t done = 0;
    while (done < count) {
      DECANT_TRY_ASSIGN(const std::size_t got, file_.read(head_.data() + done, count - done));
      if (got == 0) break;
      done += got;
    }
    head_.resize(done);
    return {};
  }
  const std::string& head() const { return head_; }
  const std::string& path() const { return file_.path(); }

  Result<std::size_t> read(char* out, std::size_t capacity) override {
    std::size_t done = std::min(capacity, head_.size() - head_taken_);
    std::memcpy(out, head_.data() + head_taken_, done);
    head_taken_ += done;
    while (done < capacity) {
      DECANT_TRY_ASSIGN(const std::size_t got, file_.read(out + done, capacity - done));
      if (got == 0) break;
      done += got;
    }
    consumed_ += static_cast<std::int64_t>(done);
    return done;
  }
  std::int64_t consumed_bytes() const override { return consumed_; }
  bool is_plain() const override { return true; }

 private:
  InputFile& file_;
  std::string head_;
  std::size_t head_taken_ = 0;
  std::int64_t consumed_ = 0;
};

class RangeStream final : public ByteStream {
 public:
  RangeStream(InputFile& file, std::int64_t begin, std::int64_t end)
      : file_(file), at_(begin), end_(end) {}

  Result<std::size_t> read(char* out, std::size_t capacity) override {
    std::size_t done = 0;
    while (done < capacity && at_ < end_) {
      const auto wanted = static_cast<std::size_t>(
          std::min(static_cast<std::int64_t>(capacity - done), end_ - at_));
      DECANT_TRY_ASSIGN(const std::size_t got, file_.read_at(at_, out + done, wanted));
      if (got == 0) break;
      done += got;
      at_ += static_cast<std::int64_t>(got);
    }
    return done;
  }
  std::int64_t consumed_bytes() const override { return at_; }
  bool is_plain() const override { return true; }

 private:
  InputFile& file_;
  std::int64_t at_;
  std::int64_t end_;
};

// `at`: bytes of the file that were taken.
tl::unexpected<Error> damaged(const std::string& path, std::string_view format, std::int64_t at) {
  return fail(ErrorCode::kProtocol,
              path + " is damaged: its " + std::string(format) +
                  " data cannot be unpacked from about byte " + std::to_string(at) + " on.",
              "Fetch the file again from where it was made.");
}

tl::unexpected<Error> truncated(const std::string& path, std::string_view format, std::int64_t at) {
  return fail(ErrorCode::kProtocol,
              path + " ends in the middle of its " + std::string(format) + " data, at byte " +
                  std::to_string(at) + ".",
              "It was cut off while it was written or copied; fetch it again.");
}

class GzipStream final : public ByteStream {
 public:
  explicit GzipStream(std::unique_ptr<RawStream> raw)
      : raw_(std::move(raw)), input_(k_input_bytes) {}
  ~GzipStream() override { inflateEnd(&state_); }

  Status start() {
    constexpr int k_gzip_window = 16 + MAX_WBITS;
    if (inflateInit2(&state_, k_gzip_window) != Z_OK)
      return fail(ErrorCode::kNoSpace, "No memory to unpack gzip.");
    return {};
  }

  Result<std::size_t> read(char* out, std::size_t capacity) override {
    state_.next_out = reinterpret_cast<Bytef*>(out);
    state_.avail_out = static_cast<uInt>(capacity);
    while (state_.avail_out > 0 && !ended_) {
      if (state_.avail_in == 0) {
        DECANT_TRY_ASSIGN(const std::size_t got, raw_->read(input_.data(), input_.size()));
        state_.next_in = reinterpret_cast<Bytef*>(input_.data());
        state_.avail_in = static_cast<uInt>(got);
        if (got == 0) {
          if (in_member_) return truncated(raw_->path(), "gzip", consumed_bytes());
          ended_ = true;
          break;
        }
      }
      if (skips_padding()) continue;
      in_member_ = true;
      const int code = inflate(&state_, Z_NO_FLUSH);
      if (code == Z_STREAM_END) {  // another member may follow: files are made with `cat a.gz b.gz`
        in_member_ = false;
        had_member_ = true;
        if (inflateReset(&state_) != Z_OK) return damaged(raw_->path(), "gzip", consumed_bytes());
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return damaged(raw_->path(), "gzip", consumed_bytes());
      }
    }
    return capacity - state_.avail_out;
  }
  std::int64_t consumed_bytes() const override {
    return raw_->consumed_bytes() - static_cast<std::int64_t>(state_.avail_in);
  }
  bool is_plain() const override { return false; }

 private:
  // Behind its members a file may be filled up with zeros, as tapes and block devices do it; gzip
  // passes them over, too. True when the buffer holds nothing else.
  bool skips_padding() {
    if (in_member_ || !had_member_) return false;
    while (state_.avail_in > 0 && *state_.next_in == 0) {
      ++state_.next_in;
      --state_.avail_in;
    }
    return state_.avail_in == 0;
  }

  std::unique_ptr<RawStream> raw_;
  std::vector<char> input_;
  z_stream state_{};
  bool in_member_ = false;
  bool had_member_ = false;
  bool ended_ = false;
};

class ZstdStream final : public ByteStream {
 public:
  explicit ZstdStream(std::unique_ptr<RawStream> raw)
      : raw_(std::move(raw)),
        input_(k_input_bytes),
        state_(ZSTD_createDStream(), &ZSTD_freeDStream) {}

  Status start() {
    if (!state_) return fail(ErrorCode::kNoSpace, "No memory to unpack zstd.");
    return {};
  }

  Result<std::size_t> read(char* out, std::size_t capacity) override {
    ZSTD_outBuffer output{out, capacity, 0};
    while (output.pos < output.size && !ended_) {
      if (buffer_.pos == buffer_.size && !flushing_) {
        DECANT_TRY_ASSIGN(const std::size_t got, raw_->read(input_.data(), input_.size()));
        if (got == 0) {
          if (in_frame_) return truncated(raw_->path(), "zstd", consumed_bytes());
          ended_ = true;
          break;
        }
        buffer_ = {input_.data(), got, 0};
      }
      const std::size_t code = ZSTD_decompressStream(state_.get(), &output, &buffer_);
      if (ZSTD_isError(code)) return unreadable(code);
      in_frame_ = code != 0;
      // A full output may hide bytes that the decoder still holds: ask it before the file.
      flushing_ = output.pos == output.size && in_frame_;
    }
    return output.pos;
  }
  std::int64_t consumed_bytes() const override {
    return raw_->consumed_bytes() - static_cast<std::int64_t>(buffer_.size - buffer_.pos);
  }
  bool is_plain() const override { return false; }

 private:
  tl::unexpected<Error> unreadable(std::size_t code) const {
    if (ZSTD_getErrorCode(code) != ZSTD_error_frameParameter_windowTooLarge)
      return damaged(raw_->path(), "zstd", consumed_bytes());
    return fail(ErrorCode::kUnsupported,
                raw_->path() + " was packed by zstd with a window of more than 128 MiB (--long).",
                "Pack it anew: zstd -d --long=31 -c OLD | zstd -o NEW.");
  }

  std::unique_ptr<RawStream> raw_;
  std::vector<char> input_;
  std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> state_;
  ZSTD_inBuffer buffer_{nullptr, 0, 0};
  bool in_frame_ = false;
  bool flushing_ = false;
  bool ended_ = false;
};

// Files that are no text however they are called, by their first bytes.
struct OtherFormat {
  std::string_view head;
  std::string_view name;
  std::string_view advice;
};
constexpr std::string_view k_save_as_csv = "Save its sheet as CSV, or unpack it first.";
constexpr std::string_view k_unpack = "Unpack it first, or pack it with gzip or zstd.";
constexpr OtherFormat k_other_formats[] = {
    {"PK\x03\x04", "a workbook (.xlsx, .ods) or another ZIP archive", k_save_as_csv},
    {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an Excel workbook (.xls) or another Office document",
     k_save_as_csv},
    {"PAR1\x15", "a Parquet file", "Say `format: parquet`."},
    {"BZh91AY", "packed with bzip2", k_unpack},
    {std::string_view("\xFD"
                      "7zXZ\0",
                      6),
     "packed with xz", k_unpack},
    {"7z\xBC\xAF\x27\x1C", "a 7-Zip archive", k_unpack},
    {"%PDF-", "a PDF document", "Ask for the data as CSV."},
};

Status refuse_other_formats(const RawStream& raw) {
  for (const OtherFormat& format : k_other_formats) {
    if (!std::string_view(raw.head()).starts_with(format.head)) continue;
    return fail(ErrorCode::kProtocol,
                raw.path() + " is " + std::string(format.name) + ", and no text.",
                std::string(format.advice));
  }
  return {};
}

// A frame of data, or one that readers skip (RFC 8878, 3.1): tools that pack in parallel begin with
// one.
bool is_zstd(const std::string& head) {
  if (head.starts_with("\x28\xb5\x2f\xfd")) return true;
  return head.size() >= 4 && (head[0] & 0xF0) == 0x50 && head.substr(1, 3) == "\x2a\x4d\x18";
}

template <typename Stream>
Result<std::unique_ptr<ByteStream>> started(std::unique_ptr<Stream> stream) {
  DECANT_TRY(stream->start());
  return std::unique_ptr<ByteStream>(std::move(stream));
}

}  // namespace

Result<std::unique_ptr<ByteStream>> open_byte_stream(InputFile& file) {
  auto raw = std::make_unique<RawStream>(file);
  DECANT_TRY(raw->peek(8));
  DECANT_TRY(refuse_other_formats(*raw));
  const std::string& head = raw->head();
  if (head.starts_with("\x1f\x8b")) return started(std::make_unique<GzipStream>(std::move(raw)));
  if (is_zstd(head)) return started(std::make_unique<ZstdStream>(std::move(raw)));
  return std::unique_ptr<ByteStream>(std::move(raw));
}

Result<std::unique_ptr<ByteStream>> open_byte_range(InputFile& file, std::int64_t begin,
                                                    std::int64_t end) {
  if (end == 0) {
    DECANT_TRY_ASSIGN(end, file.size_bytes());
  }
  return std::unique_ptr<ByteStream>(std::make_unique<RangeStream>(file, begin, end));
}

}  // namespace decant
