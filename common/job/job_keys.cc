#include "common/job/job_keys.h"

namespace decant {
namespace {

constexpr std::string_view k_text = R"({"type":"string","minLength":1})";
constexpr std::string_view k_any_text = R"({"type":["string","number","boolean"]})";
constexpr std::string_view k_texts =
    R"({"type":"array","items":{"type":"string","minLength":1},"minItems":1})";
constexpr std::string_view k_text_or_texts =
    R"({"oneOf":[{"type":"string","minLength":1},{"type":"array","items":{"type":"string","minLength":1}}]})";
constexpr std::string_view k_bool = R"({"type":"boolean"})";
constexpr std::string_view k_character = R"({"type":["string","null"],"maxLength":3})";
constexpr std::string_view k_day_or_month =
    R"({"type":"string","pattern":"^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$"})";

constexpr JobKey k_job_keys[] = {
    {"job", R"({"type":"string","minLength":1,"maxLength":100})",
     "The job's name, which is its identity in the ledger.", true},
    {"target", k_text,
     "Where rows land: duckdb:FILE or postgresql://…; ${NAME} is read from the environment.", true},
    {"environment", R"({"enum":["staging","production"]})",
     "production asks for a typed confirmation and refuses reset."},
    {"chunk_rows", R"({"type":"integer","minimum":1,"maximum":100000000})",
     "Rows in a chunk, about."},
    {"chunk_timeout", R"({"type":"integer","minimum":0,"maximum":604800})",
     "The seconds that a source may go without giving a row; 0 sets no limit."},
    {"time_zone", k_text, "The time zone of the months, such as America/Caracas."},
    {"ledger_schema", R"({"type":"string","pattern":"^[A-Za-z_][A-Za-z0-9_]{0,62}$"})",
     "The schema of the target that holds the ledger."},
    {"stores", R"({"oneOf":[{"type":"string","minLength":1},{"$ref":"#/$defs/stores"}]})",
     "Where data comes from: a mapping of stores, or the name of a file that holds it."},
    {"entities",
     R"({"type":"object","additionalProperties":{"$ref":"#/$defs/entity"},"minProperties":1})",
     "The logical tables of the job, in the order of loading.", true},
    {"checks", R"({"type":"array","items":{"$ref":"#/$defs/check"}})",
     "Queries on the target after a run."},
};

constexpr JobKey k_stores_keys[] = {
    {"defaults", R"({"$ref":"#/$defs/store"})", "What every store has unless it says otherwise."},
    {"from_column", k_text, "The source column whose value names a row's store."},
    {"strict", k_bool, "With from_column: a store that is not listed is a reject."},
};

constexpr JobKey k_store_keys[] = {
    {"label", k_any_text, "A name for people, shown beside the store's own."},
    {"active", k_bool, "false: the store is known and is left out."},
    {"opened", k_day_or_month, "The month from which data is expected."},
    {"time_zone", k_text, "Where it differs from the job's."},
    {"max_parallel", R"({"type":"integer","minimum":0,"maximum":1000})",
     "The most tasks that read this store at once; 0 sets no limit."},
    {"source", k_text,
     "The connection or folder; {host} and other values of the store are filled in."},
};

constexpr JobKey k_entity_keys[] = {
    {"read", R"({"$ref":"#/$defs/read"})", "Where the rows come from.", true},
    {"write", R"({"$ref":"#/$defs/write"})", "Where they land.", true},
    {"columns",
     R"({"type":"object","additionalProperties":{"oneOf":[{"type":["string","null"]},{"$ref":"#/$defs/column"}]}})",
     "Target columns that differ from the source: a type, or a mapping."},
    {"columns_only", k_bool, "true: source columns that are not named in columns are left out."},
    {"control_sums", k_texts, "Columns or products of columns whose exact sums are compared."},
    {"rules", R"({"type":"array","items":{"$ref":"#/$defs/rule"}})",
     "Conditions that a row has to meet."},
    {"rejects", R"({"$ref":"#/$defs/rejects"})", "How many refused rows are allowed."},
    {"store_column", k_text, "The target column that holds the store's name."},
};

constexpr JobKey k_read_keys[] = {
    {"files", k_text,
     "Path or glob with {store}, {month}, {year}, {mm}, {day}, relative to the job file."},
    {"table", k_text, "schema.table of the source."},
    {"sql", k_text, "A SELECT without ORDER BY."},
    {"time", k_text, "The source column of the time, which months are cut by."},
    {"key", k_text, "An integer source column to cut by where there is no time."},
    {"source", k_text, "The connection, where it is not the store's."},
    {"format", R"({"enum":["csv","tsv","jsonl","parquet"]})",
     "Where the file's extension does not say it."},
    {"delimiter", R"({"type":"string","minLength":1,"maxLength":16})",
     "Between CSV fields, one character or several; \"tab\" is a tab."},
    {"record_end", R"({"type":"string","minLength":1,"maxLength":16})",
     "At the end of a CSV record, where that is no line end: &|\\n."},
    {"ragged", R"({"enum":["reject","pad","fail","join"]})",
     "Records with too few fields are rejects, are filled up with NULL, end the run, or go on in "
     "the next line."},
    {"repeated_header", R"({"enum":["reject","skip","keep"]})",
     "What a header that comes again further down is."},
    {"multiline", k_bool,
     "false: no CSV field holds a line end; a line whose quote is not closed is a reject."},
    {"skip_lines", R"({"type":"integer","minimum":0,"maximum":1000000})",
     "Lines of a CSV file above its header, or above its first row where it has none."},
    {"quote", k_character, "Of CSV fields; ~ means that there are no quotes.", false, true},
    {"escape", k_character, "The character before a quote that is meant; ~: quotes are doubled.",
     false, true},
    {"header", k_bool, "false: the first line is data already."},
    {"column_names", k_texts, "The columns of a file without a header."},
    {"encoding", k_text, "utf-8, utf-16, latin-1, cp1252 …; a byte order mark wins."},
    {"decimal_point", R"({"enum":[".",","]})", "Of numbers in text."},
    {"decimal", R"({"enum":[".",","]})", "Short for decimal_point."},
    {"group_separator", R"({"type":["string","null"],"maxLength":1})",
     "Between thousands, where numbers have one.", false, true},
    {"nulls", k_text_or_texts, "Texts that mean NULL; the empty text where nothing is said."},
    {"date_format", R"({"type":"string","pattern":"%"})",
     "Such as %d/%m/%Y; ISO 8601 where nothing is said."},
    {"trim", k_bool, "true: blanks at either end of a field are dropped."},
    {"records", k_text, "JSON: where the rows are, such as $.journals[].lines."},
    {"duplicate_keys", R"({"enum":["reject","first","last"]})",
     "JSON: what becomes of an object that has a key twice, or which of the values counts."},
};

constexpr JobKey k_write_keys[] = {
    {"table", k_text, "schema.table or table of the target.", true},
    {"mode", R"({"enum":["replace","upsert","insert"]})",
     "replace makes the target what the source is; upsert changes by key; insert adds."},
    {"key", k_text_or_texts, "Target columns that name a row."},
    {"enforce", k_bool, "DuckDB: a PRIMARY KEY, not only a check by query."},
    {"on_duplicate", R"({"enum":["report","reject"]})",
     "First loads: report keys that rows share and build no key, or keep one row of each."},
    {"keep_on_update", k_text_or_texts, "upsert: columns left alone where the row exists."},
    {"latest_by", k_text, "upsert: of equal keys in one run the greatest of this column wins."},
};

constexpr JobKey k_column_keys[] = {
    {"type", k_text,
     "bool, int64, decimal(18,4), float64, date, time, timestamp, timestamptz, text, bytes, uuid, "
     "json."},
    {"from", k_text, "The source column, where it has another name."},
    {"constant", k_any_text, "The same value in every row; {store} is the store's name.", false,
     false,
     "Write \"\", which is an empty text where the column is text and NULL where it is not. For "
     "NULL "
     "in text leave the column out: rows have no value in one that the job does not fill."},
    {"nullable", k_bool, "false: a row without a value is a reject."},
    {"lossy", R"({"enum":["round","truncate"]})",
     "Allows digits to be lost, and says how; round is half to even."},
    {"replace_nul", k_any_text,
     "What stands for each NUL character of a text or of JSON; else a reject."},
    {"private", k_bool, "true: the value is masked in rejects."},
    {"date_format", R"({"type":"string","pattern":"%"})", "Of this column, such as %d/%m/%Y."},
    {"nulls", k_text_or_texts, "Texts that mean NULL in this column, besides those of read."},
    {"zero_pad", R"({"type":"integer","minimum":1,"maximum":100})",
     "Numbers with fewer digits get their leading zeros back, such as 6 for 91205 as %H%M%S."},
};

constexpr JobKey k_rule_keys[] = {
    {"column", k_text, "The target column.", true},
    {"not_null", k_bool, "true: there has to be a value."},
    {"range",
     R"({"type":"array","items":{"type":["number","string","null"]},"minItems":2,"maxItems":2})",
     "[least, greatest], both allowed; ~ leaves a side open."},
    {"pattern", k_text, "A regular expression (RE2) for the whole value."},
    {"one_of", R"({"type":"array","items":{"type":["string","number","boolean"]},"minItems":1})",
     "The values that are allowed."},
};

constexpr JobKey k_rejects_keys[] = {
    {"max", R"({"type":"integer","minimum":0})",
     "Refused rows allowed; 0 where nothing is said, any number beside max_ratio."},
    {"max_ratio", R"({"type":"number","minimum":0,"maximum":1})",
     "Refused rows allowed, as a part of the rows read; both limits must hold."},
};

constexpr JobKey k_check_keys[] = {
    {"name", k_text, "What the check proves.", true},
    {"sql", k_text, "A query on the target.", true},
    {"expect", R"({"type":["string","number","boolean"]})",
     "\"no rows\", or the single value that the query has to give."},
};

}  // namespace

const JobSection k_job_section{"job", "A job", k_job_keys};
const JobSection k_stores_section{"stores", "\"stores\"", k_stores_keys,
                                  R"({"oneOf":[{"type":"null"},{"$ref":"#/$defs/store"}]})"};
const JobSection k_store_section{"store", "A store", k_store_keys,
                                 R"({"type":["string","number","boolean"]})"};
const JobSection k_entity_section{"entity", "An entity", k_entity_keys};
const JobSection k_read_section{"read", "\"read\"", k_read_keys};
const JobSection k_write_section{"write", "\"write\"", k_write_keys};
const JobSection k_column_section{"column", "A column", k_column_keys};
const JobSection k_rule_section{"rule", "A rule", k_rule_keys};
const JobSection k_rejects_section{"rejects", "\"rejects\"", k_rejects_keys};
const JobSection k_check_section{"check", "A check", k_check_keys};

std::vector<const JobSection*> job_sections() {
  return {&k_job_section,     &k_stores_section, &k_store_section,  &k_entity_section,
          &k_read_section,    &k_write_section,  &k_column_section, &k_rule_section,
          &k_rejects_section, &k_check_section};
}

}  // namespace decant
