// While a run holds a DuckDB file no other process can open it, not even to read. The holder
// listens on a Unix socket beside the file (FILE.decant.sock, mode 0600) and answers status,
// explain and coverage.
//
// Protocol: one query as a line of JSON (queries.h), one answer: a line with the length of the text
// in bytes and the exit status ("1234 0\n"), then the text. One connection, one question.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "coordinator/control/queries.h"

namespace decant {

std::string holder_socket_path(const std::string& database_path);

class HolderSocket {
 public:
  using Answer = std::function<Result<std::string>(const Query&)>;
  // `answer` is called on the socket's own thread, one question at a time.
  static Result<std::unique_ptr<HolderSocket>> listen(const std::string& database_path,
                                                      Answer answer);
  ~HolderSocket();  // removes the socket
  HolderSocket(const HolderSocket&) = delete;
  HolderSocket& operator=(const HolderSocket&) = delete;

 private:
  HolderSocket(std::string path, int fd, Answer answer);
  void serve();
  void serve_one(int client);

  std::string path_;
  int fd_;
  Answer answer_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

// Asks the holder of a file. kUnreachable when nobody listens.
Result<std::string> ask_holder(const std::string& database_path, const Query& query);

}  // namespace decant
