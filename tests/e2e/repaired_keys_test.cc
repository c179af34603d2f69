// Keys whose rows others deleted or moved in the target: each ends up once where the source has it,
// or the run says which row is in the way.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class RepairedKeys : public EveryTarget {
 protected:
  std::string rows(const std::string& table) const {
    return asked("SELECT string_agg(x, ' ' ORDER BY x) FROM (SELECT id || shop || v FROM " + table +
                 ") AS t(x)");
  }
  Outcome mend(const Words& more = {}) const {
    Words words = {"reconcile", "job.yaml", "--repair", "--yes", "--workers", "2"};
    words.insert(words.end(), more.begin(), more.end());
    return decant(words);
  }
  // Shops a and b, of which each has a row 2 of its own.
  void load_rivals(const std::string& write_words) {
    write("job.yaml",
          "job: rivals\ntarget: ${DECANT_TARGET}\n"
          "stores: { a: { source: a }, b: { source: b } }\nentities:\n  sales:\n"
          "    read: { files: \"all.csv\", time: day }\n    write: { table: sales, key: [id]" +
              write_words +
              " }\n    rejects: { max: 10 }\n    columns: { id: int64, shop: { constant: "
              "\"{store}\" }, day: date, v: text }\n");
    write("a/all.csv", "id,day,v\n2,2024-03-05,new\n4,2024-03-09,x\n");
    write("b/all.csv", "id,day,v\n2,2024-02-10,old\n5,2024-02-11,y\n");
    EXPECT_THAT(run(), ExitsWith(0));
  }
};
INSTANTIATE_TEST_SUITE_P(Into, RepairedKeys, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

// The row that waited behind it may be loaded before the one that held the key.
TEST_P(RepairedKeys, ADeletedKeyThatTwoUpsertedChunksHaveIsHeldByOneAgain) {
  for (const std::string latest : {", latest_by: day", ""}) {
    load_rivals(", mode: upsert" + latest);
    const std::string loaded = rows("sales");
    changed("DELETE FROM sales WHERE id = 2");
    EXPECT_THAT(mend(), ExitsWith(0));
    EXPECT_EQ(rows("sales"), loaded) << latest;
    EXPECT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows("sales"), loaded) << latest;
    changed("DROP TABLE sales");
  }
}

// Counted for two chunks it would be one row too many, which counts alone do not show.
TEST_P(RepairedKeys, ADeletedKeyComesBackFromTheChunkThatHeldIt) {
  load_rivals(", mode: upsert, latest_by: day");
  ASSERT_EQ(rows("sales"), "2anew 4ax 5by");
  changed("DELETE FROM sales WHERE id = 2");
  EXPECT_THAT(run({"--verify", "counts"}), ExitsWith(0));
  EXPECT_EQ(rows("sales"), "2anew 4ax 5by");
  EXPECT_THAT(run(), ExitsWith(0));
}

TEST_P(RepairedKeys, WhatARunOverOneStorePutInItsPlaceIsJudgedByTheNextOverBoth) {
  load_rivals(", mode: upsert, latest_by: day");
  changed("DELETE FROM sales WHERE id = 2");
  run({"--stores", "b"});
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows("sales"), "2anew 4ax 5by");
}

// Two chunks that claim one key, as earlier versions left them.
TEST_P(RepairedKeys, AKeyThatTwoChunksClaimIsTheOnesOrTheOthers) {
  load_rivals(", mode: upsert, latest_by: day");
  const std::string keys = asked(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'decant' AND "
      "table_name LIKE 'keys_%'");
  changed("INSERT INTO decant." + keys + " SELECT 2, decant_owner FROM decant." + keys +
          " WHERE id = 5");
  EXPECT_THAT(run(), ExitsWith(3));
  EXPECT_THAT(mend(), ExitsWith(0));
  EXPECT_EQ(rows("sales"), "2anew 4ax 5by");
  EXPECT_THAT(run(), ExitsWith(0));
}

TEST_P(RepairedKeys, AnInsertedKeyThatWasDeletedIsNotCountedTwice) {
  load_rivals(", mode: insert");
  changed("DELETE FROM sales WHERE id = 2");
  EXPECT_THAT(run({"--verify", "counts"}), ExitsWith(3));
}

// Two rows of a shop share a key, so that its chunks are tried again at each run, and with them one
// whose row others moved to a month of another shop.
TEST_P(RepairedKeys, ARowIsMovedBackBesideOnesThatAreRejected) {
  for (const std::string chunk_rows : {"10", "1000"}) {
    write("job.yaml", "job: moved\ntarget: ${DECANT_TARGET}\nchunk_rows: " + chunk_rows +
                          "\nstores: { from_column: shop }\nentities:\n  s:\n"
                          "    read: { files: \"all.csv\", time: day }\n"
                          "    write: { table: s, key: [id], on_duplicate: reject }\n"
                          "    rejects: { max: 100 }\n"
                          "    columns: { id: int64, shop: text, day: date, v: text }\n");
    const std::string base =
        "id,shop,day,v\n1,a,2024-03-04,x\n2,b,2024-01-04,x\n2,b,2024-02-04,y\n9,b,2024-04-01,z\n";
    write("all.csv", base + "5,a,2024-04-04,x\n");
    ASSERT_THAT(run(), ExitsWith(0));
    write("all.csv", base);
    ASSERT_THAT(run({"--allow-empty"}), ExitsWith(0));
    const std::string loaded = rows("s");
    ASSERT_THAT(loaded, HasSubstr("9bz"));
    changed("UPDATE s SET shop = 'a' WHERE id = 9");
    const Outcome outcome = mend({"--allow-empty"});
    EXPECT_THAT(outcome, ExitsWith(0));
    EXPECT_EQ(rows("s"), loaded);
    EXPECT_THAT(outcome.out, Not(HasSubstr("id=9")));
    ASSERT_THAT(run({"--allow-empty"}), ExitsWith(0));
    EXPECT_EQ(report()["rows"]["inserted"], 0);
    changed("DROP TABLE s");
  }
}

// Nobody of ours put it there, and nothing is lost of it: the report says where it stands.
TEST_P(RepairedKeys, ARowThatOthersMovedToAMonthOfNobodyIsNamed) {
  write("job.yaml",
        "job: away\ntarget: ${DECANT_TARGET}\nentities:\n  s:\n"
        "    read: { files: \"s.csv\", time: day }\n    write: { table: s, key: [id] }\n"
        "    columns: { id: int64, day: date, v: text }\n");
  write("s.csv", "id,day,v\n1,2024-01-05,a\n2,2024-01-06,b\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("UPDATE s SET day = DATE '2024-03-08' WHERE id = 2");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.out, HasSubstr("id=2, day=2024-03-08"));
  if (GetParam() == Engine::kDuckDb) return;
  const Outcome mended = mend();
  EXPECT_THAT(mended, ExitsWith(4)) << "its key is in the way";
  EXPECT_THAT(mended.out, HasSubstr("where it loads nothing (day 2024-03-08)"));
  changed("DELETE FROM s WHERE id = 2");
  EXPECT_THAT(mend(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM s"), "2");
}

// Its foreign keys refer to another column than the key, so that the whole range cannot be emptied.
TEST_P(RepairedKeys, ATableThatIsReferredToByAnotherColumnIsMended) {
  const bool is_duck = GetParam() == Engine::kDuckDb;
  changed("CREATE TABLE p (id bigint" + std::string(is_duck ? "" : " PRIMARY KEY") +
          ", day date, code text UNIQUE)");
  changed("CREATE TABLE c (id bigint PRIMARY KEY, up text REFERENCES p (code))");
  write("job.yaml",
        "job: codes\ntarget: ${DECANT_TARGET}\nentities:\n  p:\n"
        "    read: { files: \"p.csv\", time: day }\n    write: { table: p, key: [id] }\n"
        "    columns: { id: int64, day: date, code: text }\n");
  write("p.csv", "id,day,code\n1,2024-03-05,a\n2,2024-03-06,b\n3,2024-02-02,c\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("INSERT INTO c VALUES (1, 'a')");
  changed("UPDATE p SET day = DATE '2024-03-07' WHERE id = 2");
  EXPECT_THAT(mend(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT day FROM p WHERE id = 2"), "2024-03-06");
  EXPECT_EQ(asked("SELECT count(*) FROM c"), "1");
}

// A parent that others put in, and its child, both in months that the job loads.
TEST_P(RepairedKeys, AParentGoesOnceItsChildIsMendedAway) {
  changed("CREATE TABLE p (id bigint PRIMARY KEY, day date, v text)");
  changed("CREATE TABLE c (id bigint PRIMARY KEY, day date, up bigint REFERENCES p (id))");
  write("job.yaml",
        "job: family\ntarget: ${DECANT_TARGET}\nentities:\n"
        "  p:\n    read: { files: \"p.csv\", time: day }\n    write: { table: p, key: [id] }\n"
        "    columns: { id: int64, day: date, v: text }\n"
        "  c:\n    read: { files: \"c.csv\", time: day }\n    write: { table: c, key: [id] }\n"
        "    columns: { id: int64, day: date, up: int64 }\n");
  write("p.csv", "id,day,v\n1,2024-01-01,a\n2,2024-01-02,b\n");
  write("c.csv", "id,day,up\n1,2024-01-01,1\n2,2024-02-02,2\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("INSERT INTO p VALUES (66, DATE '2024-01-10', 'intruder')");
  changed("INSERT INTO c VALUES (77, DATE '2024-02-10', 66)");
  EXPECT_THAT(mend(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*), max(id) FROM p"), "2|2");
  EXPECT_EQ(asked("SELECT count(*), max(id) FROM c"), "2|2");
}

// Their names are two, whatever the column's collation makes of them.
TEST_P(RepairedKeys, StoresThatACollationTakesForOneAreLoadedEachForItself) {
  if (GetParam() == Engine::kPostgres) {
    changed(
        "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = "
        "false)");
  }
  const std::string collation = GetParam() == Engine::kPostgres ? "blind" : "NOCASE";
  changed("CREATE TABLE s (id bigint PRIMARY KEY, shop varchar COLLATE " + collation +
          ", day date, v varchar)");
  write("job.yaml",
        "job: cases\ntarget: ${DECANT_TARGET}\nstores: { from_column: shop }\nentities:\n  s:\n"
        "    read: { files: \"s.csv\", time: day }\n    write: { table: s, key: [id] }\n"
        "    columns: { id: int64, shop: text, day: date, v: text }\n");
  write("s.csv", "id,shop,day,v\n1,a,2024-03-05,x\n2,A,2024-03-06,y\n3,b,2024-02-02,z\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write("s.csv", "id,shop,day,v\n1,a,2024-03-05,X\n2,A,2024-03-06,y\n3,b,2024-02-02,z\n");
  EXPECT_THAT(run({"--stores", "a"}), ExitsWith(0));
  EXPECT_EQ(report()["rows"]["deleted"], 0);
  EXPECT_EQ(rows("s"), "1aX 2Ay 3bz");
  EXPECT_THAT(run(), ExitsWith(0));
  changed("DELETE FROM s WHERE id = 1");
  EXPECT_THAT(mend(), ExitsWith(0));
  EXPECT_EQ(rows("s"), "1aX 2Ay 3bz");
}

// A collation may not look at blanks either, and a CHAR pads its values with them.
TEST_P(RepairedKeys, StoresThatDifferInABlankAreLoadedEachForItself) {
  if (GetParam() == Engine::kPostgres) {
    changed(
        "CREATE COLLATION blankless (provider = icu, locale = 'und-u-ka-shifted', deterministic = "
        "false)");
  }
  const bool is_postgres = GetParam() == Engine::kPostgres;
  changed("CREATE TABLE s (id bigint, shop varchar" +
          std::string(is_postgres ? " COLLATE blankless" : "") + ", day date, v varchar)");
  changed("CREATE TABLE padded (id bigint, shop " + std::string(is_postgres ? "char(4)" : "text") +
          ", day date, v varchar)");
  write("job.yaml",
        "job: blanks\ntarget: ${DECANT_TARGET}\nstores: { from_column: shop }\nentities:\n  s:\n"
        "    read: { files: \"s.csv\", time: day }\n    write: { table: s }\n"
        "    columns: { id: int64, shop: text, day: date, v: text }\n  padded:\n"
        "    read: { files: \"p.csv\", time: day }\n    write: { table: padded }\n"
        "    columns: { id: int64, shop: text, day: date, v: text }\n");
  const std::string others = "2,\"ab \",2024-03-06,y\n3,b,2024-03-02,z\n";
  write("s.csv", "id,shop,day,v\n1,ab,2024-03-05,x\n" + others);
  write("p.csv", "id,shop,day,v\n1,ab,2024-03-05,x\n3,b,2024-03-02,z\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write("s.csv", "id,shop,day,v\n1,ab,2024-03-05,X\n" + others);
  write("p.csv", "id,shop,day,v\n1,ab,2024-03-05,X\n3,b,2024-03-02,z\n");
  EXPECT_THAT(run({"--stores", "ab"}), ExitsWith(0));
  EXPECT_EQ(report()["rows"], Json({{"inserted", 2}, {"updated", 0}, {"deleted", 2}}));
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  EXPECT_EQ(asked("SELECT string_agg(id || v, ' ' ORDER BY id) FROM s"), "1X 2y 3z");
  EXPECT_EQ(asked("SELECT string_agg(id || v, ' ' ORDER BY id) FROM padded"), "1X 3z");
}

// A run from March cannot tell a correction to February from a deletion.
TEST_P(RepairedKeys, ARowThatLeftTheRangeOfTheRunIsNoted) {
  write("job.yaml",
        "job: nightly\ntarget: ${DECANT_TARGET}\nentities:\n  s:\n"
        "    read: { files: \"s.csv\", time: day }\n    write: { table: s, key: [id] }\n"
        "    columns: { id: int64, day: date, v: text }\n");
  write("s.csv", "id,day,v\n1,2024-03-05,a\n2,2024-03-06,b\n3,2024-02-02,c\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write("s.csv", "id,day,v\n1,2024-02-25,a\n2,2024-03-06,b\n3,2024-02-02,c\n");
  const Outcome part = run({"--from", "2024-03"});
  EXPECT_THAT(part, ExitsWith(0));
  EXPECT_THAT(part.out, HasSubstr("s: 1 row is no longer in what this run reads"));
  const Outcome again = run({"--from", "2024-03"});
  EXPECT_THAT(again.out, Not(HasSubstr("no longer in what this run reads")));
  const Outcome whole = run();
  EXPECT_THAT(whole, ExitsWith(0));
  EXPECT_THAT(whole.out, Not(HasSubstr("no longer in what this run reads")));
  EXPECT_EQ(asked("SELECT count(*) FROM s"), "3");
}

// The source has it, in a month that the run does not read.
TEST_P(RepairedKeys, ARowThatIsKeptWhileAPartIsReadIsNotCalledGone) {
  changed("CREATE TABLE p (id bigint PRIMARY KEY, day date, v text)");
  changed("CREATE TABLE c (id bigint PRIMARY KEY, up bigint REFERENCES p (id))");
  write("job.yaml",
        "job: part\ntarget: ${DECANT_TARGET}\nentities:\n  p:\n"
        "    read: { files: \"p.csv\", time: day }\n    write: { table: p, key: [id] }\n"
        "    columns: { id: int64, day: date, v: text }\n");
  write("p.csv", "id,day,v\n1,2024-01-05,a\n2,2024-03-05,b\n3,2024-03-06,c\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("INSERT INTO c VALUES (1, 2)");
  write("p.csv", "id,day,v\n1,2024-01-05,a\n2,2024-01-07,b\n3,2024-03-06,c\n");
  const Outcome outcome = run({"--from", "2024-03"});
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.text(), HasSubstr("1 row that is not in what this run reads stays"));
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT day FROM p WHERE id = 2"), "2024-01-07");
}

}  // namespace
}  // namespace decant::test
