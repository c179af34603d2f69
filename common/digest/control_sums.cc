#include "common/digest/control_sums.h"

#include <gmp.h>

#include "common/base/text.h"

namespace decant {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Result<int> find_factor(const std::string& expression, std::string_view name,
                        const Schema& schema) {
  const int column = schema.find(name);
  if (column < 0) {
    std::vector<std::string> names;
    for (const Field& field : schema.fields) names.push_back(field.name);
    const std::string near = nearest(name, names);
    return fail(ErrorCode::kUsage,
                "The control sum \"" + expression + "\" names \"" + std::string(name) +
                    "\", which is no column.",
                near.empty() ? "Name target columns, with * between factors."
                             : "Did you mean \"" + near + "\"?");
  }
  const TypeKind kind = schema.fields[static_cast<std::size_t>(column)].type.kind;
  if (kind != TypeKind::kInt64 && kind != TypeKind::kDecimal) {
    return fail(ErrorCode::kUsage,
                "The control sum \"" + expression + "\" uses \"" + std::string(name) +
                    "\", which is " +
                    to_string(schema.fields[static_cast<std::size_t>(column)].type) + ".",
                "Control sums are exact and take integers and decimals only.");
  }
  return column;
}

std::int32_t scale_of(const Column& column) {
  return column.type.kind == TypeKind::kDecimal ? column.type.scale : 0;
}

Int128 unscaled_of(const Column& column, std::size_t row) {
  return column.storage == Storage::kWord ? column.words[row] : column.wides[row];
}

// The slow way, for numbers beyond 128 bits and for three factors and more: exact integers of any
// size.
class Product {
 public:
  Product() { mpz_init_set_ui(value_, 1); }
  ~Product() { mpz_clear(value_); }
  Product(const Product&) = delete;
  Product& operator=(const Product&) = delete;

  // False when the text is no plain number (NaN), which no sum can hold.
  bool multiply(std::string text) {
    if (const std::size_t point = text.find('.'); point != std::string::npos) {
      scale_ += text.size() - point - 1;
      text.erase(point, 1);
    }
    mpz_t factor;
    mpz_init(factor);
    const bool ok = mpz_set_str(factor, text.c_str(), 10) == 0;
    if (ok) mpz_mul(value_, value_, factor);
    mpz_clear(factor);
    return ok;
  }

  std::string text() const {
    std::string digits(mpz_sizeinbase(value_, 10) + 2, '\0');
    mpz_get_str(digits.data(), 10, value_);
    digits.resize(digits.find('\0'));
    const bool negative = digits.front() == '-';
    if (negative) digits.erase(0, 1);
    if (digits.size() <= scale_) digits.insert(0, scale_ + 1 - digits.size(), '0');
    if (scale_ > 0) digits.insert(digits.size() - scale_, 1, '.');
    return negative ? "-" + digits : digits;
  }

 private:
  mpz_t value_;
  std::size_t scale_ = 0;
};

void add_slowly(const ControlSum& sum, const RowBatch& batch, std::size_t row, ExactSum& total) {
  Product product;
  for (int position : sum.columns) {
    const Column& column = batch.columns[static_cast<std::size_t>(position)];
    const bool is_text = column.storage == Storage::kView;
    if (!product.multiply(is_text ? std::string(column.views[row])
                                  : format_decimal(unscaled_of(column, row), scale_of(column)))) {
      return;
    }
  }
  // The text was made here, so that it is a number; the status can only be good.
  static_cast<void>(total.add_text(product.text()));
}

}  // namespace

Result<ControlSums> ControlSums::make(const std::vector<std::string>& expressions,
                                      const Schema& schema) {
  ControlSums out;
  for (const std::string& expression : expressions) {
    ControlSum sum{expression, {}};
    for (const std::string& factor : split(expression, '*')) {
      DECANT_TRY_ASSIGN(const int column, find_factor(expression, trimmed(factor), schema));
      sum.columns.push_back(column);
    }
    out.sums_.push_back(std::move(sum));
  }
  return out;
}

void ControlSums::add(const RowBatch& batch, std::size_t row, std::vector<ExactSum>& totals) const {
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const std::vector<int>& factors = sums_[i].columns;
    bool is_null = false;
    bool is_fast = factors.size() <= 2;
    for (int position : factors) {
      const Column& column = batch.columns[static_cast<std::size_t>(position)];
      is_null = is_null || column.valid[row] == 0;
      is_fast = is_fast && column.storage != Storage::kView;
    }
    if (is_null) continue;
    const Column& first = batch.columns[static_cast<std::size_t>(factors[0])];
    if (!is_fast) {
      add_slowly(sums_[i], batch, row, totals[i]);
    } else if (factors.size() == 1) {
      totals[i].add(unscaled_of(first, row), scale_of(first));
    } else {
      const Column& second = batch.columns[static_cast<std::size_t>(factors[1])];
      totals[i].add_product(unscaled_of(first, row), unscaled_of(second, row),
                            scale_of(first) + scale_of(second));
    }
  }
}

}  // namespace decant
