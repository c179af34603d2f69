// PostgresServer: a throw-away PostgreSQL cluster for tests, in a temporary folder, on a Unix
// socket and a free port of the loopback. It runs as an unprivileged user (as `postgres` where the
// test runs as root) and dies with the test.
//
// Without durability (fsync off), so that tests are quick; nothing here says anything of a crash of
// the machine.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace decant::test {

class PostgresServer {
 public:
  // kNotFound when no server binaries are installed: the test then says so and is skipped.
  // `settings` are lines of postgresql.conf.
  static Result<std::unique_ptr<PostgresServer>> start(
      const std::vector<std::string>& settings = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // postgresql://tester@127.0.0.1:PORT/DATABASE; the user is a superuser and needs no password over
  // the loopback. A user named "secret" does, once a test has made it.
  std::string url(const std::string& database = "postgres") const;
  // The same with another user, and a password where it is not empty.
  std::string url_as(const std::string& user, const std::string& password,
                     const std::string& database = "postgres") const;
  std::string socket_folder() const { return folder_ + "/socket"; }
  int port() const { return port_; }

  // As a crash (SIGQUIT) or an operator's fast shutdown (SIGINT); returns when the server has gone.
  void crash();
  void stop();
  Status start_again();
  // As a frozen machine: connections are taken, and nothing is answered, until it goes on.
  void stand_still();
  void go_on();

 private:
  PostgresServer() = default;
  Status initialize(const std::vector<std::string>& settings);
  void signal_and_wait(int signal);
  void signal_all(int signal);
  Status start_on_port();
  bool holds_its_port() const;

  std::string binaries_;
  std::string folder_;
  int port_ = 0;
  pid_t server_ = -1;
  uid_t user_ = 0;
  gid_t group_ = 0;
};

}  // namespace decant::test
