// CheckedText: what a server writes for one generation, held to what was asked for. Whatever the
// server was told, it is the matcher here that says whether a text is of the type, and the stop
// strings are looked for here, too: what is not right never becomes a value.
//
//   the server's text:   [ healed | text ........................ | stop, if the server leaves it ]
//                                   released ... | held (a possible stop)
//
// One thread; borrows the tokenizer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/text/stop_matcher.h"
#include "runtime/text/tokenizer.h"

namespace lmp::remote {

struct CheckedFailure {
  engine::FailureKind kind = engine::FailureKind::kRemote;
  std::string message;
};

class CheckedText {
 public:
  // `heals`: the server leaves out the healed bytes by itself. Errors: InvalidArgument (stops).
  static Result<CheckedText> Make(const engine::GenerateSpec& spec,
                                  const text::Tokenizer& tokenizer, bool heals);

  // The next text of the server. A failure is final.
  std::optional<CheckedFailure> Push(std::string_view text);
  // A stop string has ended it: nothing more is needed.
  bool stopped() const { return stopped_; }
  // The part of the text that is final and was not taken yet; whole characters.
  std::string Take();

  // The end, as the server names it ("stop", "length").
  std::variant<engine::EndReason, CheckedFailure> Finish(std::string_view finish);
  // Without healed bytes and stop.
  const std::string& text() const { return text_; }
  // The tokens behind the prompt, healed ones included: the server's, where they spell the text,
  // else its canonical ones.
  std::vector<TokenId> Tokens(const std::vector<TokenId>& served) const;

 private:
  CheckedText(const engine::GenerateSpec& spec, const text::Tokenizer& tokenizer)
      : matcher_(spec.matcher),
        min_tokens_(spec.min_tokens),
        max_tokens_(spec.max_tokens),
        must_complete_(spec.must_complete),
        has_stops_(!spec.stops.empty() && spec.stops_until.empty()),
        tokenizer_(&tokenizer) {}
  std::optional<CheckedFailure> Accept(std::string_view bytes);

  std::optional<constrain::Matcher> matcher_;
  text::StopMatcher stops_;
  int min_tokens_, max_tokens_;
  bool must_complete_, has_stops_;
  const text::Tokenizer* tokenizer_;
  std::string healed_;      // all healed bytes
  size_t healed_left_ = 0;  // of these, that the server still has to write
  std::string text_;
  size_t taken_ = 0;
  bool stopped_ = false;
};

}  // namespace lmp::remote
