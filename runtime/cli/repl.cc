// lmp repl: loads an engine and hands over to runtime/repl.
#include <cstdio>
#include <filesystem>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"
#include "runtime/repl/repl.h"

namespace lmp::cli {

namespace {

struct ReplFlags {
  EngineFlags engine;
  std::optional<uint64_t> seed;
  std::string corpus;
};

ExitCode Repl(const ReplFlags& flags) {
  std::error_code error;
  if (!flags.corpus.empty() && !std::filesystem::exists(flags.corpus, error))
    return PrintError(NotFound("there is no file or folder " + flags.corpus));
  if (std::filesystem::is_directory("/dev/stdin", error))
    return PrintError(NotFound("standard input is a folder: give the file of a transcript"));
  const Result<std::unique_ptr<Engine>> engine = LoadEngine(flags.engine, "");
  if (!engine.ok()) return PrintError(engine.status());
  repl::ReplOptions options;
  options.documents = flags.corpus;
  options.run.seed = flags.seed;
  ProgressLine line(true);
  options.run.on_corpus = [&line](const CorpusProgress& progress) { line.Show(progress); };
  options.on_documents_read = [&line] { line.Clear(); };
  options.run.on_notice = [&line](std::string_view notice) {
    line.Clear();
    std::fprintf(stderr, "lmp: %.*s\n", static_cast<int>(notice.size()), notice.data());
  };
  switch (repl::RunRepl(engine.value().get(), options)) {
    case repl::ReplEnd::kDone:
      return kDone;
    case repl::ReplEnd::kProgramWrong:
      return kProgramWrong;
    case repl::ReplEnd::kRunFailed:
      return kRunFailed;
    case repl::ReplEnd::kInterrupted:
      return kInterrupted;
    case repl::ReplEnd::kInternal:
      return kInternal;
  }
  return kInternal;
}

}  // namespace

void AddRepl(CLI::App* app, Action* action) {
  auto flags = std::make_shared<ReplFlags>();
  CLI::App* command = app->add_subcommand("repl", "Enter statements and expressions by hand");
  command
      ->add_option("--corpus", flags->corpus,
                   "documents to ask: a folder, a file, or a FILE.corpus")
      ->type_name("PLACE");
  AddNumber(command, "--seed", &flags->seed, {}, "seed of sampling");
  AddEngineFlags(command, &flags->engine);
  command->footer("Example:  lmp repl --corpus docs     then: What is the port of Botu?");
  command->callback([flags, action] { *action = [flags] { return Repl(*flags); }; });
}

}  // namespace lmp::cli
