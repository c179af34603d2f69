// Endpoints as operators write them: ipc:///run/decant.sock, tcp://127.0.0.1:7420.
#pragma once

#include <string>

#include "common/base/result.h"

namespace decant {

// kUsage for what is no endpoint, for a path that is too long for a socket, for a tcp endpoint
// without a port, and for one that other machines could reach, since nothing would keep strangers
// out.
Status check_endpoint(const std::string& endpoint);

bool is_ipc(const std::string& endpoint);

}  // namespace decant
