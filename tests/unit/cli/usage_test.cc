#include "coordinator/cli/usage.h"

#include <gtest/gtest.h>

#include "coordinator/cli/command.h"

namespace decant {
namespace {

// What is said about these words after `decant`.
std::string said(const std::vector<std::string>& words) {
  CLI::App app;
  app.name("decant");
  CommandAction action;
  add_run_commands(app, action);
  add_query_commands(app, action);
  add_reset_command(app, action);
  add_schema_command(app, action);
  return explain_usage(app, words);
}

TEST(Usage, AMistypedCommandIsSuggested) {
  EXPECT_EQ(said({"rum", "ventas.yaml"}), "There is no command \"rum\". Did you mean \"run\"?");
  EXPECT_EQ(said({"covrage"}), "There is no command \"covrage\". Did you mean \"coverage\"?");
}

TEST(Usage, ForAnUnknownCommandThoseThatThereAreAreListed) {
  const std::string text = said({"frobnicate"});
  EXPECT_NE(text.find("There are run, plan, reconcile,"), std::string::npos) << text;
}

TEST(Usage, AMistypedOptionIsSuggestedAmongThoseOfItsCommand) {
  EXPECT_EQ(said({"run", "ventas.yaml", "--worker=3"}),
            "decant run has no option --worker. Did you mean \"--workers\"?");
  EXPECT_EQ(said({"coverage", "ventas.yaml", "--htlm"}),
            "decant coverage has no option --htlm. Did you mean \"--html\"?");
  EXPECT_EQ(said({"--verison"}).substr(0, 31), "decant has no option --verison.");
}

TEST(Usage, AnOptionThatLimitsARunAndNamesNothingIsRefused) {
  for (const char* nothing : {"", " ", ",", " , "}) EXPECT_NE(refuse_empty(nothing), "");
  EXPECT_EQ(refuse_empty("tienda_01"), "");
  CLI::App app;
  CommandAction action;
  add_run_commands(app, action);
  EXPECT_THROW(app.parse("run job.yaml --stores=\"\""), CLI::ParseError);
}

TEST(Usage, AnOptionOfAnotherCommandIsNone) {
  EXPECT_NE(said({"status", "ventas.yaml", "--workers", "3"}).find("decant status has no option"),
            std::string::npos);
}

TEST(Usage, WhatIsKnownIsPassedOver) {
  EXPECT_EQ(said({"run", "ventas.yaml", "--workers", "3", "--from=2024-08", "--yes"}), "");
  EXPECT_EQ(said({"run"}), "");
  EXPECT_EQ(said({}), "");
}

}  // namespace
}  // namespace decant
