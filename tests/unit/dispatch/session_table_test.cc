#include "coordinator/dispatch/session_table.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

class SessionTableTest : public ::testing::Test {
 protected:
  static Envelope message(int worker, Body body) {
    Envelope envelope;
    envelope.worker = WorkerName("shop-" + std::to_string(worker));
    envelope.incarnation.value[0] = static_cast<std::uint8_t>(worker);
    envelope.body = std::move(body);
    return envelope;
  }
  static Welcome welcome() {
    Welcome welcome;
    welcome.run = RunId("run-1");
    return welcome;
  }
  template <typename T>
  static T reply(const SessionTable::Received& received) {
    EXPECT_TRUE(received.reply);
    return received.reply ? std::get<T>(received.reply->envelope.body) : T{};
  }

  SessionTable sessions{"ventas", welcome(), Epoch(3), 30'000};
  MonotonicMs now{1'000};
};

TEST_F(SessionTableTest, AHelloIsWelcomedUnderTheLeadersEpochAndTheWorkersName) {
  const auto received = sessions.receive("peer-1", message(1, Hello{}), now);
  EXPECT_TRUE(received.accepted);
  EXPECT_TRUE(received.joined);
  EXPECT_EQ(reply<Welcome>(received).run, RunId("run-1"));
  EXPECT_EQ(received.reply->peer, "peer-1");
  EXPECT_EQ(received.reply->envelope.job, "ventas");
  EXPECT_EQ(received.reply->envelope.epoch, Epoch(3));
  EXPECT_EQ(received.reply->envelope.incarnation, message(1, Hello{}).incarnation);
}

TEST_F(SessionTableTest, AHelloThatIsRepeatedIsWelcomedAgainButJoinsOnce) {
  sessions.receive("peer-1", message(1, Hello{}), now);
  const auto again = sessions.receive("peer-1", message(1, Hello{}), now);
  EXPECT_TRUE(again.accepted);
  EXPECT_FALSE(again.joined);
  EXPECT_EQ(reply<Welcome>(again).run, RunId("run-1"));
}

TEST_F(SessionTableTest, WhoIsNotKnownIsToldToSayHelloAgain) {
  const auto received = sessions.receive("peer-1", message(1, Credit{}), now);
  EXPECT_FALSE(received.accepted);
  EXPECT_EQ(reply<Refusal>(received).code, Refusal::Code::kUnknownSession);
}

TEST_F(SessionTableTest, AnswersGoWhereTheWorkerSpokeLast) {
  sessions.receive("peer-1", message(1, Hello{}), now);
  sessions.receive("peer-2", message(1, Credit{}), now);
  const auto out = sessions.address(message(1, Hello{}).incarnation, Drain{});
  ASSERT_TRUE(out);
  EXPECT_EQ(out->peer, "peer-2");
}

TEST_F(SessionTableTest, ACreditIsAcknowledged) {
  sessions.receive("peer-1", message(1, Hello{}), now);
  const auto received = sessions.receive("peer-1", message(1, Credit{}), now);
  EXPECT_TRUE(received.accepted);
  reply<CreditAck>(received);
}

TEST_F(SessionTableTest, AnotherMajorVersionIsRefusedWithASentence) {
  Hello hello;
  hello.major = k_protocol_major + 1;
  const auto received = sessions.receive("peer-1", message(1, hello), now);
  EXPECT_FALSE(received.accepted);
  EXPECT_EQ(reply<Refusal>(received).code, Refusal::Code::kVersion);
  EXPECT_FALSE(reply<Refusal>(received).text.empty());
}

TEST_F(SessionTableTest, TheNameOfALivingWorkerIsNotGivenAwayButThatOfASilentOneIs) {
  sessions.receive("peer-1", message(1, Hello{}), now);
  Envelope namesake = message(2, Hello{});
  namesake.worker = WorkerName("shop-1");
  EXPECT_EQ(reply<Refusal>(sessions.receive("peer-2", namesake, now)).code, Refusal::Code::kName);
  now.value += 30'000;
  EXPECT_TRUE(sessions.receive("peer-2", namesake, now).accepted);
}

TEST_F(SessionTableTest, AMessageForAnotherJobIsRefused) {
  Envelope other = message(1, Hello{});
  other.job = "miembros";
  const auto received = sessions.receive("peer-1", other, now);
  EXPECT_FALSE(received.accepted);
  EXPECT_EQ(reply<Refusal>(received).code, Refusal::Code::kWrongJob);
}

TEST_F(SessionTableTest, AForgottenSessionIsNotAddressed) {
  sessions.receive("peer-1", message(1, Hello{}), now);
  const Incarnation worker = message(1, Hello{}).incarnation;
  ASSERT_NE(sessions.name_of(worker), nullptr);
  sessions.forget(worker);
  EXPECT_FALSE(sessions.address(worker, Drain{}));
  EXPECT_EQ(sessions.name_of(worker), nullptr);
}

}  // namespace
}  // namespace decant
