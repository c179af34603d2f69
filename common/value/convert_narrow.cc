// Times that hold fewer digits of seconds than their kind: timestamp(3). A value is converted to
// the whole kind first and then looked at. Text is not: it is read as the type itself.
#include "common/value/convert_parts.h"
#include "common/value/finer_time.h"

namespace decant::conversion {
namespace {

Fault narrow_time(std::int64_t& word, std::int64_t unit, const std::string& lossy) {
  const Shortened shortened = shorten_time(word, Rest::kNone, unit, lossy);
  return shortened == Shortened::kYes       ? Fault::kNone
         : shortened == Shortened::kInexact ? Fault::kInexact
                                            : Fault::kOutOfRange;
}

class Narrowing final : public ColumnConverter {
 public:
  Narrowing(Context context, std::unique_ptr<ColumnConverter> whole)
      : context_(std::move(context)), whole_(std::move(whole)) {
    for (std::int32_t scale = context_.to.scale; scale < 0; ++scale) unit_ *= 10;
  }

  void convert(const Column& in, std::size_t rows, Column& out, Arena& arena,
               RowFaults& faults) const override {
    whole_->convert(in, rows, out, arena, faults);
    for (std::size_t row = 0; row < rows; ++row) {
      if (out.valid[row] == 0) continue;
      const Fault fault = narrow_time(out.words[row], unit_, context_.options.lossy);
      if (fault == Fault::kNone) continue;
      out.valid[row] = 0;
      add_value_fault(context_, fault, in, row, faults);
    }
  }

 private:
  Context context_;
  std::unique_ptr<ColumnConverter> whole_;
  std::int64_t unit_ = 1;
};

}  // namespace

Type whole_kind(const Type& type) {
  Type whole = type;
  if (type.kind != TypeKind::kDecimal) whole.scale = 0;
  return whole;
}

std::unique_ptr<ColumnConverter> make_narrowing(const Context& context,
                                                std::unique_ptr<ColumnConverter> whole) {
  return std::make_unique<Narrowing>(context, std::move(whole));
}

}  // namespace decant::conversion
