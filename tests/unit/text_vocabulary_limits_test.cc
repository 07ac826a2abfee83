// The limits of a vocabulary, at and above them, in every file that can hold one: pieces, bytes of
// a piece, merges (runtime/base/limits.h).
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/base/limits.h"
#include "runtime/model/gguf_writer.h"
#include "runtime/model/tokenizer_file.h"
#include "runtime/text/byte_alphabet.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp_folder.h"

namespace lmp::text {
namespace {

namespace fs = std::filesystem;

class Folder : public testing::TempFolder {
 public:
  Folder() : TempFolder("lmp_limits") {}
};

// What reading the file, or making its tokenizer, says; "" where both succeed.
std::string ErrorOf(const std::string& path) {
  auto spec = model::ReadTokenizerFile(path, path.ends_with("vocab.json") ? "gpt-2" : "");
  if (!spec.ok()) return spec.status().message();
  const auto made = MakeTokenizer(*std::move(spec));
  return made.ok() ? "" : made.status().message();
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// `"\u0120":32,...` of the 256 bytes.
std::string ByteMembers() {
  std::string out;
  for (int b = 0; b < 256; ++b) {
    std::string letter = AlphabetOfBytes(std::string(1, static_cast<char>(b)));
    if (letter == "\"" || letter == "\\") letter.insert(0, "\\");
    out += (b == 0 ? "\"" : ",\"") + letter + "\":" + std::to_string(b);
  }
  return out;
}

// A byte-level tokenizer.json with further members of its vocabulary and these merges.
std::string TokenizerJson(const std::string& members, const std::string& merges) {
  return R"({"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},)"
         R"("model":{"type":"BPE","vocab":{)" +
         ByteMembers() + members + R"(},"merges":[)" + merges + "]}}";
}

std::string Repeated(const std::string& text, size_t count, const std::string& between = "") {
  std::string out;
  out.reserve((text.size() + between.size()) * count);
  for (size_t i = 0; i < count; ++i) out += i == 0 ? text : between + text;
  return out;
}

// A field of a protocol buffer below number 16.
std::string Field(int number, const std::string& bytes) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  size_t size = bytes.size();
  for (; size > 127; size >>= 7) out.push_back(static_cast<char>((size & 127) | 128));
  out.push_back(static_cast<char>(size));
  return out + bytes;
}
std::string SentencePiece(const std::string& text) { return Field(1, Field(1, text)); }

std::string Gguf(const std::vector<std::string>& pieces, const std::vector<std::string>& merges) {
  model::GgufWriter writer;
  writer.AddString("tokenizer.ggml.model", "gpt2");
  writer.AddString("tokenizer.ggml.pre", "gpt-2");
  writer.AddStrings("tokenizer.ggml.tokens", pieces);
  writer.AddInts("tokenizer.ggml.token_type", std::vector<int32_t>(pieces.size(), 1));
  writer.AddStrings("tokenizer.ggml.merges", merges);
  const std::vector<std::byte> bytes = writer.Finish();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::string> BytePieces() {
  std::vector<std::string> pieces;
  for (int b = 0; b < 256; ++b) {
    pieces.push_back(AlphabetOfBytes(std::string(1, static_cast<char>(b))));
  }
  return pieces;
}

TEST_CASE("a piece of 4,096 bytes, and of one more") {
  const Folder folder;
  for (const size_t over : {size_t{0}, size_t{1}}) {
    CAPTURE(over);
    const std::string piece(kPieceBytesMax + over, 'x');
    const std::string expected = over == 0 ? "" : "bytes, at most 4096 are allowed";
    const auto holds = [&](const std::string& error) {
      CAPTURE(error);
      CHECK((over == 0 ? error.empty() : Contains(error, expected)));
    };
    holds(ErrorOf(folder.Put("tokenizer.json", TokenizerJson(",\"" + piece + "\":256", ""))));
    std::vector<std::string> pieces = BytePieces();
    pieces.push_back(piece);
    holds(ErrorOf(folder.Put("m.gguf", Gguf(pieces, {}))));
    const std::string unknown = Field(1, Field(1, "<unk>") + std::string("\x18\x02"));
    const std::string bpe = Field(2, std::string("\x18\x02"));
    const std::string spaces = Field(3, std::string("\x20\0", 2));
    holds(ErrorOf(folder.Put("tokenizer.model",
                             unknown + SentencePiece("a") + SentencePiece(piece) + bpe + spaces)));
  }
}

TEST_CASE("a million pieces, and one more") {
  const Folder folder;
  // An id that only a larger vocabulary has.
  const std::string last = std::to_string(kVocabularyMax);
  CHECK(Contains(ErrorOf(folder.Put("tokenizer.json", TokenizerJson(",\"ab\":" + last, ""))),
                 "[\"ab\"]: "));
  if (testing::kSanitized) return;
  for (const size_t over : {size_t{0}, size_t{1}}) {
    CAPTURE(over);
    const std::string gguf = ErrorOf(
        folder.Put("m.gguf", Gguf(std::vector<std::string>(kVocabularyMax + over, "x"), {})));
    CAPTURE(gguf);
    CHECK(Contains(gguf, "pieces, at most 1048576 are allowed") == (over == 1));
    CHECK(!gguf.empty());  // a piece stands there twice
    const std::string sentences =
        ErrorOf(folder.Put("tokenizer.model", Repeated(SentencePiece("x"), kVocabularyMax + over)));
    CAPTURE(sentences);
    CHECK(Contains(sentences, "pieces: more than 1048576") == (over == 1));
    CHECK(!sentences.empty());
  }
}

TEST_CASE("four million merges, and one more" * doctest::skip(testing::kSanitized)) {
  const Folder folder;
  folder.Put("vocab.json", "{" + ByteMembers() + ",\"ab\":256}");
  for (const size_t over : {size_t{0}, size_t{1}}) {
    CAPTURE(over);
    const size_t count = kMergesMax + over;
    folder.Put("merges.txt", Repeated("a b\n", count));
    const std::string lines =
        ErrorOf(fs::path(folder.Put("tokenizer_config.json", "{}")).replace_filename("vocab.json"));
    CAPTURE(lines);
    CHECK(Contains(lines, "line 4194305: more than 4194304 merges") == (over == 1));
    const std::string json = ErrorOf(folder.Put(
        "tokenizer.json", TokenizerJson(",\"ab\":256", Repeated("\"a b\"", count, ","))));
    CAPTURE(json);
    CHECK(Contains(json, "model.merges: 4194305 merges, at most 4194304 are allowed") ==
          (over == 1));
    std::vector<std::string> pieces = BytePieces();
    pieces.emplace_back("ab");
    const std::string gguf =
        ErrorOf(folder.Put("m.gguf", Gguf(pieces, std::vector<std::string>(count, "a b"))));
    CAPTURE(gguf);
    CHECK(Contains(gguf, "tokenizer.ggml.merges: 4194305 merges, at most 4194304 are allowed") ==
          (over == 1));
  }
}

}  // namespace
}  // namespace lmp::text
