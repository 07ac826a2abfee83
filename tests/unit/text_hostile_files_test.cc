// Hostile tokenizer files: each row changes one thing in a sound file, and the error must name the
// file the user gave and the field as it is in that file. Read by the path that users take.
#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/model/gguf_writer.h"
#include "runtime/model/tokenizer_file.h"
#include "runtime/text/byte_alphabet.h"
#include "tests/support/temp_folder.h"

namespace lmp::text {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class Folder : public testing::TempFolder {
 public:
  Folder() : TempFolder("lmp_hostile") {}
};

std::string Letter(int byte) { return AlphabetOfBytes(std::string(1, static_cast<char>(byte))); }

std::string BytePiece(int byte) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  return std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">";
}

// Byte-level: the 256 bytes, "ab" (256), the special token "<end>" (257).
json ByteLevelFile() {
  json vocab;
  for (int b = 0; b < 256; ++b) vocab[Letter(b)] = b;
  vocab["ab"] = 256;
  return {{"version", "1.0"},
          {"normalizer", nullptr},
          {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
          {"post_processor", {{"type", "ByteLevel"}}},
          {"decoder", {{"type", "ByteLevel"}}},
          {"added_tokens", {{{"id", 257}, {"content", "<end>"}, {"special", true}}}},
          {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", {"a b"}}}}};
}

// SentencePiece BPE: <unk>, <s>, the byte pieces, the mark, "a", "b", "ab".
json WordMarkFile() {
  json vocab = {{"<unk>", 0}, {"<s>", 1}, {"\u2581", 258}, {"a", 259}, {"b", 260}, {"ab", 261}};
  for (int b = 0; b < 256; ++b) vocab[BytePiece(b)] = b + 2;
  return json::parse(R"({
    "version": "1.0",
    "normalizer": {"type": "Sequence", "normalizers": [
      {"type": "Prepend", "prepend": "▁"},
      {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
    "pre_tokenizer": null,
    "post_processor": {"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],
      "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
    "decoder": {"type": "Sequence", "decoders": [
      {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
      {"type": "ByteFallback"}, {"type": "Fuse"},
      {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
    "added_tokens": [
      {"id": 0, "content": "<unk>", "special": true, "normalized": false},
      {"id": 1, "content": "<s>", "special": true, "normalized": false}],
    "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true,
              "merges": ["a b"]}})")
      .patch(json::array({{{"op", "add"}, {"path", "/model/vocab"}, {"value", vocab}}}));
}

// What reading the file, or making its tokenizer, says; "" where both succeed.
std::string ErrorOf(const std::string& path, std::string_view pre = "") {
  auto spec = model::ReadTokenizerFile(path, pre);
  if (!spec.ok()) return spec.status().message();
  const auto made = MakeTokenizer(*std::move(spec));
  return made.ok() ? "" : made.status().message();
}

void CheckBegins(const std::string& error, const std::string& expected) {
  CAPTURE(error);
  CAPTURE(expected);
  CHECK(error.starts_with(expected));
}

struct Row {
  const char* pointer;   // what is replaced, or added
  const char* value;     // JSON
  const char* expected;  // what follows the file's name
};

void CheckRows(const json& sound, const std::vector<Row>& rows) {
  const Folder folder;
  REQUIRE(ErrorOf(folder.Put("tokenizer.json", sound.dump())) == "");
  for (const Row& row : rows) {
    CAPTURE(row.pointer);
    json file = sound;
    file[json::json_pointer(row.pointer)] = json::parse(row.value);
    const std::string path = folder.Put("tokenizer.json", file.dump());
    CheckBegins(ErrorOf(path), path + ": " + row.expected);
  }
}

TEST_CASE("tokenizer.json of a byte-level BPE") {
  CheckRows(
      ByteLevelFile(),
      {
          {"/version", R"("2.0")", R"(version: "2.0" is not supported)"},
          {"/model", "[]", "model: expected an object, found a list"},
          {"/model/type", R"("Unigram")", R"(model.type: "Unigram", supported is "BPE")"},
          {"/model/dropout", "0.1", "model.dropout: dropout is not supported"},
          {"/model/end_of_word_suffix", R"("</w>")", R"(model.end_of_word_suffix: "</w>")"},
          {"/model/unk_token", R"("<unk>")", R"(model.unk_token: "<unk>" is not in model.vocab)"},
          {"/model/unk_token", "7", "model.unk_token: expected a string, found 7"},
          {"/model/byte_fallback", "true", "model.byte_fallback: true beside byte-level BPE"},
          {"/model/vocab", "[]", "model.vocab: expected an object of pieces and ids, found a list"},
          {"/model/vocab/ab", "-1", R"(model.vocab["ab"]: id -1, allowed are 0 to)"},
          {"/model/vocab/ab", "1048576", R"(model.vocab["ab"]: id 1048576, allowed are 0 to)"},
          {"/model/vocab/ab", "65", R"(model.vocab["ab"]: id 65 twice, for "A" and "ab")"},
          {"/model/vocab/ab", R"("x")", R"(model.vocab["ab"]: expected a whole number, found "x")"},
          {"/model/vocab/ab", "1e300",
           R"(model.vocab["ab"]: expected a whole number, found 1e+300)"},
          {"/model/vocab/ab", "100000", "model.vocab: 258 pieces, but ids up to 100000"},
          {"/model/vocab/é é", "258", R"(model.vocab["é é"]: "é é" is not written in the byte)"},
          {"/model/merges", "{}", "model.merges: expected a list, found an object"},
          {"/model/merges/0", R"("ab")", R"(model.merges[0]: "ab" is not two pieces)"},
          {"/model/merges/0", R"(["a"])", "model.merges[0]: not two pieces"},
          {"/model/merges/0", R"(["a", 1])", "model.merges[0][1]: expected a string, found 1"},
          {"/model/merges/0", R"("a c")", R"(model.merges[0]: "a c": a part or what they join)"},
          {"/normalizer", R"({"type": "Lowercase"})", R"(normalizer.type: "Lowercase" is not)"},
          {"/normalizer",
           R"({"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Nmt"}]})",
           R"(normalizer.normalizers[1].type: "Nmt" is not supported)"},
          {"/normalizer", "7", "normalizer: expected an object, found 7"},
          {"/pre_tokenizer", R"({"type": "Whitespace"})", R"(pre_tokenizer.type: "Whitespace" is)"},
          {"/pre_tokenizer/add_prefix_space", "true",
           "pre_tokenizer.add_prefix_space: true is not"},
          {"/pre_tokenizer/use_regex", "false", "pre_tokenizer: text without splitting is not"},
          {"/pre_tokenizer",
           R"({"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "("},
               "behavior": "Isolated"}, {"type": "ByteLevel", "add_prefix_space": false}]})",
           "pre_tokenizer.pretokenizers[0].pattern.Regex: "},
          {"/post_processor", R"({"type": "RobertaProcessing"})",
           R"(post_processor.type: "RobertaProcessing" is not supported)"},
          {"/decoder", R"({"type": "WordPiece"})",
           R"(decoder.type: "WordPiece" beside byte-level BPE is not supported)"},
          {"/decoder", R"({"type": "Made up"})", R"(decoder.type: "Made up" beside byte-level)"},
          {"/added_tokens", "7", "added_tokens: expected a list, found 7"},
          {"/added_tokens/0/id", "3", "added_tokens[0]: id 3 twice, for "},
          {"/added_tokens/0/id", "-2", "added_tokens[0]: id -2, allowed are 0 to"},
          {"/added_tokens/0/id", "null", "added_tokens[0].id: expected a whole number, found null"},
          {"/added_tokens/0/content", R"("")", "added_tokens[0].content: an empty text is not"},
          {"/added_tokens/0/content", R"("ab")",
           R"(added_tokens[0]: "ab" has id 257, but also 256)"},
          {"/added_tokens/1", R"({"id": 258, "content": "x y", "lstrip": true})",
           "added_tokens[1].lstrip: true beside special false is not supported"},
      });
}

TEST_CASE("tokenizer.json of a SentencePiece BPE") {
  CheckRows(
      WordMarkFile(),
      {
          {"/model/ignore_merges", "true", "model.ignore_merges: true beside word marks is not"},
          {"/model/vocab/<0x41>", "9000", R"(model.vocab: 262 pieces, but ids up to 9000)"},
          {"/model/vocab", R"({"<unk>": 0, "<s>": 1})",
           "model.vocab: 0 byte pieces beside byte_fallback, supported are all 256"},
          {"/model/merges/0", R"("a c")", R"(model.merges[0]: "a c": a part is not a piece)"},
          {"/model/merges/0", R"("a a")", R"(model.merges[0]: "a a": what it joins to is not a)"},
          {"/model/merges/0", R"(["a b", "b"])", R"(model.merges[0]: "a b b" is not two pieces)"},
          {"/model/merges", "[]", R"(model.merges: "a b" is missing, SentencePiece would merge)"},
          {"/normalizer/normalizers/0/prepend", R"("x")",
           R"(normalizer.normalizers[0].prepend: "x")"},
          {"/normalizer/normalizers/2", R"({"type": "Prepend", "prepend": "▁"})",
           "normalizer.normalizers[2]: a second Prepend is not supported"},
          {"/pre_tokenizer", R"({"type": "Metaspace", "replacement": "▁", "split": false,
                                 "prepend_scheme": "often"})",
           R"(pre_tokenizer.prepend_scheme: "often" is not supported)"},
          {"/decoder/decoders/3/start", "0",
           "decoder: another way back to text than Replace, ByteFallback, Fuse, Strip is not"},
          {"/decoder/decoders/3/stop", "1", "decoder.decoders[3].stop: 1 is not supported"},
          {"/decoder/decoders/0/content", R"("_")", "decoder.decoders[0]: "},
          {"/decoder", R"({"type": "CTC"})", R"(decoder.type: "CTC" beside SentencePiece BPE)"},
          {"/post_processor/single/2", R"({"SpecialToken": {"id": "<s>"}})",
           R"(post_processor.single[2]: the special token "<s>" here is not supported)"},
          {"/post_processor/single/0/SpecialToken/id", R"("<x>")",
           R"(post_processor.single[0].SpecialToken.id: expected a token, found "<x>")"},
          {"/post_processor/special_tokens/<s>/ids", "[0]",
           R"(post_processor.special_tokens.<s>.ids: 0, but "<s>" has id 1)"},
          {"/post_processor/single", "[]", "post_processor.single: no place for the text"},
          {"/added_tokens/2", R"({"id": 262, "content": "<tool>"})",
           "added_tokens[2].normalized: true beside a normalizer is not supported"},
          {"/added_tokens/2", R"({"id": 67, "content": "<0x41>", "normalized": false})",
           "added_tokens[2].content: a byte piece is not supported"},
      });
}

TEST_CASE("keys twice, and files that are no tokenizer.json at all") {
  const Folder folder;
  std::string twice = ByteLevelFile().dump();
  twice.insert(twice.find("\"ab\":256"), "\"ab\":256,");
  std::string path = folder.Put("tokenizer.json", twice);
  CheckBegins(ErrorOf(path), path + ": model.vocab: key \"ab\" twice");
  twice = ByteLevelFile().dump();
  twice.insert(twice.find("\"special\":true"), "\"special\":false,");
  path = folder.Put("tokenizer.json", twice);
  CheckBegins(ErrorOf(path), path + ": added_tokens[0]: key \"special\" twice");
  const std::vector<std::pair<std::string, std::string>> files = {
      {"null", "expected a JSON object, found null"},
      {"[]", "expected a JSON object, found a list"},
      {"\"x\"", "expected a JSON object, found \"x\""},
      {"12", "expected a JSON object, found 12"},
      {"{}", "model: missing, expected an object"},
      {"{\"model\"", "JSON is malformed at byte 8"},
      {"", "the file is empty"},
      {std::string(200, '{'), "JSON nested deeper than 100 levels"},
  };
  for (const auto& [bytes, expected] : files) {
    path = folder.Put("tokenizer.json", bytes);
    CheckBegins(ErrorOf(path), path + ": " + expected);
  }
  path = folder.Put("some.file", "[]");
  CheckBegins(ErrorOf(path), path + ": no tokenizer file: GGUF begins with");
}

TEST_CASE("vocab.json with merges.txt") {
  const Folder folder;
  json vocab;
  for (int b = 0; b < 256; ++b) vocab[Letter(b)] = b;
  vocab["ab"] = 256;
  const std::string merges = folder.Put("merges.txt", "#version: 0.2\na b\n");
  const std::string path = folder.Put("vocab.json", vocab.dump());
  REQUIRE(ErrorOf(path, "gpt-2") == "");
  CheckBegins(ErrorOf(path), path + ": does not say how text is split");

  const auto with_merges = [&](const std::string& text) {
    folder.Put("merges.txt", text);
    return ErrorOf(path, "gpt-2");
  };
  CheckBegins(with_merges("#version: 0.2\na b\na c\n"), merges + ": line 3: \"a c\": a part or");
  CheckBegins(with_merges("a b\nab\n"), merges + ": line 2: \"ab\" is not two pieces");
  CheckBegins(with_merges("a b\n\na b\n"), merges + ": line 2: \"\" is not two pieces");
  folder.Drop("merges.txt");
  CheckBegins(ErrorOf(path, "gpt-2"), path + ": no merges.txt beside it");
  folder.Put("merges.txt", "a b\n\n");

  const auto with_vocab = [&](const std::string& text) {
    folder.Put("vocab.json", text);
    return ErrorOf(path, "gpt-2");
  };
  CheckBegins(with_vocab("[]"), path + ": expected a JSON object, found a list");
  CheckBegins(with_vocab(R"({"a": "b"})"), path + ": [\"a\"]: expected a whole number, found");
  CheckBegins(with_vocab(R"({"a": 0, "a": 1})"), path + ": key \"a\" twice");
  CheckBegins(with_vocab(R"({"a": 0, "b": 1, "ab": 2})"), path + ": no piece for byte 0");
  json wrong = vocab;
  wrong["é é"] = 257;
  CheckBegins(with_vocab(wrong.dump()), path + ": [\"é é\"]: ");
  folder.Put("vocab.json", vocab.dump());

  const std::vector<std::pair<std::string, std::string>> configs = {
      {"null", "expected a JSON object, found null"},
      {R"({"bos_token": "<none>"})", "bos_token: expected a token of the vocabulary, found"},
      {R"({"add_prefix_space": true})", "add_prefix_space: true, the vocabulary's file says"},
      {R"({"added_tokens_decoder": {"9999": {"content": "x"}}})",
       "added_tokens_decoder[\"9999\"]: not an id of this vocabulary"},
      {R"({"added_tokens_decoder": {"0": {"content": "x"}}})",
       "added_tokens_decoder[\"0\"]: \"x\" is "},
      {R"({"added_tokens_decoder": {"257": {"content": "ab"}}})",
       "added_tokens_decoder[\"257\"]: \"ab\" has id 256 already"},
      {R"({"added_tokens_decoder": {"257": {"content": "<t>", "rstrip": true}}})",
       "added_tokens_decoder[\"257\"].rstrip: true beside special false"},
      {R"({"tokenizer_class": "XTokenizer"})", ""},
  };
  for (const auto& [text, expected] : configs) {
    const std::string config = folder.Put("tokenizer_config.json", text);
    if (expected.empty()) {
      CheckBegins(ErrorOf(path), config + ": tokenizer_class: \"XTokenizer\" does not say");
    } else {
      CheckBegins(ErrorOf(path, "gpt-2"), config + ": " + expected);
    }
  }
}

// Messages of a SentencePiece model.
std::string Field(int number, const std::string& bytes) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  out.push_back(static_cast<char>(bytes.size()));
  return out + bytes;
}
std::string Number(int number, int value) {  // both below 128
  return {static_cast<char>(number << 3 & 0x7F), static_cast<char>(value)};
}
std::string PieceMessage(const std::string& text, int type) {
  return Field(1, Field(1, text) + Number(3, type));
}

struct SentencePieceParts {
  std::string extra_piece;
  std::string unknown = PieceMessage("<unk>", 2);
  std::string trainer = Number(3, 2);
  std::string normalizer = std::string("\x20") + '\0';  // remove_extra_whitespaces: false
  std::string behind;

  std::string Bytes() const {
    return unknown + PieceMessage("<s>", 3) + PieceMessage("</s>", 3) + PieceMessage("a", 1) +
           extra_piece + Field(2, trainer) + Field(3, normalizer) + behind;
  }
};

TEST_CASE("tokenizer.model of SentencePiece and of Llama-3") {
  const Folder folder;
  const auto error = [&](const SentencePieceParts& parts) {
    return ErrorOf(folder.Put("tokenizer.model", parts.Bytes()));
  };
  const std::string path = folder.Put("tokenizer.model", "");
  CheckBegins(ErrorOf(path), path + ": the file is empty");
  REQUIRE(error({}) == "");
  const auto two_bytes = [](int number, const std::string& value) {  // a field number above 15
    return std::string{static_cast<char>((number << 3 & 0x7F) | 0x80),
                       static_cast<char>(number >> 4)} +
           value;
  };
  const std::string wide = "\x81\x80\x80\x80\x10";  // 2^32 + 1
  SentencePieceParts parts;
  const std::vector<std::pair<std::function<void(SentencePieceParts*)>, std::string>> rows = {
      {[](auto* p) { p->extra_piece = PieceMessage("a", 1); },
       "pieces[4].piece: \"a\" is pieces[3] already"},
      {[](auto* p) { p->extra_piece = PieceMessage("", 1); }, "pieces[4].piece: empty"},
      {[](auto* p) { p->extra_piece = PieceMessage("b", 9); }, "pieces[4].type: 9, allowed are"},
      {[](auto* p) { p->extra_piece = PieceMessage("b", 2); },
       "pieces[4].type: a second unknown piece, pieces[0] is one"},
      {[](auto* p) { p->extra_piece = PieceMessage("<0x41>", 6); },
       "pieces: 1 byte pieces, trainer_spec.byte_fallback false needs 0"},
      {[](auto* p) { p->unknown = PieceMessage("<unk>", 1); }, "pieces: none is the unknown piece"},
      {[](auto* p) { p->trainer = Number(3, 1); }, "trainer_spec.model_type: 1, supported is 2"},
      {[&](auto* p) { p->trainer += two_bytes(41, "\x7F"); },
       "trainer_spec.bos_id: 127 is not in the vocabulary of 4"},
      {[&](auto* p) { p->trainer += two_bytes(41, wide); },
       "trainer_spec.bos_id: 4294967297 is not a token id"},
      {[&](auto* p) { p->trainer += two_bytes(40, "\x03"); },
       "trainer_spec.unk_id: 3, but the unknown piece is pieces[0]"},
      {[](auto* p) { p->normalizer = ""; }, "normalizer_spec.remove_extra_whitespaces: true"},
      {[](auto* p) { p->normalizer += Field(2, "x"); },
       "normalizer_spec.precompiled_charsmap: 1 bytes"},
      {[](auto* p) { p->behind = Field(5, Field(2, "x")); },
       "denormalizer_spec.precompiled_charsmap: 1 bytes"},
      {[](auto* p) { p->behind = "\x0A\x7F"; }, "cut short or not a protocol buffer"},
  };
  for (const auto& [change, expected] : rows) {
    parts = {};
    change(&parts);
    CheckBegins(error(parts), path + ": " + expected);
  }
  const std::vector<std::pair<std::string, std::string>> ranks = {
      {"YQ== 0\nYg== 2\n", "line 2: rank \"2\", expected 1"},
      {"YQ== 0\n!!\n", "line 2: not a piece in base64 and its rank"},
      {"YQ== 0\n", "1 pieces: the file names no pre-tokenizer, and only Llama-3's"},
      {"[]", "no tokenizer file: GGUF begins with"},
  };
  for (const auto& [text, expected] : ranks) {
    CheckBegins(ErrorOf(folder.Put("tokenizer.model", text)), path + ": " + expected);
  }
}

TEST_CASE("GGUF: the key, and an item by its index") {
  const Folder folder;
  const auto error = [&](const std::function<void(model::GgufWriter*)>& fill) {
    model::GgufWriter writer;
    writer.AddString("tokenizer.ggml.model", "gpt2");
    writer.AddString("tokenizer.ggml.pre", "gpt-2");
    fill(&writer);
    const std::vector<std::byte> bytes = writer.Finish();
    return ErrorOf(folder.Put(
        "m.gguf", std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())));
  };
  std::vector<std::string> pieces;
  for (int b = 0; b < 256; ++b) pieces.push_back(Letter(b));
  pieces.push_back("a b");
  const auto fill = [&](model::GgufWriter* writer) {
    writer->AddStrings("tokenizer.ggml.tokens", pieces);
    writer->AddInts("tokenizer.ggml.token_type", std::vector<int32_t>(pieces.size(), 1));
    writer->AddStrings("tokenizer.ggml.merges", std::vector<std::string>{"a b"});
  };
  const std::string path = folder.Put("m.gguf", "GGUF");
  CheckBegins(ErrorOf(path), path + ": ");
  CheckBegins(error(fill), path + ": tokenizer.ggml.tokens[256]: \"a b\" is not written in");
  pieces.back() = "<x>";
  CheckBegins(error(fill), path + ": tokenizer.ggml.merges[0]: \"a b\": a part or what they join");
  CheckBegins(error([](model::GgufWriter*) {}), path + ": tokenizer.ggml.tokens: missing");
}

}  // namespace
}  // namespace lmp::text
