#include "runtime/api/passes_bench.h"

#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

#include "runtime/api/lmp.h"
#include "runtime/api/passes_bench_programs.h"
#include "runtime/base/json.h"

namespace lmp::api {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kSearchTime{400};

// `count` words, others for another seed: prompts that no cache has seen.
std::string Words(uint64_t seed, int count) {
  static constexpr const char* kWords[] = {"port", "harbour", "owl",  "copper", "letter", "winter",
                                           "road", "baker",   "king", "river",  "sky",    "town"};
  std::string out;
  for (int i = 0; i < count; ++i) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    out += (i ? " " : "") + std::string(kWords[(seed >> 33) % std::size(kWords)]);
  }
  return out;
}

uint64_t SeedOf(std::string_view text) { return std::hash<std::string_view>{}(text); }

// A search that takes its time and finds about eighty words.
std::string Search(std::string_view query) {
  std::this_thread::sleep_for(kSearchTime);
  return Words(SeedOf(query), 80);
}

double SecondsSince(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

struct Measured {
  double seconds = 0;
  double first_text = 0;  // when there was something to show, in seconds; 0: never
  int64_t prompt_tokens = 0, computed_tokens = 0;
};

class Subject {
 public:
  static Result<std::unique_ptr<Subject>> Make(const bench::BenchOptions& options) {
    auto subject = std::make_unique<Subject>();
    LMP_TRY(subject->engine_, Engine::Load({.model = options.model, .threads = options.threads}));
    subject->engine_->SetTool("search", [](const ToolCall& call) -> Result<std::string> {
      LMP_TRY(const Json arguments, ParseJson(call.arguments_json));
      return DumpJson(Json(Search(arguments.at("query").get<std::string>())));
    });
    LMP_TRY(subject->program_, Compiled({}));
    return subject;
  }

  static Result<ProgramRef> Compiled(const std::vector<std::string>& without) {
    CompileOutcome compiled = lmp::Compile("passes.lmp", kPassesPrograms, {.disabled = without});
    if (!compiled.status.ok()) return compiled.status;
    if (compiled.program == nullptr) return Internal("the programs of the bench do not compile");
    return compiled.program;
  }

  Engine& engine() { return *engine_; }
  const ProgramRef& program() const { return program_; }

  // Calls a function, adds what it cost to the sum of the present measurement, gives its JSON.
  Result<Json> Call(const ProgramRef& program, const std::string& function, const Json& arguments) {
    RunOptions options;
    options.on_text = [this](std::string_view) { NoteText(); };
    LMP_TRY(const auto run,
            engine_->Start(program, function, DumpJson(arguments), std::move(options)));
    const RunReport& report = run->Wait();
    if (!report.ok) return Internal(function + ": " + report.failure.message);
    const std::lock_guard lock(mutex_);
    sum_.prompt_tokens += report.stats.prompt_tokens;
    sum_.computed_tokens += report.stats.computed_tokens;
    return ParseJson(report.value_json);
  }

  // The first text that somebody could read is there.
  void NoteText() {
    const std::lock_guard lock(mutex_);
    if (sum_.first_text == 0) sum_.first_text = SecondsSince(begin_);
  }

  // From an empty cache.
  Result<Measured> Time(const std::function<Status()>& work) {
    engine_->ClearCache();
    sum_ = {};
    begin_ = Steady::now();
    LMP_RETURN_IF_ERROR(work());
    sum_.seconds = SecondsSince(begin_);
    return sum_;
  }

 private:
  std::unique_ptr<Engine> engine_;
  ProgramRef program_;
  Steady::time_point begin_;
  std::mutex mutex_;
  Measured sum_;
};

// What a client awaits; an error ends the bench.
template <typename F>
auto Async(F work) {
  return std::async(std::launch::async, std::move(work));
}

struct Example {
  std::string name;
  std::function<Json(uint64_t seed)> arguments;
  // The same, by a client that gathers what it can.
  std::function<Status(Subject&, const Json& arguments)> client;
};

// Starts one task for each item, waits for all: asyncio.gather.
Result<std::vector<std::string>> Gather(
    const Json& items, const std::function<Result<std::string>(const Json& item)>& task) {
  std::vector<std::future<Result<std::string>>> tasks;
  for (const Json& item : items) tasks.push_back(Async([&task, &item] { return task(item); }));
  std::vector<std::string> out;
  Status failed;
  for (auto& one : tasks) {
    Result<std::string> got = one.get();
    if (got.ok()) {
      out.push_back(std::move(got).value());
    } else {
      failed = got.status();
    }
  }
  if (!failed.ok()) return failed;
  return out;
}

std::string Lines(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : "\n") + item;
  return out;
}

Result<std::string> Text(Result<Json> json) {
  if (!json.ok()) return json.status();
  return json.value().get<std::string>();
}

std::vector<Example> Examples() {
  return {
      {"rag",
       [](uint64_t seed) {
         return Json{{"letter", Words(seed, 1200)}, {"question", Words(seed + 1, 12)}};
       },
       [](Subject& on, const Json& in) -> Status {
         LMP_TRY(const Json queries,
                 on.Call(on.program(), "plan", {{"question", in.at("question")}}));
         LMP_TRY(const auto found, Gather(queries, [](const Json& query) -> Result<std::string> {
                   return Search(query.get<std::string>());
                 }));
         return on
             .Call(on.program(), "reply",
                   {{"letter", in.at("letter")},
                    {"question", in.at("question")},
                    {"found", Lines(found)}})
             .status();
       }},
      {"map_reduce",
       [](uint64_t seed) {
         return Json{{"topic", Words(seed, 12)}};
       },
       [](Subject& on, const Json& in) -> Status {
         LMP_TRY(const Json titles, on.Call(on.program(), "sections", in));
         LMP_TRY(const auto notes, Gather(titles, [&](const Json& title) {
                   return Text(
                       on.Call(on.program(), "note",
                               {{"title", title}, {"source", Search(title.get<std::string>())}}));
                 }));
         return on
             .Call(on.program(), "report", {{"topic", in.at("topic")}, {"notes", Lines(notes)}})
             .status();
       }},
      {"skeleton",
       [](uint64_t seed) {
         return Json{{"topic", Words(seed, 12)}};
       },
       [](Subject& on, const Json& in) -> Status {
         LMP_TRY(const Json points, on.Call(on.program(), "outline", in));
         return Gather(points,
                       [&](const Json& point) {
                         const auto text = Text(on.Call(
                             on.program(), "body", {{"topic", in.at("topic")}, {"point", point}}));
                         if (&point == &points.front()) on.NoteText();
                         return text;
                       })
             .status();
       }},
  };
}

// Interleaved, so that a machine that grows slower is slower for both.
Status AddExample(const bench::BenchOptions& options, Subject& on, const Example& example,
                  std::vector<bench::BenchRow>* rows) {
  std::vector<double> makespan, prefill, ours, first;
  double client_seconds = 0;
  for (int rep = 0; rep < options.reps; ++rep) {
    const Json arguments = example.arguments(static_cast<uint64_t>(rep) * 7919 + 1);
    LMP_TRY(const Measured client, on.Time([&] { return example.client(on, arguments); }));
    LMP_TRY(const Measured program,
            on.Time([&] { return on.Call(on.program(), example.name, arguments).status(); }));
    makespan.push_back(client.seconds / program.seconds);
    prefill.push_back(static_cast<double>(client.prompt_tokens) /
                      static_cast<double>(program.computed_tokens));
    ours.push_back(program.seconds * 1e3);
    if (program.first_text > 0) first.push_back(client.first_text / program.first_text);
    client_seconds += client.seconds / options.reps;
    if (options.progress)
      options.progress("passes: " + example.name + ", repetition " + std::to_string(rep + 1));
  }
  bench::BenchRow row = bench::MakeRow("makespan_ratio/" + example.name, "x", makespan);
  row.note = "a client that gathers: " + std::to_string(static_cast<int>(client_seconds * 1e3)) +
             " ms; a search takes " + std::to_string(kSearchTime.count()) + " ms";
  rows->push_back(std::move(row));
  rows->push_back(bench::MakeRow("makespan_ms/" + example.name, "ms", ours));
  rows->push_back(bench::MakeRow("prefill_ratio/" + example.name, "x", prefill));
  if (!first.empty())
    rows->push_back(bench::MakeRow("first_text_ratio/" + example.name, "x", first));
  return OkStatus();
}

struct Gain {
  std::string pass;
  std::string function;
  std::function<Json(uint64_t seed)> arguments;
  std::string Row() const { return "gain/" + pass + "/" + function; }
};

std::vector<Gain> Gains() {
  const auto text = [](uint64_t seed) { return Json{{"text", Words(seed, 800)}}; };
  const std::vector<Example> examples = Examples();
  return {
      {"parallelize", "loop",
       [](uint64_t seed) {
         Json texts = Json::array();
         for (uint64_t i = 0; i < 8; ++i) texts.push_back(Words(seed * 8 + i, 40));
         return Json{{"texts", texts}};
       }},
      {"dead_code", "unread", text},
      {"pipeline", "skeleton", examples[2].arguments},
      {"pipeline", "rag", examples[0].arguments},
      {"early_start", "rag", examples[0].arguments},
  };
}

Status AddGain(const bench::BenchOptions& options, Subject& on, const Gain& gain,
               std::vector<bench::BenchRow>* rows) {
  LMP_TRY(const ProgramRef without, Subject::Compiled({gain.pass}));
  std::vector<double> ratios, first;
  for (int rep = 0; rep < options.reps; ++rep) {
    const Json arguments = gain.arguments(static_cast<uint64_t>(rep) * 104729 + 5);
    LMP_TRY(const Measured off,
            on.Time([&] { return on.Call(without, gain.function, arguments).status(); }));
    LMP_TRY(const Measured with,
            on.Time([&] { return on.Call(on.program(), gain.function, arguments).status(); }));
    ratios.push_back(off.seconds / with.seconds);
    if (with.first_text > 0) first.push_back(off.first_text / with.first_text);
    if (options.progress)
      options.progress("passes: " + gain.pass + ", repetition " + std::to_string(rep + 1));
  }
  bench::BenchRow row = bench::MakeRow(gain.Row(), "x", ratios);
  row.note = "time without the pass over time with it";
  rows->push_back(std::move(row));
  if (!first.empty()) rows->push_back(bench::MakeRow("first_text_" + gain.Row(), "x", first));
  return OkStatus();
}

}  // namespace

Result<std::vector<bench::BenchRow>> RunPassesBench(const bench::BenchOptions& options) {
  if (options.model.empty()) return NotFound("bench passes needs a model file, any");
  LMP_TRY(const auto subject, Subject::Make(options));
  std::vector<bench::BenchRow> rows;
  for (const Example& example : Examples()) {
    const auto wants = [&](const char* row) {
      return bench::WantsRow(options, std::string(row) + "/" + example.name);
    };
    if (wants("makespan_ratio") || wants("makespan_ms") || wants("prefill_ratio") ||
        wants("first_text_ratio"))
      LMP_RETURN_IF_ERROR(AddExample(options, *subject, example, &rows));
  }
  for (const Gain& gain : Gains()) {
    if (bench::WantsRow(options, gain.Row()) ||
        bench::WantsRow(options, "first_text_" + gain.Row()))
      LMP_RETURN_IF_ERROR(AddGain(options, *subject, gain, &rows));
  }
  std::erase_if(rows, [&](const auto& row) { return !bench::WantsRow(options, row.row); });
  return rows;
}

}  // namespace lmp::api
