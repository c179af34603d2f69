#include "common/wire/endpoint.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

TEST(Endpoint, LoopbackAndIpcAreTaken) {
  for (const char* endpoint :
       {"ipc:///tmp/decant.sock", "tcp://127.0.0.1:7420", "tcp://127.1.2.3:1", "tcp://[::1]:7420",
        "tcp://localhost:0", "tcp://127.0.0.1:*"}) {
    EXPECT_TRUE(check_endpoint(endpoint)) << endpoint;
  }
}

TEST(Endpoint, WhatOtherMachinesReachIsRefusedWithASentence) {
  for (const char* endpoint :
       {"tcp://0.0.0.0:7420", "tcp://*:7420", "tcp://192.168.20.12:7420", "tcp://[::]:7420",
        "tcp://shop-17:7420", "tcp://127.evil.example:7420", "tcp://eth0:7420"}) {
    const Status status = check_endpoint(endpoint);
    ASSERT_FALSE(status) << endpoint;
    EXPECT_EQ(status.error().code, ErrorCode::kUsage) << endpoint;
    EXPECT_FALSE(status.error().advice.empty());
  }
}

TEST(Endpoint, WhatIsNoEndpointIsAUsageError) {
  for (const std::string& endpoint :
       {std::string("7420"), std::string("tcp://127.0.0.1"), std::string("ipc://"),
        std::string("tcp://127.0.0.1:seven"), std::string("tcp://127.0.0.1:99999"),
        std::string("pgm://127.0.0.1:1"), "ipc:///" + std::string(200, 'x')}) {
    const Status status = check_endpoint(endpoint);
    ASSERT_FALSE(status) << endpoint;
    EXPECT_EQ(status.error().code, ErrorCode::kUsage) << endpoint;
  }
}

}  // namespace
}  // namespace decant
