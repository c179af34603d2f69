#include "common/job/entity_plan.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

TEST(StoreTemplate, FillsInTheStoresOwnValues) {
  StoreSpec store;
  store.name = "tienda_01";
  store.label = "PERIFERICO";
  store.values = {{"host", "10.0.0.1"}, {"code", "{store}"}};
  const auto expand = [&](const std::string& text) {
    return expand_store_template(text, store).value();
  };
  EXPECT_EQ(expand("{store}/{label}"), "tienda_01/PERIFERICO");
  EXPECT_EQ(expand("Server={host};Driver={ODBC Driver 18};PWD=${PW}"),
            "Server=10.0.0.1;Driver={ODBC Driver 18};PWD=${PW}");
  EXPECT_EQ(expand("${A:-{host}}/{host}"), "${A:-{host}}/10.0.0.1");
  EXPECT_EQ(expand("$${store}"), "$$tienda_01");  // "$$" is a dollar sign
  EXPECT_EQ(expand("$$${host}{"), "$$${host}{");
  EXPECT_EQ(expand("{} {1} a}b{"), "{} {1} a}b{");
  // A value is a value, whatever it looks like.
  EXPECT_EQ(expand("{code}"), "{store}");
  EXPECT_EQ(expand_store_template("{hots}", store).error().to_string(),
            "Store \"tienda_01\" has no value for {hots}. Did you mean {host}?");
}

}  // namespace
}  // namespace decant
