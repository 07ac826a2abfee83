#include "runtime/cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

namespace lmp::cli {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kTerminalEvery{100};
constexpr milliseconds kLineEvery{5000};
constexpr milliseconds kRateOver{5000};

std::string Number(double value, const char* unit) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f%s", value, unit);
  return text;
}

std::string InWords(double seconds) {
  const auto whole = static_cast<long long>(seconds + 0.5);
  if (whole < 120) return std::to_string(whole) + " s";
  if (whole < 7200) return std::to_string(whole / 60) + " min";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

// What fits on the line; one column stays free, since the cursor stands there.
size_t Columns() {
  winsize size = {};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col - 1u : 79;
}

}  // namespace

ByteProgress::ByteProgress(std::string name, milliseconds quiet)
    : name_(std::move(name)), quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {}

std::string ByteProgress::Line(uint64_t done, std::optional<uint64_t> total, Moment now) {
  samples_.push_back({now, done});
  while (samples_.size() > 2 && now - samples_.front().at > kRateOver) samples_.pop_front();
  const double seconds = duration<double>(now - samples_.front().at).count();
  const double rate = seconds > 0 ? static_cast<double>(done - samples_.front().done) / seconds : 0;
  const double bytes = static_cast<double>(done);
  std::string line = name_ + "  ";
  if (total && *total > 0) {
    line += std::to_string(100 * done / *total) + "%  " + Number(bytes / 1e6, "") + " of " +
            Number(static_cast<double>(*total) / 1e6, " MB");
  } else {
    line += Number(bytes / 1e6, " MB");
  }
  if (rate <= 0) return line;
  line += "  " + Number(rate / 1e6, " MB/s");
  if (total) line += "  " + InWords(static_cast<double>(*total - done) / rate) + " left";
  return line;
}

void ByteProgress::Show(uint64_t done, std::optional<uint64_t> total) {
  const Moment now = steady_clock::now();
  if (!shown_) {
    // The rate counts from the first byte, and what is short needs no line.
    begun_ = shown_ = now;
    Line(done, total, now);
    return;
  }
  if (now - *begun_ < quiet_ || now - *shown_ < (terminal_ ? kTerminalEvery : kLineEvery)) return;
  shown_ = now;
  std::string line = Line(done, total, now);
  if (!terminal_) {
    std::fprintf(stderr, "%s\n", line.c_str());
    return;
  }
  line.resize(std::min(line.size(), Columns()));
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void ByteProgress::Say(const std::string& text) {
  Clear();
  std::fprintf(stderr, "lmp: %s\n", text.c_str());
}

void ByteProgress::Clear() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

}  // namespace lmp::cli
