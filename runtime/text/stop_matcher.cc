#include "runtime/text/stop_matcher.h"

#include <algorithm>

#include "runtime/base/limits.h"

namespace lmp::text {
namespace {

// The failure function of Knuth, Morris and Pratt.
std::vector<uint32_t> Borders(std::string_view text) {
  std::vector<uint32_t> border(text.size(), 0);
  uint32_t length = 0;
  for (size_t i = 1; i < text.size(); ++i) {
    while (length > 0 && text[i] != text[length]) length = border[length - 1];
    if (text[i] == text[length]) ++length;
    border[i] = length;
  }
  return border;
}

}  // namespace

Result<StopMatcher> StopMatcher::Make(const std::vector<std::string>& stops,
                                      const std::string& until) {
  if (stops.size() > kStopStringsMax) {
    return InvalidArgument(std::to_string(stops.size()) + " stop strings, at most " +
                           std::to_string(kStopStringsMax) + " are allowed");
  }
  StopMatcher matcher;
  for (const std::string& stop : stops) {
    if (stop.empty()) return InvalidArgument("a stop string is empty");
    if (stop.size() > kStopBytesMax) {
      return InvalidArgument("a stop string has " + std::to_string(stop.size()) +
                             " bytes, at most " + std::to_string(kStopBytesMax) + " are allowed");
    }
    matcher.patterns_.push_back({stop, Borders(stop), 0});
  }
  if (!until.empty()) matcher.until_ = Pattern{until, Borders(until), 0};
  return matcher;
}

bool StopMatcher::Step(Pattern* pattern, char byte) {
  Pattern& p = *pattern;
  while (p.matched > 0 && p.text[p.matched] != byte) p.matched = p.border[p.matched - 1];
  if (p.text[p.matched] == byte) ++p.matched;
  if (p.matched < p.text.size()) return false;
  p.matched = p.border[p.matched - 1];
  return true;
}

std::optional<StopMatcher::Match> StopMatcher::Push(std::string_view bytes) {
  for (const char byte : bytes) {
    if (found_.has_value() || off_) break;
    ++taken_;
    for (size_t i = 0; i < patterns_.size(); ++i) {
      if (!Step(&patterns_[i], byte)) continue;
      const size_t begin = taken_ - patterns_[i].text.size();
      if (!found_.has_value() || begin < found_->begin) found_ = Match{begin, taken_, i};
    }
    off_ = until_.has_value() && Step(&*until_, byte) && !found_.has_value();
  }
  return found_;
}

void StopMatcher::Pass(std::string_view bytes) {
  for (const char byte : bytes) off_ = off_ || (until_.has_value() && Step(&*until_, byte));
}

size_t StopMatcher::held_bytes() const {
  if (off_) return 0;
  uint32_t held = 0;
  for (const Pattern& p : patterns_) held = std::max(held, p.matched);
  return held;
}

void StopMatcher::Reset() {
  for (Pattern& p : patterns_) p.matched = 0;
  if (until_.has_value()) until_->matched = 0;
  off_ = false;
  taken_ = 0;
  found_.reset();
}

}  // namespace lmp::text
