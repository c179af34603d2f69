// EntityFiles: the files of one entity, each read by the reader that its format asks for.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "common/connector/files/file_reader.h"
#include "common/connector/files/files_source.h"

namespace decant {

// One file that was opened: its columns are known, its rows come after choose().
class OpenedFile {
 public:
  virtual ~OpenedFile() = default;
  virtual const Schema& columns() const = 0;
  // Keys of JSON objects come and go; the columns of other formats are the same in every file of an
  // entity.
  virtual bool has_fixed_columns() const = 0;
  // The rows with exactly these columns. Once only; it ends the life of this object.
  virtual Result<std::unique_ptr<FileRows>> rows(const std::vector<std::string>& columns) && = 0;
  // Rows of the file without reading all of it. Once only, in place of rows().
  virtual Result<std::int64_t> estimate_rows() && = 0;
  // Where the file may be cut, about every `step_bytes`; nowhere for one that cannot be, or that is
  // damaged, which is said when its rows are read. Reads all of it. Once only, in place of rows().
  virtual std::vector<RecordMark> marks(std::int64_t step_bytes) && = 0;
};

class EntityFiles {
 public:
  // `entity`, `options` and `cancelled` must outlive it. `base` is taken off names that people see.
  EntityFiles(const EntitySpec& entity, std::string base, const FilesOptions& options,
              const std::atomic<bool>& cancelled);

  // The files opened from now on are read for their rows: what lands in JSON comes as JSON, and a
  // JSON record with another key than the columns that are read is refused, unless the entity says
  // that it names all that it wants.
  void read_rows();

  // `planned` with an empty digest is not checked. kUnsupported for Parquet without a reader for
  // it, and for a part of Parquet.
  Result<std::unique_ptr<OpenedFile>> open(const std::string& path, const FileIdentity& planned,
                                           const FilePart& part = {}) const;

 private:
  ReaderContext context_for(const std::string& path, const FileIdentity& planned,
                            const FilePart& part) const;

  const EntitySpec& entity_;
  std::string base_;
  const FilesOptions& options_;
  const std::atomic<bool>& cancelled_;
  bool reads_rows_ = false;
};

}  // namespace decant
