// Flags of every command that loads an engine, and what they make of it.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"
#include "runtime/cli/progress.h"

namespace lmp::cli {

namespace {

constexpr std::chrono::milliseconds kQuietLoad{500};  // no line for a model that loads faster

// "NAME=VALUE" of the engine that functions call NAME, or VALUE of the one that runs the rest.
struct EngineWord {
  std::string name, value;
};

EngineWord ReadEngineWord(const std::string& word) {
  const size_t end = word.find_first_of("=:/.");
  if (end == std::string::npos || end == 0 || word[end] != '=') return {"", word};
  return {word.substr(0, end), word.substr(end + 1)};
}

bool IsUrl(const std::string& value) {
  return value.starts_with("http://") || value.starts_with("https://");
}

// Empty ones, too.
std::vector<std::string> SplitAt(char separator, const std::string& text) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// `;` stands between several words in one, as the environment gives them.
std::vector<EngineWord> EngineWordsOf(const std::vector<std::string>& given) {
  std::vector<EngineWord> words;
  for (const std::string& each : given) {
    for (const std::string& word : SplitAt(';', each)) words.push_back(ReadEngineWord(word));
  }
  return words;
}

using NamedConfigs = std::map<std::string, EngineConfig>;

// What --engine says: servers, a model for this process, or the engine that runs the rest.
Result<NamedConfigs> NamedEngines(const std::vector<std::string>& words) {
  NamedConfigs engines;
  for (const EngineWord& word : EngineWordsOf(words)) {
    const std::string flag = "--engine " + (word.name.empty() ? "" : word.name + "=") + word.value;
    const auto known = engines.find(word.name);
    // More servers may follow the first; of anything else there is one.
    if (known != engines.end() && (known->second.servers.empty() || !IsUrl(word.value)))
      return InvalidArgument(flag + ": " + word.name + " is something else already");
    EngineConfig& config = engines[word.name];
    if (IsUrl(word.value)) {
      for (std::string& url : SplitAt(',', word.value)) {
        if (!IsUrl(url)) {
          return InvalidArgument(flag + ": expected a URL like http://HOST:PORT on both sides of " +
                                 "a comma, found \"" + url + "\"");
        }
        config.servers.push_back(std::move(url));
      }
    } else if (word.name.empty()) {
      return InvalidArgument(flag + (word.value.empty() ? "\"\"" : "") +
                             ": expected http://HOST:PORT, or NAME=... of functions with " +
                             "`@engine(\"NAME\")`; the model of this process is --model");
    } else if (word.value.empty()) {
      return InvalidArgument(flag + ": expected " + word.name + "=http://HOST:PORT, " + word.name +
                             "=MODEL of this process, or " + word.name + "=here");
    } else if (word.value != "here") {
      LMP_TRY(config.model, FindModel(word.value, ""));
    }
    config.name = word.name;
  }
  return engines;
}

// Hands each word of a flag to the engine that it is for, which must have servers.
Status ForEachServer(const std::string& flag, const std::vector<std::string>& words,
                     NamedConfigs* engines,
                     const std::function<Status(EngineConfig*, const std::string&)>& take) {
  for (const EngineWord& word : EngineWordsOf(words)) {
    if (word.value.empty()) {
      return InvalidArgument(flag + (word.name.empty() ? " \"\"" : " " + word.name + "=") +
                             ": expected a value, found nothing");
    }
    const auto found = engines->find(word.name);
    if (found == engines->end() || found->second.servers.empty()) {
      return InvalidArgument(flag + " " + (word.name.empty() ? "" : word.name + "=") + word.value +
                             ": no servers are given for it by --engine" +
                             (word.name.empty() ? "" : " " + word.name + "=URL"));
    }
    if (Status status = take(&found->second, word.value); !status.ok()) return status;
  }
  return OkStatus();
}

using EngineCheck = std::string (*)(std::string* value);

// Checks what stands behind the names of engines.
CLI::Validator ForEngines(EngineCheck check) {
  const auto each = [check](std::string& given) {
    for (EngineWord& word : EngineWordsOf({given})) {
      if (std::string wrong = check(&word.value); !wrong.empty()) return wrong;
    }
    return std::string();
  };
  return CLI::Validator(each, "");
}

std::string CheckEngineKind(std::string* value) {
  CLI::IsMember known({"lmp", "vllm", "sglang", "llama-server", "llama-cpp-python"});
  return known(*value);
}

// Nothing of another text than that of a whole number.
std::optional<int> ReadPriority(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

std::string CheckEnginePriority(std::string* value) {
  return ReadPriority(*value) ? "" : "expected a whole number, found " + *value;
}

}  // namespace

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
  const auto many = [](CLI::Option* option, const char* type) {
    return option->type_name(type)->expected(1)->take_all()->allow_extra_args(false);
  };
  CLI::Option* engine =
      many(app->add_option("--engine", flags->engines,
                           "servers that generate, as http://HOST:PORT; of --model only the "
                           "tokenizer is read. With NAME=, what functions with @engine(\"NAME\") "
                           "run on: servers, a model, or `here`"),
           "[NAME=]URL,...");
  const std::vector<CLI::Option*> of_servers = {
      many(app->add_option("--engine-kind", flags->server_kinds,
                           "what they are (else they are asked)"),
           "[NAME=]KIND")
          ->check(ForEngines(CheckEngineKind))
          ->needs(engine),
      many(app->add_option("--engine-model", flags->server_models,
                           "there (else the first they list)"),
           "[NAME=]NAME")
          ->needs(engine),
      many(app->add_option("--engine-tokenizer", flags->server_tokenizers,
                           "of named ones: a model or tokenizer file (else --model)"),
           "NAME=PATH")
          ->needs(engine),
      many(app->add_option("--engine-key-file", flags->server_key_files,
                           "key of their API (environment: LMP_ENGINE_KEY, of those without a "
                           "name)"),
           "[NAME=]FILE")
          ->needs(engine),
      many(app->add_option("--engine-priority", flags->server_priorities,
                           "of what is asked there, more is sooner: vllm and sglang"),
           "[NAME=]N")
          ->check(ForEngines(CheckEnginePriority))
          ->needs(engine),
      AddNumber(app, "--engine-wait", &flags->server_seconds, {1, 86'400},
                "seconds for a server's first word"),
      engine,
  };
  for (CLI::Option* option : of_servers) option->group("Servers");
}

namespace {

// Without the line break at its end.
Result<std::string> ReadKey(const std::string& path) {
  LMP_TRY(std::string key, ReadTextFile(path));
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  if (key.empty()) return InvalidArgument(path + " has no key");
  return key;
}

// Keys, kinds, models and tokenizers of servers.
Status FillServers(const EngineFlags& flags, NamedConfigs* engines) {
  LMP_RETURN_IF_ERROR(ForEachServer("--engine-kind", flags.server_kinds, engines,
                                    [](EngineConfig* config, const std::string& value) {
                                      config->server_kind = value;
                                      return OkStatus();
                                    }));
  LMP_RETURN_IF_ERROR(ForEachServer("--engine-model", flags.server_models, engines,
                                    [](EngineConfig* config, const std::string& value) {
                                      config->server_model = value;
                                      return OkStatus();
                                    }));
  LMP_RETURN_IF_ERROR(ForEachServer("--engine-priority", flags.server_priorities, engines,
                                    [](EngineConfig* config, const std::string& value) {
                                      config->server_priority = ReadPriority(value).value_or(0);
                                      return OkStatus();
                                    }));
  LMP_RETURN_IF_ERROR(ForEachServer("--engine-tokenizer", flags.server_tokenizers, engines,
                                    [](EngineConfig* config, const std::string& value) -> Status {
                                      if (config->name.empty())
                                        return InvalidArgument(
                                            "--engine-tokenizer " + value +
                                            ": expected NAME=PATH; without a name it is --model");
                                      config->model = value;
                                      return OkStatus();
                                    }));
  const auto own = engines->find("");
  const char* key = std::getenv("LMP_ENGINE_KEY");
  if (own != engines->end() && key != nullptr) own->second.server_key = key;
  return ForEachServer("--engine-key-file", flags.server_key_files, engines,
                       [](EngineConfig* config, const std::string& value) -> Status {
                         LMP_TRY(config->server_key, ReadKey(value));
                         return OkStatus();
                       });
}

}  // namespace

Result<std::vector<std::string>> EnginesOnServers(const std::vector<std::string>& words) {
  LMP_TRY(const NamedConfigs engines, NamedEngines(words));
  std::vector<std::string> names;
  for (const auto& [name, config] : engines) {
    const bool here = config.servers.empty() && config.model.empty();
    if (!config.servers.empty() || (here && engines.contains(""))) names.push_back(name);
  }
  return names;
}

Result<std::unique_ptr<Engine>> LoadEngine(const EngineFlags& flags,
                                           const std::string& config_model) {
  LMP_TRY(std::string model, FindModel(flags.model, config_model));
  LMP_TRY(NamedConfigs engines, NamedEngines(flags.engines));
  LMP_RETURN_IF_ERROR(FillServers(flags, &engines));
  const bool chosen = !flags.model.empty() || !config_model.empty() || engines.contains("");
  if (!chosen && isatty(STDERR_FILENO) != 0) {
    std::fputs(
        "lmp: no model named, so the one that comes with LMP answers: it reads what is in its "
        "prompt, "
        "and knows and can do nothing else.\n     `lmp models` lists those on this disk; --model "
        "names one.\n",
        stderr);
  }
  const auto set = [&](EngineConfig* config) {
    config->kv_type = flags.kv;
    config->chunk_memory_bytes = flags.chunk_mb << 20;
    if (!flags.kernels.empty()) config->kernels = flags.kernels;
    config->threads = static_cast<int>(flags.threads);
    config->kv_bytes = flags.kv_mb << 20;
    config->step_tokens_max = static_cast<int>(flags.step_tokens);
    config->sequences_max = static_cast<int>(flags.batch);
    config->prefix_cache = !flags.no_cache;
    config->server_seconds = static_cast<int>(flags.server_seconds);
    // Gone before anything else is said: cleared at the end, and with the config on failure.
    const std::string name = std::filesystem::path(config->model).filename().string();
    config->on_load = [progress = std::make_shared<ByteProgress>(name, kQuietLoad)](
                          uint64_t done, uint64_t total) {
      progress->Show(done, total);
      if (done == total) progress->Clear();
    };
  };
  EngineConfig config;
  if (const auto own = engines.extract("")) config = std::move(own.mapped());
  config.model = std::move(model);
  config.chunk_store = flags.chunk_store;
  set(&config);
  for (auto& [name, other] : engines) {
    set(&other);
    config.engines.push_back(std::move(other));
  }
  config.on_log = [](std::string_view line) {
    std::fprintf(stderr, "lmp: %.*s\n", static_cast<int>(line.size()), line.data());
  };
  return Engine::Load(config);
}

}  // namespace lmp::cli
