// Census (proto/census.proto).
#include "common/wire/codec_parts.h"

namespace decant::wire {

void put(const CensusRequest& from, pb::CensusRequest& to) {
  to.set_entity(from.entity);
  to.set_store(from.store);
  if (from.days.begin) to.set_begin_day(*from.days.begin);
  if (from.days.end) to.set_end_day(*from.days.end);
  put(from.table, *to.mutable_table());
  to.set_chunk_row_count(from.chunk_rows);
}

Status get(const pb::CensusRequest& from, CensusRequest& to) {
  to.entity = from.entity();
  to.store = from.store();
  if (from.has_begin_day()) to.days.begin = from.begin_day();
  if (from.has_end_day()) to.days.end = from.end_day();
  DECANT_TRY(get(from.table(), to.table));
  to.chunk_rows = from.chunk_row_count();
  return {};
}

void put(const CountedAs& from, pb::CountedAs& to) {
  to.set_column(from.column);
  put(from.type, *to.mutable_type());
}

Status get(const pb::CountedAs& from, CountedAs& to) {
  to.column = from.column();
  return get(from.type(), to.type);
}

void put(const CensusResult& from, pb::CensusResult& to) {
  put(from.columns, *to.mutable_columns());
  for (const CensusExtent& extent : from.extents) {
    pb::CensusExtent& out = *to.add_extents();
    put(extent.extent, *out.mutable_extent());
    out.set_exact(extent.exact);
    for (const CensusCell& cell : extent.cells) {
      pb::CensusCell& out_cell = *out.add_cells();
      out_cell.set_store(cell.store);
      out_cell.set_period(cell.period);
      put(cell.range, *out_cell.mutable_range());
      out_cell.set_row_count(cell.rows);
      out_cell.set_is_beyond(cell.is_beyond);
    }
    for (const RecordMark& mark : extent.marks) put(mark, *out.add_marks());
    out.set_place(extent.place);
  }
  to.set_snapshot(from.snapshot);
  to.set_not_held(from.not_held);
  to.set_unsteady(from.unsteady);
  if (from.range) put(*from.range, *to.mutable_range());
  if (from.store) put(*from.store, *to.mutable_store());
  to.set_store_values(from.store_values);
}

Status get(const pb::CensusResult& from, CensusResult& to) {
  DECANT_TRY(get(from.columns(), to.columns));
  to.extents.reserve(static_cast<std::size_t>(from.extents_size()));
  for (const pb::CensusExtent& extent : from.extents()) {
    CensusExtent& out = to.extents.emplace_back();
    DECANT_TRY(get(extent.extent(), out.extent));
    out.exact = extent.exact();
    out.cells.reserve(static_cast<std::size_t>(extent.cells_size()));
    for (const pb::CensusCell& cell : extent.cells()) {
      CensusCell& out_cell = out.cells.emplace_back();
      out_cell.store = cell.store();
      out_cell.period = cell.period();
      get(cell.range(), out_cell.range);
      out_cell.rows = cell.row_count();
      out_cell.is_beyond = cell.is_beyond();
    }
    out.place = extent.place();
    out.marks.reserve(static_cast<std::size_t>(extent.marks_size()));
    for (const pb::RecordMark& mark : extent.marks())
      DECANT_TRY(get(mark, out.marks.emplace_back()));
  }
  to.snapshot = from.snapshot();
  to.not_held = from.not_held();
  to.unsteady = from.unsteady();
  if (from.has_range()) DECANT_TRY(get(from.range(), to.range.emplace()));
  if (from.has_store()) DECANT_TRY(get(from.store(), to.store.emplace()));
  to.store_values = from.store_values();
  return {};
}

}  // namespace decant::wire
