#include "common/connector/sql_census.h"

#include <algorithm>
#include <cstdlib>

#include "common/base/text.h"
#include "common/connector/chunk_digester.h"
#include "common/connector/load_sql.h"

namespace decant {
namespace {

std::int64_t to_number(const SqlValue& value) {
  return value ? std::strtoll(value->c_str(), nullptr, 10) : 0;
}

// The smallest of 1, 2, 5, 10, 20 … that is not below `value`, so that limits stay the same while a
// table grows a little.
std::int64_t round_width(double value) {
  constexpr std::int64_t k_widest = 100'000'000'000'000'000;
  for (std::int64_t power = 1;; power *= 10) {
    for (const std::int64_t step : {1, 2, 5}) {
      if (static_cast<double>(step * power) >= value || power >= k_widest) return step * power;
    }
  }
}

class Census {
 public:
  Census(SqlSession& session, const SqlCensusInput& input)
      : session_(session), in_(input), request_(input.request), read_(input.entity->read) {
    store_ = request_.store.empty() ? std::string(k_all) : request_.store;
    if (request_.store.empty()) store_column_ = input.job->store_from_column;
  }

  Result<CensusResult> take() {
    result_.columns = in_.columns;
    CensusExtent extent;
    extent.extent.store = request_.store;
    extent.exact = true;
    result_.extents.push_back(std::move(extent));
    // An entity without that column belongs to no store.
    if (!store_column_.empty() && in_.columns.find(store_column_) < 0) store_column_.clear();
    if (!read_.time.empty()) {
      DECANT_TRY(by_time());
    } else if (!read_.key.empty()) {
      DECANT_TRY(by_key());
    } else {
      DECANT_TRY(whole());
    }
    return std::move(result_);
  }

 private:
  Result<Type> type_of(const std::string& column) const {
    const int at = in_.columns.find(column);
    if (at >= 0) return in_.columns.fields[static_cast<std::size_t>(at)].type;
    std::vector<std::string> names;
    for (const Field& field : in_.columns.fields) names.push_back(field.name);
    const std::string near = nearest(column, names);
    return fail(ErrorCode::kMismatch, "The source has no column \"" + column + "\".",
                near.empty() ? std::string() : "Did you mean \"" + near + "\"?");
  }

  std::string store_expression() const {
    return store_column_.empty() ? "CAST(NULL AS TEXT)"
                                 : "CAST(" + quote_identifier(store_column_) + " AS TEXT)";
  }

  void add(const SqlValue& store, std::string_view period, const ValueRange& range,
           std::int64_t rows) {
    const std::string name =
        store_column_.empty() ? store_ : census_store(store, request_.store_type);
    result_.extents.front().cells.push_back({name, std::string(period), range, rows});
  }

  Result<std::vector<SqlRow>> count_by(const std::string& bucket, const std::string& where) {
    return session_.query("SELECT " + store_expression() + ", " + bucket + ", count(*) FROM " +
                          in_.relation + where + " GROUP BY 1, 2 ORDER BY 1, 2");
  }

  Status whole() {
    DECANT_TRY_ASSIGN(const auto rows, count_by("CAST(NULL AS BIGINT)", {}));
    for (const SqlRow& row : rows) add(row[0], k_all, {}, to_number(row[2]));
    return {};
  }

  Status by_time() {
    DECANT_TRY_ASSIGN(const Type type, type_of(read_.time));
    kind_ = type.kind;
    if (kind_ != TypeKind::kDate && kind_ != TypeKind::kTimestamp &&
        kind_ != TypeKind::kTimestampTz) {
      return fail(ErrorCode::kMismatch,
                  "`time: " + read_.time + "` is " + to_string(type) + ", which has no months.",
                  "Take a date or timestamp column, or cast it in `sql:`.");
    }
    DECANT_TRY_ASSIGN(zone_, TimeZone::find(in_.time_zone));
    const std::string column = quote_identifier(read_.time);
    const std::string local =
        kind_ == TypeKind::kTimestampTz
            ? "(" + column + " AT TIME ZONE " + quote_literal(zone_.name()) + ")"
            : column;
    std::string where;
    const auto also = [&](const char* comparison, std::int64_t day) {
      where += (where.empty() ? " WHERE " : " AND ") + column + comparison +
               range_literal(kind_, start_of_day(day));
    };
    if (request_.days.begin) also(" >= ", *request_.days.begin);
    if (request_.days.end) also(" < ", *request_.days.end);
    DECANT_TRY_ASSIGN(const auto rows, count_by("CASE WHEN isfinite(" + column + ") THEN CAST(" +
                                                    local + " AS DATE) - DATE '2000-01-01' END",
                                                where));
    for (std::size_t first = 0; first < rows.size();) first = add_month(rows, first);
    return {};
  }

  std::int64_t start_of_day(std::int64_t day) const {
    if (kind_ == TypeKind::kDate) return day;
    const std::int64_t local = day * k_us_per_day;
    return kind_ == TypeKind::kTimestampTz ? zone_.to_utc(local) : local;
  }

  ValueRange days_range(std::int64_t begin, std::int64_t end) const {
    if (request_.days.begin) begin = std::max(begin, *request_.days.begin);
    if (request_.days.end) end = std::min(end, *request_.days.end);
    return {start_of_day(begin), start_of_day(end)};
  }

  // Adds the cells of the month that begins at rows[first] (store, day, count, in order); returns
  // where the next one begins.
  std::size_t add_month(const std::vector<SqlRow>& rows, std::size_t first) {
    const SqlRow& row = rows[first];
    if (!row[1]) {
      if (!request_.days.begin && !request_.days.end) add(row[0], k_undated, {}, to_number(row[2]));
      return first + 1;
    }
    const CivilDate date = civil_from_days(to_number(row[1]));
    const std::int64_t begin = days_from_civil({date.year, date.month, 1});
    const std::int64_t end = date.month == 12 ? days_from_civil({date.year + 1, 1, 1})
                                              : days_from_civil({date.year, date.month + 1, 1});
    const std::string period = format_month(date.year, date.month);
    std::size_t last = first;
    std::int64_t total = 0;
    for (; last < rows.size() && rows[last][0] == row[0] && rows[last][1] &&
           to_number(rows[last][1]) < end;
         ++last) {
      total += to_number(rows[last][2]);
    }
    if (total <= request_.chunk_rows) {
      add(row[0], period, days_range(begin, end), total);
      return last;
    }
    for (std::size_t i = first; i < last; ++i) {
      const std::int64_t day = to_number(rows[i][1]);
      add(row[0], period, days_range(day, day + 1), to_number(rows[i][2]));
    }
    return last;
  }

  Status by_key() {
    DECANT_TRY_ASSIGN(const Type type, type_of(read_.key));
    if (type.kind != TypeKind::kInt64) {
      return fail(ErrorCode::kMismatch,
                  "`key: " + read_.key + "` is " + to_string(type) + ", not an integer.",
                  "Take an integer column, or cast it to bigint in `sql:`.");
    }
    const std::string key = "CAST(" + quote_identifier(read_.key) + " AS BIGINT)";
    DECANT_TRY_ASSIGN(const auto ends, session_.query("SELECT min(" + key + "), max(" + key +
                                                      "), count(*) FROM " + in_.relation));
    const std::int64_t there = to_number(ends[0][2]);
    if (there == 0) return {};
    const double span =
        static_cast<double>(to_number(ends[0][1])) - static_cast<double>(to_number(ends[0][0])) + 1;
    const double goal = static_cast<double>(std::max<std::int64_t>(request_.chunk_rows, 1));
    const std::int64_t width = round_width(span * goal / static_cast<double>(there));
    // Floor division, also for negative keys, without overflow at either end.
    const std::string by =
        (session_.dialect() == Dialect::kDuckDb ? " // " : " / ") + std::to_string(width);
    DECANT_TRY_ASSIGN(const auto rows, count_by("CASE WHEN " + key + " >= 0 THEN " + key + by +
                                                    " ELSE (" + key + " + 1)" + by + " - 1 END",
                                                {}));
    for (const SqlRow& row : rows) add_stretch(row, width);
    return {};
  }

  void add_stretch(const SqlRow& row, std::int64_t width) {
    if (!row[1]) return add(row[0], k_undated, {}, to_number(row[2]));
    const std::int64_t bucket = to_number(row[1]);
    ValueRange range;
    std::int64_t limit = 0;
    // A limit beyond 64 bits is no limit.
    if (!__builtin_mul_overflow(bucket, width, &limit)) range.begin = limit;
    if (!__builtin_mul_overflow(bucket + 1, width, &limit)) range.end = limit;
    add(row[0], k_all, range, to_number(row[2]));
  }

  SqlSession& session_;
  const SqlCensusInput& in_;
  const CensusRequest& request_;
  const ReadSpec& read_;
  std::string store_;
  std::string store_column_;
  TypeKind kind_ = TypeKind::kDate;
  TimeZone zone_;
  CensusResult result_;
};

}  // namespace

Result<CensusResult> take_sql_census(SqlSession& session, const SqlCensusInput& input) {
  return Census(session, input).take();
}

}  // namespace decant
