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
  duckdb_type physical = DUCKDB_TYPE_INVALID;  // of decimals: SMALLINT, INTEGER, BIGINT or HUGEINT
};
std::vector<VectorForm> forms_of(duckdb_result* result);

// Appends the chunk's rows to `batch`, whose schema is mapped_type of each column. Views point into
// the chunk, which the batch keeps alive. A row with a value that our types cannot hold (a HUGEINT
// of 39 digits) is left out and told by `key` in `faults`.
void append_chunk(std::shared_ptr<DataChunk> chunk, const std::vector<VectorForm>& forms,
                  RowBatch& batch, const SourceKey& key, std::vector<Reject>& faults);

}  // namespace decant::duck
