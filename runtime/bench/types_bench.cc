// types: what typed generation costs and gains, on the record of examples/extract.lmp.
//
//   hole_fill_us, hole_again_us   the grammar of a type whose bounds are known when it runs: made
//                                 for new values, found for values that were met before
//   mask_share/b1, /b16           masks and matching of one step over the step's time in the model
//                                 (CPU time of the engine's thread), 135M shape; a grammar that is
//                                 new, so nothing is found in its memo
//   forced_share                  of the record's tokens, jumped forward
//   structured_speedup            time of the very same tokens, drawn one by one without a
//                                 constraint, over the time under it
//   step_cost/draw, /worker       time of 16 sequences with dear masks over 16 without, 135M
//                                 shape: masks made at the draw, by the worker during the step
#include <algorithm>

#include "ir/parse.h"
#include "runtime/base/clock_rng.h"
#include "runtime/bench/bench.h"
#include "runtime/bench/dictated_model.h"
#include "runtime/bench/subject.h"
#include "runtime/engine/local_engine.h"
#include "runtime/exec/bind/type_grammar.h"
#include "runtime/text/chat_format.h"

namespace lmp::bench {
namespace {

constexpr const char* kProgram = R"(program "types"
enum Material { copper tin stone wood }
record Town {
  name: str(re="[A-Z][a-z]{1,14}")
  material: enum<Material>
  port: str(re="[1-9][0-9]{0,2}")
  leader: str(re="[A-Z][a-z]{1,14}")
}
record Answer($ids: list<str>, $n: i64) { cites: list<str(one_of=$ids)>(1..3) weight: i64(0..$n) }
fn @town(%c: ctx, %n: i64, %ids: list<str>) -> rec<Town> {
  %a = ctx.open %c {role=assistant}
  %town, %b = gen %a {type=rec<Town>, site="town.town#0"}
  %n.1, %d = gen %b $n=%n {type=i64(1..$n), site="town.n#0"}
  %id, %e = gen %d $ids=%ids {type=str(one_of=$ids), site="town.id#0"}
  %all, %f = gen %e $ids=%ids $n=%n {type=rec<Answer>(ids=$ids,n=$n), site="town.all#0"}
  return %town
}
)";

constexpr const char* kPrompt =
    "Fill the record.\n{\n  name: string\n  material: string\n  port: string\n  leader: string\n}\n"
    "Text: The leader of Wisha is Veahand. The port of Wisha is 661. Wisha is made of copper.";

Result<ir::Program> ParseProgram() {
  ir::ParseOutcome parsed = ir::Parse(kProgram);
  if (!parsed.program) return Internal("the bench's program: " + parsed.diagnostics.front().title);
  return std::move(*parsed.program);
}

// The types of its generations, in order.
std::vector<ir::TypeId> GeneratedTypes(const ir::Program& program) {
  std::vector<ir::TypeId> types;
  for (const ir::Op& op : program.functions[0].ops) {
    if (op.kind == ir::OpKind::kGen) types.push_back(op.attributes.type);
  }
  return types;
}

Status AddHoles(const ir::Program& program, std::vector<BenchRow>* rows) {
  constexpr int kFillings = 200;
  const std::vector<ir::TypeId> types = GeneratedTypes(program);
  const char* const names[] = {"int", "choice20", "record"};
  for (size_t t = 1; t < types.size(); ++t) {
    exec::HoleGrammars grammars;
    std::vector<double> fill, again;
    for (int i = 0; i < kFillings; ++i) {
      std::vector<ir::Value> ids;
      for (int k = 0; k < 20; ++k) {
        ids.push_back(ir::Value::Str("doc-" + std::to_string(i) + "-" + std::to_string(k)));
      }
      const ir::HoleValues values = {{"n", ir::Value::Int(100 + i)},
                                     {"ids", ir::Value::List(std::move(ids))}};
      for (std::vector<double>* times : {&fill, &again}) {
        const double start = ThreadCpuMicros();
        LMP_TRY(const auto grammar, grammars.Get(program, types[t], values));
        times->push_back(ThreadCpuMicros() - start);
      }
    }
    const std::string name = names[t - 1];
    rows->push_back(MakeRow("hole_fill_us/" + name, "us", std::move(fill)));
    rows->push_back(MakeRow("hole_again_us/" + name, "us", std::move(again)));
  }
  return OkStatus();
}

engine::SequenceSpec TownSpec(const engine::Engine& engine, constrain::GrammarRef grammar,
                              uint64_t seed) {
  engine::SequenceSpec spec;
  engine.tokenizer().Encode(kPrompt, text::FragmentStart::kMessage, &spec.tokens);
  engine::GenerateSpec gen;
  gen.max_tokens = 120;
  gen.sampling.temperature = 1.0;  // random weights at 0 repeat one letter
  gen.sampling.seed = seed;
  gen.matcher.emplace(std::move(grammar), engine.token_trie());
  spec.work = std::move(gen);
  return spec;
}

// Mask and Accept of every token of a text, with a grammar that nobody has used.
Result<double> MaskMicros(const ir::Program& program, const engine::Engine& engine,
                          const std::vector<TokenId>& tokens) {
  LMP_TRY(constrain::GrammarRef grammar, exec::TypeGrammar(program, GeneratedTypes(program)[0]));
  constrain::Matcher matcher(std::move(grammar), engine.token_trie());
  constrain::TokenMask mask;
  const double start = ThreadCpuMicros();
  for (const TokenId id : tokens) {
    LMP_RETURN_IF_ERROR(matcher.Mask({}, &mask));
    if (!matcher.Accept(id)) return Internal("a generated token is not in the grammar");
  }
  return (ThreadCpuMicros() - start) / static_cast<double>(tokens.size());
}

Status AddMaskShare(const BenchOptions& options, const ir::Program& program,
                    std::vector<BenchRow>* rows) {
  engine::EngineOptions engine_options;
  LMP_TRY(auto engine, MakeSubject(options, "smol135m", engine_options));
  engine::SequenceSpec prompt = TownSpec(*engine, constrain::AnyText(), 0);
  prompt.work = engine::WarmSpec{};  // so that every step below is one of decoding
  std::vector<engine::SequenceSpec> warm;
  warm.push_back(std::move(prompt));
  LMP_TRY(const auto warmed, RunAll(*engine, std::move(warm)));
  for (const int batch : {1, 16}) {
    std::vector<double> shares;
    double mask_us = 0, step_ms = 0;
    for (int rep = 0; rep < std::min(options.reps, 3); ++rep) {
      LMP_TRY(constrain::GrammarRef grammar,
              exec::TypeGrammar(program, GeneratedTypes(program)[0]));
      std::vector<engine::SequenceSpec> specs;
      for (int i = 0; i < batch; ++i) {
        specs.push_back(TownSpec(*engine, grammar, static_cast<uint64_t>(rep * batch + i + 1)));
      }
      const engine::EngineStats before = engine->stats();
      LMP_TRY(const auto finished, RunAll(*engine, std::move(specs)));
      const engine::EngineStats after = engine->stats();
      step_ms = static_cast<double>(after.model_cpu_ns - before.model_cpu_ns) /
                static_cast<double>(after.steps - before.steps) * 1e-6;
      LMP_TRY(mask_us, MaskMicros(program, *engine, finished[0].tokens));
      shares.push_back(mask_us * batch / (step_ms * 1e3));
      if (options.progress) options.progress("types: batch " + std::to_string(batch));
    }
    BenchRow row = MakeRow("mask_share/b" + std::to_string(batch), "ratio", std::move(shares));
    char note[80];
    std::snprintf(note, sizeof note, "last: %.1f us a token, %.1f ms a step", mask_us, step_ms);
    row.note = note;
    rows->push_back(std::move(row));
  }
  return OkStatus();
}

// 16 sequences, each under a grammar of its own whose masks are dear, over the same without any:
// time of a step, with masks made at the draw and made by the worker.
Status AddStepCost(const BenchOptions& options, std::vector<BenchRow>* rows) {
  constexpr int kBatch = 16, kTokens = 32;
  const SystemClock clock;
  for (const bool worker : {false, true}) {
    engine::EngineOptions engine_options;
    engine_options.mask_worker = worker;
    LMP_TRY(auto engine, MakeSubject(options, "smol135m", engine_options));
    std::vector<double> costs;
    for (int rep = 0; rep <= std::min(options.reps, 5); ++rep) {
      double ms[2] = {0, 0};
      for (const bool typed : {false, true}) {
        std::vector<engine::SequenceSpec> specs;
        for (int i = 0; i < kBatch; ++i) {
          engine::SequenceSpec spec = GenerateExactly(RandomTokens(*engine, 5, 16), kTokens);
          if (typed) {
            const std::string program = "program \"p\"\nfn @f(%x: str(re=\"([a-z]{1," +
                                        std::to_string(20 + rep * kBatch + i) + "} ){40}\")) { }\n";
            ir::ParseOutcome parsed = ir::Parse(program);
            if (!parsed.program) return Internal("the bench's type");
            LMP_TRY(auto grammar, exec::TypeGrammar(*parsed.program,
                                                    parsed.program->functions[0].params[0].type));
            std::get<engine::GenerateSpec>(spec.work).matcher.emplace(std::move(grammar),
                                                                      engine->token_trie());
          }
          specs.push_back(std::move(spec));
        }
        const int64_t start = clock.NowNs();
        LMP_TRY(const auto finished, RunAll(*engine, std::move(specs)));
        ms[typed ? 1 : 0] = static_cast<double>(clock.NowNs() - start) * 1e-6;
      }
      if (rep > 0) costs.push_back(ms[1] / ms[0]);
      if (options.progress) options.progress("types: step cost " + std::to_string(rep));
    }
    rows->push_back(MakeRow(worker ? "step_cost/worker" : "step_cost/draw", "x", std::move(costs)));
  }
  return OkStatus();
}

// The record as a message to a chat model, as examples/extract.lmp sends it.
Result<std::vector<TokenId>> TownMessage(const text::Tokenizer& tokenizer) {
  LMP_TRY(const text::ChatFormat chat, text::MakeChatFormat(tokenizer));
  std::vector<TokenId> tokens;
  const auto add = [&](const text::Marker& marker) {
    tokens.insert(tokens.end(), marker.ids.begin(), marker.ids.end());
  };
  add(chat.header(text::Role::kUser));
  tokenizer.Encode(kPrompt, chat.header(text::Role::kUser).next, &tokens);
  add(chat.footer);
  add(chat.header(text::Role::kAssistant));
  return tokens;
}

// Alone, the prompt in the cache: what differs is the generation.
Status AddSpeedup(const BenchOptions& options, const ir::Program& program,
                  std::vector<BenchRow>* rows) {
  LMP_TRY(model::OpenedModel opened, OpenSubjectModel(options, "demo"));
  LMP_TRY(auto tokenizer, text::MakeTokenizer(std::move(opened.tokenizer)));
  std::vector<TokenId> dictation;
  LMP_TRY(auto engine, engine::MakeLocalEngine(
                           std::make_unique<DictatedModel>(std::move(opened.model), &dictation),
                           std::move(tokenizer), nullptr, {.speculation = false}));
  LMP_TRY(const constrain::GrammarRef grammar,
          exec::TypeGrammar(program, GeneratedTypes(program)[0]));
  LMP_TRY(const std::vector<TokenId> prompt, TownMessage(engine->tokenizer()));
  const SystemClock clock;
  std::vector<double> speedups, forced;
  std::string text;
  for (int rep = 0; rep <= options.reps; ++rep) {  // the first fills the cache
    std::vector<engine::SequenceSpec> one;
    one.push_back(TownSpec(*engine, grammar, static_cast<uint64_t>(rep)));
    one[0].tokens = prompt;
    const engine::SamplingOptions sampling = std::get<engine::GenerateSpec>(one[0].work).sampling;
    const int64_t start = clock.NowNs();
    LMP_TRY(const auto structured, RunAll(*engine, std::move(one)));
    const int64_t middle = clock.NowNs();
    const std::vector<TokenId>& tokens = structured[0].tokens;
    dictation = prompt;
    dictation.insert(dictation.end(), tokens.begin(), tokens.end());
    one.clear();
    one.push_back(GenerateExactly(prompt, static_cast<int>(tokens.size())));
    std::get<engine::GenerateSpec>(one[0].work).sampling = sampling;
    const int64_t free_start = clock.NowNs();
    LMP_TRY(const auto free, RunAll(*engine, std::move(one)));
    const int64_t end = clock.NowNs();
    dictation.clear();
    if (free[0].tokens != tokens || free[0].usage.forced_tokens != 0) {
      return Internal("free generation did not write what was dictated");
    }
    if (rep == 0) continue;
    speedups.push_back(static_cast<double>(end - free_start) / static_cast<double>(middle - start));
    forced.push_back(static_cast<double>(structured[0].usage.forced_tokens) /
                     static_cast<double>(tokens.size()));
    text = structured[0].text;
    if (options.progress) options.progress("types: repetition " + std::to_string(rep));
  }
  rows->push_back(MakeRow("forced_share", "ratio", std::move(forced)));
  BenchRow row = MakeRow("structured_speedup", "x", std::move(speedups));
  row.note = "alone, prompt cached; last: " + text;
  rows->push_back(std::move(row));
  return OkStatus();
}

}  // namespace

Result<std::vector<BenchRow>> RunTypesBench(const BenchOptions& options) {
  LMP_TRY(const ir::Program program, ParseProgram());
  std::vector<BenchRow> rows;
  if (WantsRow(options, "hole_fill_us/int")) LMP_RETURN_IF_ERROR(AddHoles(program, &rows));
  if (WantsRow(options, "structured_speedup") || WantsRow(options, "forced_share")) {
    LMP_RETURN_IF_ERROR(AddSpeedup(options, program, &rows));
  }
  if (WantsRow(options, "step_cost/draw")) LMP_RETURN_IF_ERROR(AddStepCost(options, &rows));
  if (WantsRow(options, "mask_share/b1")) {
    LMP_RETURN_IF_ERROR(AddMaskShare(options, program, &rows));
  }
  std::erase_if(rows, [&](const BenchRow& row) { return !WantsRow(options, row.row); });
  return rows;
}

}  // namespace lmp::bench
