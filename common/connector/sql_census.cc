#include "common/connector/sql_census.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "common/base/text.h"
#include "common/connector/chunk_digester.h"
#include "common/connector/day_count_sql.h"
#include "common/connector/duckdb_names.h"
#include "common/connector/written_text.h"
#include "common/job/landing.h"
#include "common/job/local_day.h"
#include "common/job/store_zones.h"

namespace decant {
namespace {

// By which the keys of a table are counted, at most.
constexpr double k_most_stretches = 20'000;

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

std::int64_t floor_of(std::int64_t number, std::int64_t divisor) {
  return number / divisor - (number % divisor < 0 ? 1 : 0);
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
    if (!in_.database.empty()) extent.place = in_.database + "\n" + in_.relation;
    result_.extents.push_back(std::move(extent));
    // An entity without that column belongs to no store.
    if (!store_column_.empty() && in_.columns.find(store_column_) < 0) store_column_.clear();
    if (const int at = in_.columns.find(store_column_); at >= 0) {
      stores_ = reading_of_store(*in_.entity, in_.columns.fields[static_cast<std::size_t>(at)],
                                 request_.table, in_.time_zone);
      if (!stores_.column.empty()) result_.store = {stores_.column, stores_.type};
    }
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
  using Days = std::map<std::int64_t, std::int64_t>;  // rows by day

  Result<Type> type_of(const std::string& column) const {
    const int at = in_.columns.find(column);
    if (at >= 0) return in_.columns.fields[static_cast<std::size_t>(at)].type;
    std::vector<std::string> names;
    for (const Field& field : in_.columns.fields) names.push_back(field.name);
    const std::string near = nearest(column, names);
    return fail(ErrorCode::kMismatch, "The source has no column \"" + column + "\".",
                near.empty() ? std::string() : "Did you mean \"" + near + "\"?");
  }

  // By its bytes: a column's collation may take two stores for one.
  std::string store_expression() const {
    if (store_column_.empty()) return "CAST(NULL AS TEXT)";
    const std::string name = quote_identifier(store_column_);
    const auto& bent = in_.bent_columns;
    const bool is_bent = std::find(bent.begin(), bent.end(), store_column_) != bent.end();
    return (is_bent ? "(" + written_text(name) + ")" : "CAST(" + name + " AS TEXT)") +
           " COLLATE \"C\"";
  }

  void add(const SqlValue& store, std::string_view period, const ValueRange& range,
           std::int64_t rows) {
    result_.extents.front().cells.push_back({name_of(store), std::string(period), range, rows});
  }

  std::string name_of(const SqlValue& store) const {
    return store_column_.empty() ? store_ : census_store(store, stores_.type, stores_.options);
  }

  std::string own(std::string_view function) const {
    return own_function(session_.dialect(), function);
  }

  Result<std::vector<SqlRow>> count_by(const std::string& bucket) {
    return session_.query("SELECT " + store_expression() + ", " + bucket + ", " + own("count") +
                          "(*) FROM " + in_.relation + " GROUP BY 1, 2 ORDER BY 1, 2");
  }

  Status whole() {
    DECANT_TRY_ASSIGN(const auto rows, count_by("CAST(NULL AS BIGINT)"));
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
    DECANT_TRY(find_zones());
    DECANT_TRY_ASSIGN(const auto rows, rows_by_day());
    // By store, and then by day; the same store may come under several texts.
    std::map<std::string, Days> days;
    std::map<std::string, Days> beyond;
    for (const SqlRow& row : rows) {
      const std::int64_t count = to_number(row.back());
      const std::string store = name_of(row[0]);
      if (const auto day = day_of(row, zones_.index_of(store))) {
        (is_wanted(*day) ? days : beyond)[store][*day] += count;
      } else if (!request_.days.begin && !request_.days.end) {
        add(row[0], k_undated, {}, count);
      }
    }
    for (const auto& [store, counts] : days) {
      for (auto first = counts.begin(); first != counts.end();)
        first = add_month(store, counts, first);
    }
    for (const auto& [store, counts] : beyond) add_beyond(store, counts);
    return {};
  }

  // Where a column says the store, each has months of its own zone.
  Status find_zones() {
    if (kind_ != TypeKind::kTimestampTz) return {};
    if (store_column_.empty()) {
      DECANT_TRY_ASSIGN(TimeZone zone, TimeZone::find(in_.time_zone));
      zones_ = StoreZones(std::move(zone));
      return {};
    }
    DECANT_TRY_ASSIGN(zones_, StoreZones::make(*in_.job));
    return {};
  }

  // The rows of count_by_day, none of which holds instants of two days. An engine's local date is
  // not the day that chunks go by where clocks go back over midnight, or where its zones are of
  // another year than the system's. Where the first and the last instant of a group lie on
  // different days, rows are counted again on either side of the days' ends.
  Result<std::vector<SqlRow>> rows_by_day() {
    constexpr int k_most_rounds = 3;  // the second finds none, unless rows come in meanwhile
    DECANT_TRY_ASSIGN(std::vector<SqlRow> rows, session_.query(count_by_day()));
    for (int round = 1; round < k_most_rounds && find_day_ends(rows); ++round) {
      DECANT_TRY_ASSIGN(rows, session_.query(count_by_day()));
    }
    return rows;
  }

  // Adds the ends of days that lie within a group of rows; whether there are such.
  bool find_day_ends(const std::vector<SqlRow>& rows) {
    if (kind_ != TypeKind::kTimestampTz) return false;
    const std::size_t known = day_ends_.size();
    for (const SqlRow& row : rows) {
      const SqlValue& last = row[row.size() - 2];
      if (!last) continue;
      const std::size_t place = zones_.index_of(name_of(row[0]));
      const TimeZone& zone = zones_.all()[place];
      const std::int64_t end = local_day_of(to_number(last), kind_, zone);
      for (std::int64_t day = *day_of(row, place); day < end; ++day)
        day_ends_.insert(first_of_day(day + 1, kind_, zone));
    }
    return day_ends_.size() > known;
  }

  // The day of a row's group under a zone; nothing for rows without one.
  std::optional<std::int64_t> day_of(const SqlRow& row, std::size_t zone) const {
    const SqlValue& first = kind_ == TypeKind::kTimestampTz ? row[row.size() - 3] : row[1 + zone];
    if (!first) return std::nullopt;
    return local_day_of(to_number(first), kind_ == TypeKind::kTimestampTz ? kind_ : TypeKind::kDate,
                        zones_.all()[zone]);
  }

  // Whole months, since chunks that the run covers in part may be taken whole.
  std::string count_by_day() const {
    return day_count_sql({session_.dialect(), in_.relation, store_expression(),
                          quote_identifier(read_.time), kind_, zones_.all(),
                          whole_months(request_.days), day_ends_});
  }

  std::int64_t start_of_day(std::int64_t day, const TimeZone& zone) const {
    return first_of_day(day, kind_, zone);
  }

  bool is_wanted(std::int64_t day) const {
    return (!request_.days.begin || day >= *request_.days.begin) &&
           (!request_.days.end || day < *request_.days.end);
  }

  // Adds the cells of the month that begins at `first`; returns where the next one begins.
  Days::const_iterator add_month(const std::string& store, const Days& days,
                                 Days::const_iterator first) {
    const TimeZone& zone = zones_.all()[zones_.index_of(store)];
    const auto range_of_days = [&](std::int64_t begin, std::int64_t end) {
      if (request_.days.begin) begin = std::max(begin, *request_.days.begin);
      if (request_.days.end) end = std::min(end, *request_.days.end);
      return ValueRange{start_of_day(begin, zone), start_of_day(end, zone)};
    };
    // Beyond the years that a month's name can say the first and the last month hold all others.
    const std::string period = month_of(first->first, TypeKind::kDate, zone);
    std::int64_t year = 0;
    int month = 0;
    parse_month(period, year, month);
    const std::int64_t begin = days_from_civil({year, month, 1});
    const std::int64_t end =
        month == 12 ? days_from_civil({year + 1, 1, 1}) : days_from_civil({year, month + 1, 1});
    auto last = first;
    std::int64_t total = 0;
    for (; last != days.end() && month_of(last->first, TypeKind::kDate, zone) == period; ++last)
      total += last->second;
    ValueRange whole = range_of_days(begin, end);
    const bool is_before = first->first < begin;
    const bool is_behind = std::prev(last)->first >= end;
    if (is_before) whole.begin.reset();
    if (is_behind) whole.end = k_infinity;  // which is undated itself
    std::vector<CensusCell>& cells = result_.extents.front().cells;
    if (is_before || is_behind || total <= request_.chunk_rows) {
      cells.push_back({store, period, whole, total});
      return last;
    }
    for (auto day = first; day != last; ++day)
      cells.push_back({store, period, range_of_days(day->first, day->first + 1), day->second});
    return last;
  }

  // Of several zones the months are cut out of the longest range of them.
  void add_beyond(const std::string& store, const Days& days) {
    const DayRange months = whole_months(request_.days);
    std::map<std::string, std::int64_t> rows;
    for (const auto& [day, count] : days) {
      if (overlaps({day, day + 1}, months)) rows[month_of(day, TypeKind::kDate, {})] += count;
    }
    for (const auto& [period, count] : rows)
      result_.extents.front().cells.push_back({store, period, {}, count, true});
  }

  Status by_key() {
    DECANT_TRY_ASSIGN(const Type type, type_of(read_.key));
    if (type.kind != TypeKind::kInt64) {
      return fail(ErrorCode::kMismatch,
                  "`key: " + read_.key + "` is " + to_string(type) + ", not an integer.",
                  "Take an integer column, or cast it to bigint in `sql:`.");
    }
    // An index has the ends. Rows are counted once, by stretches of which all chunks are made but
    // those of huge tables. Stores would multiply them, so that their rows are counted first.
    const bool has_stores = !store_column_.empty();
    const std::string column = quote_identifier(read_.key);
    DECANT_TRY_ASSIGN(
        const auto ends,
        session_.query("SELECT " + own("min") + "(" + column + "), " + own("max") + "(" + column +
                       ")" + (has_stores ? ", " + own("count") + "(*)" : "") + " FROM " +
                       in_.relation));
    const double span =
        static_cast<double>(to_number(ends[0][1])) - static_cast<double>(to_number(ends[0][0])) + 1;
    std::int64_t there = has_stores ? to_number(ends[0][2]) : 0;
    std::int64_t fine = 1;
    std::vector<SqlRow> rows;
    if (!has_stores) {
      while (static_cast<double>(fine) * k_most_stretches < span) fine *= 10;
      DECANT_TRY_ASSIGN(rows, count_by(stretch_of_key(fine)));
      for (const SqlRow& row : rows) there += to_number(row[2]);
    }
    if (there == 0) return {};
    const double goal = static_cast<double>(std::max<std::int64_t>(request_.chunk_rows, 1));
    const std::int64_t width = round_width(span * goal / static_cast<double>(there));
    if (has_stores || width < fine) {
      DECANT_TRY_ASSIGN(rows, count_by(stretch_of_key(width)));
      fine = width;
    }
    add_stretches(rows, width, width / fine);
    return {};
  }

  // Floor division, also for negative keys, without overflow at either end.
  std::string stretch_of_key(std::int64_t width) const {
    const std::string key = "CAST(" + quote_identifier(read_.key) + " AS BIGINT)";
    const std::string by =
        (session_.dialect() == Dialect::kDuckDb ? " // " : " / ") + std::to_string(width);
    return "CASE WHEN " + key + " >= 0 THEN " + key + by + " ELSE (" + key + " + 1)" + by +
           " - 1 END";
  }

  // Rows that follow each other in the order of store and stretch; `together` of them are one cell.
  void add_stretches(const std::vector<SqlRow>& rows, std::int64_t width, std::int64_t together) {
    for (auto row = rows.begin(); row != rows.end();) {
      const SqlRow& first = *row;
      const auto place = [&](const SqlRow& of) { return floor_of(to_number(of[1]), together); };
      std::int64_t count = 0;
      for (; row != rows.end() && (*row)[0] == first[0] &&
             (*row)[1].has_value() == first[1].has_value() &&
             (!first[1] || place(*row) == place(first));
           ++row)
        count += to_number((*row)[2]);
      if (first[1]) {
        add_stretch(first[0], place(first), width, count);
      } else {
        add(first[0], k_undated, {}, count);
      }
    }
  }

  void add_stretch(const SqlValue& store, std::int64_t place, std::int64_t width,
                   std::int64_t rows) {
    ValueRange range;
    std::int64_t limit = 0;
    // A limit beyond 64 bits is no limit.
    if (!__builtin_mul_overflow(place, width, &limit)) range.begin = limit;
    if (!__builtin_mul_overflow(place + 1, width, &limit)) range.end = limit;
    add(store, k_all, range, rows);
  }

  SqlSession& session_;
  const SqlCensusInput& in_;
  const CensusRequest& request_;
  const ReadSpec& read_;
  std::string store_;
  std::string store_column_;
  StoreReading stores_;
  TypeKind kind_ = TypeKind::kDate;
  StoreZones zones_{TimeZone()};
  std::set<std::int64_t> day_ends_;  // by which rows are told apart, besides the engine's dates
  CensusResult result_;
};

}  // namespace

Result<CensusResult> take_sql_census(SqlSession& session, const SqlCensusInput& input) {
  return Census(session, input).take();
}

}  // namespace decant
