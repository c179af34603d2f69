#include "common/base/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include "common/base/printable.h"
#include "common/base/secrets.h"

namespace decant {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

struct Logger::Impl {
  spdlog::logger logger;
  const SecretMask* mask;
};

// The logger is made by hand and not registered: spdlog's registry is a global.
Logger::Logger(std::string name, LogLevel level, const SecretMask* mask)
    : impl_(std::make_unique<Impl>(Impl{
          spdlog::logger(std::move(name), std::make_shared<spdlog::sinks::stderr_color_sink_mt>()),
          mask})) {
  impl_->logger.set_formatter(std::make_unique<spdlog::pattern_formatter>(
      "%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ [%n] %v", spdlog::pattern_time_type::utc));
  impl_->logger.set_level(spdlog_level(level));
  impl_->logger.flush_on(spdlog::level::warn);
}

Logger::~Logger() = default;

void Logger::write(LogLevel level, std::string_view text) {
  const auto native = spdlog_level(level);
  if (!impl_->logger.should_log(native)) return;
  if (impl_->mask == nullptr) {
    impl_->logger.log(native, "{}", printable_lines(text));
  } else {
    impl_->logger.log(native, "{}", printable_lines(impl_->mask->mask(text)));
  }
}

}  // namespace decant
