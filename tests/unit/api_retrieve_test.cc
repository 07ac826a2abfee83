// `corpus` and `retrieve` through lmp.h: where the corpus lies, when it is brought up to date, what
// goes wrong with folders and files.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "runtime/api/lmp.h"
#include "tests/support/api_model.h"
#include "tests/support/rag_folder.h"

namespace lmp {
namespace {

using testing::Must;
using testing::RagFolder;
using testing::TempFile;

struct World {
  const TempFile model{testing::ApiModelBytes()};
  const RagFolder folder;
  std::unique_ptr<Engine> engine = Must(Engine::Load({.model = model.path(), .threads = 1}));
  std::string notices;

  RunReport Ask(const std::string& corpus, const std::string& retrieve) {
    const std::string text = corpus + "\nfn main() -> list<string> {\n  let hits = " + retrieve +
                             "\n  return [\"${h.document}:${h.line} ${h.id}\" for h in hits]\n}\n";
    const CompileOutcome compiled = Compile(folder / "ask.lmp", text);
    REQUIRE(compiled.program != nullptr);
    notices.clear();
    const auto run =
        Must(engine->Start(compiled.program, "main", "{}",
                           {.on_notice = [&](auto line) { notices += std::string(line) + "\n"; }}));
    return run->Wait();
  }
  std::string Places(const std::string& corpus, const std::string& retrieve) {
    const RunReport report = Ask(corpus, retrieve);
    REQUIRE_MESSAGE(report.ok, report.failure.message);
    return report.value_json;
  }
  std::string Failure(const std::string& corpus) {
    const RunReport report = Ask(corpus, "retrieve(\"alpha\", from: c)");
    CHECK_FALSE(report.ok);
    CHECK(report.failure.kind == "retrieve");
    CHECK(report.failure.place == (folder / "ask.lmp") + ":1:8");
    return report.failure.message;
  }
};

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* kOne = "retrieve(\"alpha\", from: c, k: 3)";

TEST_CASE("a corpus is made beside the program and follows its documents") {
  World w;
  w.folder.Write("docs/a.md", "alpha beta");
  w.folder.Write("docs/b.md", "gamma delta");
  const std::string declared = "corpus c from \"docs\"";
  CHECK(Has(w.Places(declared, kOne), "docs/a.md:1 "));
  CHECK(Has(w.notices, "reading docs into"));
  CHECK(std::filesystem::exists(w.folder / "c.corpus"));
  CHECK(Has(w.Places(declared, kOne), "docs/a.md:1 "));
  CHECK(w.notices.empty());
  w.folder.Write("docs/b.md", "alpha alpha alpha");
  CHECK(Has(w.Places(declared, kOne), "docs/b.md:1 "));
  CHECK(Has(w.notices, "1 changed"));
  std::filesystem::remove(w.folder / "docs/a.md");
  CHECK_FALSE(Has(w.Places(declared, kOne), "docs/a.md"));
  // What an open corpus holds is not taken for the file: it may be removed between runs.
  for (const char* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(w.folder / (std::string("c.corpus") + suffix));
  CHECK(Has(w.Places(declared, kOne), "docs/b.md:1 "));
}

TEST_CASE("several queries are fused, each passage once, and always in the same order") {
  World w;
  for (int i = 0; i < 9; ++i)
    w.folder.Write("docs/" + std::to_string(i) + ".md",
                   std::string(i % 2 == 0 ? "alpha" : "omega") +
                       (i % 3 == 0 ? " both alpha omega" : "") + " number " + std::to_string(i));
  const std::string declared = "corpus c from \"docs/*.md\" with chunk: 32";
  const std::string asked = "retrieve([\"alpha\", \"omega\", \"\", \"alpha\"], from: c, k: 9)";
  const std::string found = w.Places(declared, asked);
  CHECK(std::count(found.begin(), found.end(), ':') == 9);
  // First those that both ask for.
  CHECK(Has(found.substr(0, found.find(',')), "docs/0.md"));
  for (int i = 0; i < 3; ++i) CHECK(w.Places(declared, asked) == found);
  CHECK(w.Places(declared, "retrieve([], from: c)") == "[]");
  CHECK(w.Places(declared, "retrieve(\"\", from: c)") == "[]");
  CHECK(w.Places(declared, "retrieve(\"zzz\", from: c)") == "[]");
}

TEST_CASE(
    "a folder that is not there, holds nothing, or is another's, is said, and nothing written") {
  World w;
  CHECK(Has(w.Failure("corpus c from \"docs\""), "there is no file or folder \"docs\""));
  std::filesystem::create_directories(w.folder / "docs");
  CHECK(Has(w.Failure("corpus c from \"docs\""), "there are no documents in \"docs\""));
  CHECK(Has(w.Failure("corpus c from \"docs/*.md\""), "no document matches \"docs/*.md\""));
  CHECK_FALSE(std::filesystem::exists(w.folder / "c.corpus"));
  w.folder.Write("docs/x.bin", std::string("\0\1", 2));
  CHECK(Has(w.Failure("corpus c from \"docs\""), "is binary"));
  w.folder.Write("docs/a.md", "alpha");
  w.folder.Write("more/a.md", "alpha");
  CHECK(Has(w.Places("corpus c from \"docs\"", kOne), "docs/a.md"));
  CHECK(Has(w.Failure("corpus c from \"more\""), "is made from \"docs\""));
  CHECK(Has(w.Failure("corpus c from \"none.corpus\""), "there is no corpus"));
  CHECK(Has(w.Places("corpus x from \"c.corpus\"", "retrieve(\"alpha\", from: x)"), "docs/a.md"));
  w.folder.Write("bad.corpus", "text");
  CHECK(Has(w.Failure("corpus c from \"bad.corpus\""), "is not a corpus"));
}

TEST_CASE("a run that is cancelled or dropped while its documents are read") {
  World w;
  for (int i = 0; i < 300; ++i)
    w.folder.Write("docs/" + std::to_string(i), "alpha " + std::to_string(i));
  const CompileOutcome compiled = Compile(w.folder / "ask.lmp", R"(corpus c from "docs"
fn main() -> int { return len(retrieve("alpha", from: c, k: 1000)) }
)");
  for (int i = 0; i < 4; ++i) {
    auto run = Must(w.engine->Start(compiled.program, "main", "{}"));
    if (i % 2 == 0) run->Cancel();
    if (i % 2 == 0) CHECK(run->Wait().failure.kind == "cancelled");
  }
  const auto run = Must(w.engine->Start(compiled.program, "main", "{}"));
  CHECK(run->Wait().value_json == "300");
  const auto last = Must(w.engine->Start(compiled.program, "main", "{}"));
  w.engine.reset();
  CHECK(last->Wait().failure.kind == "cancelled");
}

TEST_CASE("Answer: one call, whose citations are of the passages given") {
  World w;
  AnswerQuery query{"what is it?", {{"a", "It is one."}, {"b", "It is two."}}};
  for (const char* reuse : {"auto", "prefix", "link", "blend"}) {
    query.reuse = reuse;
    const Result<AnswerReply> reply = Answer(w.engine.get(), query);
    if (query.reuse == "blend") {  // which needs a second layer
      CHECK(reply.status().code() == StatusCode::kInvalidArgument);
      continue;
    }
    // A random model may not come to an end of its text.
    if (!reply.ok()) {
      CHECK(reply.status().code() == StatusCode::kResourceExhausted);
      continue;
    }
    CHECK_FALSE(reply->citations.empty());
    for (const std::string& id : reply->citations) CHECK((id == "a" || id == "b"));
    CHECK(reply->prompt_tokens > 0);
    CHECK(reply->exact);
  }
  query.reuse = "all";
  CHECK(Answer(w.engine.get(), query).status().code() == StatusCode::kInvalidArgument);
  query = {"q", {{"a", "x"}, {"a", "y"}}};
  CHECK(Answer(w.engine.get(), query).status().code() == StatusCode::kInvalidArgument);
  const AnswerReply nothing = Must(Answer(w.engine.get(), {"q", {}}));
  CHECK((nothing.text.empty() && nothing.citations.empty() && nothing.computed_tokens == 0));
}

}  // namespace
}  // namespace lmp
