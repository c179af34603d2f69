// Types, ranges, extents, totals and errors (proto/values.proto).
#include <array>

#include "common/wire/codec_parts.h"

namespace decant::wire {
namespace {

static_assert(static_cast<int>(TypeKind::kBool) == pb::TYPE_KIND_BOOL &&
              static_cast<int>(TypeKind::kFloat64) == pb::TYPE_KIND_FLOAT64 &&
              static_cast<int>(TypeKind::kTimestampTz) == pb::TYPE_KIND_TIMESTAMP_TZ &&
              static_cast<int>(TypeKind::kJson) == pb::TYPE_KIND_JSON);
static_assert(static_cast<int>(ExtentKind::kAll) == pb::EXTENT_KIND_ALL &&
              static_cast<int>(ExtentKind::kFile) == pb::EXTENT_KIND_FILE &&
              static_cast<int>(ExtentKind::kRange) == pb::EXTENT_KIND_RANGE &&
              static_cast<int>(ExtentKind::kBlocks) == pb::EXTENT_KIND_BLOCKS &&
              static_cast<int>(ExtentKind::kFilePart) == pb::EXTENT_KIND_FILE_PART);

// ErrorCode has no numbers of its own, so that it may be put in another order without changing the
// wire.
struct CodePair {
  ErrorCode plain;
  pb::ErrorCode wire;
};
constexpr std::array<CodePair, 17> k_codes = {{
    {ErrorCode::kUsage, pb::ERROR_CODE_USAGE},
    {ErrorCode::kNotFound, pb::ERROR_CODE_NOT_FOUND},
    {ErrorCode::kUnreachable, pb::ERROR_CODE_UNREACHABLE},
    {ErrorCode::kPermission, pb::ERROR_CODE_PERMISSION},
    {ErrorCode::kMismatch, pb::ERROR_CODE_MISMATCH},
    {ErrorCode::kDataRefused, pb::ERROR_CODE_DATA_REFUSED},
    {ErrorCode::kSourceChanged, pb::ERROR_CODE_SOURCE_CHANGED},
    {ErrorCode::kFenced, pb::ERROR_CODE_FENCED},
    {ErrorCode::kBusy, pb::ERROR_CODE_BUSY},
    {ErrorCode::kTooManyRejects, pb::ERROR_CODE_TOO_MANY_REJECTS},
    {ErrorCode::kDiffers, pb::ERROR_CODE_DIFFERS},
    {ErrorCode::kCancelled, pb::ERROR_CODE_CANCELLED},
    {ErrorCode::kTimeout, pb::ERROR_CODE_TIMEOUT},
    {ErrorCode::kNoSpace, pb::ERROR_CODE_NO_SPACE},
    {ErrorCode::kProtocol, pb::ERROR_CODE_PROTOCOL},
    {ErrorCode::kUnsupported, pb::ERROR_CODE_UNSUPPORTED},
    {ErrorCode::kInternal, pb::ERROR_CODE_INTERNAL},
}};

}  // namespace

void put(const Type& from, pb::Type& to) {
  to.set_kind(static_cast<pb::TypeKind>(from.kind));
  to.set_precision(from.precision);
  to.set_scale(from.scale);
  to.set_width_bits(from.bits);
  to.set_max_length_chars(from.max_length);
}

Status get(const pb::Type& from, Type& to) {
  DECANT_TRY(get_enum(from.kind(), pb::TypeKind_MAX, "type", to.kind));
  to.precision = from.precision();
  to.scale = from.scale();
  to.bits = from.width_bits();
  to.max_length = from.max_length_chars();
  return {};
}

void put(const Schema& from, pb::Schema& to) {
  for (const Field& field : from.fields) {
    pb::Field& out = *to.add_fields();
    out.set_name(field.name);
    put(field.type, *out.mutable_type());
    out.set_nullable(field.nullable);
    out.set_foreign(field.foreign);
  }
}

Status get(const pb::Schema& from, Schema& to) {
  to.fields.reserve(static_cast<std::size_t>(from.fields_size()));
  for (const pb::Field& field : from.fields()) {
    Field& out = to.fields.emplace_back();
    out.name = field.name();
    DECANT_TRY(get(field.type(), out.type));
    out.nullable = field.nullable();
    out.foreign = field.foreign();
  }
  return {};
}

void put(const ValueRange& from, pb::ValueRange& to) {
  if (from.begin) to.set_begin(*from.begin);
  if (from.end) to.set_end(*from.end);
}

void get(const pb::ValueRange& from, ValueRange& to) {
  if (from.has_begin()) to.begin = from.begin();
  if (from.has_end()) to.end = from.end();
}

void put(const ChunkSpec& from, pb::ChunkSpec& to) {
  to.set_entity(from.slice.entity);
  to.set_store(from.slice.store);
  to.set_period(from.slice.period);
  to.set_number(from.number);
  put(from.range, *to.mutable_range());
  to.set_estimated_row_count(from.estimated_rows);
}

void get(const pb::ChunkSpec& from, ChunkSpec& to) {
  to.slice = SliceId{from.entity(), from.store(), from.period()};
  to.number = from.number();
  get(from.range(), to.range);
  to.estimated_rows = from.estimated_row_count();
}

void put(const RecordMark& from, pb::RecordMark& to) {
  to.set_byte(from.byte);
  to.set_text_byte(from.text_byte);
  to.set_line(from.line);
}

Status get(const pb::RecordMark& from, RecordMark& to) {
  to = RecordMark{from.byte(), from.text_byte(), from.line()};
  if (to.byte >= 0 && to.text_byte >= 0 && to.line >= 1) return {};
  return fail(ErrorCode::kProtocol, "A message names a place that no file can have.");
}

void put(const Extent& from, pb::Extent& to) {
  to.set_kind(static_cast<pb::ExtentKind>(from.kind));
  to.set_store(from.store);
  to.set_path(from.path);
  if (!(from.identity == FileIdentity{})) {
    to.mutable_identity()->set_size_bytes(from.identity.size_bytes);
    to.mutable_identity()->set_modified_ns(from.identity.modified_ns);
    to.mutable_identity()->set_changed_ns(from.identity.changed_ns);
    to.mutable_identity()->set_digest(from.identity.digest);
  }
  to.set_period(from.period);
  put(from.range, *to.mutable_range());
  to.set_undated(from.undated);
  to.set_begin_block(from.begin_block);
  to.set_end_block(from.end_block);
  to.set_snapshot(from.snapshot);
  to.set_tables(from.tables);
  if (!(from.begin == RecordMark{})) put(from.begin, *to.mutable_begin());
  to.set_end_byte(from.end_byte);
  if (from.days.begin) to.set_begin_day(*from.days.begin);
  if (from.days.end) to.set_end_day(*from.days.end);
}

Status get(const pb::Extent& from, Extent& to) {
  DECANT_TRY(get_enum(from.kind(), pb::ExtentKind_MAX, "kind of extent", to.kind));
  to.store = from.store();
  to.path = from.path();
  to.identity = FileIdentity{from.identity().size_bytes(), from.identity().modified_ns(),
                             from.identity().changed_ns(), from.identity().digest()};
  to.period = from.period();
  get(from.range(), to.range);
  to.undated = from.undated();
  to.begin_block = from.begin_block();
  to.end_block = from.end_block();
  to.snapshot = from.snapshot();
  to.tables = from.tables();
  if (from.has_begin()) DECANT_TRY(get(from.begin(), to.begin));
  to.end_byte = from.end_byte();
  if (from.has_begin_day()) to.days.begin = from.begin_day();
  if (from.has_end_day()) to.days.end = from.end_day();
  return {};
}

void put(const SetDigest& from, pb::SetDigest& to) {
  std::string sum;
  sum.reserve(32);
  for (auto word = from.sum.rbegin(); word != from.sum.rend(); ++word) {
    for (int shift = 56; shift >= 0; shift -= 8)
      sum.push_back(static_cast<char>((*word >> shift) & 0xff));
  }
  to.set_sum(std::move(sum));
  to.set_row_count(from.row_count);
}

Status get(const pb::SetDigest& from, SetDigest& to) {
  const std::string& sum = from.sum();
  if (sum.empty() && from.row_count() == 0) return {};  // no rows: the message may be left out
  if (sum.size() != 32)
    return fail(ErrorCode::kProtocol, "A message has a digest that is not 32 bytes long.");
  for (std::size_t i = 0; i < sum.size(); ++i) {
    std::uint64_t& word = to.sum[3 - i / 8];
    word = (word << 8) | static_cast<std::uint8_t>(sum[i]);
  }
  to.row_count = from.row_count();
  return {};
}

void put(const ChunkTotals& from, pb::ChunkTotals& to) {
  put(from.digest, *to.mutable_digest());
  for (const ExactSum& sum : from.sums) to.add_control_sums(sum.to_string());
}

Status get(const pb::ChunkTotals& from, ChunkTotals& to) {
  DECANT_TRY(get(from.digest(), to.digest));
  to.sums.reserve(static_cast<std::size_t>(from.control_sums_size()));
  for (const std::string& text : from.control_sums()) {
    ExactSum& sum = to.sums.emplace_back();
    if (!sum.add_text(text))
      return fail(ErrorCode::kProtocol, "A message has a control sum that is no number.");
  }
  return {};
}

void put(const Error& from, pb::Error& to) {
  to.set_code(pb::ERROR_CODE_INTERNAL);
  for (const CodePair& pair : k_codes) {
    if (pair.plain == from.code) to.set_code(pair.wire);
  }
  to.set_message(from.message);
  to.set_advice(from.advice);
  to.set_sqlstate(from.sqlstate);
  to.set_job(from.place.job);
  to.set_entity(from.place.entity);
  to.set_store(from.place.store);
  to.set_chunk(from.place.chunk);
}

Status get(const pb::Error& from, Error& to) {
  // A code of a newer version stays an error, of the kind that stops: its text says what it was.
  to.code = ErrorCode::kInternal;
  for (const CodePair& pair : k_codes) {
    if (pair.wire == from.code()) to.code = pair.plain;
  }
  to.message = from.message();
  to.advice = from.advice();
  to.sqlstate = from.sqlstate();
  to.place = ErrorPlace{from.job(), from.entity(), from.store(), from.chunk()};
  return {};
}

}  // namespace decant::wire
