// StreamDecoder: token ids of one generation to text, as they come. What it returns is always
// well-formed UTF-8: bytes that may still become a code point are held back, bytes that cannot are
// replaced by U+FFFD one by one (as SentencePiece and Hugging Face do).
//
// Copyable (fork). One thread at a time; borrows the tokenizer.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/token_id.h"
#include "runtime/text/tokenizer.h"

namespace lmp::text {

class StreamDecoder {
 public:
  // kMessage drops the dummy prefix's space in front of the first token, if the tokenizer adds one.
  StreamDecoder(const Tokenizer& tokenizer, FragmentStart start);

  // The text that this token completes; empty for control pieces.
  std::string Push(TokenId id);
  // The same for bytes that are already decoded (forced text).
  std::string PushBytes(std::string_view bytes);
  // What is still held back, made well-formed. The decoder then starts afresh inside the message.
  std::string Finish();
  size_t held_bytes() const { return held_.size(); }
  // Forgets what is held back: a text that ends here ends before it.
  void DropHeld() { held_.clear(); }

 private:
  const Tokenizer* tokenizer_;
  bool drop_space_;
  std::string held_;
};

}  // namespace lmp::text
