// A table made by hand whose columns have less room than the values: what does not fit is a reject,
// and nothing is cut or rounded on the way.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class CutValues : public DecantTest {
 protected:
  void SetUp() override {
    DecantTest::SetUp();
    source_ = fresh_database();
    if (!IsSkipped()) use_target(fresh_database());
  }
  // `values` are those of rows 1, 2 … of a source's column; `existing` is the table's type.
  void load(const std::string& type, const std::string& values, const std::string& existing,
            const std::string& declared = {}) {
    changed_in(source_,
               "DROP TABLE IF EXISTS w; CREATE TABLE w AS SELECT id, DATE '2024-01-01' + "
               "CAST(id AS INT) AS d, CAST(v AS " +
                   type + ") AS v FROM unnest(ARRAY[" + values + "]) WITH ORDINALITY AS u(v, id)");
    changed("DROP TABLE IF EXISTS w; DROP SCHEMA IF EXISTS decant CASCADE");
    changed("DROP DOMAIN IF EXISTS percent; CREATE DOMAIN percent AS numeric(5,1)");
    changed("CREATE TABLE w (id BIGINT PRIMARY KEY, d DATE, v " + existing + ")");
    write("job.yaml",
          "job: cut\ntarget: ${DECANT_TARGET}\nstores: { a: { source: \"" + source_ +
              "\" } }\nentities:\n  w:\n    read: { table: w, time: d }\n    write: { table: w, "
              "key: [id] }\n    rejects: { max: 10 }\n" +
              (declared.empty() ? "" : "    columns: { v: \"" + declared + "\" }\n"));
  }
  // Rows of the table, told by the level that does not look at values.
  std::string loaded() {
    EXPECT_THAT(run({"--verify", "counts"}), ExitsWith(0));
    return asked("SELECT string_agg(id || '=' || v::text, ' ' ORDER BY id) FROM w");
  }

  std::string source_;
};

TEST_F(CutValues, OfTypesThatTravelAsTextAreRejects) {
  struct Case {
    const char *type, *values, *existing, *left;
  };
  for (const Case& one :
       {Case{"bit(8)", "B'10101010', B'10100000'", "bit(4)", nullptr},
        Case{"varbit", "B'101', B'10101'", "bit varying(3)", "1=101"},
        Case{"text[]", "'{abc,ab}', '{abcdef,ab}'", "varchar(3)[]", "1={abc,ab}"},
        Case{"numeric[]", "'{1.2,2.0}', '{1.234,2.0}'", "numeric(10,1)[]", "1={1.2,2.0}"},
        Case{"numeric[]", "'{1.5}', '{1.555}'", "numeric(10,2)[]", "1={1.50}"},
        Case{"text[]", "'{a}', '{abcdef}'", "char(5)[]", "1={\"a    \"}"},
        Case{"numeric[]", "'{1.2}', '{1.27}'", "percent[]", "1={1.2}"},
        Case{"interval", "'01:02:04', '01:02:04.567'", "interval(0)", "1=01:02:04"},
        Case{"timetz", "'10:00:00+02', '10:00:00.123456+02'", "timetz(0)", "1=10:00:00+02"}}) {
    SCOPED_TRACE(one.existing);
    load(one.type, one.values, one.existing);
    EXPECT_EQ(loaded(), one.left == nullptr ? "NULL" : one.left);
    EXPECT_THAT(report().dump(), HasSubstr("which would cut or round it"));
  }
}

TEST_F(CutValues, OfDecimalsWithoutAScaleAreRejects) {
  for (const char* existing : {"numeric(18,2)", "money"}) {
    SCOPED_TRACE(existing);
    load("numeric", "'1.5000', '2.2345', '10.0050'", existing, "decimal");
    EXPECT_THAT(loaded(), testing::AnyOf("1=1.50", "1=$1.50"));
    EXPECT_EQ(report()["entities"][0]["total"]["rows_rejected"], 2);
  }
}

}  // namespace
}  // namespace decant::test
