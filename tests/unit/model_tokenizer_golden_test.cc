// Tokenizer ids against outside oracles: the public Llama-2 vectors, and texts encoded by the
// SentencePiece library (tests/tools/make_goldens.py).
#include <doctest/doctest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/model/gguf.h"
#include "runtime/model/tokenizer_metadata.h"
#include "runtime/text/tokenizer.h"
#include "tests/support/read_text_file.h"

namespace lmp::model {
namespace {

constexpr const char* kVectors = "../shared/data/tokenizers/vectors/ggml-vocab-llama-spm.gguf";
constexpr const char* kSmall = "tests/e2e/golden_models/sentencepiece_small.json";
constexpr const char* kLlama = "tests/e2e/golden_models/sentencepiece_llama.json";

std::vector<TokenId> Encode(const text::Tokenizer& tokenizer, const std::string& text) {
  std::vector<TokenId> ids;
  tokenizer.Encode(text, text::FragmentStart::kMessage, &ids);
  return ids;
}

std::shared_ptr<const text::Tokenizer> LlamaTokenizer() {
  const auto file = GgufFile::Open(kVectors);
  REQUIRE_MESSAGE(file.ok(), file.status().ToString());
  auto spec = ReadTokenizerSpec(*file);
  REQUIRE_MESSAGE(spec.ok(), spec.status().ToString());
  auto tokenizer = text::MakeTokenizer(*spec);
  REQUIRE_MESSAGE(tokenizer.ok(), tokenizer.status().ToString());
  return *tokenizer;
}

TEST_CASE("Llama-2: the 47 public vectors") {
  if (!std::filesystem::exists(kVectors)) {
    MESSAGE("SKIPPED: " << kVectors << " is absent");
    return;
  }
  const auto tokenizer = LlamaTokenizer();
  CHECK(tokenizer->vocabulary() == 32000);
  CHECK(tokenizer->StableCut("one two", text::FragmentStart::kMessage) == 3);
  const std::string base = kVectors;
  const auto inputs =
      testing::SplitAt(testing::ReadTextFile(base + ".inp"), "\n__ggml_vocab_test__\n");
  const auto outputs = testing::SplitAt(testing::ReadTextFile(base + ".out"), "\n");
  REQUIRE(inputs.size() >= 47);
  for (size_t i = 0; i < 47; ++i) {
    std::vector<TokenId> expected;
    std::istringstream line(outputs[i]);
    for (TokenId id; line >> id;) expected.push_back(id);
    CAPTURE(inputs[i]);
    const auto ids = Encode(*tokenizer, inputs[i]);
    CHECK(ids == expected);
    CHECK(tokenizer->Decode(ids, text::FragmentStart::kMessage) == inputs[i]);
  }
}

TEST_CASE("Llama-2: texts encoded by the SentencePiece library") {
  if (!std::filesystem::exists(kVectors)) {
    MESSAGE("SKIPPED: " << kVectors << " is absent");
    return;
  }
  const auto tokenizer = LlamaTokenizer();
  auto golden = ParseJson(testing::ReadTextFile(kLlama));
  REQUIRE(golden.ok());
  REQUIRE((*golden)["cases"].size() >= 100);
  for (const Json& text : (*golden)["cases"]) {
    CHECK(Encode(*tokenizer, text["text"].get<std::string>()) ==
          text["ids"].get<std::vector<TokenId>>());
  }
}

TEST_CASE("small vocabularies with user-defined and unused pieces, as the library encodes them") {
  auto golden = ParseJson(testing::ReadTextFile(kSmall));
  REQUIRE(golden.ok());
  REQUIRE((*golden)["tokenizers"].size() >= 3);
  for (const Json& entry : (*golden)["tokenizers"]) {
    CAPTURE(entry["name"].get<std::string>());
    text::TokenizerSpec spec;
    spec.model = "llama";
    spec.pieces = entry["pieces"].get<std::vector<std::string>>();
    spec.scores = entry["scores"].get<std::vector<float>>();
    for (const Json& type : entry["types"]) {
      // Numbers as in the file of the library and in GGUF.
      constexpr text::PieceType kTypes[] = {
          text::PieceType::kNormal,      text::PieceType::kUnknown, text::PieceType::kControl,
          text::PieceType::kUserDefined, text::PieceType::kUnused,  text::PieceType::kByte};
      spec.types.push_back(kTypes[type.get<size_t>() - 1]);
    }
    spec.unknown = entry["unknown"].get<TokenId>();
    spec.add_space_prefix = entry["add_space_prefix"].get<bool>();
    auto tokenizer = text::MakeTokenizer(std::move(spec));
    REQUIRE_MESSAGE(tokenizer.ok(), tokenizer.status().ToString());
    for (const Json& text : entry["cases"]) {
      CAPTURE(text["text"].get<std::string>());
      CHECK(Encode(**tokenizer, text["text"].get<std::string>()) ==
            text["ids"].get<std::vector<TokenId>>());
    }
  }
}

}  // namespace
}  // namespace lmp::model
