// Logging goes to standard error through spdlog, masked; standard output belongs to results.
// The interface hides spdlog, so that only log.cc compiles it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace decant {

class SecretMask;

enum class LogLevel { kDebug, kInfo, kWarn, kError };

class Logger {
 public:
  // `mask` must outlive the logger and may be null. `name` is shown in every line. Thread-safe.
  Logger(std::string name, LogLevel level, const SecretMask* mask);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  void debug(std::string_view text) { write(LogLevel::kDebug, text); }
  void info(std::string_view text) { write(LogLevel::kInfo, text); }
  void warn(std::string_view text) { write(LogLevel::kWarn, text); }
  void error(std::string_view text) { write(LogLevel::kError, text); }
  void write(LogLevel level, std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace decant
