#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "common/wire/messages.h"
#include "common/wire/transport.h"

namespace decant {
namespace {

// Real sockets: every wait is for an event and ends with it; the bound only keeps a failure from
// hanging.
class ZmqTransport : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "decant-wire-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string ipc() const { return "ipc://" + (folder_ / "c.sock").string(); }

  static std::unique_ptr<CoordinatorTransport> bind(const std::vector<std::string>& endpoints,
                                                    std::vector<std::string>* bound = nullptr) {
    std::vector<std::string> real;
    auto transport = bind_coordinator(endpoints, real);
    EXPECT_TRUE(transport) << transport.error().to_string();
    if (bound != nullptr) *bound = real;
    return std::move(*transport);
  }
  static std::unique_ptr<WorkerTransport> connect(const std::string& endpoint) {
    auto transport = connect_worker({endpoint});
    EXPECT_TRUE(transport) << transport.error().to_string();
    return std::move(*transport);
  }
  static bool eventually(const std::function<bool()>& holds) {
    for (int i = 0; i < 1000; ++i) {
      if (holds()) return true;
    }
    return false;
  }
  static bool sends(WorkerTransport& worker, const std::string& bytes) {
    return eventually([&] {
      if (worker.send(bytes)) return true;
      (void)worker.receive(10);
      return false;
    });
  }
  static std::vector<IncomingMessage> gets(CoordinatorTransport& coordinator, std::size_t count) {
    std::vector<IncomingMessage> all;
    eventually([&] {
      const auto messages = coordinator.receive(20).value();
      all.insert(all.end(), messages.begin(), messages.end());
      return all.size() >= count;
    });
    return all;
  }
  static std::vector<std::string> gets(WorkerTransport& worker, std::size_t count) {
    std::vector<std::string> all;
    eventually([&] {
      const auto messages = worker.receive(20).value();
      all.insert(all.end(), messages.begin(), messages.end());
      return all.size() >= count;
    });
    return all;
  }

  std::filesystem::path folder_;
};

TEST_F(ZmqTransport, WorkersOverIpcAndTcpAreServedByOneCoordinator) {
  std::vector<std::string> bound;
  auto coordinator = bind({"tcp://127.0.0.1:*", ipc()}, &bound);
  ASSERT_EQ(bound.size(), 2U);
  EXPECT_EQ(bound[0], ipc());
  auto near = connect(bound[0]);
  auto far = connect(bound[1]);
  ASSERT_TRUE(sends(*near, "from near"));
  ASSERT_TRUE(sends(*far, "from far"));
  const auto messages = gets(*coordinator, 2);
  ASSERT_EQ(messages.size(), 2U);
  for (const auto& message : messages)
    EXPECT_TRUE(coordinator->send(message.peer, "to " + message.bytes.substr(5)));
  EXPECT_EQ(gets(*near, 1), std::vector<std::string>{"to near"});
  EXPECT_EQ(gets(*far, 1), std::vector<std::string>{"to far"});
}

TEST_F(ZmqTransport, APeerThatIsGoneIsUnreachableAndNothingBlocks) {
  auto coordinator = bind({ipc()});
  EXPECT_EQ(coordinator->send("nobody", "hello").error().code, ErrorCode::kUnreachable);
  auto worker = connect(ipc());
  ASSERT_TRUE(sends(*worker, "hello"));
  const PeerId peer = gets(*coordinator, 1).at(0).peer;
  worker.reset();
  EXPECT_TRUE(eventually([&] {
    (void)coordinator->receive(10);
    return !coordinator->send(peer, "are you there?");
  }));
}

TEST_F(ZmqTransport, AWorkerThatDoesNotReadCannotBlockTheCoordinator) {
  auto coordinator = bind({ipc()});
  auto worker = connect(ipc());
  ASSERT_TRUE(sends(*worker, "hello"));
  const PeerId peer = gets(*coordinator, 1).at(0).peer;
  Status last;
  for (int i = 0; i < 100'000 && last; ++i)
    last = coordinator->send(peer, std::string(10'000, 'x'));
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, ErrorCode::kUnreachable);
}

TEST_F(ZmqTransport, AWorkerWithoutCoordinatorSaysSoInsteadOfQueueing) {
  auto worker = connect(ipc());
  EXPECT_EQ(worker->send("hello").error().code, ErrorCode::kUnreachable);
  EXPECT_NE(worker->trouble().find("No coordinator answers at " + ipc()), std::string::npos);
  auto coordinator = bind({ipc()});
  ASSERT_TRUE(sends(*worker, "hello"));
  EXPECT_TRUE(eventually([&] {
    (void)worker->receive(10);
    return worker->trouble().empty();
  }));
  coordinator.reset();
  EXPECT_TRUE(eventually([&] {
    (void)worker->receive(10);
    return !worker->trouble().empty();
  }));
  // The monitor's event may be ahead of the socket's own notice of it.
  EXPECT_TRUE(eventually([&] { return !worker->send("hello"); }));
}

TEST_F(ZmqTransport, AWorkerFindsTheCoordinatorThatWasStartedAgain) {
  auto coordinator = bind({ipc()});
  auto worker = connect(ipc());
  ASSERT_TRUE(sends(*worker, "first life"));
  ASSERT_EQ(gets(*coordinator, 1).size(), 1U);
  coordinator.reset();
  coordinator = bind({ipc()});
  EXPECT_TRUE(eventually([&] {
    (void)worker->send("second life");
    (void)worker->receive(10);
    const auto messages = coordinator->receive(0).value();
    for (const auto& message : messages) {
      if (message.bytes == "second life") return true;
    }
    return false;
  }));
}

TEST_F(ZmqTransport, AnOversizedMessageIsRefusedBeforeItBreaksTheConnection) {
  auto coordinator = bind({ipc()});
  auto worker = connect(ipc());
  ASSERT_TRUE(sends(*worker, "hello"));
  const PeerId peer = gets(*coordinator, 1).at(0).peer;
  const std::string huge(k_max_message_bytes + 1, 'x');
  EXPECT_EQ(worker->send(huge).error().code, ErrorCode::kProtocol);
  EXPECT_EQ(coordinator->send(peer, huge).error().code, ErrorCode::kProtocol);
  const std::string largest(k_max_message_bytes, 'x');
  EXPECT_TRUE(worker->send(largest));
  const auto messages = gets(*coordinator, 1);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].bytes, largest);
}

TEST_F(ZmqTransport, MessagesOfOneWorkerKeepTheirOrder) {
  auto coordinator = bind({ipc()});
  auto worker = connect(ipc());
  std::vector<std::string> sent;
  for (int i = 0; i < 60; ++i) {
    sent.push_back(std::to_string(i));
    ASSERT_TRUE(sends(*worker, sent.back()));
  }
  std::vector<std::string> got;
  for (const auto& message : gets(*coordinator, sent.size())) got.push_back(message.bytes);
  EXPECT_EQ(got, sent);
}

TEST_F(ZmqTransport, AWorkerThatRedialsSpeaksToTheNextEndpoint) {
  const std::string other = "ipc://" + (folder_ / "other.sock").string();
  auto first = bind({ipc()});
  auto second = bind({other});
  auto worker = connect_worker({ipc(), other}).value();
  ASSERT_TRUE(sends(*worker, "to the first"));
  ASSERT_EQ(gets(*first, 1).size(), 1U);
  ASSERT_TRUE(worker->redial());
  EXPECT_EQ(worker->endpoint(), other);
  ASSERT_TRUE(sends(*worker, "to the second"));
  EXPECT_EQ(gets(*second, 1).at(0).bytes, "to the second");
  // The first message may go before the worker has looked at what became of its connection.
  EXPECT_TRUE(eventually([&] {
    (void)worker->receive(10);
    return worker->trouble().empty();
  })) << worker->trouble();
  ASSERT_TRUE(worker->redial());
  EXPECT_EQ(worker->endpoint(), ipc());
  ASSERT_TRUE(sends(*worker, "again"));
  EXPECT_EQ(gets(*first, 1).at(0).bytes, "again");
}

TEST_F(ZmqTransport, AnotherThreadEndsAWait) {
  auto coordinator = bind({ipc()});
  auto worker = connect(ipc());
  std::thread waker([&] {
    coordinator->wake();
    worker->wake();
  });
  EXPECT_TRUE(coordinator->receive(600'000));
  EXPECT_TRUE(worker->receive(600'000));
  waker.join();
}

TEST_F(ZmqTransport, AnEndpointInUseIsNamed) {
  std::vector<std::string> bound;
  auto first = bind({"tcp://127.0.0.1:*"}, &bound);
  std::vector<std::string> again;
  const auto second = bind_coordinator(bound, again);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  EXPECT_NE(second.error().message.find(bound[0]), std::string::npos);
}

TEST_F(ZmqTransport, EndpointsBeyondThisMachineAreRefusedAtBothEnds) {
  std::vector<std::string> bound;
  EXPECT_EQ(bind_coordinator({"tcp://0.0.0.0:7420"}, bound).error().code, ErrorCode::kUsage);
  EXPECT_EQ(connect_worker({"tcp://192.0.2.1:7420"}).error().code, ErrorCode::kUsage);
}

}  // namespace
}  // namespace decant
