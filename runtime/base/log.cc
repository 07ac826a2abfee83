#include "runtime/base/log.h"

namespace lmp {

std::string_view LogLevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "unknown";
}

void Log::Write(LogLevel level, std::string_view module, std::string_view line) {
  if (!Enabled(level)) return;
  std::lock_guard lock(mutex_);
  sink_(level, module, line);
}

}  // namespace lmp
