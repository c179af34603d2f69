#include "worker/pipeline/misplaced_rows.h"

namespace decant {

Reject reject_store(const std::string& column, const std::string& name, bool is_reserved) {
  Reject reject;
  reject.column = column;
  reject.rule = "store";
  reject.reason =
      column + (!is_reserved ? ": the job lists no store of this name, and its stores are strict."
                : name.empty()
                    ? ": an empty text is no store's name; say `nulls` where it means none."
                    : ": no store can be named \"" + name + "\", which Decant uses itself.");
  reject.original = name;
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
