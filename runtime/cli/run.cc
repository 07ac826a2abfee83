// lmp run: compile, load, run one function, stream what it emits.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "runtime/cli/commands.h"
#include "runtime/cli/input_lines.h"
#include "runtime/repl/interrupts.h"

namespace lmp::cli {

namespace {

using Json = nlohmann::ordered_json;

struct RunFlags {
  std::string file, function = "main";
  std::vector<std::string> words;
  std::string arguments_json;
  EngineFlags engine;
  std::optional<uint64_t> seed;
  bool stats = false, json = false, explain = false;
  std::vector<std::string> no_pass;
  std::string record, replay, trace;  // files
  bool function_given = false;

  Form form() const { return json ? Form::kJson : Form::kText; }
};

Json StatsJson(const RunStats& s) {
  return Json{{"calls", s.calls},
              {"prompt_tokens", s.prompt_tokens},
              {"cached_tokens", s.cached_tokens},
              {"computed_tokens", s.computed_tokens},
              {"generated_tokens", s.generated_tokens},
              {"forced_tokens", s.forced_tokens},
              {"reused_tokens", s.reused_tokens},
              {"recomputed_tokens", s.recomputed_tokens},
              {"reordered", s.reordered},
              {"approximate_calls", s.approximate_calls},
              {"approximate_tokens", s.approximate_tokens},
              {"auto_reused", s.auto_reused},
              {"auto_computed", s.auto_computed},
              {"preemptions", s.preemptions},
              {"tool_calls", s.tool_calls},
              {"tool_hits", s.tool_hits},
              {"seconds", s.seconds}};
}

void PrintJson(const RunReport& report, const std::string& emitted) {
  Json out{{"ok", report.ok}};
  if (report.ok) {
    out["value"] = Json::parse(report.value_json, nullptr, false);
  } else {
    out["failure"] = Json{{"kind", report.failure.kind},
                          {"message", report.failure.message},
                          {"site", report.failure.site},
                          {"place", report.failure.place}};
  }
  out["emitted"] = emitted;
  out["stats"] = StatsJson(report.stats);
  if (!report.explain.empty()) out["explain"] = report.explain;
  WriteOut(out.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

// Standard output gets what the program says, standard error what is said about it.
void PrintText(const RunFlags& flags, const RunReport& report, const std::string& emitted,
               bool interrupted) {
  if (!emitted.empty() && emitted.back() != '\n') WriteOut("\n");
  // A program that emits has said what it wants to say; --json has both.
  if (report.ok && emitted.empty() && !report.value_text.empty()) {
    WriteOut(report.value_text + "\n");
  }
  if (!report.ok) {
    const RunFailure& f = report.failure;
    std::fprintf(stderr, "failure: `%s`%s%s\n  = %s\n", f.kind.c_str(),
                 f.site.empty() ? "" : (" in " + f.site).c_str(),
                 f.place.empty() ? "" : (" (" + f.place + ")").c_str(), f.message.c_str());
  }
  if (flags.explain) std::fputs(report.explain.c_str(), stderr);
  if (flags.stats || interrupted) std::fprintf(stderr, "%s\n", StatsLine(report.stats).c_str());
}

// Ends one run from any thread; a call before there is a run ends it when it begins. The run must
// outlive all calls.
class Canceller {
 public:
  void Set(Run* run) {
    run_ = run;
    if (cancelled_) run->Cancel();
  }
  void Cancel() {
    cancelled_ = true;
    if (Run* run = run_) run->Cancel();
  }

 private:
  std::atomic<Run*> run_ = nullptr;
  std::atomic<bool> cancelled_ = false;
};

// A run that asks for a store on disk leaves in it what the next one can use. Ctrl-C ends the wait.
void StorePassages(const RunFlags& flags, Engine* engine, const std::atomic<int>& signals) {
  if (flags.engine.chunk_store.empty()) return;
  for (int waits = 0; signals == 0; ++waits) {
    const Result<EngineCounters> counters = engine->Counters();
    if (!counters.ok() || counters->passages_waiting == 0) return;
    if (waits == 200) {
      std::fprintf(stderr, "storing the KV of %llu passages (Ctrl-C leaves them out)\n",
                   static_cast<unsigned long long>(counters->passages_waiting));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

ExitCode RunCompiled(const RunFlags& flags, const ProgramRef& program, const std::string& arguments,
                     const std::string& replay, Engine* engine) {
  std::string emitted;
  Canceller canceller;
  RunOptions options;
  options.seed = flags.seed;
  options.explain = flags.explain;
  options.record = !flags.record.empty();
  options.trace = !flags.trace.empty();
  options.replay = replay;
  bool line_open = false;  // the engine's thread: on the terminal stands text without a line break
  options.on_text = [&](std::string_view piece) {
    emitted += piece;
    if (!piece.empty()) line_open = piece.back() != '\n';
    // Nobody reads on: what the rest would say is lost, so it is not computed.
    if (!flags.json && !WriteOut(piece)) canceller.Cancel();
  };
  InputLines input;
  const bool prompts = !flags.json && isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
  options.on_listen = [&](const Listening& listening) {
    if (prompts) WriteOut(line_open ? "\n> " : "> ");
    line_open = false;  // what is typed ends with a line break
    input.Listen(listening);
  };
  ProgressLine line(!flags.json);
  options.on_corpus = [&line](const CorpusProgress& progress) { line.Show(progress); };
  options.on_notice = [&line](std::string_view notice) {
    line.Clear();
    std::fprintf(stderr, "%.*s\n", static_cast<int>(notice.size()), notice.data());
  };
  std::unique_ptr<Run> run;  // outlives what may cancel it
  std::atomic<int> signals = 0;
  // Before the run begins: its first words may be answered by a Ctrl-C.
  const repl::Interrupts interrupts({SIGINT, SIGTERM}, [&](int) {
    if (++signals > 1) std::_Exit(kInterrupted);
    canceller.Cancel();
  });
  Result<std::unique_ptr<Run>> started = engine->Start(program, flags.function, arguments, options);
  if (!started.ok()) return PrintError(started.status(), flags.form());
  run = std::move(started).value();
  canceller.Set(run.get());
  const RunReport& report = run->Wait();
  const bool interrupted = signals > 0 && !report.ok;
  if (flags.json) {
    PrintJson(report, emitted);
  } else {
    PrintText(flags, report, emitted, interrupted);
  }
  StorePassages(flags, engine, signals);
  for (const Status& written : {WriteResult(flags.record, "record", report.record),
                                WriteResult(flags.trace, "trace", report.trace)}) {
    if (!written.ok()) return PrintError(written, flags.form());
  }
  return ExitCodeOf(report);
}

// What the command line leaves open is as it was recorded.
Status TakeRecorded(const std::string& record, RunFlags* flags) {
  Result<RecordedRun> recorded = ReadRecord(record);
  if (!recorded.ok()) return recorded.status().WithPrefix(flags->replay);
  if (!flags->function_given) flags->function = recorded->function;
  if (flags->function != recorded->function) {  // before its arguments are looked at
    return InvalidArgument("the function differs: recorded with `" + recorded->function +
                           "`, now `" + flags->function + "`");
  }
  if (flags->words.empty() && flags->arguments_json.empty())
    flags->arguments_json = recorded->arguments_json;
  if (!flags->seed) flags->seed = recorded->seed;
  return OkStatus();
}

ExitCode RunProgram(RunFlags flags) {
  std::string replay;
  if (!flags.replay.empty()) {
    Result<std::string> read = ReadTextFile(flags.replay);
    if (!read.ok()) return PrintError(read.status(), flags.form());
    replay = *std::move(read);
    const Status taken = TakeRecorded(replay, &flags);
    if (!taken.ok()) return PrintError(taken, flags.form());
  }
  const Result<std::string> text = ReadTextFile(flags.file);
  if (!text.ok()) return PrintError(text.status(), flags.form());
  PassSelection passes;
  passes.disabled = flags.no_pass;
  const CompileOutcome outcome = Compile(flags.file, text.value(), passes);
  if (!outcome.status.ok()) return PrintError(outcome.status, flags.form());
  if (!outcome.program) {
    return PrintWrongProgram(outcome.diagnostics, outcome.sources, flags.form());
  }
  if (!flags.json) PrintDiagnostics(outcome.diagnostics, outcome.sources);
  const Result<std::string> arguments =
      MergeArguments(flags.arguments_json, flags.words, *outcome.program, flags.function);
  if (!arguments.ok()) return PrintError(arguments.status(), flags.form());
  // Before the model: loading may take long.
  const Status checked = CheckArguments(*outcome.program, flags.function, arguments.value());
  if (!checked.ok()) return PrintError(checked, flags.form());
  if (replay.empty()) {
    const Status environment = CheckEnvironment(*outcome.program, flags.function);
    if (!environment.ok()) return PrintError(environment, flags.form());
  }
  const Result<std::unique_ptr<Engine>> engine =
      LoadEngine(flags.engine, outcome.program->config_model());
  if (!engine.ok()) return PrintError(engine.status(), flags.form());
  const Result<std::vector<Diagnostic>> findings =
      engine.value()->Check(outcome.program, flags.function);
  if (!findings.ok()) return PrintError(findings.status(), flags.form());
  if (HasErrors(findings.value())) {
    return PrintWrongProgram(findings.value(), outcome.sources, flags.form());
  }
  if (!flags.json) PrintDiagnostics(findings.value(), outcome.sources);
  return RunCompiled(flags, outcome.program, arguments.value(), replay, engine.value().get());
}

}  // namespace

void AddRun(CLI::App* app, Action* action) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App* command = app->add_subcommand("run", "Run a function of a program");
  command->add_option("FILE", flags->file, "program (.lmp); - for standard input")
      ->required()
      ->type_name("");
  CLI::Option* function = command->add_option("FUNCTION", flags->function, "what to run");
  function->type_name("")->capture_default_str();
  command->add_option("--arg", flags->words, "an argument: text as it is, others as JSON")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--args-json", flags->arguments_json, "all arguments as one JSON object")
      ->type_name("JSON");
  AddNumber(command, "--seed", &flags->seed, {}, "of sampling (else the program's, else 0)");
  command->add_flag("--stats", flags->stats, "a line of token counts on standard error");
  command->add_flag("--json", flags->json, "one JSON object instead of text, errors too");
  command->add_flag("--explain", flags->explain,
                    "what of each prompt was cached, computed, and why");
  AddPasses(command, "--no-pass", &flags->no_pass, "leave a compiler pass out");
  CLI::Option* record =
      command->add_option("--record", flags->record, "write what tools and corpora give");
  record->type_name("FILE");
  command->add_option("--replay", flags->replay, "repeat such a run, asking nobody")
      ->type_name("FILE")
      ->excludes(record);
  command->add_option("--trace", flags->trace, "write when each operation ran, for Perfetto")
      ->type_name("FILE");
  AddEngineFlags(command, &flags->engine);
  command->footer("Example:  lmp run examples/story.lmp --arg town=Botu");
  command->callback([flags, function, action] {
    flags->function_given = function->count() > 0;
    *action = [flags] { return RunProgram(*flags); };
  });
}

}  // namespace lmp::cli
