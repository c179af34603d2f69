// DuckDB's vectors as our columns, without text in between. Private to this folder.
#pragma once

#include <duckdb.h>

#include <vector>

#include "common/base/result.h"
#include "common/connector/duckdb/handles.h"
#include "common/connector/row_text.h"
#include "common/value/batch.h"
#include "common/value/reject.h"

namespace decant::duck {

// How one column of a result is read, worked out once per result.
struct VectorForm {
  duckdb_type type = DUCKDB_TYPE_INVALID;
  // Of decimals: SMALLINT, INTEGER, BIGINT, HUGEINT; BLOB: the number's bytes, the highest first.
  // Of text that DuckDB has not looked at: BLOB.
  duckdb_type physical = DUCKDB_TYPE_INVALID;
  int digits = 0;  // of decimals
};
std::vector<VectorForm> forms_of(duckdb_result* result);

// Appends the chunk's rows to `batch`, whose schema is mapped_type of each column. Views point into
// the chunk, which the batch keeps alive. A row with a value that our types cannot hold (a HUGEINT
// of 39 digits), or that is none of its own type (a file may hold more digits than it declares), is
// left out and told by `names` in `faults`.
struct RowNames {
  const SourceKey& key;
  bool by_number = false;  // which the last column is, counted from 0
};
void append_chunk(std::shared_ptr<DataChunk> chunk, const std::vector<VectorForm>& forms,
                  RowBatch& batch, const RowNames& names, std::vector<Reject>& faults);

}  // namespace decant::duck
