#include "examples/retail-sales-etl/dataset.h"

#include <numeric>
#include <utility>

#include "examples/retail-sales-etl/merge_order.h"
#include "examples/retail-sales-etl/output.h"
#include "examples/retail-sales-etl/sales.h"
#include "examples/retail-sales-etl/stamp.h"
#include "examples/retail-sales-etl/truth.h"

namespace decant::examples::retail {
namespace {

std::string_view layout_name(Layout layout) {
  switch (layout) {
    case Layout::k_files:
      return "files";
    case Layout::k_folders:
      return "folders";
    case Layout::k_single:
      return "single";
  }
  return "";
}

std::string parameters_text(const DatasetRequest& request) {
  std::string text = "lines=" + std::to_string(request.plan.line_count);
  text.append(" layout=").append(layout_name(request.layout));
  text += " from=" + request.plan.from.text();
  text += " months=" + std::to_string(request.plan.month_count);
  text += " seed=" + std::to_string(request.seed);
  if (!request.plan.changes.empty()) text += " change=" + changes_text(request.plan.changes);
  return text;
}

std::string cell_file_name(const Cell& cell, Layout layout) {
  const char separator = layout == Layout::k_files ? '_' : '/';
  return std::string{cell.store->id} + separator + cell.month.text() + ".csv";
}

void write_header(OutputFile& file, std::string_view first_column) {
  file.write(first_column);
  file.write(k_csv_header);
  file.write("\n");
}

void write_cell_files(const DatasetRequest& request, std::vector<CellRows>& rows,
                      std::vector<StampedFile>& files) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    OutputFile file(request.folder / files[i].name);
    write_header(file, "");
    while (rows[i].remaining() > 0) {
      file.advance(rows[i].write_next(file.reserve(k_max_row_bytes)));
    }
    files[i].size_bytes = std::move(file).finish();
  }
}

void write_single_file(const DatasetRequest& request, const std::vector<Cell>& cells,
                       std::vector<CellRows>& rows, StampedFile& stamped) {
  std::vector<std::string> prefixes;
  std::vector<std::int64_t> row_counts;
  for (const Cell& cell : cells) {
    prefixes.push_back(std::string{cell.store->id} + ",");
    row_counts.push_back(cell.row_count());
  }
  OutputFile file(request.folder / stamped.name);
  write_header(file, "ubicacion_id,");
  MergeOrder order(row_counts, request.seed);
  while (order.remaining() > 0) {
    const std::size_t cell = order.next();
    const std::string& prefix = prefixes[cell];
    char* out = file.reserve(k_max_row_bytes + prefix.size());
    out += prefix.copy(out, prefix.size());
    file.advance(rows[cell].write_next(out));
  }
  stamped.size_bytes = std::move(file).finish();
}

std::vector<StampedFile> planned_files(const std::vector<Cell>& cells, Layout layout) {
  if (layout == Layout::k_single) return {{"ventas.csv", 0}};
  std::vector<StampedFile> files;
  for (const Cell& cell : cells) files.push_back({cell_file_name(cell, layout), 0});
  return files;
}

DatasetResult result_of(const std::vector<Cell>& cells, const std::vector<StampedFile>& files) {
  DatasetResult result;
  result.file_count = files.size();
  for (const Cell& cell : cells) result.row_count += cell.row_count();
  for (const StampedFile& file : files) result.size_bytes += file.size_bytes;
  return result;
}

}  // namespace

DatasetResult write_dataset(const DatasetRequest& request) {
  const std::vector<Cell> cells = plan_cells(request.plan);
  Stamp stamp{parameters_text(request), false, planned_files(cells, request.layout)};
  if (const auto found = read_stamp(request.folder)) {
    if (found->parameters == stamp.parameters && is_whole(request.folder, *found)) {
      DatasetResult result = result_of(cells, found->files);
      result.was_complete = true;
      return result;
    }
    // Otherwise a file of the old data set would pass for a part of the new one.
    remove_files(request.folder, *found);
  }
  // The stamp comes first as a promise and last as a receipt: a run that dies between the two
  // leaves the list of what it may have written.
  write_stamp(request.folder, stamp);

  const Catalogue catalogue;
  std::vector<CellRows> rows;
  rows.reserve(cells.size());
  for (const Cell& cell : cells) rows.emplace_back(cell, catalogue, request.seed);
  if (request.layout == Layout::k_single) {
    write_single_file(request, cells, rows, stamp.files.front());
  } else {
    write_cell_files(request, rows, stamp.files);
  }

  std::vector<CellTruth> truths;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    truths.push_back(CellTruth{cells[i].store, cells[i].month, rows[i].sums()});
  }
  write_file(request.folder / "truth.json", truth_json(request.seed, request.plan, truths));
  stamp.is_complete = true;
  write_stamp(request.folder, stamp);
  return result_of(cells, stamp.files);
}

}  // namespace decant::examples::retail
