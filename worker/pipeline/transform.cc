#include "worker/pipeline/transform.h"

#include <algorithm>

#include "common/job/column_options.h"
#include "common/value/lossy.h"

namespace decant {
namespace {

// Repeats the only row of `constant` over `rows` rows.
void fill_constant(const Column& constant, std::size_t rows, Column& out) {
  out.valid.assign(rows, constant.valid[0]);
  switch (out.storage) {
    case Storage::kByte:
      out.bytes.assign(rows, constant.bytes[0]);
      break;
    case Storage::kWord:
      out.words.assign(rows, constant.words[0]);
      break;
    case Storage::kWide:
      out.wides.assign(rows, constant.wides[0]);
      break;
    case Storage::kView:
      out.views.assign(rows, constant.views[0]);
      break;
  }
}

void reject_missing_values(const Field& field, const Column& column, std::size_t rows,
                           RowFaults& faults) {
  if (field.nullable) return;
  if (std::find(column.valid.begin(), column.valid.end(), 0) == column.valid.end()) return;
  for (std::size_t row = 0; row < rows; ++row) {
    if (column.valid[row] != 0 || faults.has(row)) continue;
    Reject reject;
    reject.column = field.name;
    reject.rule = "not null";
    reject.reason = field.name + ": a value is required and there is none.";
    faults.add(row, std::move(reject));
  }
}

// Whether every value of the source's columns, in their order, is the target's value as it stands.
bool changes_no_value(const EntityPlan& plan, const EntitySpec& entity, const Schema& source) {
  if (!entity.read.files.empty() || plan.columns.size() != source.fields.size()) return false;
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const ColumnPlan& column = plan.columns[i];
    const bool is_converted = !column.lossy.empty() || column.replace_nul ||
                              !column.null_texts.empty() || column.zero_pad > 0;
    if (column.constant || is_converted || column.from != source.fields[i].name ||
        column.type != source.fields[i].type) {
      return false;
    }
  }
  return true;
}

// A column may have another type in another file, or by now, than the one that was judged in the
// plan.
Status check_as_planned(const EntityPlan& plan, const ColumnPlan& column, const Type& from) {
  const Fidelity fidelity = declared_fidelity(from, column.type, column.lossy);
  const bool is_kept = fidelity == Fidelity::kExact || fidelity == Fidelity::kWidening;
  if (from == column.source_type || is_kept || !column.lossy.empty()) return {};
  return fail(
      ErrorCode::kMismatch,
      plan.entity + ": the column " + column.from + " is " + to_string(from) +
          " here, and was planned as " + to_string(column.source_type) +
          ": its values would be bent on their way to " + to_string(column.type) + ".",
      "Give files of another form an entity of their own, or say `lossy` if that is meant.");
}

}  // namespace

Result<std::unique_ptr<Transform>> Transform::make(const EntityPlan& plan, const EntitySpec& entity,
                                                   const StoreSpec* store, const Schema& source,
                                                   const std::string& time_zone,
                                                   const ValueLimits& limits,
                                                   std::optional<std::string> local_time_zone) {
  std::unique_ptr<Transform> transform(new Transform());
  transform->schema_ = std::make_shared<const Schema>(plan.target_schema());
  transform->limits_ = limits;
  transform->changes_nothing_ = changes_no_value(plan, entity, source);
  for (const ColumnPlan& column : plan.columns) {
    Step step;
    if (!column.constant) {
      const ConvertOptions options =
          convert_options(entity, column, local_time_zone.value_or(time_zone));
      step.from = source.find(column.from);
      if (step.from < 0) {
        return fail(ErrorCode::kMismatch,
                    plan.entity + ": the source has no column " + column.from + " any more.",
                    "Run again, so that it is planned anew.");
      }
      const Type& from = source.fields[static_cast<std::size_t>(step.from)].type;
      DECANT_TRY(check_as_planned(plan, column, from));
      DECANT_TRY_ASSIGN(step.converter, make_converter(from, column.type, options, column.name));
      const auto is_same = [&](const ColumnPlan& each) {
        return !each.constant && each.from == column.from;
      };
      step.keeps_values = keeps_values(from, column.type, options) &&
                          std::count_if(plan.columns.begin(), plan.columns.end(), is_same) == 1;
      transform->steps_.push_back(std::move(step));
      continue;
    }
    std::string text = *column.constant;
    if (store != nullptr) {
      DECANT_TRY_ASSIGN(text, expand_store_template(text, *store));
    }
    step.constant_memory = std::make_shared<Arena>();
    DECANT_TRY_ASSIGN(step.constant,
                      constant_column(entity, column, text, time_zone, *step.constant_memory));
    transform->steps_.push_back(std::move(step));
  }
  return transform;
}

void Transform::apply(RowBatch& in, RowBatch& out, RowFaults& faults) const {
  out.reset(schema_);
  out.rows = in.rows;
  out.places.swap(in.places);
  if (changes_nothing_) {
    out.sent_form = in.sent_form;
    out.sent_rows.swap(in.sent_rows);
  }
  faults.reset(in.rows);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    Column& column = out.columns[i];
    const Type& type = schema_->fields[i].type;
    if (step.from < 0) {
      fill_constant(step.constant, in.rows, column);
    } else if (Column& source = in.columns[static_cast<std::size_t>(step.from)];
               step.keeps_values && (type.kind != TypeKind::kText || in.has_sound_texts)) {
      std::swap(column, source);
      column.type = type;
    } else {
      step.converter->convert(source, in.rows, column, out.arena, faults);
    }
    refuse_beyond(limits_, schema_->fields[i], column, in.rows, faults);
    reject_missing_values(schema_->fields[i], column, in.rows, faults);
  }
}

}  // namespace decant
