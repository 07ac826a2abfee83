// lmp run: compile, load, run one function, stream what it emits.
#include <cstdio>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Flags {
  std::string file, function = "main";
  std::vector<std::string> words;
  std::string arguments_json;
  EngineFlags engine;
  std::optional<uint64_t> seed;
  bool stats = false, json = false, explain = false;
  std::vector<std::string> no_pass;
};

// {"name": value, ...} from --args-json and --arg name=value.
Result<std::string> Arguments(const Flags& flags, const Program& program) {
  Json object = Json::object();
  if (!flags.arguments_json.empty()) {
    object = Json::parse(flags.arguments_json, nullptr, false);
    if (!object.is_object()) return InvalidArgument("--args-json: expected a JSON object");
  }
  for (const std::string& word : flags.words) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return InvalidArgument("--arg " + word + ": expected NAME=VALUE");
    }
    const std::string name = word.substr(0, equals);
    LMP_TRY(const std::string value,
            ArgumentFromWord(program, flags.function, name, word.substr(equals + 1)));
    object[name] = Json::parse(value, nullptr, false);
  }
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json StatsJson(const RunStats& s) {
  return Json{{"calls", s.calls},
              {"prompt_tokens", s.prompt_tokens},
              {"cached_tokens", s.cached_tokens},
              {"computed_tokens", s.computed_tokens},
              {"generated_tokens", s.generated_tokens},
              {"forced_tokens", s.forced_tokens},
              {"preemptions", s.preemptions},
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
  std::printf("%s\n", out.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
}

void PrintText(const Flags& flags, const RunReport& report, const std::string& emitted) {
  if (!emitted.empty() && emitted.back() != '\n') std::printf("\n");
  // A program that emits has said what it wants to say; --json has both.
  if (report.ok && emitted.empty() && !report.value_text.empty()) {
    std::printf("%s\n", report.value_text.c_str());
  }
  std::fflush(stdout);
  if (!report.ok) {
    const RunFailure& f = report.failure;
    std::fprintf(stderr, "failure: `%s` in %s%s\n  = %s\n", f.kind.c_str(), f.site.c_str(),
                 f.place.empty() ? "" : (" (" + f.place + ")").c_str(), f.message.c_str());
  }
  if (flags.explain) std::fputs(report.explain.c_str(), stdout);
  if (flags.stats) std::printf("%s\n", StatsLine(report.stats).c_str());
}

int RunProgram(const Flags& flags) {
  const Result<std::string> text = ReadTextFile(flags.file);
  if (!text.ok()) return PrintError(text.status());
  PassSelection passes;
  passes.disabled = flags.no_pass;
  const CompileOutcome outcome = Compile(flags.file, text.value(), passes);
  PrintDiagnostics(outcome.diagnostics, outcome.sources);
  if (!outcome.program) return 1;
  const Result<std::string> arguments = Arguments(flags, *outcome.program);
  if (!arguments.ok()) return PrintError(arguments.status());
  const Result<std::unique_ptr<Engine>> engine =
      LoadEngine(flags.engine, outcome.program->config_model());
  if (!engine.ok()) return PrintError(engine.status());

  std::string emitted;
  RunOptions options;
  options.seed = flags.seed;
  options.explain = flags.explain;
  options.on_text = [&emitted, &flags](std::string_view piece) {
    emitted += piece;
    if (flags.json) return;
    std::fwrite(piece.data(), 1, piece.size(), stdout);
    std::fflush(stdout);
  };
  const auto run =
      engine.value()->Start(outcome.program, flags.function, arguments.value(), options);
  if (!run.ok()) {
    PrintError(run.status());
    return 1;
  }
  const RunReport& report = run.value()->Wait();
  if (flags.json) {
    PrintJson(report, emitted);
  } else {
    PrintText(flags, report, emitted);
  }
  return report.ok ? 0 : 1;
}

}  // namespace

void AddRun(CLI::App* app, Action* action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("run", "Run a function of a program");
  command->add_option("FILE", flags->file, "program (.lmp); - for standard input")->required();
  command->add_option("FUNCTION", flags->function, "what to run")->capture_default_str();
  command
      ->add_option("--arg", flags->words,
                   "NAME=VALUE; text as it is, other types as JSON; may be repeated")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--args-json", flags->arguments_json, "all arguments as one JSON object");
  command->add_option("--seed", flags->seed, "seed of sampling (default: the program's, else 0)");
  command->add_flag("--stats", flags->stats, "print a line of token counts");
  command->add_flag("--json", flags->json, "print one JSON object instead of text");
  command->add_flag("--explain", flags->explain,
                    "per call and segment: what was cached, computed and why");
  command->add_option("--no-pass", flags->no_pass, "leave a compiler pass out; may be repeated")
      ->allow_extra_args(false);
  AddEngineFlags(command, &flags->engine);
  command->callback([flags, action] { *action = [flags] { return RunProgram(*flags); }; });
}

}  // namespace lmp::cli
