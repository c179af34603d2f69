// BinaryWriter and BinaryReader: what one writes the other reads, and broken bytes are refused.
#include <gtest/gtest.h>

#include <random>

#include "common/connector/postgres/binary_reader.h"
#include "common/connector/postgres/binary_writer.h"
#include "common/value/canonical.h"

namespace decant::postgres {
namespace {

struct Format {
  std::shared_ptr<const Schema> schema;
  std::vector<Wire> wires;
};

Type type_of(const char* text) { return *parse_type(text); }

Format all_types() {
  auto schema = std::make_shared<Schema>();
  Format format;
  const auto add = [&](const char* type, Wire wire) {
    schema->fields.push_back({"c" + std::to_string(schema->fields.size()), type_of(type), true});
    format.wires.push_back(wire);
  };
  add("bool", Wire::kBool);
  add("int16", Wire::kInt2);
  add("int32", Wire::kInt4);
  add("int64", Wire::kInt8);
  add("decimal(18,4)", Wire::kNumeric);
  add("decimal", Wire::kNumeric);
  add("float64", Wire::kFloat8);
  add("date", Wire::kDate);
  add("timestamp", Wire::kTimestamp);
  add("text", Wire::kText);
  add("uuid", Wire::kUuid);
  add("json", Wire::kJsonb);
  add("bytes", Wire::kBytea);
  format.schema = schema;
  return format;
}

void fill(RowBatch& batch, std::size_t rows, std::mt19937_64& random) {
  batch.rows = rows;
  for (Column& column : batch.columns) {
    column.resize(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      if (random() % 5 == 0) continue;
      column.valid[row] = 1;
      const auto word = static_cast<std::int64_t>(random());
      if (column.storage == Storage::kByte) column.bytes[row] = word & 1;
      if (column.storage == Storage::kWide) column.wides[row] = static_cast<Int128>(word) / 1000;
      if (column.storage == Storage::kWord)
        column.words[row] = column.type.bits == 16 ? word % 30'000 : word % 2'000'000;
      if (column.storage == Storage::kView) {
        const bool decimal = column.type.kind == TypeKind::kDecimal;
        column.views[row] = batch.arena.copy(decimal ? "-12345678901234567890.5"
                                             : column.type.kind == TypeKind::kJson
                                                 ? "{\"a\": 1}"
                                                 : std::string(random() % 40, 'x'));
      }
    }
  }
}

std::string written(const Format& format, const RowBatch& batch) {
  auto writer = BinaryWriter::make(*format.schema, format.wires);
  EXPECT_TRUE(writer.has_value());
  ByteBuffer out;
  writer->put_header(out);
  for (std::size_t row = 0; row < batch.rows; ++row)
    EXPECT_TRUE(writer->put_row(batch, row, std::nullopt, out));
  writer->put_trailer(out);
  return std::string(out.view());
}

TEST(BinaryFormat, RowsOfAllTypesComeBackAsTheyWere) {
  const Format format = all_types();
  std::mt19937_64 random(1);
  RowBatch batch;
  batch.reset(format.schema);
  fill(batch, 500, random);
  const std::string bytes = written(format, batch);
  BinaryReader reader(format.schema, format.wires, {});
  RowBatch read;
  std::vector<Reject> faults;
  reader.begin(read, 16);
  ASSERT_TRUE(reader.add(bytes, read, faults));
  reader.end(read);
  EXPECT_TRUE(reader.at_end());
  ASSERT_EQ(read.rows, batch.rows);
  for (std::size_t row = 0; row < batch.rows; ++row) {
    std::string expected;
    std::string actual;
    append_canonical_row(batch, row, expected);
    append_canonical_row(read, row, actual);
    ASSERT_EQ(actual, expected) << "row " << row;
  }
}

RowBatch read_back(const Format& format, std::string_view bytes) {
  BinaryReader reader(format.schema, format.wires, {});
  RowBatch read;
  std::vector<Reject> faults;
  reader.begin(read, 16);
  EXPECT_TRUE(reader.add(bytes, read, faults));
  reader.end(read);
  return read;
}

TEST(BinaryFormat, ARowAsItWasSentIsTheRowAsItIsWritten) {
  const Format format = all_types();
  std::mt19937_64 random(3);
  RowBatch batch;
  batch.reset(format.schema);
  fill(batch, 500, random);
  const RowBatch sent = read_back(format, written(format, batch));
  auto writer = BinaryWriter::make(*format.schema, format.wires);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->takes_sent(sent));
  EXPECT_FALSE(writer->takes_sent(batch)) << "rows that no PostgreSQL sent";
  for (std::size_t row = 0; row < sent.rows; ++row) {
    for (const bool staged : {false, true}) {
      std::optional<BinaryWriter::StageColumns> stage;
      if (staged) stage = BinaryWriter::StageColumns{7, static_cast<std::int64_t>(row)};
      ByteBuffer as_sent;
      ByteBuffer as_written;
      writer->put_sent_row(sent, row, stage, as_sent);
      ASSERT_TRUE(writer->put_row(sent, row, stage, as_written));
      ASSERT_EQ(as_sent.view(), as_written.view()) << "row " << row << ", staged: " << staged;
    }
  }
}

TEST(BinaryFormat, RowsOfAnotherFormAreWrittenAnew) {
  auto schema = std::make_shared<Schema>();
  schema->fields = {{"id", type_of("int32"), false}, {"name", type_of("text"), true}};
  const Format sent_format{schema, {Wire::kInt4, Wire::kText}};
  RowBatch batch;
  batch.reset(schema);
  batch.rows = 1;
  for (Column& column : batch.columns) column.resize(1);
  batch.columns[0].valid = {1};
  const std::string bytes = written(sent_format, batch);
  const RowBatch sent = read_back(sent_format, bytes);
  for (const Wire name : {Wire::kText, Wire::kBpchar, Wire::kCast}) {
    for (const Wire id : {Wire::kInt4, Wire::kInt8}) {
      const auto writer = BinaryWriter::make(*schema, {id, name});
      ASSERT_TRUE(writer);
      EXPECT_EQ(writer->takes_sent(sent), id == Wire::kInt4 && name == Wire::kText);
    }
  }
  // What a column pads or casts is not what is written, on either side.
  const Format padded{schema, {Wire::kInt4, Wire::kBpchar}};
  EXPECT_FALSE(BinaryWriter::make(*schema, padded.wires)->takes_sent(read_back(padded, bytes)));
}

TEST(BinaryFormat, BytesThatAreCutOrChangedNeverCrash) {
  const Format format = all_types();
  std::mt19937_64 random(2);
  RowBatch batch;
  batch.reset(format.schema);
  fill(batch, 3, random);
  const std::string bytes = written(format, batch);
  for (int i = 0; i < 20'000; ++i) {
    std::string broken = bytes.substr(0, random() % (bytes.size() + 1));
    for (int changes = static_cast<int>(random() % 4); changes > 0 && !broken.empty(); --changes) {
      broken[random() % broken.size()] = static_cast<char>(random());
    }
    BinaryReader reader(format.schema, format.wires, {});
    RowBatch read;
    std::vector<Reject> faults;
    reader.begin(read, 4);
    const Status status = reader.add(broken, read, faults);
    reader.end(read);
    if (!status) {
      EXPECT_EQ(status.error().code, ErrorCode::kProtocol);
    }
    EXPECT_LE(read.rows, broken.size());
  }
}

TEST(BinaryFormat, NanInADecimalIsARejectAndTheOtherRowsStay) {
  auto schema = std::make_shared<Schema>();
  schema->fields = {{"id", type_of("int32"), false}, {"total", type_of("decimal(10,2)"), true}};
  EntitySpec entity;
  entity.write.key = {"id"};
  BinaryReader reader(schema, {Wire::kInt4, Wire::kNumeric}, {entity, {"id", "total"}});
  std::string bytes("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
  bytes += std::string("\0\2\0\0\0\4\0\0\0\1\0\0\0\10\0\0\0\0\300\0\0\0", 22);
  bytes += std::string("\0\2\0\0\0\4\0\0\0\2\377\377\377\377", 14);
  RowBatch batch;
  std::vector<Reject> faults;
  reader.begin(batch, 4);
  ASSERT_TRUE(reader.add(bytes, batch, faults));
  reader.end(batch);
  ASSERT_EQ(batch.rows, 1u);
  EXPECT_EQ(batch.columns[0].words[0], 2);
  EXPECT_EQ(batch.columns[1].valid[0], 0);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].column, "total");
  EXPECT_EQ(faults[0].source, "id=1");
  EXPECT_EQ(faults[0].reason, "total: NaN has no place in decimal(10,2).");
}

// Of a database without an encoding.
TEST(BinaryFormat, TextThatIsNoneIsARejectWhereTextsAreChecked) {
  auto schema = std::make_shared<Schema>();
  schema->fields = {{"id", type_of("int32"), false}, {"note", type_of("text"), true}};
  EntitySpec entity;
  entity.write.key = {"id"};
  BinaryReader reader(schema, {Wire::kInt4, Wire::kText}, {entity, {"id", "note"}});
  reader.check_texts();
  std::string bytes("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
  bytes += std::string("\0\2\0\0\0\4\0\0\0\1\0\0\0\2a\xe9", 16);
  bytes += std::string("\0\2\0\0\0\4\0\0\0\2\0\0\0\3a\xc3\xa9", 17);
  RowBatch batch;
  std::vector<Reject> faults;
  reader.begin(batch, 4);
  ASSERT_TRUE(reader.add(bytes, batch, faults));
  reader.end(batch);
  ASSERT_EQ(batch.rows, 1u);
  EXPECT_EQ(batch.columns[1].views[0], "a\u00e9");
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].source, "id=1");
  EXPECT_EQ(faults[0].original, "a\\xE9");
  EXPECT_EQ(faults[0].reason.substr(0, 58),
            "note: \"a\\xE9\" has bytes that are not readable text, and it");
}

// A server may hold, and send, what its encoding does not allow: whoever converts it has to look.
TEST(BinaryFormat, ABatchHasSoundTextsUnlessOneIsNone) {
  const auto schema = std::make_shared<const Schema>(Schema{{{"note", type_of("text"), true}}});
  const auto has_sound_texts = [&](std::string_view text) {
    std::string bytes("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
    bytes += std::string("\0\1\0\0\0", 5) + static_cast<char>(text.size());
    bytes += text;
    BinaryReader reader(schema, {Wire::kText}, {});
    RowBatch batch;
    std::vector<Reject> faults;
    reader.begin(batch, 4);
    EXPECT_TRUE(reader.add(bytes, batch, faults));
    reader.end(batch);
    EXPECT_EQ(batch.rows, 1U);
    return batch.has_sound_texts;
  };
  EXPECT_TRUE(has_sound_texts(""));
  EXPECT_TRUE(has_sound_texts("plain"));
  EXPECT_TRUE(has_sound_texts("a\u00e9 and more"));
  EXPECT_FALSE(has_sound_texts("a\xe9"));
  EXPECT_FALSE(has_sound_texts("more than eight bytes \xe9"));
  EXPECT_FALSE(has_sound_texts(std::string_view("a\0b", 3)));
  EXPECT_FALSE(has_sound_texts(std::string_view("a\u00e9\0 and more", 13)));
}

TEST(BinaryFormat, ADecimalWithMoreDigitsThanItsTypeIsAReject) {
  const auto wide =
      std::make_shared<const Schema>(Schema{{{"total", type_of("decimal(38,2)"), true}}});
  const auto narrow =
      std::make_shared<const Schema>(Schema{{{"total", type_of("decimal(5,2)"), true}}});
  RowBatch sent;
  sent.reset(wide);
  sent.rows = 2;
  sent.columns[0].resize(2);
  sent.columns[0].valid = {1, 1};
  sent.columns[0].wides = {99'999, -100'000};
  const std::string bytes = written({wide, {Wire::kNumeric}}, sent);
  BinaryReader reader(narrow, {Wire::kNumeric}, {});
  RowBatch got;
  std::vector<Reject> faults;
  reader.begin(got, 2);
  ASSERT_TRUE(reader.add(bytes, got, faults));
  reader.end(got);
  EXPECT_EQ(got.rows, 1U);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].column, "total");
}

TEST(BinaryFormat, ATimeBeyondTheDayIsBroken) {
  const auto schema = std::make_shared<const Schema>(Schema{{{"opens_at", type_of("time"), true}}});
  const auto row = [](std::int64_t us) {
    std::string bytes("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\0\1\0\0\0\x08", 25);
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(us >> shift);
    return bytes;
  };
  const std::pair<std::int64_t, bool> cases[] = {
      {0, true}, {86'400'000'000, true}, {86'400'000'001, false}, {-1, false}};
  for (const auto& [us, is_time] : cases) {
    BinaryReader reader(schema, {Wire::kTime}, {});
    RowBatch batch;
    std::vector<Reject> faults;
    reader.begin(batch, 1);
    EXPECT_EQ(reader.add(row(us), batch, faults).has_value(), is_time) << us;
  }
}

TEST(BinaryFormat, AnIntegerThatDoesNotFitIsRefusedAndLeavesNoHalfRow) {
  auto schema = std::make_shared<Schema>();
  schema->fields = {{"a", type_of("text"), true}, {"b", type_of("int64"), true}};
  auto writer = BinaryWriter::make(*schema, {Wire::kText, Wire::kInt2});
  ASSERT_TRUE(writer.has_value());
  RowBatch batch;
  batch.reset(schema);
  batch.rows = 1;
  for (Column& column : batch.columns) column.resize(1);
  batch.columns[1].valid[0] = 1;
  batch.columns[1].words[0] = 40'000;
  ByteBuffer out;
  const Status put = writer->put_row(batch, 0, std::nullopt, out);
  ASSERT_FALSE(put.has_value());
  EXPECT_EQ(put.error().code, ErrorCode::kDataRefused);
  EXPECT_EQ(out.size(), 0u);
}

TEST(BinaryFormat, AColumnOfAnotherKindIsAMismatch) {
  Schema schema;
  schema.fields = {{"fecha", type_of("date"), true}};
  const auto writer = BinaryWriter::make(schema, {Wire::kText});
  ASSERT_FALSE(writer.has_value());
  EXPECT_EQ(writer.error().code, ErrorCode::kMismatch);
}

}  // namespace
}  // namespace decant::postgres
