// What the readers of every text format share: how a file is opened, what they tell of it, when
// they stop.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/connector/files/text_window.h"
#include "common/connector/source.h"

namespace decant {

inline constexpr std::size_t k_rows_per_batch = 4096;
inline constexpr std::uint64_t k_text_bytes_per_batch = 8
                                                        << 20;  // a batch of wide rows ends earlier
inline constexpr std::size_t k_faults_per_batch = 4096;

struct ReaderContext {
  FileOptions options;
  std::string path;
  std::string shown_name;  // of the file in rejects: short, as a person knows it
  FileIdentity planned;    // checked at both ends; an empty digest: not checked
  FilePart part;
  bool hide_originals = false;  // a private column: rejects do not show the row's text
  std::size_t block_bytes = k_default_block_bytes;
  std::size_t most_record_bytes = k_most_record_bytes;
  const std::atomic<bool>* cancelled = nullptr;  // may be null; outlives the reader
  // JSON: names that are looked for behind the first rows, too, since the job speaks of them.
  std::vector<std::string> declared_names;
  // JSON: columns whose values are wanted as JSON, texts with their quotes.
  std::vector<std::string> json_columns;
  // JSON: columns that land as numbers, whose texts have the entity's separators. A number of JSON
  // has none of these and is given as such a text.
  std::vector<std::string> number_columns;
  // JSON: texts that mean NULL in a column, besides those of `options`.
  std::map<std::string, std::vector<std::string>> column_nulls;
  bool columns_are_all = false;  // a JSON record with a key that is none is refused
};

// Without the blanks at either end.
std::string_view trimmed(std::string_view text);

// The texts that mean NULL (`nulls:`), with blanks at either end where the entity trims its texts.
class NullTexts {
 public:
  explicit NullTexts(const FileOptions& options);
  bool empty() const { return texts_.empty(); }
  bool contains(std::string_view text) const {
    if (trims_) text = trimmed(text);
    return text.size() <= longest_ && find(text);
  }

 private:
  bool find(std::string_view text) const;

  std::vector<std::string> texts_;
  std::size_t longest_ = 0;
  bool trims_;
};

// Rows of one file.
class FileRows : public RowSource {
 public:
  // Where the record behind the last row begins, if the file may be cut there.
  virtual std::optional<RecordMark> mark() const { return std::nullopt; }
};

// A reader of text: rows of text columns out of one file.
class TextReader : public FileRows {
 public:
  // The columns of the file in its order, as far as the file says (JSON: the keys of its first
  // objects).
  virtual const std::vector<std::string>& column_names() const = 0;
  // Which of them the batches hold, in that order. Before the first next(); all of them otherwise.
  // kMismatch, with the nearest name, for a column that the file cannot have.
  virtual Status choose(const std::vector<std::string>& columns) = 0;
  // Passes over up to `records` records without looking into them. How many there were: fewer only
  // at the end.
  virtual Result<std::size_t> skim(std::size_t records) = 0;
  // Every row was handed out, or refused.
  virtual bool at_end() const = 0;
  virtual const TextWindow& window() const = 0;
  // Where the record that was read last begins in the text.
  virtual std::uint64_t record_offset() const = 0;
};

// Opens the file, checks that it is the planned one and decodes the part that is wanted.
Result<std::unique_ptr<TextWindow>> open_window(const ReaderContext& context);
// The context of the whole file that a part belongs to: its beginning has the header.
ReaderContext whole_of(ReaderContext context);

// kCancelled when the read was called off.
Status check_cancelled(const ReaderContext& context);

// A reject of a whole row. `text` is the row as it stands, shown as far as it is allowed to be.
Reject row_reject(const ReaderContext& context, const RowPlace& place, std::string rule,
                  std::string reason, std::string_view text);

// A reject for bytes that are not UTF-8, naming the first of them.
Reject encoding_reject(const ReaderContext& context, const RowPlace& place, std::string_view text);

// A schema of text columns.
std::shared_ptr<const Schema> text_schema(const std::vector<std::string>& names);

// Holds on to the window's block on behalf of `batch`, once.
void keep_block(RowBatch& batch, const TextWindow& window);

}  // namespace decant
