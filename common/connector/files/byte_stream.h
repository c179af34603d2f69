// ByteStream: the bytes of a file after decompression. Plain, gzip and zstd are told apart by their
// first bytes, not by the name. Memory is bounded by the codec's window and one input buffer.
#pragma once

#include <cstdint>
#include <memory>

#include "common/base/result.h"
#include "common/connector/files/input_file.h"

namespace decant {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Fills `out` up to `capacity`; less only at the end, 0 when nothing is left. kProtocol for
  // damaged data.
  virtual Result<std::size_t> read(char* out, std::size_t capacity) = 0;
  // Bytes of the file that the bytes handed out so far came from, about; for estimates.
  virtual std::int64_t consumed_bytes() const = 0;
  // The bytes are those of the file, one for one.
  virtual bool is_plain() const = 0;
};

// `file` must outlive the stream. kProtocol for files of formats that are no text, such as a
// workbook.
Result<std::unique_ptr<ByteStream>> open_byte_stream(InputFile& file);
// The bytes [begin, end) as they stand in the file; `end` 0: up to its end.
Result<std::unique_ptr<ByteStream>> open_byte_range(InputFile& file, std::int64_t begin,
                                                    std::int64_t end);

}  // namespace decant
