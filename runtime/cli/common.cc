#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace fs = std::filesystem;

Result<std::string> ReadTextFile(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::error_code error;
  if (!fs::exists(path, error)) return NotFound("there is no file " + path);
  if (fs::is_directory(path, error))
    return InvalidArgument(path + " is a directory, expected a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return NotFound("cannot open " + path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

int PrintDiagnostics(const std::vector<Diagnostic>& diagnostics,
                     const std::vector<Source>& sources) {
  const RenderOptions options{.color = isatty(STDERR_FILENO) != 0};
  int errors = 0;
  for (const Diagnostic& d : diagnostics) {
    std::fputs(RenderDiagnostic(d, sources, options).c_str(), stderr);
    errors += d.severity == Severity::kError ? 1 : 0;
  }
  return errors;
}

int PrintError(const Status& status) {
  std::fprintf(stderr, "lmp: %s\n", status.message().c_str());
  return status.code() == StatusCode::kUnsupported || status.code() == StatusCode::kUnavailable ? 3
                                                                                                : 2;
}

Result<std::string> FindModel(const std::string& flag, const std::string& from_config) {
  std::error_code error;
  for (const std::string& named : {flag, from_config}) {
    if (named.empty()) continue;
    if (fs::exists(named, error)) return named;
    return NotFound("there is no model file " + named);
  }
  const std::string demo = "examples/models/demo/demo.gguf";
  std::vector<fs::path> places = {demo};
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    places.push_back(self.parent_path() / "../.." / demo);            // build/release/lmp
    places.push_back(self.parent_path() / "../share/lmp/demo.gguf");  // installed
  }
  std::string looked;
  for (const fs::path& place : places) {
    if (fs::exists(place, error)) return place.string();
    looked += (looked.empty() ? "" : ", ") + place.lexically_normal().string();
  }
  return NotFound(
      "no model: give --model FILE.gguf or `config { model: \"FILE.gguf\" }` (the demo model is "
      "not at " +
      looked + ")");
}

void AddEngineFlags(CLI::App* app, EngineFlags* flags) {
  if (const char* kernels = std::getenv("LMP_KERNELS")) flags->kernels = kernels;
  app->add_option("--model", flags->model, "model file (GGUF)");
  app->add_option("--kv", flags->kv, "type of the KV cache")
      ->check(CLI::IsMember({"bf16", "f32", "int8"}))
      ->capture_default_str();
  app->add_option("--threads", flags->threads, "kernel threads (0: one per core)")
      ->check(CLI::Range(0, 1024));
  app->add_option("--kernels", flags->kernels,
                  "kernel implementation, see `lmp info` (environment: LMP_KERNELS)");
  app->add_option("--kv-mb", flags->kv_mb, "size of the KV cache in MiB (0: chosen from memory)");
  app->add_option("--step-tokens", flags->step_tokens, "most rows per step (chunked prefill)")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  app->add_option("--batch", flags->batch, "most sequences running at once")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app->add_flag("--no-cache", flags->no_cache, "look nothing up in the prefix cache");
}

Result<std::unique_ptr<Engine>> LoadEngine(const EngineFlags& flags,
                                           const std::string& config_model) {
  LMP_TRY(std::string model, FindModel(flags.model, config_model));
  EngineConfig config;
  config.model = std::move(model);
  config.kv_type = flags.kv;
  if (!flags.kernels.empty()) config.kernels = flags.kernels;
  config.threads = flags.threads;
  config.kv_bytes = flags.kv_mb << 20;
  config.step_tokens_max = flags.step_tokens;
  config.sequences_max = flags.batch;
  config.prefix_cache = !flags.no_cache;
  config.on_log = [](std::string_view line) {
    std::fprintf(stderr, "lmp: %.*s\n", static_cast<int>(line.size()), line.data());
  };
  return Engine::Load(config);
}

std::string StatsLine(const RunStats& stats) {
  char rate[96];
  std::snprintf(
      rate, sizeof rate, "generated %lld (%.1f/s), %.2f s",
      static_cast<long long>(stats.generated_tokens),
      stats.seconds > 0 ? static_cast<double>(stats.generated_tokens) / stats.seconds : 0.0,
      stats.seconds);
  return "tokens: prompt " + std::to_string(stats.prompt_tokens) + ", cached " +
         std::to_string(stats.cached_tokens) + ", computed " +
         std::to_string(stats.computed_tokens) + ", " + rate;
}

}  // namespace lmp::cli
