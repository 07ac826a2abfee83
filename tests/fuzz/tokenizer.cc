// Any bytes as text, in any two parts: never a crash, decodes to itself, the stable cut holds, and
// no control token comes out.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/text/stream_decoder.h"
#include "runtime/text/tokenizer.h"
#include "tests/support/tiny_tokenizer.h"

namespace {

using lmp::TokenId;
using lmp::text::FragmentStart;

void Require(bool holds) {
  if (!holds) std::abort();
}

std::vector<TokenId> Encode(const lmp::text::Tokenizer& tokenizer, std::string_view text,
                            FragmentStart start) {
  std::vector<TokenId> ids;
  tokenizer.Encode(text, start, &ids);
  return ids;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto kTokenizer =
      lmp::text::MakeTokenizer(
          lmp::testing::TinySpec({{" ", -1},
                                  {"a", -1},
                                  {"b", -1},
                                  {"ab", -3},
                                  {" a", -2},
                                  {"  ", -2},
                                  {"ba", -3},
                                  {"aba", -4},
                                  {"\n", -1},
                                  {"\n ", -2, lmp::text::PieceType::kUserDefined}}))
          .value();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto& tokenizer = *kTokenizer;
  const auto whole = Encode(tokenizer, text, FragmentStart::kMessage);
  for (const TokenId id : whole) Require(!tokenizer.IsControl(id));
  if (text.find("\xE2\x96\x81") == std::string_view::npos) {
    Require(tokenizer.Decode(whole, FragmentStart::kMessage) == text);
  }
  const std::string_view head = text.substr(0, size / 2);
  const size_t cut = tokenizer.StableCut(head, FragmentStart::kMessage);
  if (cut > 0) {
    auto joined = Encode(tokenizer, text.substr(0, cut), FragmentStart::kMessage);
    const auto rest = Encode(tokenizer, text.substr(cut), FragmentStart::kContinue);
    joined.insert(joined.end(), rest.begin(), rest.end());
    Require(joined == whole);
  }
  lmp::text::StreamDecoder decoder(tokenizer, FragmentStart::kMessage);
  for (const TokenId id : whole) decoder.Push(id);
  decoder.Finish();
  return 0;
}
