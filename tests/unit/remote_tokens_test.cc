// Whether a server's tokens are ours.
#include <doctest/doctest.h>

#include <string>

#include "runtime/engine/vocabulary_digest.h"
#include "runtime/remote/same_tokens.h"
#include "runtime/sim/digest_model.h"

namespace lmp::remote {
namespace {

std::shared_ptr<const text::Tokenizer> With(TokenId id, const std::string& piece) {
  text::TokenizerSpec spec = sim::MakeDigestTokenizer().value()->spec();
  spec.pieces[static_cast<size_t>(id)] = piece;
  return text::MakeTokenizer(std::move(spec)).value();
}

TEST_CASE("a probe is words, the same for the same tokens, and tells others apart") {
  const auto tokenizer = sim::MakeDigestTokenizer().value();
  const std::vector<TokenId> probe = ProbeTokens(*tokenizer);
  REQUIRE(!probe.empty());
  CHECK(probe.size() <= 64);
  const std::string spelt = tokenizer->Decode(probe, text::FragmentStart::kContinue);
  CHECK(CheckProbe(*tokenizer, probe, spelt).ok());
  // Detokenizers drop the space that a text begins with, or put one there.
  CHECK(CheckProbe(*tokenizer, probe, spelt.substr(spelt.find_first_not_of(' '))).ok());
  CHECK(CheckProbe(*tokenizer, probe, " " + spelt).ok());

  const auto other = With(probe[probe.size() / 2], "quitedifferent");
  const std::string theirs = other->Decode(probe, text::FragmentStart::kContinue);
  const Status status = CheckProbe(*tokenizer, probe, theirs);
  CHECK(status.code() == StatusCode::kInvalidArgument);
  CHECK(status.message().find("quitedifferent") != std::string::npos);
  CHECK(!CheckProbe(*tokenizer, probe, "").ok());
  CHECK(!CheckProbe(*tokenizer, probe, spelt + "more").ok());
}

TEST_CASE("a digest of a vocabulary is of ids and texts, and of no control tokens") {
  const auto tokenizer = sim::MakeDigestTokenizer().value();
  const std::string digest = engine::VocabularyDigest(*tokenizer);
  CHECK(digest.size() == 64);
  CHECK(engine::VocabularyDigest(*sim::MakeDigestTokenizer().value()) == digest);
  CHECK(engine::VocabularyDigest(*With(ProbeTokens(*tokenizer)[0], "quitedifferent")) != digest);
  REQUIRE(tokenizer->IsControl(tokenizer->spec().eos));
  CHECK(engine::VocabularyDigest(*With(tokenizer->spec().eos, "<|other|>")) == digest);
}

}  // namespace
}  // namespace lmp::remote
