// The files adapter: CSV, JSON lines and (through DuckDB's adapter) Parquet in a folder, as a
// Source.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/connector/source.h"

namespace decant {

// A Parquet file that was opened on behalf of this adapter.
class OpenedParquet {
 public:
  virtual ~OpenedParquet() = default;
  virtual const Schema& columns() const = 0;
  // Rows with exactly these columns, in this order, in the file's types. They may outlive this.
  virtual Result<std::unique_ptr<RowSource>> rows(const std::vector<std::string>& columns) = 0;
  // From the footer.
  virtual Result<std::int64_t> count_rows() = 0;
};

// DuckDB's adapter reads it, and who puts a Source together joins the two.
using OpenParquet = std::function<Result<std::unique_ptr<OpenedParquet>>(const std::string& path)>;

struct FilesOptions {
  OpenParquet open_parquet;           // empty: Parquet is kUnsupported
  std::size_t block_bytes = 1 << 20;  // of text at a time; tests make it tiny, as what follows
  std::size_t most_record_bytes = 256 << 20;  // a record with more is a reject
  // A census tells places where a file may be cut, about every `mark_bytes`. Where it need not read
  // the file otherwise it does so for one of `large_file_bytes` that is a good part of what it
  // found.
  std::int64_t mark_bytes = 1 << 20;
  std::int64_t large_file_bytes = 64 << 20;
};

// The folder is `request.connection` if that is set (relative to `request.directory`; "file:" and
// "file://" in front are left out), else `request.directory`. Paths of entities start there.
// Nothing is opened yet; the folder may be missing, which is then found by describe() or census().
Result<std::unique_ptr<Source>> open_files_source(const SourceRequest& request,
                                                  FilesOptions options = {});

}  // namespace decant
