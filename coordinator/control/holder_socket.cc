#include "coordinator/control/holder_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace decant {
namespace {

constexpr std::size_t k_max_question_bytes = 4 * 1024 * 1024;
constexpr int k_patience_ms = 30'000;

// A path in sockaddr_un has room for about 100 bytes; a longer one is reached through the folder's
// descriptor.
Result<sockaddr_un> address_of(const std::string& path, int& folder_fd) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string name = path;
  if (name.size() >= sizeof address.sun_path) {
    const std::size_t slash = path.rfind('/');
    folder_fd = ::open(path.substr(0, slash).c_str(), O_DIRECTORY | O_CLOEXEC);
    name = "/proc/self/fd/" + std::to_string(folder_fd) + path.substr(slash);
  }
  if (name.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::kUnsupported, "The name of the socket " + path + " is too long.",
                "Give the file a shorter name.");
  }
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  return address;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

std::string holder_socket_path(const std::string& database_path) {
  return database_path + ".decant.sock";
}

Result<std::unique_ptr<HolderSocket>> HolderSocket::listen(const std::string& database_path,
                                                           Answer answer) {
  const std::string path = holder_socket_path(database_path);
  int folder = -1;
  DECANT_TRY_ASSIGN(const sockaddr_un address, address_of(path, folder));
  // Whoever holds the file's lock may take over the socket of a holder that died.
  ::unlink(path.c_str());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const mode_t old_mask = ::umask(0177);
  const bool bound = fd >= 0 &&
                     ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                     ::listen(fd, 16) == 0;
  const int why = errno;
  ::umask(old_mask);
  if (folder >= 0) ::close(folder);
  if (!bound) {
    if (fd >= 0) ::close(fd);
    return fail(ErrorCode::kPermission,
                "The socket " + path + " cannot be made: " + std::strerror(why) + ".");
  }
  return std::unique_ptr<HolderSocket>(new HolderSocket(path, fd, std::move(answer)));
}

HolderSocket::HolderSocket(std::string path, int fd, Answer answer)
    : path_(std::move(path)), fd_(fd), answer_(std::move(answer)), thread_([this] { serve(); }) {}

HolderSocket::~HolderSocket() {
  stopping_ = true;
  ::shutdown(fd_, SHUT_RDWR);
  thread_.join();
  ::close(fd_);
  ::unlink(path_.c_str());
}

void HolderSocket::serve() {
  while (!stopping_) {
    pollfd wait{fd_, POLLIN, 0};
    if (::poll(&wait, 1, 200) <= 0) continue;
    const int client = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    serve_one(client);
    ::close(client);
  }
}

void HolderSocket::serve_one(int client) {
  std::string question;
  char block[4096];
  while (question.find('\n') == std::string::npos && question.size() < k_max_question_bytes) {
    pollfd wait{client, POLLIN, 0};
    if (::poll(&wait, 1, 2000) <= 0) return;
    const ssize_t n = ::recv(client, block, sizeof block, 0);
    if (n <= 0) return;
    question.append(block, static_cast<std::size_t>(n));
  }
  Result<std::string> text = fail(ErrorCode::kProtocol, "The question is too long.");
  if (const std::size_t end = question.find('\n'); end != std::string::npos) {
    Result<Query> query = query_from_json(question.substr(0, end));
    text = query ? answer_(*query) : Result<std::string>(fail(std::move(query).error()));
  }
  const int status = text ? 0 : exit_status_for(text.error().code);
  const std::string body = text ? *text : text.error().to_string();
  write_all(client, std::to_string(body.size()) + " " + std::to_string(status) + "\n" + body);
}

Result<std::string> ask_holder(const std::string& database_path, const Query& query) {
  const std::string path = holder_socket_path(database_path);
  int folder = -1;
  DECANT_TRY_ASSIGN(const sockaddr_un address, address_of(path, folder));
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected =
      fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (folder >= 0) ::close(folder);
  std::string reply;
  if (connected && write_all(fd, query_to_json(query) + "\n")) {
    char block[65536];
    for (;;) {
      pollfd wait{fd, POLLIN, 0};
      if (::poll(&wait, 1, k_patience_ms) <= 0) break;
      const ssize_t n = ::recv(fd, block, sizeof block, 0);
      if (n <= 0) break;
      reply.append(block, static_cast<std::size_t>(n));
    }
  }
  if (fd >= 0) ::close(fd);
  const std::size_t line = reply.find('\n');
  if (line == std::string::npos) {
    return fail(ErrorCode::kUnreachable,
                "Another process holds " + database_path + " and does not answer questions.",
                "Wait until it ends.");
  }
  const std::size_t size = std::strtoull(reply.c_str(), nullptr, 10);
  const std::string body = reply.substr(line + 1);
  if (body.size() != size)
    return fail(ErrorCode::kUnreachable,
                "The holder of " + database_path + " broke off its answer.");
  if (reply.compare(0, line, std::to_string(size) + " 0") != 0)
    return fail(ErrorCode::kNotFound, body);
  return body;
}

}  // namespace decant
