// Guessing ahead in programs that copy, on the demo model: a quotation out of passages, and a text
// of which the program changes a word and the model writes the rest. With guesses and without the
// programs say the same; with them they take fewer steps. Counts: the same on every machine.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "runtime/api/lmp.h"

namespace lmp {
namespace {

constexpr const char* kModel = "examples/models/demo/demo.gguf";

constexpr const char* kQuote = R"lmp(
const PASSAGES = [
  "The leader of Wisha is Veahand. Wisha meets on Tuesday.",
  "The port of Botu is 661. Botu is made of copper.",
  "Alice's pet is a cat. The job of Alice is pilot.",
  "The speciality of Traibeam is tea.",
]

fn quote(question: string) -> string {
  system "You read passages and answer questions about them."
  user {
    "Passages:"
    for i in 0..len(PASSAGES) { "\n[${i + 1}] ${PASSAGES[i]}" }
    "\nQuestion: ${question} Quote the sentence with its passage id."
  }
  gen reply with max: 40, stop: "\n", temp: 0
  return reply
}

fn main() {
  for name in ["port of Botu", "pet of Alice", "job of Alice", "speciality of Traibeam"] {
    emit "${quote("What is the ${name}?")}\n"
  }
}
)lmp";

constexpr const char* kEdit = R"lmp(
// `begin` is what has been changed; the model goes on with the text that it was given.
fn edited(text: string, begin: string) -> string {
  user "Copy this text: ${text}"
  assistant {
    "${begin}"
    gen rest with max: 40, stop: "\n", temp: 0
  }
  return begin + rest
}

fn main() {
  let end = "the name given, read the first line, and return it without the line break at its end."
  let closed = edited("Open the file with ${end}", "Close the file")
  let taken = edited(closed, "Take the file")
  emit "${closed}\n${taken}\n"
  emit edited("Quantize self so its exponent is the same as that of exp, and round the result.",
              "Quantize other so")
}
)lmp";

struct Outcome {
  std::string text;
  EngineCounters counters;
};

Outcome RunWith(const char* source, bool speculation) {
  const auto engine = Engine::Load(
      {.model = kModel, .threads = 1, .kv_bytes = 16u << 20, .speculation = speculation});
  REQUIRE_MESSAGE(engine.ok(), engine.status().message());
  const CompileOutcome compiled = Compile("copies.lmp", source);
  REQUIRE_MESSAGE(compiled.program != nullptr,
                  (compiled.diagnostics.empty() ? "" : compiled.diagnostics[0].title));
  Outcome outcome;
  const auto run =
      (*engine)->Start(compiled.program, "main", Arguments("{}"),
                       {.on_text = [&](std::string_view text) { outcome.text += text; }});
  REQUIRE_MESSAGE(run.ok(), run.status().message());
  const RunReport& report = (*run)->Wait();
  REQUIRE_MESSAGE(report.ok, report.failure.message);
  outcome.counters = (*engine)->Counters().value();
  return outcome;
}

TEST_CASE("programs that copy take fewer steps with guesses, and say the same") {
  for (const char* source : {kQuote, kEdit}) {
    const Outcome plain = RunWith(source, false), guessing = RunWith(source, true);
    CAPTURE(plain.text);
    CHECK(guessing.text == plain.text);
    CHECK(plain.counters.draft_rows == 0);
    MESSAGE(std::string(source == kQuote ? "quote: " : "edit: ")
            << plain.counters.steps << " steps, with guesses " << guessing.counters.steps << "; of "
            << guessing.counters.draft_rows << " tokens guessed " << guessing.counters.draft_drawn
            << " were drawn\n"
            << plain.text);
    CHECK(guessing.counters.steps * 10 < plain.counters.steps * 9);
  }
}

}  // namespace
}  // namespace lmp
