#include "common/job/column_options.h"

#include "common/job/empty_texts.h"

namespace decant {

ColumnPlan declared_column(const ColumnSpec& spec) {
  ColumnPlan column;
  column.name = spec.name;
  column.constant = spec.constant;
  column.lossy = spec.lossy;
  column.is_private = spec.is_private;
  column.date_format = spec.date_format;
  column.replace_nul = spec.replace_nul;
  column.null_texts = spec.null_texts;
  column.zero_pad = spec.zero_pad;
  return column;
}

ConvertOptions convert_options(const EntitySpec& entity, const ColumnPlan& column,
                               const std::string& time_zone) {
  ConvertOptions options;
  const FileOptions& file = entity.read.file_options;
  options.time_zone = time_zone;
  options.empty_is_null = column.constant || empty_text_is_null(entity.read);
  options.lossy = column.lossy;
  options.date_format = column.date_format;
  options.replace_nul = column.replace_nul;
  options.column_nulls = column.null_texts;
  options.zero_pad = column.zero_pad;
  if (!entity.read.files.empty() && !column.constant) {
    options.null_texts = file.null_texts;
    options.decimal_point = file.decimal_point;
    options.group_separator = file.group_separator;
    options.trim = file.trim;
    if (options.date_format.empty()) options.date_format = file.date_format;
  }
  return options;
}

Result<Column> constant_column(const EntitySpec& entity, const ColumnPlan& column,
                               const std::string& text, const std::string& time_zone,
                               Arena& arena) {
  const Type text_type;
  Column input;
  input.reset(text_type);
  input.resize(1);
  input.valid[0] = 1;
  input.views[0] = arena.copy(text);
  DECANT_TRY_ASSIGN(const auto converter,
                    make_converter(text_type, column.type,
                                   convert_options(entity, column, time_zone), column.name));
  Column constant;
  constant.reset(column.type);
  RowFaults faults;
  faults.reset(1);
  converter->convert(input, 1, constant, arena, faults);
  if (faults.count() == 0) return constant;
  return fail(ErrorCode::kUsage,
              entity.name + ": the constant \"" + text + "\" is no " + to_string(column.type) +
                  " for " + column.name + ".",
              "Change the constant or the type in the job file.");
}

}  // namespace decant
