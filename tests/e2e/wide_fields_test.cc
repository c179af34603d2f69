// A field of 100 MB goes from every format and engine into every engine, and back out again.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

constexpr std::size_t k_wide_bytes = 100'000'000;

// Text with everything that needs care on its way: quotes, delimiters, line ends, other scripts.
std::string wide_text() {
  const std::string piece = "una línea, con \"comillas\"; y\tmás\r\n漢字 ";
  std::string text;
  text.reserve(k_wide_bytes + piece.size());
  for (std::size_t i = 0; text.size() + 64 < k_wide_bytes; ++i) text += piece + std::to_string(i);
  text.resize(k_wide_bytes - 1, 'x');
  return text + "!";
}

std::string replaced(const std::string& text, char what, const std::string& with) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) c == what ? out += with : out += c;
  return out;
}

class WideFields : public EveryTarget {
 protected:
  std::string job(const std::string& read) const {
    return "job: wide\ntarget: ${DECANT_TARGET}\nentities:\n  texts:\n    read: { " + read +
           " }\n    write: { table: texts, key: [id] }\n    columns: { id: int64, body: text }\n";
  }
  std::string digests() const {
    return asked("SELECT id, length(body), md5(body) FROM texts ORDER BY id");
  }
  void load(const std::string& read) {
    use_target(fresh_target(GetParam()));
    write("job.yaml", job(read));
    const Outcome outcome = run();
    ASSERT_THAT(outcome, ExitsWith(0));
    EXPECT_THAT(outcome.out, HasSubstr("3 rows, 0 differences."));
  }
};

INSTANTIATE_TEST_SUITE_P(Into, WideFields, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(WideFields, TravelWhole) {
  const std::string wide = wide_text();
  write("texts.csv", "id,body\n1,one\n2,\"" + replaced(wide, '"', "\"\"") + "\"\n3,three\n");
  load("files: texts.csv");
  const std::string from_csv = digests();
  EXPECT_THAT(from_csv, testing::ContainsRegex("^1.3.f97c5d29941bfb1b2fdab0874906ab82\n"));
  const std::string source = target();
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);

  std::string json = replaced(replaced(wide, '"', "\\\""), '\n', "\\n");
  json = replaced(replaced(json, '\r', "\\r"), '\t', "\\t");
  write("texts.jsonl", "{\"id\":1,\"body\":\"one\"}\n{\"id\":2,\"body\":\"" + json +
                           "\"}\n{\"id\":3,\"body\":\"three\"}\n");
  load("files: texts.jsonl");
  EXPECT_EQ(digests(), from_csv);

  // The same out of the database that holds it by now, into the engine of this test.
  load("table: texts, source: \"" + source + "\"");
  EXPECT_EQ(digests(), from_csv);
}

}  // namespace
}  // namespace decant::test
