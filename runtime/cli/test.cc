// lmp test: the tests that stand in programs.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "runtime/cli/commands.h"
#include "runtime/cli/junit.h"

namespace lmp::cli {

namespace {

using Json = nlohmann::ordered_json;

struct TestFlags {
  std::vector<std::string> files;
  std::string filter, junit;
  std::string record, replay;  // folders
  std::optional<uint64_t> seed;
  bool live = false, json = false;
  EngineFlags engine;

  Form form() const { return json ? Form::kJson : Form::kText; }
};

// A blank becomes '_', and what else could mean something in a path %XX.
std::string FileNameOf(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ') {
      out += '_';
    } else if (std::isalnum(byte) != 0 || c == '-' || byte >= 0x80) {
      out += c;
    } else {
      char coded[4];
      std::snprintf(coded, sizeof coded, "%%%02X", byte);
      out += coded;
    }
  }
  return out;
}

// Where the record of a test is kept: DIR/examples/rag.lmp/who_is_asked.jsonl.
std::string RecordPath(const std::string& folder, const std::string& file,
                       const std::string& test) {
  std::filesystem::path path = folder;
  for (const auto& part : std::filesystem::path(file).lexically_normal().relative_path())
    path /= part == ".." ? "%2E%2E" : part;
  return (path / (FileNameOf(test) + ".jsonl")).string();
}

class Tester {
 public:
  explicit Tester(const TestFlags& flags) : flags_(flags) {}

  ExitCode Run() {
    std::vector<std::string> words = flags_.files;
    if (words.empty()) words.push_back(".");
    for (const std::string& word : words) {
      const Result<std::vector<std::string>> programs = FindPrograms({word});
      if (!programs.ok()) {
        Worse(PrintError(programs.status(), flags_.form()));
        continue;
      }
      for (const std::string& file : programs.value()) Test(file);
    }
    if (!flags_.filter.empty() && count_ == 0 && worst_ == kDone) {
      return PrintFailure(kUsage, "test: no test has \"" + flags_.filter + "\" in its name",
                          flags_.form());
    }
    Summarise();
    WriteJUnit();
    return worst_;
  }

 private:
  void Worse(ExitCode code) { worst_ = std::max(worst_, code); }

  void Test(const std::string& file) {
    const Result<std::string> text = ReadTextFile(file);
    if (!text.ok()) return Worse(PrintError(text.status(), flags_.form()));
    TestOptions options;
    options.filter = flags_.filter;
    options.seed = flags_.seed;
    options.record = !flags_.record.empty();
    if (!flags_.replay.empty()) {
      options.replay = [&](const std::string& test) { return ReadRecordOf(file, test); };
    }
    if (flags_.live) {
      const Result<Engine*> engine = EngineFor(file, text.value());
      if (!engine.ok()) return Worse(PrintError(engine.status(), flags_.form()));
      options.engine = engine.value();
    }
    TestsOutcome outcome = RunTests(file, text.value(), options);
    if (!outcome.status.ok()) Worse(PrintError(outcome.status.WithPrefix(file), flags_.form()));
    if (HasErrors(outcome.diagnostics)) Worse(kProgramWrong);
    if (!flags_.json) PrintErrors(outcome);
    for (const TestReport& test : outcome.tests) {
      ++count_;
      failed_ += test.ok ? 0 : 1;
      if (!test.ok) Worse(kRunFailed);
      if (!flags_.json) Print(file, test, outcome.sources);
      if (!flags_.record.empty()) WriteRecordOf(file, test);
    }
    left_out_ += outcome.left_out;
    tested_.push_back({file, std::move(outcome)});
  }

  Result<std::string> ReadRecordOf(const std::string& file, const std::string& test) const {
    Result<std::string> record = ReadTextFile(RecordPath(flags_.replay, file, test));
    if (record.ok()) return record;
    return NotFound("there is no record of this test\n" + record.status().message() +
                    "\nrecord it: lmp test --live --record " + flags_.replay + " " + file);
  }

  void WriteRecordOf(const std::string& file, const TestReport& test) {
    const std::filesystem::path path = RecordPath(flags_.record, file, test.name);
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    const Status written = error ? NotFound("cannot make the folder " + path.parent_path().string())
                                 : WriteResult(path.string(), "record", test.record);
    if (!written.ok()) Worse(PrintError(written, flags_.form()));
  }

  // Lints are for `lmp check`.
  static void PrintErrors(const TestsOutcome& outcome) {
    std::vector<Diagnostic> errors = outcome.diagnostics;
    std::erase_if(errors, [](const Diagnostic& d) { return d.severity != Severity::kError; });
    PrintDiagnostics(errors, outcome.sources);
  }

  static void Print(const std::string& file, const TestReport& test,
                    const std::vector<Source>& sources) {
    WriteOut((test.ok ? "ok    " : "FAIL  ") + file + "  " + test.name + "\n");
    if (!test.ok) WriteOut(RenderDiagnostic(test.failure, sources));
  }

  // One engine for all files that run on the same model.
  Result<Engine*> EngineFor(const std::string& file, const std::string& text) {
    const CompileOutcome compiled = Compile(file, text);
    const std::string model = compiled.program ? compiled.program->config_model() : "";
    if (engine_ != nullptr && model == model_) return engine_.get();
    LMP_TRY(engine_, LoadEngine(flags_.engine, model));
    model_ = model;
    return engine_.get();
  }

  void Summarise() const {
    if (flags_.json) {
      Json tests = Json::array();
      for (const TestedFile& tested : tested_) {
        for (const TestReport& test : tested.outcome.tests) {
          Json one{{"file", tested.file},
                   {"name", test.name},
                   {"place", test.place},
                   {"ok", test.ok},
                   {"seconds", test.seconds}};
          if (!test.ok) {
            one["failure"] = Json::parse(DiagnosticToJson(test.failure, tested.outcome.sources));
          }
          tests.push_back(std::move(one));
        }
        for (const Diagnostic& d : tested.outcome.diagnostics) {
          if (d.severity != Severity::kError) continue;
          tests.push_back(
              Json{{"file", tested.file},
                   {"ok", false},
                   {"failure", Json::parse(DiagnosticToJson(d, tested.outcome.sources))}});
        }
      }
      const Json all{{"ok", worst_ == kDone},
                     {"count", count_},
                     {"failed", failed_},
                     {"left_out", left_out_},
                     {"tests", std::move(tests)}};
      WriteOut(all.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
      return;
    }
    WriteOut(std::to_string(count_) + (count_ == 1 ? " test, " : " tests, ") +
             std::to_string(failed_) + " failed" +
             (left_out_ > 0 ? ", " + std::to_string(left_out_) + " left out" : "") + "\n");
  }

  void WriteJUnit() {
    if (flags_.junit.empty()) return;
    std::ofstream out(flags_.junit, std::ios::binary);
    out << JUnitXml(tested_);
    out.close();
    if (!out.fail()) return;
    Worse(PrintFailure(kFile, "cannot write " + flags_.junit, flags_.form()));
  }

  const TestFlags& flags_;
  ExitCode worst_ = kDone;
  int count_ = 0, failed_ = 0, left_out_ = 0;
  std::vector<TestedFile> tested_;
  std::unique_ptr<Engine> engine_;
  std::string model_;
};

}  // namespace

void AddTest(CLI::App* app, Action* action) {
  auto flags = std::make_shared<TestFlags>();
  CLI::App* command = app->add_subcommand("test", "Run the tests of programs, without a model");
  command->add_option("FILE", flags->files, "programs or folders; without one, this folder")
      ->type_name("");
  command->add_option("--filter", flags->filter, "only tests with TEXT in their name")
      ->type_name("TEXT");
  CLI::Option* live =
      command->add_flag("--live", flags->live, "a model answers what a test does not mock");
  CLI::Option* record =
      command->add_option("--record", flags->record, "write what tools and corpora give");
  record->type_name("DIR")->needs(live);
  command->add_option("--replay", flags->replay, "repeat such tests, asking nobody")
      ->type_name("DIR")
      ->needs(live)
      ->excludes(record);
  command->add_option("--junit", flags->junit, "also write the results as XML")->type_name("FILE");
  command->add_flag("--json", flags->json, "one JSON object instead of text");
  AddNumber(command, "--seed", &flags->seed, {}, "seed of the samples");
  AddEngineFlags(command, &flags->engine);
  command->footer(
      "Examples:\n"
      "  lmp test examples                     all tests of its programs\n"
      "  lmp test --live rag.lmp               on the model of the program\n"
      "  lmp test --filter passages rag.lmp    those with `passages` in their name");
  command->callback([flags, action] { *action = [flags] { return Tester(*flags).Run(); }; });
}

}  // namespace lmp::cli
