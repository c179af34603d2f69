#include "worker/pipeline/misplaced_rows.h"

namespace decant {

Reject reject_store(const std::string& column, const std::optional<std::string>& name,
                    bool is_reserved) {
  Reject reject;
  reject.column = column;
  reject.rule = "store";
  reject.original = name.value_or("");
  if (!name) {
    reject.reason = column + ": the row names no store, and the job's stores are strict.";
  } else if (!is_reserved) {
    reject.reason = column + ": the job lists no store of this name, and its stores are strict.";
  } else if (name->empty()) {
    reject.reason = column + ": an empty text is no store's name; say `nulls` where it means none.";
  } else {
    reject.reason = column + ": no store can be named \"" + *name + "\", which Decant uses itself.";
  }
  return reject;
}

Reject reject_period(const std::string& column, const std::string& month, bool is_dated) {
  Reject reject;
  reject.column = column;
  reject.rule = "period";
  reject.reason =
      column +
      (is_dated ? ": the date lies outside of " + month + ", the month that the file's name says."
                : std::string(": the row has no date, and the file's name says a month."));
  return reject;
}

}  // namespace decant
