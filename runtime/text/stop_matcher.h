// StopMatcher: finds stop strings in text that arrives in parts. The answer depends on the text
// alone, never on where the parts were cut: the match is the one that is complete first; among
// those complete at the same byte, the one that begins first.
//
// Copyable (fork). One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace lmp::text {

class StopMatcher {
 public:
  struct Match {
    size_t begin = 0;  // byte offsets from the start of the stream
    size_t end = 0;
    size_t stop = 0;  // index of the stop string
  };

  StopMatcher() = default;  // no stop strings: never matches, never holds back
  // Where `until` has come and no stop was complete before its end, what follows is no text: no
  // stop is found any more. Empty: stops count everywhere.
  // Errors: InvalidArgument for an empty, an over-long or one stop string too many.
  static Result<StopMatcher> Make(const std::vector<std::string>& stops,
                                  const std::string& until = {});

  // Takes the next bytes. After a match further bytes are ignored until Reset.
  std::optional<Match> Push(std::string_view bytes);
  // Takes bytes before the first Push in which no stop counts, but `until` does.
  void Pass(std::string_view bytes);
  // How many of the last bytes taken may still turn out to begin a stop string: a stream may show
  // everything before them.
  size_t held_bytes() const;
  void Reset();

 private:
  struct Pattern {
    std::string text;
    std::vector<uint32_t> border;  // [i]: longest proper prefix of text[0, i] that ends it
    uint32_t matched = 0;          // bytes of `text` that the stream now ends with
  };
  // True when its last byte completes the pattern.
  static bool Step(Pattern* pattern, char byte);

  std::vector<Pattern> patterns_;
  std::optional<Pattern> until_;
  bool off_ = false;  // `until` has come
  size_t taken_ = 0;
  std::optional<Match> found_;
};

}  // namespace lmp::text
