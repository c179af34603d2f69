// The holder's socket as other processes meet it: a real Unix socket, with people at its other end
// who ask well, badly, half or not at all.
#include "coordinator/control/holder_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <future>

#include "tests/support/temp_folder.h"

namespace decant::test {
namespace {

// A connection that says and hears bytes; the test closes it.
class Client {
 public:
  explicit Client(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0)
        << std::strerror(errno);
  }
  ~Client() {
    if (fd_ >= 0) ::close(fd_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // As much as the other side takes.
  void say(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  // Everything until the other side closes.
  std::string hear() const {
    std::string all;
    char block[4096];
    for (ssize_t n = 0; (n = ::recv(fd_, block, sizeof block, 0)) > 0;)
      all.append(block, static_cast<std::size_t>(n));
    return all;
  }
  void say_no_more() const { ::shutdown(fd_, SHUT_WR); }

 private:
  int fd_;
};

class HolderSocketTest : public ::testing::Test {
 protected:
  std::unique_ptr<HolderSocket> listen(HolderSocket::Answer answer, HolderLimits limits = {}) {
    auto holder = HolderSocket::listen(database_, std::move(answer), limits);
    EXPECT_TRUE(holder.has_value()) << holder.error().to_string();
    return holder ? std::move(*holder) : nullptr;
  }
  static HolderSocket::Answer echo() {
    return [](const Query& query) -> Result<std::string> {
      return query.command + " of " + query.entity;
    };
  }
  // A well-meant question is still answered.
  void expect_service() {
    const auto answer = ask_holder(database_, coverage_);
    ASSERT_TRUE(answer.has_value()) << answer.error().to_string();
    EXPECT_EQ(*answer, "coverage of ventas");
  }

  TempFolder folder_;
  const std::string database_ = folder_ / "ventas.duckdb";
  const std::string path_ = holder_socket_path(database_);
  const Query coverage_ = [] {
    Query query;
    query.command = "coverage";
    query.entity = "ventas";
    return query;
  }();
};

TEST_F(HolderSocketTest, AQuestionIsAnsweredWithTheSameWordsAndOptions) {
  Query asked = coverage_;
  asked.format = "html";
  asked.chunk = "ventas/tienda_01/2024-08/001";
  asked.from = "2024-08";
  asked.to = "2024-09-15";
  asked.colour = true;
  asked.columns = 132;
  Query heard;
  const auto holder = listen([&](const Query& query) -> Result<std::string> {
    heard = query;
    return std::string("rows\nand rows\n");
  });
  const auto answer = ask_holder(database_, asked);
  ASSERT_TRUE(answer.has_value()) << answer.error().to_string();
  EXPECT_EQ(*answer, "rows\nand rows\n");
  EXPECT_EQ(query_to_json(heard), query_to_json(asked));
}

TEST_F(HolderSocketTest, AnAnswerMayBeEmptyOrLarge) {
  std::string text;
  const auto holder = listen([&](const Query&) -> Result<std::string> { return text; });
  EXPECT_EQ(ask_holder(database_, coverage_).value_or("no answer"), "");
  text.assign(3'000'000, 'x');
  EXPECT_EQ(ask_holder(database_, coverage_).value_or("no answer"), text);
}

TEST_F(HolderSocketTest, ARefusalComesAsAnErrorWithItsWords) {
  const auto holder = listen([](const Query&) -> Result<std::string> {
    return fail(ErrorCode::kNotFound, "There is no chunk x.", "Look at `decant coverage`.");
  });
  const auto answer = ask_holder(database_, coverage_);
  ASSERT_FALSE(answer.has_value());
  EXPECT_NE(answer.error().message.find("There is no chunk x."), std::string::npos);
  EXPECT_NE(answer.error().message.find("decant coverage"), std::string::npos);
}

TEST_F(HolderSocketTest, WhereNobodyListensItIsUnreachable) {
  const auto answer = ask_holder(database_, coverage_);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kUnreachable);
  EXPECT_NE(answer.error().message.find(database_), std::string::npos);
}

TEST_F(HolderSocketTest, OnlyItsOwnerMayAsk) {
  const auto holder = listen(echo());
  struct stat entry {};
  ASSERT_EQ(::stat(path_.c_str(), &entry), 0);
  EXPECT_TRUE(S_ISSOCK(entry.st_mode));
  EXPECT_EQ(entry.st_mode & 0777, 0600U);
}

TEST_F(HolderSocketTest, TheSocketGoesWithItsHolderAndADeadOnesIsTakenOver) {
  listen(echo()).reset();
  EXPECT_FALSE(std::filesystem::exists(path_));
  write_file(path_, "left by a holder that died");
  const auto holder = listen(echo());
  expect_service();
}

TEST_F(HolderSocketTest, GarbageIsRefusedInWordsAndDoesNoHarm) {
  const auto holder = listen(echo());
  for (const std::string& question :
       {std::string("garbage\n"), std::string("\n"), std::string("[1, 2]\n"), std::string("null\n"),
        std::string("{\"command\": \"\xff\"}\n"), std::string("\0\0\0\n", 4),
        std::string(60'000, '[') + "\n", std::string("{\"command\": \"status\"\n")}) {
    const Client client(path_);
    client.say(question);
    const std::string answer = client.hear();
    const std::size_t line = answer.find('\n');
    ASSERT_NE(line, std::string::npos) << answer;
    EXPECT_EQ(answer.substr(0, line).find(" 0"), std::string::npos) << answer;
    EXPECT_EQ(std::to_string(answer.size() - line - 1), answer.substr(0, answer.find(' ')));
  }
  expect_service();
}

TEST_F(HolderSocketTest, NumbersOutOfAllRangeAreCutToWhatCanBeShown) {
  std::vector<int> columns;
  const auto holder = listen([&](const Query& query) -> Result<std::string> {
    columns.push_back(query.columns);
    return std::string();
  });
  for (const char* number : {"-5", "0", "4000000000", "99999999999999999999999", "1e300"}) {
    const Client client(path_);
    client.say(std::string("{\"command\": \"coverage\", \"columns\": ") + number + "}\n");
    client.hear();
  }
  EXPECT_EQ(columns.size(), 5U);
  for (const int width : columns) {
    EXPECT_GE(width, 20);
    EXPECT_LE(width, 1'000);
  }
}

TEST_F(HolderSocketTest, AQuestionThatNeverEndsIsRefusedBeforeItFillsTheMemory) {
  const auto holder = listen(echo());
  const Client client(path_);
  client.say(std::string(5'000'000, 'x'));
  EXPECT_NE(client.hear().find("too long"), std::string::npos);
  expect_service();
}

TEST_F(HolderSocketTest, HalfAQuestionIsNoQuestion) {
  std::atomic<int> asked{0};
  const auto holder = listen([&](const Query& query) -> Result<std::string> {
    ++asked;
    return query.command + " of " + query.entity;
  });
  {
    const Client client(path_);
    client.say("{\"command\": \"cov");
    client.say_no_more();
    EXPECT_EQ(client.hear(), "");
  }
  Client(path_).say("{\"command\"");  // and gone
  { const Client gone(path_); }
  expect_service();
  EXPECT_EQ(asked, 1);
}

TEST_F(HolderSocketTest, AQuestionMayComeInPieces) {
  const auto holder = listen(echo());
  const Client client(path_);
  for (const char letter : query_to_json(coverage_) + "\n") client.say({&letter, 1});
  EXPECT_EQ(client.hear(), "18 0\ncoverage of ventas");
}

TEST_F(HolderSocketTest, WhoSaysNothingKeepsTheOthersWaitingForAMomentOnly) {
  const auto holder = listen(echo());
  const Client silent(path_);
  expect_service();
  EXPECT_EQ(silent.hear(), "");
}

TEST_F(HolderSocketTest, WhoDoesNotReadTheAnswerKeepsNobodyForEver) {
  std::promise<void> asked;
  std::atomic<bool> is_large{true};
  const auto stop_reading = [&](const Query& query) -> Result<std::string> {
    if (!is_large) return query.command + " of " + query.entity;
    asked.set_value();
    return std::string(8'000'000, 'x');
  };
  const auto holder =
      listen(stop_reading, {std::chrono::seconds(2), std::chrono::milliseconds(100)});
  const Client stopped(path_);
  stopped.say(query_to_json(coverage_) + "\n");
  asked.get_future().wait();
  is_large = false;
  expect_service();
}

TEST_F(HolderSocketTest, ItClosesThoughSomebodyIsInTheMiddleOfAQuestion) {
  auto holder = listen(echo());
  const Client half(path_);
  half.say("{\"command\"");
  holder.reset();
  EXPECT_EQ(half.hear(), "");
}

TEST_F(HolderSocketTest, ItClosesThoughNobodyReadsTheAnswer) {
  std::promise<void> asked;
  auto holder = listen([&](const Query&) -> Result<std::string> {
    asked.set_value();
    return std::string(8'000'000, 'x');
  });
  const Client stopped(path_);
  stopped.say(query_to_json(coverage_) + "\n");
  asked.get_future().wait();
  holder.reset();
  EXPECT_LT(stopped.hear().size(), 8'000'000U);
}

// A file may be called anything; only the folder's own part may be long.
TEST_F(HolderSocketTest, APathTooLongForASocketIsReachedThroughItsFolder) {
  const std::string deep = folder_ / (std::string(120, 'd') + "/" + std::string(120, 'e'));
  std::filesystem::create_directories(deep);
  const std::string database = deep + "/ventas.duckdb";
  const auto holder = HolderSocket::listen(database, echo());
  ASSERT_TRUE(holder.has_value()) << holder.error().to_string();
  EXPECT_EQ(ask_holder(database, coverage_).value_or("no answer"), "coverage of ventas");
}

TEST_F(HolderSocketTest, ANameTooLongForASocketIsRefusedInWords) {
  for (const std::string& database : {folder_ / std::string(150, 'n'), std::string(150, 'n')}) {
    const auto holder = HolderSocket::listen(database, echo());
    ASSERT_FALSE(holder.has_value());
    EXPECT_EQ(holder.error().code, ErrorCode::kUnsupported);
    EXPECT_NE(holder.error().message.find("too long"), std::string::npos);
    EXPECT_FALSE(ask_holder(database, coverage_).has_value());
  }
}

TEST_F(HolderSocketTest, AFolderThatIsNotThereIsNamed) {
  const auto holder = HolderSocket::listen(folder_ / "no/such/ventas.duckdb", echo());
  ASSERT_FALSE(holder.has_value());
  EXPECT_EQ(holder.error().code, ErrorCode::kPermission);
  EXPECT_NE(holder.error().message.find("no/such"), std::string::npos);
}

TEST_F(HolderSocketTest, AQuestionOfAnyBytesIsAsked) {
  Query odd = coverage_;
  odd.entity = "ventas \xff\n\"";
  const auto holder = listen(echo());
  EXPECT_TRUE(ask_holder(database_, odd).has_value());
}

}  // namespace
}  // namespace decant::test
