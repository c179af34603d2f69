// What a database of another encoding is said to hold is what it holds.
#include "common/value/characters.h"

#include "tests/integration/postgres/postgres_fixture.h"

namespace decant::test {
namespace {

class ServerCharacters : public PostgresTest {
 protected:
  // Those of a database in that encoding; null where it holds all of them.
  std::unique_ptr<CharacterSet> characters_in(const std::string& encoding) {
    const std::string name = "in_" + encoding;
    exec("DROP DATABASE IF EXISTS \"" + name + "\"");
    exec("CREATE DATABASE \"" + name + "\" ENCODING '" + encoding +
         "' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
    in_encoding_ = value_of(open_postgres_target(server().url(name), "decant tests"));
    LoadPlan plan;
    plan.application_name = "decant tests";
    return value_of(make_postgres_loader_factory(server().url(name))->characters(plan));
  }
  // Of many characters of Europe and East Asia, those that are held, or those that are not.
  static std::string those(CharacterSet& characters, bool held) {
    std::string found;
    for (const auto& [first, last] : {std::pair<char32_t, char32_t>{0xA0, 0x24F},
                                      {0x370, 0x45F},
                                      {0x2000, 0x206F},
                                      {0x20A0, 0x20BF},
                                      {0x2200, 0x22FF},
                                      {0x3000, 0x30FF},
                                      {0xFF01, 0xFFE6}}) {
      for (char32_t character = first; character <= last; ++character) {
        const std::string text = utf8_of(character);
        if ((value_of(characters.held_text(text)) == text) == held) found += text;
      }
    }
    return found;
  }
  std::unique_ptr<Target> in_encoding_;  // a session with it
};

TEST_F(ServerCharacters, AreThoseThatATableTakesAndGivesBack) {
  for (const char* encoding : {"LATIN1", "LATIN9", "WIN1251", "WIN1252", "EUC_JP", "EUC_KR"}) {
    SCOPED_TRACE(encoding);
    const auto characters = characters_in(encoding);
    ASSERT_NE(characters, nullptr);
    const std::string held = those(*characters, true);
    EXPECT_GT(held.size(), 100U);
    const auto rows = value_of(in_encoding_->sql().query("CREATE TABLE t AS SELECT '" + held +
                                                         "'::text AS v; SELECT v FROM t"));
    EXPECT_EQ(rows[0][0], held);
    EXPECT_EQ(value_of(characters->held_text("\U0001F34E")), "<U+1F34E>");
  }
}

TEST_F(ServerCharacters, AreNotAskedForWhereTheDatabaseHoldsAllOfThem) {
  EXPECT_EQ(characters_in("UTF8"), nullptr);
  EXPECT_EQ(characters_in("SQL_ASCII"), nullptr);
}

}  // namespace
}  // namespace decant::test
