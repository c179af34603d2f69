#include <gtest/gtest.h>

#include "common/base/secrets.h"

namespace decant {
namespace {

TEST(SecretMask, MasksThePasswordOfAUrlThatItNeverSaw) {
  const SecretMask mask;
  EXPECT_EQ(mask.mask("cannot reach postgresql://ana:s3cret@db.local:5432/ventas now"),
            "cannot reach postgresql://ana:***@db.local:5432/ventas now");
  EXPECT_EQ(mask.mask("postgresql://ana@db/ventas?x=a:b@c"), "postgresql://ana@db/ventas?x=a:b@c");
  EXPECT_EQ(mask.mask("tcp://127.0.0.1:7420"), "tcp://127.0.0.1:7420");
}

TEST(SecretMask, APasswordWithAtSignsOrSlashesIsMaskedWhole) {
  const SecretMask mask;
  EXPECT_EQ(mask.mask("postgresql://ana:p@ss@db/ventas"), "postgresql://ana:***@db/ventas");
  EXPECT_EQ(mask.mask("postgresql://ana:p/ss@db/ventas"), "postgresql://ana:***@db/ventas");
}

TEST(SecretMask, MasksKeyValuePairsOfLibpqAndOdbc) {
  const SecretMask mask;
  EXPECT_EQ(mask.mask("host=db password=s3cret dbname=v"), "host=db password=*** dbname=v");
  EXPECT_EQ(mask.mask("host=db password = 'it\\'s me' dbname=v"),
            "host=db password = '***' dbname=v");
  EXPECT_EQ(mask.mask("host=db password=it\\ is\\'me dbname=v"), "host=db password=*** dbname=v");
  EXPECT_EQ(mask.mask("Driver=FreeTDS;UID=sa;PWD=a b c;Port=14348"),
            "Driver=FreeTDS;UID=sa;PWD=***;Port=14348");
  EXPECT_EQ(mask.mask("Driver=X;PWD={a;}}b};Port=1"), "Driver=X;PWD={***};Port=1");
  EXPECT_EQ(mask.mask("postgresql://h/db?user=a&password=s3cret&x=1"),
            "postgresql://h/db?user=a&password=***&x=1");
}

TEST(SecretMask, ALearntPasswordIsMaskedWhereverItOccursInBothSpellings) {
  SecretMask mask;
  mask.learn("postgresql://ana:s%40cr%2Fet@db/ventas");
  EXPECT_EQ(mask.mask("authentication with s@cr/et failed"), "authentication with *** failed");
  EXPECT_EQ(mask.mask("uri had s%40cr%2Fet in it"), "uri had *** in it");
}

TEST(SecretMask, APasswordThatShouldHaveBeenEncodedIsMaskedInEveryPiece) {
  SecretMask mask;
  mask.learn("postgresql://ana:p@ss w'ord/1@127.0.0.1:5432/db?application_name=x@y");
  EXPECT_EQ(mask.mask("host ss w'ord/1@127.0.0.1 is unknown"), "host ***@127.0.0.1 is unknown");
  EXPECT_EQ(mask.mask("it was p@ss w'ord/1"), "it was ***");
  EXPECT_EQ(mask.mask("127.0.0.1:5432 refuses"), "127.0.0.1:5432 refuses");
}

TEST(SecretMask, ALongerSecretIsMaskedBeforeOneInsideIt) {
  SecretMask mask;
  mask.remember("abc");
  mask.remember("abcdef");
  EXPECT_EQ(mask.mask("abcdef abc"), "*** ***");
}

TEST(SecretMask, OtherTextStaysAsItIs) {
  SecretMask mask;
  mask.learn("host=db dbname=ventas");
  const std::string text = "chunk ventas/tienda_01/2024-08/003: 50,000 rows = 100 %";
  EXPECT_EQ(mask.mask(text), text);
}

TEST(SecretMask, MaskingTwiceChangesNothing) {
  SecretMask mask;
  mask.learn("postgresql://ana:hunter2@db/v");
  const std::string once = mask.mask("postgresql://ana:hunter2@db/v PWD=hunter2;");
  EXPECT_EQ(mask.mask(once), once);
  EXPECT_EQ(once.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace decant
