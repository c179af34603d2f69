// Keeps credentials out of everything that a person or another machine can read (promise 8).
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace decant {

// The process environment overlaid on an .env file; the environment wins.
class Environment {
 public:
  // An environment that only knows `values`, for tests.
  explicit Environment(std::map<std::string, std::string> values) : values_(std::move(values)) {}
  // The process environment, and below it the .env file at `dotenv_path` (may be empty or absent).
  static Result<Environment> load(const std::string& dotenv_path);

  const std::string* find(const std::string& name) const;
  // Replaces ${NAME} and ${NAME:-default} in `text`; `$$` is a dollar. A missing NAME is kUsage and
  // is named.
  Result<std::string> expand(std::string_view text) const;

 private:
  std::map<std::string, std::string> values_;
};

// Masks the password of a URL (postgresql://user:***@host/db), of key=value connection strings
// (password=***, PWD=***), and every occurrence of a secret that was registered. Thread-safe.
class SecretMask {
 public:
  // Remembers the passwords in a resolved connection string; later texts are masked wherever they
  // occur.
  void learn(std::string_view connection);
  // Remembers one secret as such; those of fewer than 3 bytes are too common to mask everywhere.
  void remember(std::string_view secret);
  std::string mask(std::string_view text) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> secrets_;
};

}  // namespace decant
