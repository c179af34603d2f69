#include "coordinator/control/holder_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
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
    const bool is_bare = slash == std::string::npos;
    folder_fd = ::open(is_bare ? "." : path.substr(0, slash + 1).c_str(), O_DIRECTORY | O_CLOEXEC);
    name =
        "/proc/self/fd/" + std::to_string(folder_fd) + "/" + path.substr(is_bare ? 0 : slash + 1);
  }
  if (name.size() >= sizeof address.sun_path) {
    if (folder_fd >= 0) ::close(folder_fd);
    return fail(ErrorCode::kUnsupported, "The name of the socket " + path + " is too long.",
                "Give the file a shorter name.");
  }
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  return address;
}

}  // namespace

std::string holder_socket_path(const std::string& database_path) {
  return database_path + ".decant.sock";
}

Result<std::unique_ptr<HolderSocket>> HolderSocket::listen(const std::string& database_path,
                                                           Answer answer, HolderLimits limits) {
  const std::string path = holder_socket_path(database_path);
  int folder = -1;
  DECANT_TRY_ASSIGN(const sockaddr_un address, address_of(path, folder));
  // Whoever holds the file's lock may take over the socket of a holder that died.
  ::unlink(path.c_str());
  const int stop = ::eventfd(0, EFD_CLOEXEC);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // Linux gives the path the mode that the socket has when it is bound.
  const bool bound = stop >= 0 && fd >= 0 && ::fchmod(fd, 0600) == 0 &&
                     ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                     ::listen(fd, 16) == 0;
  const int why = errno;
  if (folder >= 0) ::close(folder);
  if (!bound) {
    if (fd >= 0) ::close(fd);
    if (stop >= 0) ::close(stop);
    return fail(ErrorCode::kPermission,
                "The socket " + path + " cannot be made: " + std::strerror(why) + ".",
                "Make the folder of the database writable, and let nothing else have that name.");
  }
  return std::unique_ptr<HolderSocket>(new HolderSocket(path, fd, stop, std::move(answer), limits));
}

HolderSocket::HolderSocket(std::string path, int fd, int stop, Answer answer, HolderLimits limits)
    : path_(std::move(path)),
      fd_(fd),
      stop_(stop),
      answer_(std::move(answer)),
      limits_(limits),
      thread_([this] { serve(); }) {}

HolderSocket::~HolderSocket() {
  ::eventfd_write(stop_, 1);
  thread_.join();
  ::close(fd_);
  ::close(stop_);
  ::unlink(path_.c_str());
}

void HolderSocket::serve() {
  while (is_ready(fd_, POLLIN, Deadline::max())) {
    const int client = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    serve_one(client);
    ::close(client);
  }
}

// False when the time is up, or the socket is to close and `fd` has nothing to offer at once.
bool HolderSocket::is_ready(int fd, short events, Deadline until) const {
  for (;;) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero()) return false;
    const auto left_ms = std::chrono::duration_cast<std::chrono::milliseconds>(left).count() + 1;
    pollfd waits[] = {{fd, events, 0}, {stop_, POLLIN, 0}};
    const int found = ::poll(waits, 2, static_cast<int>(std::min<std::int64_t>(left_ms, 60'000)));
    if (found < 0 && errno != EINTR) return false;
    if (found <= 0) continue;
    return waits[0].revents != 0 && (fd != fd_ || waits[1].revents == 0);
  }
}

bool HolderSocket::write_all(int client, std::string_view text) const {
  const Deadline until = std::chrono::steady_clock::now() + limits_.answer;
  while (!text.empty() && is_ready(client, POLLOUT, until)) {
    const ssize_t n = ::send(client, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
  return text.empty();
}

void HolderSocket::serve_one(int client) const {
  std::string question;
  char block[4096];
  const Deadline until = std::chrono::steady_clock::now() + limits_.question;
  while (question.find('\n') == std::string::npos && question.size() < k_max_question_bytes) {
    if (!is_ready(client, POLLIN, until)) return;
    const ssize_t n = ::recv(client, block, sizeof block, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
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
  const std::string question = query_to_json(query) + "\n";
  // Waits for the holder, which reads all of it or closes.
  if (connected && ::send(fd, question.data(), question.size(), MSG_NOSIGNAL) ==
                       static_cast<ssize_t>(question.size())) {
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
