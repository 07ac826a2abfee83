// Streaming: UTF-8 across token borders, stop strings across parts.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"
#include "runtime/text/stop_matcher.h"
#include "runtime/text/stream_decoder.h"
#include "tests/support/tiny_tokenizer.h"

namespace lmp::text {
namespace {

std::shared_ptr<const Tokenizer> Tiny() {
  auto made = MakeTokenizer(testing::TinySpec({{" a", -1}, {"b", -1}, {" ", -2}}));
  REQUIRE(made.ok());
  return *made;
}

TokenId Byte(int value) { return 4 + value; }

TEST_CASE("a code point comes out when its last byte is there") {
  const auto tokenizer = Tiny();
  StreamDecoder decoder(*tokenizer, FragmentStart::kContinue);
  CHECK(decoder.Push(Byte(0xF0)).empty());
  CHECK(decoder.Push(Byte(0x9F)).empty());
  CHECK(decoder.Push(Byte(0x98)).empty());
  CHECK(decoder.held_bytes() == 3);
  CHECK(decoder.Push(Byte(0x80)) == "\xF0\x9F\x98\x80");
  CHECK(decoder.held_bytes() == 0);
}

TEST_CASE("bytes that cannot become a code point are replaced one by one") {
  const auto tokenizer = Tiny();
  StreamDecoder decoder(*tokenizer, FragmentStart::kContinue);
  CHECK(decoder.PushBytes("x\xFFy") == "x\xEF\xBF\xBDy");
  CHECK(decoder.PushBytes("\xE2\x82").empty());
  CHECK(decoder.PushBytes("z") == "\xEF\xBF\xBD\xEF\xBF\xBDz");
  CHECK(decoder.PushBytes("\xE2").empty());
  CHECK(decoder.Finish() == "\xEF\xBF\xBD");
  CHECK(decoder.Finish().empty());
}

TEST_CASE("the dummy prefix's space is dropped once, at the start of a message") {
  const auto tokenizer = Tiny();
  StreamDecoder message(*tokenizer, FragmentStart::kMessage);
  CHECK(message.Push(tokenizer->spec().bos).empty());
  CHECK(message.Push(260) == "a");
  CHECK(message.Push(260) == " a");
  StreamDecoder rest(*tokenizer, FragmentStart::kContinue);
  CHECK(rest.Push(260) == " a");
}

TEST_CASE("any cut of valid text streams to the same text, always well-formed") {
  const auto tokenizer = Tiny();
  const std::string text = "a\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80 b";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    StreamDecoder decoder(*tokenizer, FragmentStart::kContinue);
    const std::string first = decoder.PushBytes(text.substr(0, cut));
    CHECK(IsValidUtf8(first));
    const std::string second = decoder.PushBytes(text.substr(cut));
    CHECK(first + second + decoder.Finish() == text);
  }
}

struct Expected {
  bool found = false;
  size_t begin = 0;
  size_t end = 0;
};

// The definition: the first end; at that end the first begin.
Expected NaiveStop(const std::vector<std::string>& stops, const std::string& text) {
  for (size_t end = 1; end <= text.size(); ++end) {
    Expected best;
    for (const std::string& stop : stops) {
      if (end < stop.size() || text.compare(end - stop.size(), stop.size(), stop) != 0) continue;
      const size_t begin = end - stop.size();
      if (!best.found || begin < best.begin) best = {true, begin, end};
    }
    if (best.found) return best;
  }
  return {};
}

// The longest suffix of `text` that some stop string properly begins with.
size_t NaiveHeld(const std::vector<std::string>& stops, const std::string& text) {
  size_t held = 0;
  for (const std::string& stop : stops) {
    for (size_t n = 1; n < stop.size() && n <= text.size(); ++n) {
      if (text.compare(text.size() - n, n, stop, 0, n) == 0) held = std::max(held, n);
    }
  }
  return held;
}

std::string RandomLetters(Rng& rng, size_t low, size_t high) {
  std::string out(low + rng.Below(high - low + 1), 'a');
  for (char& c : out) c = static_cast<char>('a' + rng.Below(2));
  return out;
}

TEST_CASE("stop strings: the naive search's match for any cut of the text") {
  Rng rng(4);
  int matches = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::string> stops;
    for (size_t n = 1 + rng.Below(3); n > 0; --n) stops.push_back(RandomLetters(rng, 1, 6));
    const std::string text = RandomLetters(rng, 0, 30);
    const Expected expected = NaiveStop(stops, text);
    matches += expected.found ? 1 : 0;
    auto matcher = StopMatcher::Make(stops);
    REQUIRE(matcher.ok());
    std::optional<StopMatcher::Match> found;
    for (size_t at = 0; at < text.size() && !found.has_value();) {
      const size_t n = 1 + rng.Below(4);
      found = matcher->Push(std::string_view(text).substr(at, n));
      at = std::min(text.size(), at + n);
      if (!found.has_value())
        REQUIRE(matcher->held_bytes() == NaiveHeld(stops, text.substr(0, at)));
    }
    REQUIRE(found.has_value() == expected.found);
    if (!found.has_value()) continue;
    CHECK(found->begin == expected.begin);
    CHECK(found->end == expected.end);
    CHECK(stops[found->stop].size() == found->end - found->begin);
  }
  CHECK(matches > 500);
}

TEST_CASE("stop strings: limits and reset") {
  CHECK(!StopMatcher::Make({""}).ok());
  CHECK(StopMatcher::Make(std::vector<std::string>(kStopStringsMax, "x")).ok());
  CHECK(!StopMatcher::Make(std::vector<std::string>(kStopStringsMax + 1, "x")).ok());
  CHECK(StopMatcher::Make({std::string(kStopBytesMax, 'x')}).ok());
  CHECK(!StopMatcher::Make({std::string(kStopBytesMax + 1, 'x')}).ok());
  auto matcher = StopMatcher::Make({"ab"});
  REQUIRE(matcher.ok());
  CHECK(matcher->Push("xab").has_value());
  CHECK(matcher->Push("more")->begin == 1);  // the match stays
  matcher->Reset();
  CHECK(!matcher->Push("a").has_value());
  CHECK(matcher->held_bytes() == 1);
  CHECK(matcher->Push("b")->begin == 0);
  CHECK(!StopMatcher().Push("anything").has_value());
}

TEST_CASE("stop strings count until a mark has come") {
  const auto found = [](std::string_view text, std::string_view before = "") {
    auto matcher = StopMatcher::Make({"name", "\n"}, "<call>").value();
    matcher.Pass(before);
    std::optional<StopMatcher::Match> match;
    for (const char c : text) match = matcher.Push(std::string_view(&c, 1));
    if (!match.has_value() && text.ends_with("nam"))
      CHECK(matcher.held_bytes() == (before.empty() ? 3 : 0));
    return match.has_value() ? std::optional(match->begin) : std::nullopt;
  };
  CHECK(found("a name") == 2);
  CHECK(found("a nam") == std::nullopt);
  CHECK(found("a <call>\n{\"name\"") == std::nullopt);
  CHECK(found("a name <call>") == 2);
  CHECK(found("<<call>name") == std::nullopt);
  CHECK(found("<cal\n<call>") == 4);
  // The mark may come, or begin, where no stop counts yet.
  CHECK(found("name", "text <call>") == std::nullopt);
  CHECK(found("nam", "<call>") == std::nullopt);
  CHECK(found("ll>name", "text <ca") == std::nullopt);
  CHECK(found("name", "name\n <call") == 0);
  // A stop that is complete before the mark ends the text, though it stands inside of it.
  auto matcher = StopMatcher::Make({"al"}, "<call>").value();
  CHECK(matcher.Push("<call>al")->begin == 2);
  matcher.Reset();
  CHECK(matcher.Push("al")->begin == 0);
}

}  // namespace
}  // namespace lmp::text
