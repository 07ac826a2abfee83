#include "runtime/api/naive_bench.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "runtime/api/lmp.h"
#include "runtime/api/naive_bench_programs.h"
#include "runtime/base/json.h"

namespace lmp::api {
namespace {

// Texts of at least `tokens` tokens under any tokenizer, each from a place of its own in a long row
// of words: no two begin alike.
class Texts {
 public:
  std::string One(size_t tokens) {
    static constexpr const char* kWords[] = {"port",   "harbour", "owl",  "copper",
                                             "letter", "winter",  "road", "baker",
                                             "king",   "river",   "sky",  "town"};
    std::string out = std::to_string(++count_);
    for (size_t i = 0; i < tokens; ++i) {
      state_ = state_ * 6364136223846793005u + 1442695040888963407u;
      out += " " + std::string(kWords[(state_ >> 33) % std::size(kWords)]);
    }
    return out;
  }
  Json Many(size_t count, size_t tokens) {
    Json out = Json::array();
    for (size_t i = 0; i < count; ++i) out.push_back(One(tokens));
    return out;
  }

 private:
  uint64_t state_ = 1;
  int count_ = 0;
};

struct Line {
  const char* function;
  int64_t naive, ours;  // as the design of LMP reckons them
  const char* sizes;
};

constexpr Line kNaiveLines[] = {
    {"extract", 5910, 2310, "a prompt of 1,630, two retries with feedback"},
    {"rag", 2504, 545, "six stored passages of 384, blend(0.15), 200 besides"},
    {"votes", 1200, 150, "eight answers to a prompt of 150"},
    {"tree", 9762, 1672, "three levels of three steps of 40, each scored"},
    {"react", 12400, 2180, "eight steps of 300 behind 500"},
    {"judge", 9810, 2210, "four comparisons and a verdict behind 1,900"},
    {"triage", 703200, 45960, "three questions on each of 200 mails behind 960"},
    {"chat", 32400, 860, "twenty turns, 40 asked and 120 answered"},
    {"skeleton", 1075, 315, "a question, an outline, five texts"},
};

Json ArgumentsOf(std::string_view function) {
  Texts texts;
  if (function == "tree") return {{"text", texts.One(200)}, {"steps", texts.Many(27, 60)}};
  if (function == "react") return {{"text", texts.One(600)}, {"found", texts.Many(8, 300)}};
  if (function == "judge") {
    return {{"text", texts.One(2000)}, {"ways", texts.Many(4, 40)}, {"notes", texts.One(300)}};
  }
  if (function == "triage") return {{"guide", texts.One(1100)}, {"mails", texts.Many(200, 250)}};
  if (function == "chat") return {{"rules", texts.One(80)}, {"said", texts.Many(20, 60)}};
  if (function == "skeleton") return {{"topic", texts.One(200)}, {"points", texts.Many(5, 30)}};
  return {{"text", texts.One(1800)}};
}

Result<RunStats> Ask(Engine* engine, const ProgramRef& program, std::string_view function,
                     const Json& arguments) {
  LMP_TRY(const auto run, engine->Start(program, function, DumpJson(arguments)));
  const RunReport& report = run->Wait();
  // `extract` asks until its attempts are used up.
  if (!report.ok) return Internal(std::string(function) + ": " + report.failure.message);
  return report.stats;
}

// The passages were met before, in another order and behind another question.
Result<RunStats> AskWarm(Engine* engine, const ProgramRef& program) {
  Texts texts;
  Json passages = Json::array();
  for (int i = 0; i < 6; ++i) {
    passages.push_back({{"id", std::to_string(i)}, {"text", texts.One(420)}});
  }
  Json arguments = {{"rules", texts.One(80)}, {"question", texts.One(200)}, {"passages", passages}};
  LMP_RETURN_IF_ERROR(Ask(engine, program, "rag", arguments).status());
  for (;;) {
    LMP_TRY(const EngineCounters counters, engine->Counters());
    if (counters.passages_waiting == 0) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::reverse(arguments["passages"].begin(), arguments["passages"].end());
  arguments["question"] = texts.One(200);
  return Ask(engine, program, "rag", arguments);
}

}  // namespace

Result<std::vector<bench::BenchRow>> RunNaiveBench(const bench::BenchOptions& options) {
  if (options.model.empty()) return NotFound("bench naive needs a model file, any");
  LMP_TRY(const auto engine, Engine::Load({.model = options.model, .threads = options.threads}));
  const CompileOutcome compiled = lmp::Compile("naive.lmp", kNaivePrograms);
  if (compiled.program == nullptr) return Internal("the programs of the bench do not compile");
  std::vector<bench::BenchRow> rows;
  for (const Line& line : kNaiveLines) {
    const std::string name = line.function;
    if (!bench::WantsRow(options, "naive/" + name) && !bench::WantsRow(options, "prefill/" + name))
      continue;
    engine->ClearCache();
    LMP_TRY(const RunStats stats,
            name == "rag" ? AskWarm(engine.get(), compiled.program)
                          : Ask(engine.get(), compiled.program, name, ArgumentsOf(name)));
    const int64_t prefill = stats.prompt_tokens - stats.cached_tokens - stats.reused_tokens;
    const auto add = [&](const std::string& row, int64_t tokens, int64_t reckoned) {
      bench::BenchRow made = bench::MakeRow(row, "tokens", {static_cast<double>(tokens)});
      made.note = "reckoned " + std::to_string(reckoned) + ": " + line.sizes;
      if (bench::WantsRow(options, made.row)) rows.push_back(std::move(made));
    };
    add("naive/" + name, stats.prompt_tokens, line.naive);
    add("prefill/" + name, prefill, line.ours);
    if (options.progress) options.progress("naive: " + name);
  }
  return rows;
}

}  // namespace lmp::api
