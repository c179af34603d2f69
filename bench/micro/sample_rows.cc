#include "bench/micro/sample_rows.h"

#include <cstdio>
#include <cstdlib>

#include "common/value/convert.h"

namespace decant::bench {
namespace {

std::string text_of(const char* format, long long a, long long b = 0, long long c = 0) {
  char text[96];
  std::snprintf(text, sizeof text, format, a, b, c);
  return text;
}

std::string sample_text(const std::string& type, long long i) {
  if (type == "bool") return i % 3 == 0 ? "true" : "false";
  if (type == "int32") return text_of("%lld", i * 7919 % 2'000'000);
  if (type == "int64") return text_of("%lld", i * 1'000'003'007);
  if (type == "decimal(18,3)") return text_of("%lld.%03lld", i % 90 + 1, i * 37 % 1000);
  if (type == "decimal(18,4)") return text_of("%lld.%04lld", i * 7919 % 90'000, i * 37 % 10'000);
  if (type == "decimal") return text_of("-123456789012345678901234567890%lld.%02lld", i, i % 100);
  if (type == "float64") return text_of("%lld.%lldE-3", i * 31, i % 97);
  if (type == "date") return text_of("2024-%02lld-%02lld", i % 12 + 1, i % 28 + 1);
  if (type == "time") return text_of("%02lld:%02lld:%02lld", i % 24, i % 60, i * 7 % 60);
  if (type == "timestamp")
    return text_of("2024-08-%02lld %02lld:%02lld:07", i % 28 + 1, i % 24, i % 60);
  if (type == "timestamp with time zone")
    return text_of("2024-08-%02lld %02lld:%02lld:07+00", i % 28 + 1, i % 24, i % 60);
  if (type == "bytes") return text_of("\\x%016llx%016llx", i * 1'000'003, i);
  if (type == "uuid") return text_of("%08llx-0000-4000-8000-%012llx", i * 7919 % 0xffffffff, i);
  if (type == "json") return text_of("{\"b\": %lld, \"a\": [%lld.50, null]}", i, i % 100);
  return text_of("HARINA DE MAIZ %lld KG", i % 5000);
}

}  // namespace

const std::vector<std::string>& type_names() {
  static const std::vector<std::string> k_names = {"bool",
                                                   "int32",
                                                   "int64",
                                                   "decimal(18,4)",
                                                   "decimal",
                                                   "date",
                                                   "float64",
                                                   "time",
                                                   "timestamp",
                                                   "text",
                                                   "timestamp with time zone",
                                                   "bytes",
                                                   "uuid",
                                                   "json"};
  return k_names;
}

const std::vector<std::string>& sales_types() {
  static const std::vector<std::string> k_types = {
      "text", "timestamp",     "int64",         "int32",         "text",          "text", "text",
      "text", "decimal(18,3)", "decimal(18,4)", "decimal(18,4)", "decimal(18,4)", "text", "text"};
  return k_types;
}

std::vector<std::string> sample_texts(const std::string& type_name, std::size_t rows) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < rows; ++i) {
    texts.push_back(sample_text(type_name, static_cast<long long>(i)));
  }
  return texts;
}

RowBatch sample_batch(const std::vector<std::string>& type_names, std::size_t null_every) {
  auto schema = std::make_shared<Schema>();
  for (const std::string& name : type_names) {
    schema->fields.push_back({"c" + std::to_string(schema->fields.size()), must(parse_type(name))});
  }
  RowBatch batch;
  batch.reset(schema);
  batch.rows = k_batch_rows;
  Column texts;
  RowFaults faults;
  faults.reset(k_batch_rows);
  for (std::size_t i = 0; i < type_names.size(); ++i) {
    texts.reset(Type{});
    texts.resize(k_batch_rows);
    const std::vector<std::string> samples = sample_texts(type_names[i], k_batch_rows);
    for (std::size_t row = 0; row < k_batch_rows; ++row) {
      texts.valid[row] = null_every == 0 || (row + i) % null_every != 0;
      texts.views[row] = batch.arena.copy(samples[row]);
    }
    const auto converter =
        must(make_converter(Type{}, schema->fields[i].type, {}, schema->fields[i].name));
    converter->convert(texts, k_batch_rows, batch.columns[i], batch.arena, faults);
    if (faults.count() > 0) give_up(type_names[i] + ": " + faults.entries()[0].reject.reason);
  }
  return batch;
}

void give_up(const std::string& why) {
  std::fprintf(stderr, "decant-micro-bench: %s\n", why.c_str());
  std::exit(1);
}

}  // namespace decant::bench
