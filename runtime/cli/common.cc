#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace fs = std::filesystem;

Result<std::string> ReadTextFile(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::error_code error;
  if (!fs::exists(path, error)) return NotFound("there is no file " + path);
  if (fs::is_directory(path, error)) return NotFound(path + " is a folder, expected a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return NotFound("cannot open " + path);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad()) return NotFound("cannot read " + path);
  return text;
}

namespace {

// The model files of a folder, in order of name.
std::vector<std::string> ModelsIn(const fs::path& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".gguf") found.push_back(it->path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string ListOf(const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  std::string all;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) all += (i ? ", " : "") + names[i];
  return all + (names.size() > kShown ? ", ..." : "");
}

// A file, or the only model of a folder; `origin` says who named it.
Result<std::string> NamedModel(const std::string& name, const std::string& origin) {
  std::error_code error;
  if (fs::is_directory(name, error)) {
    const std::vector<std::string> models = ModelsIn(name);
    if (models.empty() && fs::exists(fs::path(name) / "config.json", error)) return name;
    if (models.size() == 1) return models[0];
    if (models.empty())
      return NotFound(name + " is a folder without a .gguf file and without a config.json" +
                      origin);
    return NotFound(name + " is a folder with several models, name one: " + ListOf(models) +
                    origin);
  }
  if (fs::exists(name, error)) return name;
  const fs::path folder = fs::path(name).parent_path();
  std::vector<std::string> near = ModelsIn(folder.empty() ? "." : folder);
  if (folder.empty()) {
    for (std::string& model : near) model = model.substr(2);  // as it would be typed
  }
  return NotFound("there is no model file " + name +
                  (near.empty() ? "; --model names a GGUF file or a folder with safetensors"
                                : "; near it: " + ListOf(near)) +
                  origin);
}

}  // namespace

Result<std::string> FindModel(const std::string& flag, const std::string& from_config) {
  if (!flag.empty()) return NamedModel(flag, "");
  if (!from_config.empty()) {
    return NamedModel(from_config, " (`config { model }` of the program names it)");
  }
  std::error_code error;
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
  app->add_option("--model", flags->model, "a GGUF file, or a folder with safetensors")
      ->type_name("PATH");
  constexpr uint64_t kKvMbMax = uint64_t{1} << 24;
  const std::vector<CLI::Option*> rare = {
      app->add_option("--kv", flags->kv, "type of the KV cache: bf16, f32 or int8")
          ->check(CLI::IsMember({"bf16", "f32", "int8"}))
          ->type_name("TYPE")
          ->capture_default_str(),
      AddNumber(app, "--threads", &flags->threads, {0, 1024}, "of kernels (0: one per core)"),
      app->add_option("--kernels", flags->kernels, "see `lmp info` (environment: LMP_KERNELS)")
          ->type_name("NAME"),
      AddNumber(app, "--kv-mb", &flags->kv_mb, {0, kKvMbMax},
                "MiB of the KV cache (0: chosen from memory)"),
      AddNumber(app, "--step-tokens", &flags->step_tokens, {1, 65536},
                "most rows per step (chunked prefill)"),
      AddNumber(app, "--batch", &flags->batch, {1, 4096}, "most sequences running at once"),
      app->add_option("--chunk-store", flags->chunk_store, "keeps the KV of passages across runs")
          ->type_name("DIR"),
      AddNumber(app, "--chunk-mb", &flags->chunk_mb, {0, kKvMbMax},
                "memory for the KV of passages (0: none)"),
      app->add_flag("--no-cache", flags->no_cache, "look nothing up in the prefix cache"),
  };
  for (CLI::Option* option : rare) option->group("Engine");
  CLI::Option* engine = app->add_option("--engine", flags->servers,
                                        "servers that generate, as http://HOST:PORT; of --model "
                                        "only the tokenizer is read");
  engine->type_name("URL,...")->delimiter(',')->expected(1)->take_all()->allow_extra_args(false);
  const std::vector<CLI::Option*> of_servers = {
      app->add_option("--engine-kind", flags->server_kind, "what they are (else they are asked)")
          ->check(CLI::IsMember({"lmp", "vllm", "sglang", "llama-server", "llama-cpp-python"}))
          ->type_name("KIND")
          ->needs(engine),
      app->add_option("--engine-model", flags->server_model, "there (else the first they list)")
          ->type_name("NAME")
          ->needs(engine),
      app->add_option("--engine-key-file", flags->server_key_file,
                      "key of their API (environment: LMP_ENGINE_KEY)")
          ->type_name("FILE")
          ->needs(engine),
      AddNumber(app, "--engine-wait", &flags->server_seconds, {1, 86'400},
                "seconds for a server's first word"),
      engine,
  };
  for (CLI::Option* option : of_servers) option->group("Servers");
}

namespace {

// Of the file, else of the environment; without the line break at its end.
Result<std::string> ServerKey(const EngineFlags& flags) {
  std::string key;
  if (!flags.server_key_file.empty()) {
    LMP_TRY(key, ReadTextFile(flags.server_key_file));
  } else if (const char* given = std::getenv("LMP_ENGINE_KEY")) {
    key = given;
  }
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  if (key.empty() && !flags.server_key_file.empty())
    return InvalidArgument(flags.server_key_file + " has no key");
  return key;
}

}  // namespace

Result<std::unique_ptr<Engine>> LoadEngine(const EngineFlags& flags,
                                           const std::string& config_model) {
  LMP_TRY(std::string model, FindModel(flags.model, config_model));
  const bool chosen = !flags.model.empty() || !config_model.empty() || !flags.servers.empty();
  if (!chosen && isatty(STDERR_FILENO) != 0) {
    std::fputs(
        "lmp: no model named, so the one that comes with LMP answers: it reads what is in its "
        "prompt, "
        "and knows and can do nothing else.\n     `lmp models` lists those on this disk; --model "
        "names one.\n",
        stderr);
  }
  EngineConfig config;
  config.model = std::move(model);
  config.kv_type = flags.kv;
  config.chunk_store = flags.chunk_store;
  config.chunk_memory_bytes = flags.chunk_mb << 20;
  if (!flags.kernels.empty()) config.kernels = flags.kernels;
  config.threads = static_cast<int>(flags.threads);
  config.kv_bytes = flags.kv_mb << 20;
  config.step_tokens_max = static_cast<int>(flags.step_tokens);
  config.sequences_max = static_cast<int>(flags.batch);
  config.prefix_cache = !flags.no_cache;
  config.servers = flags.servers;
  config.server_kind = flags.server_kind;
  config.server_model = flags.server_model;
  config.server_seconds = static_cast<int>(flags.server_seconds);
  if (!flags.servers.empty()) {
    LMP_TRY(config.server_key, ServerKey(flags));
  }
  config.on_log = [](std::string_view line) {
    std::fprintf(stderr, "lmp: %.*s\n", static_cast<int>(line.size()), line.data());
  };
  return Engine::Load(config);
}

}  // namespace lmp::cli
