// Characters that a text may have and an engine has not.
#include "common/value/characters.h"

#include "tests/unit/value/value_fixtures.h"

namespace decant {
namespace {

using namespace testing_support;

// Holds what Latin-1 does; every question is kept.
class Characters : public testing::Test {
 protected:
  CharacterSet latin() {
    return CharacterSet("LATIN1", [this](std::u32string_view characters) -> Result<bool> {
      if (is_down_) return fail(ErrorCode::kUnreachable, "nobody answers");
      asked_.emplace_back(characters);
      return characters.find_first_not_of(latin1_) == std::u32string_view::npos;
    });
  }
  static RowBatch batch(const std::string& type, const std::vector<std::string>& texts) {
    RowBatch batch;
    Schema schema;
    schema.fields.push_back({"note", type_of(type)});
    batch.reset(std::make_shared<const Schema>(schema));
    batch.rows = texts.size();
    batch.columns[0].resize(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      batch.columns[0].valid[i] = 1;
      batch.columns[0].views[i] = batch.arena.copy(texts[i]);
    }
    return batch;
  }
  // "row reason" of each fault, in lines.
  static std::string refused(CharacterSet& characters, const RowBatch& batch) {
    RowFaults faults;
    faults.reset(batch.rows);
    const Status done = characters.refuse_missing(batch, faults);
    std::string text = done ? "" : done.error().message;
    for (const RowFaults::Entry& entry : faults.entries())
      text += std::to_string(entry.row) + " " + entry.reject.reason + "\n";
    return text;
  }
  static std::string sentence(const std::string& value, const std::string& character) {
    return "note: \"" + value +
           "\" has a character that the target database cannot hold: it is in LATIN1, which has "
           "no " +
           character + ".\n";
  }

  std::vector<std::u32string> asked_;
  std::u32string latin1_ = U"éïü";
  bool is_down_ = false;
};

TEST_F(Characters, ATextWithOneThatIsNotHeldIsRefusedWithTheCharacter) {
  CharacterSet characters = latin();
  EXPECT_EQ(refused(characters, batch("text", {"plain", "café", "cœur", "日本", "naïve 🍎", ""})),
            "2 " + sentence("cœur", "\"œ\" (U+0153)") + "3 " + sentence("日本", "\"日\" (U+65E5)") +
                "4 " + sentence("naïve 🍎", "\"🍎\" (U+1F34E)"));
}

TEST_F(Characters, EachIsAskedForOnceAndAsciiNever) {
  CharacterSet characters = latin();
  refused(characters, batch("text", {"plain", "\\u0153"}));
  EXPECT_TRUE(asked_.empty());
  refused(characters, batch("text", {"éïé", "ü"}));
  EXPECT_EQ(asked_, std::vector<std::u32string>{U"éïü"});
  asked_.clear();
  refused(characters, batch("text", {"éœü", "üœ"}));
  refused(characters, batch("text", {"œ"}));
  EXPECT_EQ(asked_, std::vector<std::u32string>{U"œ"});
}

TEST_F(Characters, InJsonAnEscapeIsTheCharacterThatItStandsFor) {
  CharacterSet characters = latin();
  EXPECT_EQ(
      refused(characters, batch("json", {R"("\u00e9")", R"("\\u0153")", R"("\u0153")",
                                         R"("\ud83c\udf4e")", R"({"œ":1})", R"("\u0041\n")"})),
      "2 " + sentence(R"("\u0153")", "\"œ\" (U+0153)") + "3 " +
          sentence(R"("\ud83c\udf4e")", "\"🍎\" (U+1F34E)") + "4 " +
          sentence(R"({"œ":1})", "\"œ\" (U+0153)"));
}

TEST_F(Characters, OtherTypesNullsAndFaultyRowsAreLeftAlone) {
  CharacterSet characters = latin();
  EXPECT_EQ(refused(characters, batch("bytes", {"œ"})), "");
  RowBatch texts = batch("text", {"œ", "œ"});
  texts.columns[0].valid[0] = 0;
  RowFaults faults;
  faults.reset(2);
  faults.add(1, Reject{});
  ASSERT_TRUE(characters.refuse_missing(texts, faults));
  EXPECT_EQ(faults.count(), 1U);
}

TEST_F(Characters, AnAnswerThatDoesNotComeIsAnError) {
  CharacterSet characters = latin();
  is_down_ = true;
  EXPECT_EQ(refused(characters, batch("text", {"œ"})), "nobody answers");
  EXPECT_FALSE(characters.held_text("œ"));
}

TEST_F(Characters, WhatIsToldOfARowSpellsWhatIsNotHeld) {
  CharacterSet characters = latin();
  EXPECT_EQ(*characters.held_text("plain"), "plain");
  EXPECT_EQ(*characters.held_text("né, cœur, 🍎, \xff\xe9"), "né, c<U+0153>ur, <U+1F34E>, \xff\xe9");
}

}  // namespace
}  // namespace decant
