// While a run holds a DuckDB file no other process can open it, not even to read. The holder
// listens on a Unix socket beside the file (FILE.decant.sock, mode 0600) and answers status,
// explain and coverage.
//
// Protocol: one query as a line of JSON (queries.h), one answer: a line with the length of the text
// in bytes and the exit status ("1234 0\n"), then the text. One connection, one question. Whoever
// does not finish a question of at most 4 MiB in time, or does not read the answer, is
// left.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "coordinator/control/queries.h"

namespace decant {

std::string holder_socket_path(const std::string& database_path);

// How long one client may keep the others waiting.
struct HolderLimits {
  std::chrono::milliseconds question{2'000};  // until it has asked
  std::chrono::milliseconds answer{10'000};   // until it has read the answer
};

class HolderSocket {
 public:
  using Answer = std::function<Result<std::string>(const Query&)>;
  // `answer` is called on the socket's own thread, one question at a time.
  static Result<std::unique_ptr<HolderSocket>> listen(const std::string& database_path,
                                                      Answer answer, HolderLimits limits = {});
  // Removes the socket. Waits for an answer that is being made, but for no client.
  ~HolderSocket();
  HolderSocket(const HolderSocket&) = delete;
  HolderSocket& operator=(const HolderSocket&) = delete;

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  HolderSocket(std::string path, int fd, int stop, Answer answer, HolderLimits limits);
  void serve();
  void serve_one(int client) const;
  bool is_ready(int fd, short events, Deadline until) const;
  bool write_all(int client, std::string_view text) const;

  std::string path_;
  int fd_;
  int stop_;  // an eventfd: readable once the socket is to close
  Answer answer_;
  HolderLimits limits_;
  std::thread thread_;
};

// Asks the holder of a file. kUnreachable when nobody listens.
Result<std::string> ask_holder(const std::string& database_path, const Query& query);

}  // namespace decant
