// Text never becomes a control token, by whichever way it comes into a prompt: the control tokens
// of every prompt of a run are those of the same run on harmless text. On the tokenizers of the
// committed models, on one whose marks are called user-defined by its file, and on those of
// ../shared/data.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "frontend/compile.h"
#include "ir/plan.h"
#include "runtime/engine/local_engine.h"
#include "runtime/exec/bind/bound_plan.h"
#include "runtime/model/gguf.h"
#include "runtime/model/tokenizer_metadata.h"
#include "runtime/sim/digest_model.h"
#include "tests/support/exec_harness.h"
#include "tests/support/recording_engine.h"
#include "tests/support/tokenizer_families.h"

namespace lmp {
namespace {

using text::PieceType;
using text::Tokenizer;
using text::TokenizerSpec;

// The text comes as an argument, in two halves, in a list, out of a file, from a tool, as a passage
// and its label, as what a person says, as a choice, in a hole of a type, in a record, through an
// other function, in the message of a failure, and as what was generated before.
constexpr const char* kProgram = R"(
const FROM_FILE = file("text.txt")
record Note(ids: list<string>) { of: string in ids  sure: bool }
record Pair { left: string  right: string }
corpus books from "books/*.md"
@effect(read)
tool look(id: string) -> string = host("look")

fn quote(text: string, marks: list<string>) -> string {
  system "You quote. ${text}"
  user { "<q>" "${text}" "</q>" for m in marks { "${m}" } }
  gen quoted: string in marks with max: 400
  return quoted
}

fn main(text: string, half: string, other_half: string, parts: list<string>) -> string {
  system "Rules. ${text}"
  user "${half}${other_half}"
  user { "${half}" "${other_half}" "${lines(parts)}${join(parts, "")}" "${bullets(parts)}" }
  user "${parts} ${Pair(left: half, right: text)}"
  assistant "I said ${text}."
  user FROM_FILE
  observe look(text)
  let hits = retrieve(text, from: books)
  user {
    "Passages:"
    insert hits with label: "\n[${it.id}]${text} "
    insert parts
    "${clip(text, tokens: 3)}" "${other_half}"
  }
  let said = listen()
  user said
  try { check text == "", "${text}" } else e { observe e.message }
  assistant { "Then: ${text}" gen free with max: 4 }
  user free + text
  assistant { "Of these " select pick from [text, "none"] with method: likelihood }
  user pick
  gen one: string in parts with max: 400
  gen note: Note(parts) with max: 600
  user "${note}${one}"
  let quotes = fork p in parts { user p + text  gen again with max: 3  yield again + quote(p, parts) }
  user lines(quotes)
  gen last with max: 2
  return last
}
)";

struct Echo final : exec::Toolbox, exec::Retriever, exec::Listener {
  explicit Echo(std::string said) : text(std::move(said)) {}
  void Start(exec::ToolRequest, std::function<void(exec::Toolbox::Answer)> done) override {
    done(JsonText(text));
  }
  void Start(exec::Retrieval, std::function<void(exec::Retriever::Answer)> done) override {
    ir::Passage passage;
    passage.id = passage.document = passage.heading = passage.text = text;
    done(std::vector{passage, passage});
  }
  void Start(std::shared_ptr<const std::atomic<bool>>,
             std::function<void(exec::Listener::Answer)> done) override {
    done(text);
  }
  static std::string JsonText(const std::string& text) { return Json(text).dump(); }
  const std::string text;
};

struct Hostile {
  std::string text, half, other_half;
};

std::shared_ptr<const exec::BoundPlan> BindOn(const std::shared_ptr<const Tokenizer>& tokenizer,
                                              const std::string& text) {
  frontend::CompileOptions options;
  options.read = [&](const std::string&) -> Result<std::string> { return text; };
  const frontend::CompileResult compiled = frontend::Compile("main.lmp", kProgram, options);
  REQUIRE_MESSAGE(compiled.program != nullptr,
                  (compiled.diagnostics.empty() ? "" : compiled.diagnostics[0].title));
  auto plan = ir::MakePlan(compiled.program);
  REQUIRE(plan.ok());
  exec::BindResult bound = exec::Bind(*plan, tokenizer, 1 << 15);
  REQUIRE_MESSAGE(bound.plan != nullptr,
                  (bound.diagnostics.empty() ? "" : bound.diagnostics[0].title));
  return bound.plan;
}

// Of every prompt of one run the control tokens in their order; sorted.
std::vector<std::vector<TokenId>> ControlTokens(const std::shared_ptr<const Tokenizer>& tokenizer,
                                                const Hostile& hostile) {
  sim::DigestModelOptions digest;
  digest.context_max = 1 << 15;
  auto engine = engine::MakeLocalEngine(sim::MakeDigestModel(tokenizer->spec(), digest), tokenizer,
                                        nullptr, {});
  REQUIRE_MESSAGE(engine.ok(), engine.status().message());
  const auto log = std::make_shared<testing::EngineLog>();
  exec::Loop loop(testing::Record(std::move(engine).value(), log));
  const auto echo = std::make_shared<Echo>(hostile.text);
  const auto sink = std::make_shared<testing::CollectingSink>();
  exec::Request request;
  request.plan = BindOn(tokenizer, hostile.text);
  request.function = "main";
  request.arguments = {ir::Value::Str(hostile.text), ir::Value::Str(hostile.half),
                       ir::Value::Str(hostile.other_half),
                       ir::Value::List({ir::Value::Str(hostile.text), ir::Value::Str(hostile.half),
                                        ir::Value::Str(hostile.other_half)})};
  request.sink = sink;
  request.toolbox = echo;
  request.retriever = echo;
  request.listener = echo;
  REQUIRE(loop.Submit(std::move(request)).ok());
  const testing::RunOutcome out = sink->Wait();
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  std::vector<std::vector<TokenId>> control;
  for (const std::vector<TokenId>& prompt : log->prompts()) {
    std::vector<TokenId>& of = control.emplace_back();
    std::copy_if(prompt.begin(), prompt.end(), std::back_inserter(of),
                 [&](TokenId id) { return tokenizer->IsControl(id); });
  }
  std::sort(control.begin(), control.end());
  return control;
}

std::vector<std::string> ControlPieces(const Tokenizer& tokenizer) {
  std::vector<std::string> out;
  for (TokenId id = 0; id < tokenizer.vocabulary(); ++id) {
    if (tokenizer.IsControl(id)) out.push_back(tokenizer.spec().pieces[static_cast<size_t>(id)]);
  }
  return out;
}

void CheckEncode(const Tokenizer& tokenizer) {
  for (const std::string& piece : ControlPieces(tokenizer)) {
    CAPTURE(piece);
    for (const std::string& text : {piece, " " + piece, piece + piece, "a" + piece + "b",
                                    "\n" + piece + "\n", piece + "assistant\n"}) {
      for (const auto start : {text::FragmentStart::kMessage, text::FragmentStart::kContinue}) {
        std::vector<TokenId> ids;
        tokenizer.Encode(text, start, &ids);
        const bool control = std::any_of(ids.begin(), ids.end(),
                                         [&](TokenId id) { return tokenizer.IsControl(id); });
        CHECK(!control);
        CHECK(tokenizer.StableCut(text, start) <= text.size());
      }
    }
  }
}

// Each in `pieces`, whole and cut in two at every third byte, then all at once.
void CheckRuns(const std::shared_ptr<const Tokenizer>& tokenizer,
               const std::vector<std::string>& pieces) {
  const auto harmless = ControlTokens(tokenizer, {"plain text", "plain", " text"});
  size_t control = 0;
  for (const auto& of : harmless) control += of.size();
  CHECK(harmless.size() > 10);
  CHECK(control > harmless.size());
  std::vector<Hostile> all;
  std::string joined;
  for (const std::string& piece : pieces) {
    joined += piece + "user\n";
    for (size_t cut = 1; cut < piece.size(); cut += 3) {
      all.push_back({"x" + piece, piece.substr(0, cut), piece.substr(cut)});
    }
  }
  all.push_back({joined, joined.substr(0, joined.size() / 2), joined.substr(joined.size() / 2)});
  for (const Hostile& hostile : all) {
    CAPTURE(hostile.text);
    CAPTURE(hostile.half);
    CHECK(ControlTokens(tokenizer, hostile) == harmless);
  }
}

// What marks roles and ends texts; a tokenizer without a chat format gets one of its own ends.
std::vector<std::string> Marks(const Tokenizer& tokenizer) {
  auto format = text::MakeChatFormat(tokenizer);
  REQUIRE(format.ok());
  std::vector<TokenId> ids = format->ends;
  for (const text::Marker& header : format->headers) {
    ids.insert(ids.end(), header.ids.begin(), header.ids.end());
  }
  std::vector<std::string> out;
  for (const TokenId id : ids) {
    const std::string& piece = tokenizer.spec().pieces[static_cast<size_t>(id)];
    if (tokenizer.IsControl(id) && std::find(out.begin(), out.end(), piece) == out.end())
      out.push_back(piece);
  }
  return out;
}

std::shared_ptr<const Tokenizer> WithChat(const std::shared_ptr<const Tokenizer>& tokenizer) {
  TokenizerSpec spec = tokenizer->spec();
  const auto format = text::MakeChatFormat(*tokenizer);
  REQUIRE(format.ok());
  if (!format->raw) return tokenizer;
  if (spec.eos < 0) spec.eos = tokenizer->FindSpecial("<|endoftext|>").value();
  const std::string end = spec.pieces[static_cast<size_t>(spec.eos)];
  spec.chat = {end + "system\n", end + "user\n", end + "assistant\n", end + "tool\n", end, true};
  auto made = text::MakeTokenizer(std::move(spec));
  REQUIRE(made.ok());
  return *made;
}

TEST_CASE("marks of the digest model's tokenizer") {
  const auto tokenizer = sim::MakeDigestTokenizer();
  REQUIRE(tokenizer.ok());
  CHECK(Marks(**tokenizer) == std::vector<std::string>{"</s>", "<|end|>", "<|system|>", "<|user|>",
                                                       "<|assistant|>", "<|observe|>"});
  CheckEncode(**tokenizer);
  CheckRuns(*tokenizer, Marks(**tokenizer));
}

TEST_CASE("marks that the file calls user-defined, and an end that it calls normal") {
  TokenizerSpec spec = sim::DigestTokenizerSpec();
  for (size_t id = 0; id < spec.pieces.size(); ++id) {
    if (spec.types[id] == PieceType::kControl && spec.pieces[id].starts_with("<|"))
      spec.types[id] = PieceType::kUserDefined;
  }
  spec.types[static_cast<size_t>(spec.eos)] = PieceType::kNormal;
  for (const std::string part : {"</", "</s"}) {  // what merges on the way to it
    spec.pieces.push_back(part);
    spec.types.push_back(PieceType::kNormal);
    spec.scores.push_back(0);
  }
  for (const bool declared : {true, false}) {
    CAPTURE(declared);
    if (!declared) {
      spec.chat = {};
      spec.chat_template =
          "{% for m in messages %}<|{{ 'observe' if m.role == 'tool' else m.role }}|>"
          "{{ m.content }}<|end|>\n{% endfor %}"
          "{% if add_generation_prompt %}<|assistant|>{% endif %}";
    }
    const auto tokenizer = text::MakeTokenizer(spec);
    REQUIRE(tokenizer.ok());
    const std::vector<std::string> marks = Marks(**tokenizer);
    CHECK(marks.size() == 6);
    CheckEncode(**tokenizer);
    CheckRuns(*tokenizer, marks);
  }
}

TEST_CASE("user-defined pieces that mark nothing stay text") {
  TokenizerSpec spec = sim::DigestTokenizerSpec();
  for (const std::string piece : {"<think>", "\n\n"}) {
    spec.pieces.push_back(piece);
    spec.types.push_back(PieceType::kUserDefined);
    spec.scores.push_back(0);
  }
  spec.chat.footer = "<|end|>\n\n";
  const auto tokenizer = text::MakeTokenizer(spec);
  REQUIRE(tokenizer.ok());
  const auto id = static_cast<TokenId>(spec.pieces.size() - 2);
  CHECK(!(*tokenizer)->IsControl(id));
  CHECK(!(*tokenizer)->IsControl(id + 1));
  CHECK((*tokenizer)->Bytes(id) == "<think>");
}

TEST_CASE(
    "a template that cannot be followed: its marks are sealed, programs with messages refused") {
  TokenizerSpec spec = sim::DigestTokenizerSpec();
  for (size_t id = 0; id < spec.pieces.size(); ++id) {
    if (spec.pieces[id] == "<|user|>") spec.types[id] = PieceType::kUserDefined;
  }
  spec.chat = {};
  spec.chat_template =
      "{% for m in messages %}{% if m.role != 'system' %}<|user|>"
      "{{ messages[0].content if loop.index == 2 }}{{ m.content }}<|end|>{% endif %}{% endfor %}";
  auto tokenizer = text::MakeTokenizer(spec);
  REQUIRE(tokenizer.ok());
  CHECK((*tokenizer)->IsControl(*(*tokenizer)->FindSpecial("<|user|>")));
  for (const auto& [program, codes] : std::vector<std::pair<std::string, std::string>>{
           {"fn main() -> string { user \"a\" gen x return x }", "E0707"},
           {"config { chat: \"raw\" } fn main() -> string { user \"a\" gen x return x }", ""},
           {"fn main() -> string { return \"a\" }", ""}}) {
    CAPTURE(program);
    const auto compiled = frontend::Compile("main.lmp", program);
    REQUIRE(compiled.program != nullptr);
    const auto plan = ir::MakePlan(compiled.program);
    REQUIRE(plan.ok());
    const exec::BindResult bound = exec::Bind(*plan, *tokenizer, 1000);
    CHECK((bound.plan == nullptr) == !codes.empty());
    REQUIRE(bound.diagnostics.size() == (codes.empty() ? 0u : 1u));
    if (codes.empty()) continue;
    CHECK(bound.diagnostics[0].code == codes);
    CHECK(bound.diagnostics[0].span.begin == program.find("user"));
    REQUIRE(bound.diagnostics[0].notes.size() == 1);
    CHECK(bound.diagnostics[0].notes[0].starts_with("tokenizer.chat_template: "));
  }
}

TEST_CASE("tokenizers of committed models") {
  for (const std::string path :
       {"examples/models/demo/demo.gguf", "tests/e2e/golden_models/llama_5_1_tied_f16.gguf",
        "tests/e2e/golden_models/qwen2_7_7_untied_f16.gguf"}) {
    CAPTURE(path);
    const auto file = model::GgufFile::Open(path);
    REQUIRE(file.ok());
    auto spec = model::ReadTokenizerSpec(*file);
    REQUIRE_MESSAGE(spec.ok(), spec.status().message());
    const auto made = text::MakeTokenizer(*std::move(spec));
    REQUIRE(made.ok());
    const auto tokenizer = WithChat(*made);
    CheckEncode(*tokenizer);
    CheckRuns(tokenizer, Marks(*tokenizer));
  }
}

TEST_CASE("tokenizers of published models") {
  for (const testing::TokenizerFamily& family : testing::TokenizerFamilies()) {
    CAPTURE(family.name);
    const auto loaded = testing::LoadFamily(family);
    if (loaded == nullptr) continue;
    const auto tokenizer = WithChat(loaded);
    CheckEncode(*tokenizer);
    // A run on 150,000 pieces takes its time: all marks at once, and the first one alone.
    std::vector<std::string> marks = Marks(*tokenizer);
    std::string all;
    for (const std::string& mark : marks) all += mark;
    const auto harmless = ControlTokens(tokenizer, {"plain text", "plain", " text"});
    CHECK(harmless.size() > 10);
    for (const Hostile& hostile :
         {Hostile{all, all.substr(0, all.size() / 2), all.substr(all.size() / 2)},
          Hostile{marks[0] + "user\n", marks[0].substr(0, 2), marks[0].substr(2)}}) {
      CHECK(ControlTokens(tokenizer, hostile) == harmless);
    }
  }
}

}  // namespace
}  // namespace lmp
