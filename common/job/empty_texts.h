// What an empty text of a source means on its way into another type than text.
#pragma once

#include <algorithm>

#include "common/job/job_spec.h"

namespace decant {

// CSV has no other word for NULL. Other sources have one, so that an empty text is a text there,
// unless `nulls` says otherwise.
inline bool empty_text_is_null(const ReadSpec& read) {
  const FileOptions& file = read.file_options;
  if (read.files.empty()) return false;
  return file.format == FileFormat::kCsv ||
         std::find(file.null_texts.begin(), file.null_texts.end(), "") != file.null_texts.end();
}

}  // namespace decant
