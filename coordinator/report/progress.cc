#include "common/base/text.h"
#include "coordinator/report/report.h"
#include "coordinator/report/text_table.h"

namespace decant {

std::string progress_line(const ProgressView& view, int columns) {
  std::string text = view.phase + "  " + group_digits(view.tasks_done) + "/" +
                     group_digits(view.tasks) + " tasks  " + group_digits(view.rows) + " rows";
  if (view.rows_per_second >= 1)
    text += "  " + abbreviate(static_cast<std::int64_t>(view.rows_per_second)) + "/s";
  const std::int64_t left = view.rows_expected - view.rows;
  if (view.rows_per_second >= 1 && left > 0 && view.rows > 0) {
    text += "  ETA " + format_duration(static_cast<std::int64_t>(static_cast<double>(left) /
                                                                 view.rows_per_second * 1000));
  }
  if (view.rejects > 0) text += "  " + group_digits(view.rejects) + " rejects";
  text += "  " + std::to_string(view.workers) + (view.workers == 1 ? " worker" : " workers");
  if (!view.slowest_store.empty())
    text += "  slowest " + view.slowest_store + " (" + view.slowest_reason + ")";
  return display_width(text) > columns ? fit(text, columns) : text;
}

}  // namespace decant
