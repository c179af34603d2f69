#include "tests/support/postgres_server.h"

#include "tests/support/cluster_template.h"
#include "tests/support/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace decant::test {
namespace {

namespace fs = std::filesystem;

std::string find_binaries() {
  if (const char* chosen = std::getenv("DECANT_POSTGRES_BIN"); chosen != nullptr) return chosen;
  for (int version = 19; version >= 13; --version) {
    for (const char* pattern :
         {"/usr/lib/postgresql/%/bin", "/usr/pgsql-%/bin", "/opt/homebrew/opt/postgresql@%/bin"}) {
      std::string folder = pattern;
      folder.replace(folder.find('%'), 1, std::to_string(version));
      if (fs::exists(folder + "/initdb") && fs::exists(folder + "/postgres")) return folder;
    }
  }
  return fs::exists("/usr/local/bin/initdb") ? "/usr/local/bin" : "";
}

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  int port = 0;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port = ntohs(address.sin_port);
  }
  close(fd);
  return port;
}

// Runs a program as that user with its output in `log`; the child dies with us.
pid_t spawn(const std::vector<std::string>& command, uid_t user, gid_t group,
            const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (out >= 0) {
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
  }
  setpgid(0, 0);
  if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setgid(group) != 0 || setuid(user) != 0))
    _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (chdir("/") != 0) _exit(126);
  execv(arguments[0], arguments.data());
  _exit(127);
}

std::string tail_of(const std::string& path) {
  std::ifstream file(path);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  return text.size() > 800 ? text.substr(text.size() - 800) : text;
}

Status run_initdb(const std::string& binaries, const std::string& folder, uid_t user, gid_t group) {
  const std::string log = folder + "/initdb.log";
  const pid_t child =
      spawn({binaries + "/initdb", "-D", folder + "/data", "-U", "tester", "-A", "trust", "-E",
             "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"},
            user, group, log);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(ErrorCode::kInternal, "initdb: " + tail_of(log));
}

}  // namespace

Result<std::unique_ptr<PostgresServer>> PostgresServer::start(
    const std::vector<std::string>& settings) {
  std::unique_ptr<PostgresServer> server(new PostgresServer());
  server->binaries_ = find_binaries();
  if (server->binaries_.empty()) {
    return fail(ErrorCode::kNotFound, "No PostgreSQL server is installed (initdb and postgres).",
                "Install postgresql, or set DECANT_POSTGRES_BIN.");
  }
  DECANT_TRY(server->initialize(settings));
  DECANT_TRY(server->start_again());
  return server;
}

Status PostgresServer::initialize(const std::vector<std::string>& settings) {
  user_ = geteuid();
  group_ = getegid();
  if (user_ == 0) {
    const passwd* entry = getpwnam("postgres");
    if (entry == nullptr) entry = getpwnam("nobody");
    if (entry == nullptr)
      return fail(ErrorCode::kNotFound, "There is no unprivileged user to run PostgreSQL as.");
    user_ = entry->pw_uid;
    group_ = entry->pw_gid;
  }
  std::string pattern = (fs::temp_directory_path() / "decant-pg-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr)
    return fail(ErrorCode::kNoSpace, "No temporary folder can be made.");
  folder_ = pattern;
  fs::create_directory(socket_folder());
  for (const std::string& path : {folder_, socket_folder()}) {
    if (geteuid() == 0 && chown(path.c_str(), user_, group_) != 0) {
      return fail(ErrorCode::kPermission,
                  "The temporary folder cannot be given to the server's user.");
    }
  }
  const auto initdb = [this] { return run_initdb(binaries_, folder_, user_, group_); };
  // Who chooses the programs may have an initdb of another kind.
  if (std::getenv("DECANT_POSTGRES_BIN") != nullptr) {
    DECANT_TRY(initdb());
  } else {
    DECANT_TRY(make_cluster(binaries_, folder_ + "/data", user_, group_, initdb));
  }
  std::ofstream conf(folder_ + "/data/postgresql.conf", std::ios::app);
  conf << "fsync = off\nsynchronous_commit = on\nfull_page_writes = off\nshared_buffers = 128MB\n"
       << "max_wal_size = 4GB\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '"
       << socket_folder() << "'\n";
  for (const std::string& line : settings) conf << line << '\n';
  std::ofstream hba(folder_ + "/data/pg_hba.conf", std::ios::trunc);
  hba << "local all all trust\nhost replication all 127.0.0.1/32 trust\n"
      << "host all secret 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n";
  return {};
}

// Another process may take the port before the server does.
Status PostgresServer::start_again() {
  constexpr int k_most_ports = 5;
  const bool is_new = port_ == 0;
  for (int tries = 1;; ++tries) {
    if (is_new) port_ = free_port();
    Status started = start_on_port();
    const bool is_taken =
        !started && started.error().message.find("Address already in use") != std::string::npos;
    if (!is_new || !is_taken || tries == k_most_ports) return started;
  }
}

// Whether it is this server that would answer, and not a stranger's who was there before.
bool PostgresServer::holds_its_port() const {
  std::ifstream lock(folder_ + "/data/postmaster.pid");
  std::vector<std::string> lines;
  for (std::string line; std::getline(lock, line);) lines.push_back(line);
  return lines.size() > 7 && lines[0] == std::to_string(server_) && lines[7].starts_with("ready");
}

Status PostgresServer::start_on_port() {
  server_ = spawn({binaries_ + "/postgres", "-D", folder_ + "/data", "-p", std::to_string(port_)},
                  user_, group_, folder_ + "/server.log");
  for (int tries = 0; tries < 600; ++tries) {
    if (holds_its_port() && PQping(url().c_str()) == PQPING_OK) return {};
    int status = 0;
    if (waitpid(server_, &status, WNOHANG) == server_) {
      server_ = -1;
      break;
    }
    usleep(50'000);
  }
  return fail(ErrorCode::kUnreachable,
              "The test server did not start: " + tail_of(folder_ + "/server.log"));
}

std::string PostgresServer::url(const std::string& database) const {
  return url_as("tester", "", database);
}

std::string PostgresServer::url_as(const std::string& user, const std::string& password,
                                   const std::string& database) const {
  return "postgresql://" + user + (password.empty() ? "" : ":" + password) +
         "@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

void PostgresServer::signal_and_wait(int signal) {
  if (server_ <= 0) return;
  kill(server_, signal);
  waitpid(server_, nullptr, 0);
  server_ = -1;
}

void PostgresServer::crash() { signal_and_wait(SIGQUIT); }
void PostgresServer::stop() { signal_and_wait(SIGINT); }

void PostgresServer::signal_all(int signal) {
  if (server_ <= 0) return;
  kill(server_, signal);
  for (const pid_t child : children_of(server_)) kill(child, signal);
}

void PostgresServer::stand_still() { signal_all(SIGSTOP); }
void PostgresServer::go_on() { signal_all(SIGCONT); }

PostgresServer::~PostgresServer() {
  go_on();
  crash();
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

}  // namespace decant::test
