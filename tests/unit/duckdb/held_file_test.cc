// Nobody writes to a file of DuckDB's while it is read, whatever else this process does with it.
#include "common/connector/duckdb/held_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/connector/duckdb/duckdb_source.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

// A writer's lock on a whole file, as DuckDB takes it, of a descriptor's own.
class Writer {
 public:
  explicit Writer(const std::string& file) : descriptor_(::open(file.c_str(), O_RDWR | O_CLOEXEC)) {
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    may_write_ = fcntl(descriptor_, F_OFD_SETLK, &lock) == 0;
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  // Takes the locks with it that belong to the process (fcntl(2)).
  ~Writer() { ::close(descriptor_); }
  bool may_write() const { return may_write_; }

 private:
  int descriptor_;
  bool may_write_;
};

class DuckDbHeldFile : public testing::Test {
 protected:
  void SetUp() override { make(file_); }

  static void make(const std::string& file) {
    ASSERT_OK(open_target(file)->sql().execute("CREATE TABLE t AS SELECT 1 AS v"));
  }
  Result<std::unique_ptr<Source>> source() const {
    SourceRequest request;
    request.connection = "duckdb:" + file_;
    return open_duckdb_source(request);
  }

  const TempFolder folder_;
  const std::string file_ = folder_ / "a.duckdb";
};

TEST_F(DuckDbHeldFile, IsNotWrittenWhileASessionReadsItThoughOthersCloseIt) {
  ASSERT_TRUE(Writer(file_).may_write());
  auto first = source();
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(Writer(file_).may_write());
  auto second = source();
  ASSERT_TRUE(second.has_value());
  second->reset();
  static_cast<void>(std::ifstream(file_).get());
  EXPECT_FALSE(Writer(file_).may_write());
  first->reset();
  EXPECT_TRUE(Writer(file_).may_write());
}

TEST_F(DuckDbHeldFile, OneThatIsBeingWrittenIsNotRead) {
  const Writer writer(file_);
  ASSERT_TRUE(writer.may_write());
  const auto opened = source();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kBusy);
}

TEST_F(DuckDbHeldFile, OneThatIsReplacedIsAnother) {
  const auto held = duck::HeldFile::hold(file_);
  EXPECT_TRUE(held.is(file_));
  EXPECT_EQ(held.state(), duck::state_of_file(file_));
  std::filesystem::rename(file_, folder_ / "before.duckdb");
  EXPECT_FALSE(held.is(file_));
  make(file_);
  EXPECT_FALSE(held.is(file_));
  EXPECT_TRUE(held.is(folder_ / "before.duckdb"));
  EXPECT_FALSE(duck::HeldFile::hold(folder_ / "none.duckdb").is(folder_ / "none.duckdb"));
}

}  // namespace
}  // namespace decant::test
