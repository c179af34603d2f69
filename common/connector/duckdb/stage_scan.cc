#include "common/connector/duckdb/stage_scan.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>

#include "common/connector/duckdb/errors.h"
#include "common/connector/duckdb/stage_file.h"
#include "common/connector/duckdb/type_map.h"
#include "common/connector/sql_session.h"

namespace decant::duck {
namespace {

constexpr const char* k_function = "decant_stage";

// What a thread takes at once: rows of one file that stand together, as many as a row group of
// DuckDB has, or fewer so that all threads have some.
constexpr std::size_t k_most_blocks = 60;
constexpr std::size_t k_least_stretches = 16;

using Files = std::vector<std::unique_ptr<StageFile>>;

struct Stretch {
  const StageFile* file = nullptr;
  std::size_t block = 0;
  std::size_t end = 0;
};

// Of one scan, for all its threads.
struct Scan {
  std::vector<std::size_t> columns;  // of the files, as the statement asks for them
  std::vector<Stretch> stretches;
  std::atomic<std::size_t> next{0};
};

struct ScanThread {
  Stretch stretch;
  ByteBuffer buffer;
};

template <typename T>
void destroy(void* object) {
  delete static_cast<T*>(object);
}

bool are_equal(const std::vector<StageColumn>& one, const std::vector<StageColumn>& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](const StageColumn& a, const StageColumn& b) {
                      return a.name == b.name && a.type == b.type;
                    });
}

Result<std::unique_ptr<Files>> open_files(const std::vector<std::string>& paths) {
  auto files = std::make_unique<Files>();
  for (const std::string& path : paths) {
    DECANT_TRY_ASSIGN(auto file, StageFile::open(path));
    files->push_back(std::move(file));
    if (are_equal(files->back()->footer().columns, files->front()->footer().columns)) continue;
    return fail(ErrorCode::kInternal, "The stage file " + path + " has other columns than " +
                                          files->front()->path() + ".");
  }
  return files;
}

std::vector<std::string> paths_in(duckdb_bind_info info) {
  std::vector<std::string> paths;
  duckdb_value list = duckdb_bind_get_parameter(info, 0);
  for (idx_t i = 0; i < duckdb_get_list_size(list); ++i) {
    duckdb_value path = duckdb_get_list_child(list, i);
    char* text = duckdb_get_varchar(path);
    paths.emplace_back(text);
    duckdb_free(text);
    duckdb_destroy_value(&path);
  }
  duckdb_destroy_value(&list);
  return paths;
}

std::vector<Stretch> stretches_of(const Files& files) {
  std::size_t blocks = 0;
  for (const auto& file : files) blocks += file->footer().block_rows.size();
  const std::size_t length = std::clamp<std::size_t>(blocks / k_least_stretches, 1, k_most_blocks);
  std::vector<Stretch> stretches;
  for (const auto& file : files) {
    const std::size_t count = file->footer().block_rows.size();
    for (std::size_t block = 0; block < count; block += length)
      stretches.push_back({file.get(), block, std::min(block + length, count)});
  }
  return stretches;
}

void fill_inline(duckdb_string_t& to, std::string_view text) {
  to = {};
  to.value.inlined.length = static_cast<std::uint32_t>(text.size());
  put_bytes(to.value.inlined.inlined, text);
}

// Each text that is too long for its place in the vector is given to DuckDB by itself.
void fill_wide_texts(const SectionView& section, std::size_t rows, duckdb_vector vector) {
  auto* out = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
  const char* text = section.texts.data();
  for (std::size_t i = 0; i < rows; ++i) {
    std::uint32_t length;
    std::memcpy(&length, section.values.data() + i * sizeof length, sizeof length);
    if (length <= sizeof out[i].value.inlined.inlined) {
      fill_inline(out[i], {text, length});
    } else {
      duckdb_vector_assign_string_element_len(vector, i, text, length);
    }
    text += length;
  }
}

void fill_vector(const SectionView& section, std::size_t rows, bool has_texts,
                 duckdb_vector vector) {
  if (has_texts) {
    fill_wide_texts(section, rows, vector);
  } else {
    std::memcpy(duckdb_vector_get_data(vector), section.values.data(), section.values.size());
  }
  if (section.mask.empty()) return;
  duckdb_vector_ensure_validity_writable(vector);
  std::memcpy(duckdb_vector_get_validity(vector), section.mask.data(), section.mask.size());
}

// False: there is none left.
bool take_block(Scan& scan, ScanThread& thread) {
  if (thread.stretch.block < thread.stretch.end) return true;
  const std::size_t taken = scan.next.fetch_add(1);
  if (taken >= scan.stretches.size()) return false;
  thread.stretch = scan.stretches[taken];
  return true;
}

Status fill_chunk(Scan& scan, ScanThread& thread, duckdb_data_chunk output) {
  if (!take_block(scan, thread)) {
    duckdb_data_chunk_set_size(output, 0);
    return {};
  }
  const StageFile& file = *thread.stretch.file;
  const std::size_t block = thread.stretch.block++;
  const std::size_t rows = file.footer().block_rows[block];
  for (std::size_t i = 0; i < scan.columns.size(); ++i) {
    const std::size_t column = scan.columns[i];
    // A statement that only counts asks for a row number, which nobody reads.
    if (column >= file.footer().columns.size()) continue;
    DECANT_TRY_ASSIGN(const SectionView section, file.read(block, column, thread.buffer));
    fill_vector(section, rows, value_bytes(file.footer().columns[column].type) == 0,
                duckdb_data_chunk_get_vector(output, i));
    // DuckDB has its copy: a row that is wider than a block is not held twice while it works.
    if (thread.buffer.size() > k_block_bytes) thread.buffer = ByteBuffer();
  }
  duckdb_data_chunk_set_size(output, rows);
  return {};
}

// What DuckDB calls. No exception of ours goes through it: `failed` takes what one says.
template <typename Info, typename Failed, typename Work>
void guarded(Info info, Failed failed, Work work) {
  try {
    if (const Status status = work(); !status) failed(info, status.error().message.c_str());
  } catch (const std::bad_alloc&) {
    const std::string message = std::string(k_no_memory) + " for what is read of a stage file";
    failed(info, message.c_str());
  } catch (const std::exception& exception) {
    const std::string message = std::string("The stage file cannot be read: ") + exception.what();
    failed(info, message.c_str());
  }
}

void bind(duckdb_bind_info info) {
  guarded(info, duckdb_bind_set_error, [&]() -> Status {
    if (duckdb_vector_size() < k_block_rows)
      return fail(ErrorCode::kInternal, "DuckDB's vectors are shorter than a stage file's blocks.");
    const std::vector<std::string> paths = paths_in(info);
    if (paths.empty()) return fail(ErrorCode::kInternal, "No stage file is named.");
    DECANT_TRY_ASSIGN(auto files, open_files(paths));
    for (const StageColumn& column : files->front()->footer().columns) {
      duckdb_bind_add_result_column(info, column.name.c_str(), logical_type(column.type).get());
    }
    idx_t rows = 0;
    for (const auto& file : *files) rows += file->rows();
    duckdb_bind_set_cardinality(info, rows, true);
    duckdb_bind_set_bind_data(info, files.release(), destroy<Files>);
    return {};
  });
}

void begin(duckdb_init_info info) {
  guarded(info, duckdb_init_set_error, [&]() -> Status {
    auto scan = std::make_unique<Scan>();
    for (idx_t i = 0; i < duckdb_init_get_column_count(info); ++i)
      scan->columns.push_back(duckdb_init_get_column_index(info, i));
    scan->stretches = stretches_of(*static_cast<const Files*>(duckdb_init_get_bind_data(info)));
    duckdb_init_set_max_threads(info, std::max<idx_t>(scan->stretches.size(), 1));
    duckdb_init_set_init_data(info, scan.release(), destroy<Scan>);
    return {};
  });
}

void begin_thread(duckdb_init_info info) {
  guarded(info, duckdb_init_set_error, [&]() -> Status {
    duckdb_init_set_init_data(info, std::make_unique<ScanThread>().release(), destroy<ScanThread>);
    return {};
  });
}

void next(duckdb_function_info info, duckdb_data_chunk output) {
  guarded(info, duckdb_function_set_error, [&] {
    return fill_chunk(*static_cast<Scan*>(duckdb_function_get_init_data(info)),
                      *static_cast<ScanThread*>(duckdb_function_get_local_init_data(info)), output);
  });
}

}  // namespace

Status register_stage_scan(Connection& connection) {
  const TableFunction function(duckdb_create_table_function());
  const LogicalType text(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
  const LogicalType list(duckdb_create_list_type(text.get()));
  duckdb_table_function_set_name(function.get(), k_function);
  duckdb_table_function_add_parameter(function.get(), list.get());
  duckdb_table_function_set_bind(function.get(), bind);
  duckdb_table_function_set_init(function.get(), begin);
  duckdb_table_function_set_local_init(function.get(), begin_thread);
  duckdb_table_function_set_function(function.get(), next);
  duckdb_table_function_supports_projection_pushdown(function.get(), true);
  if (duckdb_register_table_function(connection.get(), function.get()) != DuckDBSuccess) {
    return fail(ErrorCode::kInternal, "DuckDB did not take the table function of stage files.");
  }
  return {};
}

std::string stage_relation(const std::vector<std::string>& paths) {
  std::string list;
  for (const std::string& path : paths) list += (list.empty() ? "" : ", ") + quote_literal(path);
  return std::string(k_function) + "([" + list + "])";
}

std::string stage_relation(const std::string& path) {
  return stage_relation(std::vector<std::string>{path});
}

}  // namespace decant::duck
