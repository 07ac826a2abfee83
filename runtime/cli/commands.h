// The subcommands of `lmp`, one .cc each, and the few things they share. All of them see LMP
// through runtime/api/lmp.h only. Exit codes: 0 done, 1 the program or its run failed, 2 wrong
// usage or files, 3 cannot run here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/api/lmp.h"

namespace CLI {
class App;
}

namespace lmp::cli {

// What a parsed command line will do; run by main after parsing.
using Action = std::function<int()>;

void AddCheck(CLI::App* app, Action* action);
void AddRun(CLI::App* app, Action* action);
void AddExplain(CLI::App* app, Action* action);
void AddInfo(CLI::App* app, Action* action);
void AddOpt(CLI::App* app, Action* action);
void AddBench(CLI::App* app, Action* action);
void AddRepl(CLI::App* app, Action* action);

// common.cc

// "-" is standard input.
Result<std::string> ReadTextFile(const std::string& path);
// To standard error, coloured when that is a terminal; the number of errors.
int PrintDiagnostics(const std::vector<Diagnostic>& diagnostics,
                     const std::vector<Source>& sources);
int PrintError(const Status& status);
// --model, else the program's config, else the demo model near the working directory or the binary.
// Errors: NotFound, which says where was looked.
Result<std::string> FindModel(const std::string& flag, const std::string& from_config);

// Flags of every command that loads an engine.
struct EngineFlags {
  std::string model, kv = "bf16", kernels;
  int threads = 0, step_tokens = 512, batch = 64;
  uint64_t kv_mb = 0;
  bool no_cache = false;
};
void AddEngineFlags(CLI::App* app, EngineFlags* flags);
Result<std::unique_ptr<Engine>> LoadEngine(const EngineFlags& flags,
                                           const std::string& config_model);

// "tokens: prompt 812, cached 640, computed 172, generated 96 (48.2/s), 2.0 s"
std::string StatsLine(const RunStats& stats);

}  // namespace lmp::cli
