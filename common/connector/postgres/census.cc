#include "common/connector/postgres/census.h"

#include <algorithm>
#include <cstdlib>

#include "common/connector/chunk_digester.h"
#include "common/connector/load_sql.h"
#include "common/connector/postgres/pg_session.h"
#include "common/connector/postgres/relation.h"
#include "common/connector/postgres/table_catalog.h"

namespace decant::postgres {
namespace {

std::int64_t to_number(const SqlValue& value) {
  return value ? std::strtoll(value->c_str(), nullptr, 10) : 0;
}

// Floor division in SQL, also for negative keys, without overflow at either end.
std::string bucket_of(const std::string& key, std::int64_t width) {
  const std::string w = std::to_string(width);
  return "CASE WHEN " + key + " >= 0 THEN " + key + " / " + w + " ELSE (" + key + " + 1) / " + w +
         " - 1 END";
}

// The smallest of 1, 2, 5, 10, 20 … that is not below `value`: limits stay the same while a table
// grows a little.
std::int64_t round_width(double value) {
  std::int64_t power = 1;
  for (;; power *= 10) {
    for (const std::int64_t step : {1, 2, 5}) {
      if (static_cast<double>(step * power) >= value || power >= 100'000'000'000'000'000)
        return step * power;
    }
  }
}

class Census {
 public:
  Census(Connection& connection, const JobSpec& job, const EntitySpec& entity,
         const CensusRequest& request)
      : session_(connection), entity_(entity), request_(request) {
    store_ = request.store.empty() ? std::string(k_all) : request.store;
    if (!job.store_from_column.empty() && request.store.empty())
      store_column_ = job.store_from_column;
  }

  Result<CensusResult> take(Connection& connection, const std::string& time_zone) {
    DECANT_TRY_ASSIGN(relation_, describe_relation(connection, entity_.read));
    result_.columns = relation_.schema();
    CensusExtent extent;
    extent.extent.store = request_.store;
    extent.exact = true;
    // Where all of a heap is wanted it can be read by blocks.
    if (relation_.is_table && !request_.days.begin && !request_.days.end) {
      DECANT_TRY_ASSIGN(const std::int64_t blocks,
                        TableCatalog(session_).block_count(entity_.read.table));
      extent.extent.end_block = std::max<std::int64_t>(blocks, 0);
    }
    result_.extents.push_back(std::move(extent));
    // An entity without that column belongs to no store.
    if (!store_column_.empty() && result_.columns.find(store_column_) < 0) store_column_.clear();
    if (!entity_.read.time.empty()) {
      DECANT_TRY(by_time(time_zone));
    } else if (!entity_.read.key.empty()) {
      DECANT_TRY(by_key());
    } else {
      DECANT_TRY(whole());
    }
    return std::move(result_);
  }

 private:
  // A blank-padded char(n) loses its padding in the cast, as it does on reading.
  std::string store_expression() const {
    return store_column_.empty() ? "NULL::text" : quote_identifier(store_column_) + "::text";
  }
  std::string store_of(const SqlValue& value) const {
    if (store_column_.empty()) return store_;
    return census_store(value, request_.store_type);
  }
  void add(const SqlValue& store, std::string_view period, const ValueRange& range,
           std::int64_t rows) {
    result_.extents.front().cells.push_back({store_of(store), std::string(period), range, rows});
  }

  Status whole() {
    std::string sql = "SELECT " + store_expression() + ", count(*) FROM " + relation_.from;
    if (!store_column_.empty()) sql += " GROUP BY 1 ORDER BY 1";
    DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows, session_.query(sql));
    for (const SqlRow& row : rows) add(row[0], k_all, {}, to_number(row[1]));
    return {};
  }

  Status by_time(const std::string& time_zone) {
    DECANT_TRY_ASSIGN(const std::vector<RelationColumn> picked,
                      pick_columns(relation_, {entity_.read.time}));
    kind_ = picked.front().server.type.kind;
    if (kind_ != TypeKind::kDate && kind_ != TypeKind::kTimestamp &&
        kind_ != TypeKind::kTimestampTz) {
      return fail(ErrorCode::kMismatch,
                  "`time: " + entity_.read.time + "` is " + to_string(picked.front().server.type) +
                      ", which has no months.",
                  "Take a date or timestamp column, or cast it in `sql:`.");
    }
    DECANT_TRY_ASSIGN(zone_, TimeZone::find(time_zone));
    const std::string column = quote_identifier(entity_.read.time);
    std::string local = column;
    if (kind_ == TypeKind::kTimestampTz)
      local = "(" + column + " AT TIME ZONE " + quote_literal(zone_.name()) + ")";
    const std::string day =
        "CASE WHEN isfinite(" + column + ") THEN " + local + "::date - DATE '2000-01-01' END";
    std::string sql =
        "SELECT " + store_expression() + ", " + day + ", count(*) FROM " + relation_.from;
    const ValueRange limits = selected_values();
    std::string where;
    if (limits.begin) where = column + " >= " + range_literal(kind_, *limits.begin);
    if (limits.end)
      where += (where.empty() ? "" : " AND ") + column + " < " + range_literal(kind_, *limits.end);
    if (!where.empty()) sql += " WHERE " + where;
    DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows,
                      session_.query(sql + " GROUP BY 1, 2 ORDER BY 1, 2"));
    std::size_t first = 0;
    while (first < rows.size()) first = add_month(rows, first);
    return {};
  }

  std::int64_t start_of_day(std::int64_t day) const {
    if (kind_ == TypeKind::kDate) return day;
    const std::int64_t local = day * k_us_per_day;
    return kind_ == TypeKind::kTimestampTz ? zone_.to_utc(local) : local;
  }

  ValueRange selected_values() const {
    ValueRange range;
    if (request_.days.begin) range.begin = start_of_day(*request_.days.begin);
    if (request_.days.end) range.end = start_of_day(*request_.days.end);
    return range;
  }

  ValueRange days_range(std::int64_t begin, std::int64_t end) const {
    if (request_.days.begin) begin = std::max(begin, *request_.days.begin);
    if (request_.days.end) end = std::min(end, *request_.days.end);
    return {start_of_day(begin), start_of_day(end)};
  }

  // Adds the cells of the month that begins at rows[first] (rows are store, day, count, in order);
  // returns where the next one begins.
  std::size_t add_month(const std::vector<SqlRow>& rows, std::size_t first) {
    const SqlRow& row = rows[first];
    if (!row[1]) {
      // Several infinite or missing times of one store are one group: NULL.
      if (!request_.days.begin && !request_.days.end) add(row[0], k_undated, {}, to_number(row[2]));
      return first + 1;
    }
    const CivilDate date = civil_from_days(to_number(row[1]));
    const std::int64_t begin = days_from_civil({date.year, date.month, 1});
    const std::int64_t end =
        days_from_civil(date.month == 12 ? CivilDate{date.year + 1, 1, 1}
                                         : CivilDate{date.year, date.month + 1, 1});
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
    } else {
      for (std::size_t i = first; i < last; ++i) {
        const std::int64_t day = to_number(rows[i][1]);
        add(row[0], period, days_range(day, day + 1), to_number(rows[i][2]));
      }
    }
    return last;
  }

  Status by_key() {
    DECANT_TRY_ASSIGN(const std::vector<RelationColumn> picked,
                      pick_columns(relation_, {entity_.read.key}));
    if (picked.front().server.type.kind != TypeKind::kInt64) {
      return fail(ErrorCode::kMismatch,
                  "`key: " + entity_.read.key + "` is " + to_string(picked.front().server.type) +
                      ", not an integer.",
                  "Take an integer column, or cast it to bigint in `sql:`.");
    }
    const std::string key = quote_identifier(entity_.read.key);
    DECANT_TRY_ASSIGN(const std::vector<SqlRow> ends,
                      session_.query("SELECT min(" + key + "), max(" + key + "), count(*) FROM " +
                                     relation_.from));
    if (to_number(ends[0][2]) == 0) return {};
    const double span =
        static_cast<double>(to_number(ends[0][1])) - static_cast<double>(to_number(ends[0][0])) + 1;
    const double rows_there = static_cast<double>(to_number(ends[0][2]));
    const std::int64_t width = round_width(
        span * static_cast<double>(std::max<std::int64_t>(request_.chunk_rows, 1)) / rows_there);
    DECANT_TRY_ASSIGN(
        const std::vector<SqlRow> rows,
        session_.query("SELECT " + store_expression() + ", " + bucket_of(key + "::bigint", width) +
                       ", count(*) FROM " + relation_.from + " GROUP BY 1, 2 ORDER BY 1, 2"));
    for (const SqlRow& row : rows) add_stretch(row, width);
    return {};
  }

  void add_stretch(const SqlRow& row, std::int64_t width) {
    if (!row[1]) return add(row[0], k_undated, {}, to_number(row[2]));
    const Int128 begin = static_cast<Int128>(to_number(row[1])) * width;
    ValueRange range;
    if (begin >= INT64_MIN) range.begin = static_cast<std::int64_t>(begin);
    if (begin + width <= INT64_MAX) range.end = static_cast<std::int64_t>(begin + width);
    add(row[0], k_all, range, to_number(row[2]));
  }

  PgSession session_;
  const EntitySpec& entity_;
  const CensusRequest& request_;
  std::string store_;
  std::string store_column_;
  Relation relation_;
  TypeKind kind_ = TypeKind::kTimestamp;
  TimeZone zone_;
  CensusResult result_;
};

}  // namespace

Result<CensusResult> take_census(Connection& connection, const JobSpec& job,
                                 const EntitySpec& entity, const CensusRequest& request,
                                 const std::string& time_zone) {
  return Census(connection, job, entity, request).take(connection, time_zone);
}

}  // namespace decant::postgres
