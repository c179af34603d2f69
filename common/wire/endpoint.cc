#include "common/wire/endpoint.h"

#include <sys/un.h>

#include <algorithm>

namespace decant {
namespace {

constexpr std::string_view k_ipc = "ipc://";
constexpr std::string_view k_tcp = "tcp://";

bool starts_with(const std::string& text, std::string_view prefix) {
  return text.rfind(prefix, 0) == 0;
}

// 127.0.0.0/8 in full dotted form, [::1] and localhost; nothing else is surely this machine.
bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]" || host == "::1") return true;
  return host.rfind("127.", 0) == 0 && std::count(host.begin(), host.end(), '.') == 3 &&
         host.find_first_not_of("0123456789.") == std::string::npos;
}

bool is_port(const std::string& port) {
  if (port == "*") return true;
  return !port.empty() && port.size() <= 5 &&
         port.find_first_not_of("0123456789") == std::string::npos && std::stoi(port) <= 65535;
}

}  // namespace

bool is_ipc(const std::string& endpoint) { return starts_with(endpoint, k_ipc); }

Status check_endpoint(const std::string& endpoint) {
  if (is_ipc(endpoint)) {
    const std::size_t length = endpoint.size() - k_ipc.size();
    if (length == 0) return fail(ErrorCode::kUsage, "The endpoint " + endpoint + " has no path.");
    if (length >= sizeof(sockaddr_un{}.sun_path)) {
      return fail(ErrorCode::kUsage,
                  "The path of the endpoint " + endpoint + " is too long for a socket.",
                  "Use a folder with a shorter name, such as one below /tmp or /run.");
    }
    return {};
  }
  if (!starts_with(endpoint, k_tcp)) {
    return fail(ErrorCode::kUsage, "\"" + endpoint + "\" is no endpoint.",
                "Write tcp://127.0.0.1:7420 or ipc:///run/decant.sock.");
  }
  const std::string address = endpoint.substr(k_tcp.size());
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || !is_port(address.substr(colon + 1))) {
    return fail(ErrorCode::kUsage, "The endpoint " + endpoint + " has no port.",
                "Add one, such as :7420.");
  }
  if (!is_loopback(address.substr(0, colon))) {
    return fail(
        ErrorCode::kUsage,
        "The endpoint " + endpoint +
            " could be reached by other machines, and the connection would be neither "
            "encrypted nor authenticated.",
        "Use 127.0.0.1 and carry it to the other machine through an ssh tunnel or a VPN's proxy.");
  }
  return {};
}

}  // namespace decant
