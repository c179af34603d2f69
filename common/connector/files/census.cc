#include "common/connector/files/census.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/base/text.h"
#include "common/connector/files/file_counter.h"
#include "common/connector/unreadable_rows.h"
#include "common/job/column_options.h"
#include "common/job/landing.h"
#include "common/job/slice.h"
#include "common/job/store_zones.h"

namespace decant {
namespace {

bool is_temporal(TypeKind kind) {
  return kind == TypeKind::kDate || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz;
}

// As which the rows' times or keys are counted: as the copy will have them. Without a column by
// which the plan could cut it will refuse what is counted. The first file says which column that
// is, as it does for the plan, and each its own type where nobody else says one.
void set_range(const FileCensusRequest& request, const Type& first_type, const Type& own_type,
               CountPlan& plan) {
  const auto columns_of = [&](const Type& type) {
    return columns_that_take(request.entity, {plan.range_column, type}, request.census.table);
  };
  const std::vector<ColumnPlan> columns = columns_of(first_type);
  const ColumnPlan* column = column_of_range(request.entity, columns);
  plan.convert =
      convert_options(request.entity, column ? *column : ColumnPlan{}, request.time_zone);
  if (!plan.store_column.empty()) plan.convert.time_zone = zone_of_mixed_stores(request.job);
  plan.range_type.kind = plan.is_key ? TypeKind::kInt64 : TypeKind::kTimestamp;
  if (is_temporal(own_type.kind)) plan.range_type = own_type;
  if (column == nullptr) return;
  plan.range_target = column->name;
  for (const ColumnPlan& own : columns_of(own_type)) {
    if (own.name == column->name) plan.range_type = own.type;
  }
}

// Compares the columns of a file with the first one's, as sets.
Status check_columns(const Schema& first, const std::string& first_path, const Schema& columns,
                     const std::string& path) {
  std::vector<std::string> missing;
  std::vector<std::string> extra;
  for (const Field& field : first.fields) {
    if (columns.find(field.name) < 0) missing.push_back(field.name);
  }
  for (const Field& field : columns.fields) {
    if (first.find(field.name) < 0) extra.push_back(field.name);
  }
  if (missing.empty() && extra.empty()) return {};
  std::string message = path + " has other columns than " + first_path + ":";
  if (!missing.empty()) message += " it lacks " + join(missing, ", ");
  if (!extra.empty())
    message += std::string(missing.empty() ? "" : " and") + " it adds " + join(extra, ", ");
  return fail(ErrorCode::kProtocol, message + ".",
              "Give files of another form an entity of their own.");
}

Error other_range_type(const CountPlan& first, const std::string& first_path,
                       const CountPlan& other, const std::string& path) {
  const std::string& column = other.range_column;
  return Error{ErrorCode::kProtocol,
               path + " has the column " + column + " as " + to_string(other.range_type) +
                   ", and " + first_path + " as " + to_string(first.range_type) + ".",
               "Say under `columns:` as what " + column +
                   " lands, or give files of another form an entity of their own.",
               {},
               {}};
}

// Another file may be well.
bool is_of_the_file(const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotFound:
    case ErrorCode::kPermission:
    case ErrorCode::kMismatch:
    case ErrorCode::kDataRefused:
    case ErrorCode::kSourceChanged:
    case ErrorCode::kProtocol:
      return true;
    default:
      return false;
  }
}

// All files that cannot be read in one error, so that they can be mended at once.
Error error_of_files(std::vector<Error> errors, std::size_t file_count) {
  constexpr std::size_t k_most_named = 10;
  Error all = std::move(errors.front());
  const bool is_every = errors.size() == file_count;
  // What no file has the job is wrong about; what one lacks is that file's.
  if (all.code == ErrorCode::kMismatch) {
    if (is_every && std::all_of(errors.begin(), errors.end(), [](const Error& error) {
          return error.code == ErrorCode::kMismatch;
        }))
      return all;
    all.code = ErrorCode::kProtocol;
  }
  if (errors.size() == 1) return all;
  const auto bare = [](std::string sentence) {
    if (sentence.ends_with('.')) sentence.pop_back();
    return sentence;
  };
  std::string list = bare(all.message);
  for (std::size_t i = 1; i < errors.size() && i < k_most_named; ++i)
    list += "; " + bare(errors[i].message);
  if (errors.size() > k_most_named)
    list += "; and " + std::to_string(errors.size() - k_most_named) + " more";
  all.message = std::to_string(errors.size()) + " of " + std::to_string(file_count) +
                " files cannot be read: " + list + ".";
  all.advice = "Mend them or put them aside; nothing of them was loaded.";
  return all;
}

Type type_in(const Schema& columns, const std::string& name) {
  const int at = columns.find(name);
  return at < 0 ? Type{} : columns.fields[static_cast<std::size_t>(at)].type;
}

void merge_columns(const Schema& columns, Schema& all) {
  for (const Field& field : columns.fields) {
    if (all.find(field.name) < 0) all.fields.push_back(field);
  }
}

class FileCensus {
 public:
  explicit FileCensus(const FileCensusRequest& request) : request_(request) {}

  Result<CensusResult> take() {
    DECANT_TRY(check_range_columns(request_.entity, request_.census.table));
    measure_files();
    std::vector<Error> unread;
    for (const FoundFile& file : request_.files) {
      Status taken = take_file(file);
      if (taken) continue;
      if (!is_of_the_file(taken.error())) return fail(std::move(taken).error());
      unread.push_back(std::move(taken).error());
    }
    if (!unread.empty()) return fail(error_of_files(std::move(unread), request_.files.size()));
    make_day_cells();
    make_faulty_cells();
    thin_marks();
    return std::move(result_);
  }

 private:
  // What cannot be opened is told when its turn comes.
  void measure_files() {
    for (const FoundFile& file : request_.files) {
      const auto input = InputFile::open(file.path);
      if (input) total_bytes_ += (*input)->size_bytes().value_or(0);
    }
  }

  // Whether to read a file for nothing but the places where it may be cut: not where the other
  // files give the workers enough to do, and its own rows are no more than a task should have.
  bool is_worth_cutting(std::int64_t size_bytes) const {
    const std::int64_t large = request_.options.large_file_bytes;
    return size_bytes >= 4 * large || (size_bytes >= large && size_bytes > total_bytes_ / 4);
  }

  Status take_file(const FoundFile& file) {
    DECANT_TRY_ASSIGN(const auto input, InputFile::open(file.path));
    CensusExtent extent;
    extent.extent.kind = ExtentKind::kFile;
    extent.extent.path = file.path;
    extent.extent.period = file.period;
    extent.extent.days = file.days;
    DECANT_TRY_ASSIGN(extent.extent.identity, input->identify());
    DECANT_TRY_ASSIGN(extent.place, input->place(extent.extent.identity));
    DECANT_TRY_ASSIGN(auto opened, request_.reader.open(file.path, extent.extent.identity));
    const Schema columns = opened->columns();
    if (result_.extents.empty()) {
      result_.columns = columns;
    } else if (opened->has_fixed_columns()) {
      DECANT_TRY(
          check_columns(result_.columns, result_.extents.front().extent.path, columns, file.path));
    } else {
      merge_columns(columns, result_.columns);
    }

    CountPlan plan = plan_for(file, columns);
    extent.extent.store = plan.store_column.empty() ? plan.fixed_store : "";
    const ReadSpec& read = request_.entity.read;
    const bool has_range = !read.time.empty() || !read.key.empty();
    const bool period_is_known = !has_range || (!read.time.empty() && !file.period.empty());
    if (plan.store_column.empty() && period_is_known) {
      CensusCell cell{plan.fixed_store, has_range ? file.period : std::string(k_all), {}, 0};
      cell.is_beyond = has_range && !overlaps(file.days, request_.census.days);
      DECANT_TRY_ASSIGN(cell.rows, std::move(*opened).estimate_rows());
      extent.cells.push_back(std::move(cell));
      if (is_worth_cutting(extent.extent.identity.size_bytes)) {
        DECANT_TRY_ASSIGN(auto again, request_.reader.open(file.path, extent.extent.identity));
        extent.marks = std::move(*again).marks(request_.options.mark_bytes);
      }
      result_.extents.push_back(std::move(extent));
      return {};
    }
    DECANT_TRY(check_range_type(plan, file.path));
    if (!plan.store_column.empty() && !plan.stores.column.empty())
      result_.store = {plan.stores.column, plan.stores.type};
    DECANT_TRY_ASSIGN(FileCounts counts, count_file(std::move(opened), plan));
    extent.exact = true;
    extent.marks = std::move(counts.marks);
    result_.extents.push_back(std::move(extent));
    if (plan.is_key) {
      add_key_cells(counts);
    } else if (!has_range) {
      for (const StoreRows& store : counts.days) {
        result_.extents.back().cells.push_back(
            {store.store, std::string(k_all), {}, store.undated_rows});
      }
    } else {
      kind_ = plan.range_type.kind;
      counted_.push_back({result_.extents.size() - 1, std::move(counts.days)});
    }
    if (counts.faulty_rows > 0)
      faulty_.push_back({result_.extents.size() - 1, plan, counts.faulty_rows});
    return {};
  }

  // Parquet says a type in each file, and days are other numbers than instants.
  Status check_range_type(const CountPlan& plan, const std::string& path) {
    if (plan.range_column.empty()) return {};
    if (!first_counted_) {
      first_counted_ = {plan, path};
      if (!plan.range_target.empty()) result_.range = {plan.range_target, plan.range_type};
    }
    const auto& [first, first_path] = *first_counted_;
    if (plan.range_type.kind == first.range_type.kind) return {};
    // Where it lands changed the plan says so, whatever the other files have.
    const Field own{first.range_column, first.range_type};
    const Schema& table = request_.census.table;
    if (first.range_target.empty() && !columns_that_take(request_.entity, own, table).empty())
      return {};
    return fail(other_range_type(first, first_path, plan, path));
  }

  // A file that holds nothing but broken rows has to be read too, or nobody would hear of them. In
  // a run over some days, which does not read all files that have rows, any broken row counts.
  void make_faulty_cells() {
    for (const Faulty& file : faulty_) {
      std::vector<CensusCell>& cells = result_.extents[file.extent].cells;
      const std::string_view store = file.plan.store_column.empty()
                                         ? std::string_view(file.plan.fixed_store)
                                         : k_unknown_store;
      if (has_days() && !file.plan.range_column.empty() && !file.plan.is_key) {
        add_unreadable(file.extent, std::string(store), file.rows);
        continue;
      }
      if (!cells.empty()) continue;
      cells.push_back({std::string(store),
                       std::string(file.plan.range_column.empty() ? k_all : k_undated),
                       {},
                       file.rows});
    }
  }

  bool has_days() const { return request_.census.days.begin || request_.census.days.end; }

  // Those of a file of other days cannot be of the run's.
  void add_unreadable(std::size_t extent, std::string store, std::int64_t rows) {
    CensusExtent& file = result_.extents[extent];
    if (rows == 0 || !overlaps(file.extent.days, request_.census.days)) return;
    file.cells.push_back({std::move(store), std::string(k_unreadable), {}, rows});
  }

  CountPlan plan_for(const FoundFile& file, const Schema& columns) {
    const ReadSpec& read = request_.entity.read;
    CountPlan plan;
    plan.fixed_store = file.store.empty() ? request_.census.store : file.store;
    const std::string& from_column = request_.job.store_from_column;
    if (plan.fixed_store.empty() && !from_column.empty() && columns.find(from_column) >= 0) {
      plan.store_column = from_column;
    } else if (plan.fixed_store.empty()) {
      plan.fixed_store = k_all;
    }
    plan.is_key = read.time.empty() && !read.key.empty();
    plan.range_column = plan.is_key ? read.key : read.time;
    // The first file says the type, as it does for the plan.
    const Field store_source{plan.store_column, type_in(result_.columns, plan.store_column)};
    plan.stores =
        reading_of_store(request_.entity, store_source, request_.census.table, request_.time_zone);
    plan.days = whole_months(request_.census.days);
    plan.mark_bytes = request_.options.mark_bytes;
    plan.zone_of = [this](std::string_view store) { return zone_of(store); };
    set_range(request_, type_in(result_.columns, plan.range_column),
              type_in(columns, plan.range_column), plan);
    return plan;
  }

  // The zone of a store's months; the job was checked, so that its names are known.
  TimeZone zone_of(std::string_view store) const {
    const StoreSpec* spec = request_.job.find_store(store);
    const bool has_own = spec != nullptr && !spec->time_zone.empty();
    auto zone = TimeZone::find(has_own ? spec->time_zone : request_.time_zone);
    return zone ? *zone : TimeZone();
  }

  void add_key_cells(const FileCounts& counts) {
    std::vector<CensusCell>& cells = result_.extents.back().cells;
    for (const auto& [store, keys] : counts.keys) {
      for (const KeyHistogram::Piece& piece : keys.keys.pieces(request_.census.chunk_rows)) {
        cells.push_back({store, std::string(k_all), piece.range, piece.rows});
      }
      if (keys.keyless_rows > 0)
        cells.push_back({store, std::string(k_undated), {}, keys.keyless_rows});
    }
  }

  // Months are cut into days where they are too large over all files, the same way in every file: a
  // planner can then add the cells of different files up.
  void make_day_cells() {
    std::map<std::pair<std::string, std::string>, std::int64_t> months;
    for (const Counted& file : counted_) {
      for (const StoreRows& store : file.stores) {
        for (const DayRows& day : store.days)
          months[{store.store, month_of(day.day, TypeKind::kDate, {})}] += day.rows;
      }
    }
    for (const Counted& file : counted_) {
      std::vector<CensusCell>& cells = result_.extents[file.extent].cells;
      for (const StoreRows& store : file.stores) {
        const TimeZone zone = zone_of(store.store);
        for (const DayRows& day : store.days) {
          std::string period = month_of(day.day, TypeKind::kDate, {});
          const bool by_day = months[{store.store, period}] > request_.census.chunk_rows;
          const bool is_beyond = !overlaps({day.day, day.day + 1}, request_.census.days);
          if (by_day) {
            const DayLimits limits = day_limits(day.day, kind_, zone);
            cells.push_back(
                {store.store, std::move(period), {limits.begin, limits.end}, day.rows, is_beyond});
          } else if (!cells.empty() && cells.back().store == store.store &&
                     cells.back().period == period && cells.back().is_beyond == is_beyond) {
            cells.back().rows += day.rows;
          } else {
            cells.push_back({store.store, std::move(period), {}, day.rows, is_beyond});
          }
        }
        const std::int64_t undated = store.undated_rows + (has_days() ? 0 : store.unreadable_rows);
        if (undated > 0) cells.push_back({store.store, std::string(k_undated), {}, undated});
        if (has_days()) add_unreadable(file.extent, store.store, store.unreadable_rows);
      }
    }
  }

  // Every second one goes until they are few enough.
  void thin_marks() {
    const auto count = [this] {
      std::size_t marks = 0;
      for (const CensusExtent& extent : result_.extents) marks += extent.marks.size();
      return marks;
    };
    while (count() > k_most_marks) {
      for (CensusExtent& extent : result_.extents) {
        std::size_t kept = 0;
        for (std::size_t i = 1; i < extent.marks.size(); i += 2)
          extent.marks[kept++] = extent.marks[i];
        extent.marks.resize(kept);
      }
    }
  }

  struct Counted {
    std::size_t extent;
    std::vector<StoreRows> stores;
  };

  struct Faulty {
    std::size_t extent;
    CountPlan plan;
    std::int64_t rows;
  };

  const FileCensusRequest& request_;
  CensusResult result_;
  std::vector<Faulty> faulty_;
  std::vector<Counted> counted_;
  std::optional<std::pair<CountPlan, std::string>> first_counted_;  // and its path
  std::int64_t total_bytes_ = 0;
  TypeKind kind_ = TypeKind::kTimestamp;
};

}  // namespace

Result<CensusResult> take_file_census(const FileCensusRequest& request) {
  return FileCensus(request).take();
}

}  // namespace decant
