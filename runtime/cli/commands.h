// The subcommands of `lmp`, one .cc each, and the few things they share. All of them see LMP
// through runtime/api/lmp.h only. What they print: output.h; how they end: exit_codes.h.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/api/lmp.h"
#include "runtime/cli/output.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace lmp::cli {

// What a parsed command line will do; run by main after parsing.
using Action = std::function<ExitCode()>;

void AddCheck(CLI::App* app, Action* action);
void AddRun(CLI::App* app, Action* action);
void AddExplain(CLI::App* app, Action* action);
void AddExplainError(CLI::App* app, Action* action);
void AddInfo(CLI::App* app, Action* action);
void AddModel(CLI::App* app, Action* action);
void AddModels(CLI::App* app, Action* action);
void AddOpt(CLI::App* app, Action* action);
void AddBench(CLI::App* app, Action* action);
void AddCache(CLI::App* app, Action* action);
void AddCorpus(CLI::App* app, Action* action);
void AddPull(CLI::App* app, Action* action);   // builds with LMP_NET
void AddServe(CLI::App* app, Action* action);  // builds with LMP_NET
void AddRepl(CLI::App* app, Action* action);
void AddFormat(CLI::App* app, Action* action);
void AddTest(CLI::App* app, Action* action);
void AddNew(CLI::App* app, Action* action);

// help.cc

// Before commands are added, which take it over: the help of a command shows its first group of
// flags, --help-all shows all.
void ShortenHelp(CLI::App* app);
void AddHelp(CLI::App* app, Action* action);

// common.cc

// "-" is standard input. Errors: NotFound (no file, a directory, no right to read it).
Result<std::string> ReadTextFile(const std::string& path);
// Another process sees the old content or the new one. A link stays one, and the file keeps its
// mode. Errors: NotFound (cannot be written).
Status ReplaceFile(const std::string& path, std::string_view content);
// Nothing where no path is given. `what` names it in the error: NotFound (cannot be written).
Status WriteResult(const std::string& path, std::string_view what, std::string_view text);
// The .lmp files that words of a command line name: files as they are, folders with all that is in
// them, in order of name. Errors: NotFound.
Result<std::vector<std::string>> FindPrograms(const std::vector<std::string>& words);
// --model, else the program's config, else the demo model near the working directory or the binary.
// A folder stands for the one model in it. Errors: NotFound, which says where was looked.
Result<std::string> FindModel(const std::string& flag, const std::string& from_config);

// engine_flags.cc

// Flags of every command that loads an engine.
struct EngineFlags {
  std::string model, kv = "bf16", kernels, chunk_store;
  // [NAME=]VALUE each
  std::vector<std::string> engines, server_kinds, server_models, server_tokenizers,
      server_priorities, server_key_files;
  uint64_t server_seconds = 300;
  uint64_t threads = 0, step_tokens = 512, batch = 64, kv_mb = 0, chunk_mb = 256;
  bool no_cache = false;
};
void AddEngineFlags(CLI::App* app, EngineFlags* flags);
Result<std::unique_ptr<Engine>> LoadEngine(const EngineFlags& flags,
                                           const std::string& config_model);
// Names of the engines that words of --engine say are servers; "" of the one that has no name.
// Errors: InvalidArgument, NotFound (a model).
Result<std::vector<std::string>> EnginesOnServers(const std::vector<std::string>& words);

// warm.cc

struct WarmFlags {
  std::string corpus, model, chunk_store;
  std::string system;  // the system message of the programs that will ask; "" for none
  bool progress = false;
};
struct Warmed {
  size_t done = 0, skipped = 0;  // passages
};
// Computes and stores the KV of every passage of a corpus. Nothing else may have the store open.
Result<Warmed> WarmCorpus(const WarmFlags& flags, const std::function<bool()>& cancelled);

// flags.cc

// A whole decimal number from `low` to `high`, exactly as written: no sign, no other base.
struct NumberRange {
  uint64_t low = 0, high = std::numeric_limits<uint64_t>::max();
};
CLI::Option* AddNumber(CLI::App* app, const std::string& flag, uint64_t* value, NumberRange range,
                       const std::string& description);
CLI::Option* AddNumber(CLI::App* app, const std::string& flag, std::optional<uint64_t>* value,
                       NumberRange range, const std::string& description);
// --no-pass NAME and --pass NAME: a name of PassNames().
void AddPasses(CLI::App* app, const std::string& flag, std::vector<std::string>* names,
               const std::string& description);

// settings.cc

// Gives the options of `command` that stand on no command line: from the environment, where
// --api-key-file is PREFIX + API_KEY_FILE, then from the JSON object in the file `path`, where it
// is "api-key-file" and the words behind the flags are "files". `path` is read behind the
// environment, which may have set it. Errors: InvalidArgument (a name that is no option's, a
// value), NotFound.
Status FillOptions(CLI::App* command, const std::string& prefix, const std::string* path);

// usage.cc

// "; did you mean `run`?", or nothing where no word is near.
std::string Suggestion(const std::string& word, const std::vector<std::string>& known,
                       const char* quote);
// Null if there is no such subcommand.
const CLI::App* FindCommand(const CLI::App& app, const std::string& name);
// What is wrong with a command line that the parser refused, in one line that names the word.
std::string DescribeUsage(const CLI::App& app, const std::vector<std::string>& words,
                          const std::string& parser_message);

// arguments.cc

// {"name": value, ...} from --args-json and --arg NAME=VALUE words. Errors: InvalidArgument that
// names the argument and the place in it.
Result<std::string> MergeArguments(const std::string& arguments_json,
                                   const std::vector<std::string>& words, const Program& program,
                                   const std::string& function);

}  // namespace lmp::cli
