// Log lines: key=value text at four levels with a module tag, handed to a sink the host sets for
// one engine. The library itself writes nothing to stdout or stderr and has no global logger.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace lmp {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
std::string_view LogLevelName(LogLevel level);

// Thread-safe. A default-constructed Log drops everything.
class Log {
 public:
  using Sink = std::function<void(LogLevel, std::string_view module, std::string_view line)>;
  Log() = default;
  Log(LogLevel least, Sink sink) : least_(least), sink_(std::move(sink)) {}
  bool Enabled(LogLevel level) const { return sink_ != nullptr && level >= least_; }
  void Write(LogLevel level, std::string_view module, std::string_view line);

 private:
  LogLevel least_ = LogLevel::kWarn;
  Sink sink_;
  std::mutex mutex_;
};

}  // namespace lmp
