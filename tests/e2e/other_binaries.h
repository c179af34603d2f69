// Servers that are not made by PostgreSQL's own initdb and postgres alone.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/e2e/fixture.h"

namespace decant::test {

// While it lives, PostgresServer::start runs these scripts in place of initdb and postgres. Each is
// of /bin/sh and finds the real programs in the folder $bin. Needs a shared_postgres().
class OtherBinaries {
 public:
  OtherBinaries(const std::string& folder, const std::string& initdb, const std::string& postgres) {
    namespace fs = std::filesystem;
    const std::string bin =
        ask(shared_postgres()->url(), "SELECT setting FROM pg_config WHERE name = 'BINDIR'");
    fs::permissions(fs::path(folder).parent_path(), fs::perms(0755));
    for (const auto& [name, script] : {std::pair{"initdb", initdb}, {"postgres", postgres}}) {
      const std::string path = folder + "/" + name;
      write_file(path, "#!/bin/sh\nbin='" + bin + "'\n" + script + "\n");
      fs::permissions(path, fs::perms(0755));
    }
    ::setenv("DECANT_POSTGRES_BIN", folder.c_str(), 1);
  }
  ~OtherBinaries() { ::unsetenv("DECANT_POSTGRES_BIN"); }
  OtherBinaries(const OtherBinaries&) = delete;
  OtherBinaries& operator=(const OtherBinaries&) = delete;
};

}  // namespace decant::test
