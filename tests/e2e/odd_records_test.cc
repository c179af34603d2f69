// Records that are not what the header says, from the file to the ledger: each is told with file,
// line and byte, or treated as the job declares.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class OddRecords : public EveryTarget {
 protected:
  static constexpr const char* k_file =
      "id,town,pay\n"
      "1,Lima,10.00\n"
      "2,Cusco\n"
      "id,town,pay\n"
      "3,Puno,30.00,,\n"
      "4,Ica,40.00,?\n"
      "5,Tacna,50.00\n";

  Outcome run_with(const std::string& options, const std::string& rejects = "{ max: 9 }") {
    write("pay.csv", k_file);
    write("job.yaml",
          "job: pay\ntarget: ${DECANT_TARGET}\nentities:\n  pay:\n    read: { files: "
          "pay.csv" +
              options +
              " }\n    write: { table: pay, key: [id] }\n    columns: "
              "{ id: int64, pay: \"decimal(9,2)\" }\n    control_sums: [pay]\n    rejects: " +
              rejects + "\n");
    return run();
  }
  std::string rejects() const {
    return asked(
        "SELECT source, line, byte_offset, rule, reason, original FROM decant.rejects "
        "ORDER BY line");
  }
  std::string rows() const { return asked("SELECT id, town, pay FROM pay ORDER BY id"); }
};

INSTANTIATE_TEST_SUITE_P(Into, OddRecords, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(OddRecords, AreRejectsWithTheirPlace) {
  const Outcome outcome = run_with("");
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(rows(), "1|Lima|10.00\n5|Tacna|50.00");
  EXPECT_EQ(
      rejects(),
      "pay.csv|3|25|ragged|line 3 has 2 fields, the header has 3|2,Cusco\n"
      "pay.csv|4|33|header|line 4 is the header again, in the middle of the file|id,town,pay\n"
      "pay.csv|5|45|ragged|line 5 has 5 fields, the header has 3|3,Puno,30.00,,\n"
      "pay.csv|6|60|ragged|line 6 has 4 fields, the header has 3|4,Ica,40.00,?");
  EXPECT_THAT(outcome.out, HasSubstr("pay.csv:4: line 4 is the header again"));
  EXPECT_THAT(outcome.out, HasSubstr("(byte 33)"));
  const Json first = report()["rejects"][0]["first"][1];
  EXPECT_EQ(first["line"], 4);
  EXPECT_EQ(first["byte_offset"], 33);
  EXPECT_EQ(first["original"], "id,town,pay");
}

TEST_P(OddRecords, MayBePaddedAndPassedOver) {
  ASSERT_THAT(run_with(", ragged: pad, repeated_header: skip"), ExitsWith(0));
  EXPECT_EQ(rows(), "1|Lima|10.00\n2|Cusco|NULL\n3|Puno|30.00\n5|Tacna|50.00");
  EXPECT_EQ(report()["entities"][0]["total"]["rows_read"], 5);
  EXPECT_EQ(asked("SELECT line FROM decant.rejects"), "6");
  // Another way with them is another mapping: the chunk is read and compared again.
  ASSERT_THAT(run_with(""), ExitsWith(0));
  EXPECT_EQ(rows(), "1|Lima|10.00\n5|Tacna|50.00");
}

TEST_P(OddRecords, MayEndTheRunBeforeAnythingIsLoaded) {
  const Outcome outcome = run_with(", ragged: fail");
  ASSERT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("line 3 has 2 fields, the header has 3 (byte 25)"));
  EXPECT_THAT(outcome.err, HasSubstr("ragged: pad"));
}

// Nobody can tell where a field ends whose quote is not closed, unless the job says that no field
// holds a line end.
TEST_P(OddRecords, AQuoteThatStaysOpenEndsTheRunOrSpoilsItsLine) {
  const auto run_quoted = [&](const std::string& options) {
    write("quoted.csv",
          "id,town,pay\n1,\"Lima, "
          "Callao\",1.00\n2,\"Cusco,2.00\n3,Puno,3.00\n4,Ica,4.00\n");
    write("job.yaml",
          "job: pay\ntarget: ${DECANT_TARGET}\nentities:\n  pay:\n    read: { files: quoted.csv" +
              options +
              " }\n    write: { table: pay, key: [id] }\n    columns: { id: int64, pay: "
              "\"decimal(9,2)\" }\n    rejects: { max: 9 }\n");
    return run();
  };
  const Outcome refused = run_quoted("");
  ASSERT_THAT(refused, ExitsWith(1));
  EXPECT_THAT(refused.err, HasSubstr("The quote that opens in line 3"));
  EXPECT_THAT(refused.err, HasSubstr("`multiline: false` makes such lines rejects"));
  const Outcome outcome = run_quoted(", multiline: false");
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(rows(), "1|Lima, Callao|1.00\n3|Puno|3.00\n4|Ica|4.00");
  EXPECT_THAT(outcome.out, HasSubstr("quoted.csv:3: line 3: the quote that opens town is not "
                                     "closed in its line"));
}

// Lines and bytes of a reject are those of the file, whatever its encoding and what stands on top.
TEST_P(OddRecords, LinesAboveTheHeaderAreCountedAndNotRead) {
  const std::string text =
      "Pay of \"August\n\n;;created,by,hand,\r\nid,town,pay\n1,Ñuñoa,1.00\n2,Cusco\n3,Ica,x\n";
  std::string bytes = "\xff\xfe";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_enye = static_cast<unsigned char>(text[i]) == 0xC3;
    const char low = is_enye ? static_cast<char>(text[++i] + 0x40) : text[i];
    bytes += {low, '\0'};
  }
  write("pay.csv", bytes);
  write("job.yaml",
        "job: pay\ntarget: ${DECANT_TARGET}\nentities:\n  pay:\n    read: { files: pay.csv, "
        "skip_lines: 3 }\n    write: { table: pay, key: [id] }\n    columns: { id: int64, pay: "
        "\"decimal(9,2)\" }\n    rejects: { max: 9 }\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1|Ñuñoa|1.00");
  const std::string head = "Pay of \"August\n\n;;created,by,hand,\r\nid,town,pay\n1,Nunoa,1.00\n";
  const std::size_t first = 2 + 2 * head.size();
  EXPECT_EQ(rejects(), "pay.csv|6|" + std::to_string(first) +
                           "|ragged|line 6 has 2 fields, the header has 3|2,Cusco\n"
                           "pay.csv|7|" +
                           std::to_string(first + 16) +
                           "|type|pay: \"x\" is not a decimal number.|x");
}

}  // namespace
}  // namespace decant::test
