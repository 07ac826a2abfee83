// lmp cache: what a folder of stored passages holds, and removing from it.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

using Json = nlohmann::ordered_json;

struct CacheFlags {
  std::string store;
  std::optional<std::string> tenant;
  std::vector<std::string> documents;
  bool json = false;

  Form form() const { return json ? Form::kJson : Form::kText; }
};

std::string Amount(uint64_t objects, uint64_t bytes) {
  char text[96];
  std::snprintf(text, sizeof text, "%llu passages, %.1f MiB of KV",
                static_cast<unsigned long long>(objects), static_cast<double>(bytes) / 1048576.0);
  return text;
}

ExitCode Stats(const CacheFlags& flags) {
  const Result<ChunkStoreFacts> facts = ReadChunkStore(flags.store);
  if (!facts.ok()) return PrintError(facts.status(), flags.form());
  if (flags.json) {
    WriteOut(Json{{"ok", true},
                  {"objects", facts->objects},
                  {"bytes", facts->bytes},
                  {"model_sha256", facts->model},
                  {"kv_type", facts->kv_type}}
                 .dump() +
             "\n");
    return kDone;
  }
  WriteOut("holds   " + Amount(facts->objects, facts->bytes) + "\nmodel   " +
           facts->model.substr(0, 16) + "... (SHA-256 of its file)\nKV type " + facts->kv_type +
           "\n");
  return kDone;
}

ExitCode Purge(const CacheFlags& flags) {
  if (!flags.tenant && flags.documents.empty()) {
    return PrintFailure(kUsage,
                        "lmp cache purge: name what to remove: --document NAME, --tenant NAME or "
                        "both (to remove all, delete the folder)",
                        flags.form());
  }
  const Result<ChunkStorePurge> purged =
      PurgeChunkStore(flags.store, flags.tenant.value_or(""), flags.documents);
  if (!purged.ok()) return PrintError(purged.status(), flags.form());
  if (flags.json) {
    WriteOut(Json{{"ok", true}, {"objects", purged->objects}, {"bytes", purged->bytes}}.dump() +
             "\n");
  } else {
    WriteOut("removed: " + Amount(purged->objects, purged->bytes) + "\n");
    if (purged->objects == 0) {
      WriteOut(
          "Nothing is stored under that name. What `lmp serve` stores for a tenant NAME is under "
          "\"tenant NAME/\", with a cache_salt behind it where one was given (docs/SERVER.md).\n");
    }
  }
  return kDone;
}

CLI::App* AddCommand(CLI::App* cache, const std::shared_ptr<CacheFlags>& flags, Action* action,
                     const std::string& name, const std::string& description,
                     ExitCode (*run)(const CacheFlags&)) {
  CLI::App* command = cache->add_subcommand(name, description);
  command->add_option("STORE", flags->store, "the folder given as --chunk-store")->required();
  command->add_flag("--json", flags->json, "one JSON object on standard output");
  command->callback([flags, action, run] { *action = [flags, run] { return run(*flags); }; });
  return command;
}

}  // namespace

void AddCache(CLI::App* app, Action* action) {
  auto flags = std::make_shared<CacheFlags>();
  CLI::App* cache = app->add_subcommand("cache", "Stored KV of passages: what is there, removal");
  cache->require_subcommand(1);
  cache->footer("docs/CHUNK-REUSE.md says what is stored and when.\nExample:  lmp cache stats kv/");
  AddCommand(cache, flags, action, "stats", "What a store holds", Stats)
      ->footer("Example:\n  lmp cache stats kv/");
  CLI::App* purge =
      AddCommand(cache, flags, action, "purge", "Remove KV; no byte of it is left", Purge);
  purge->add_option("--document", flags->documents,
                    "document, as its passages named it (repeat for several)");
  purge->add_option("--tenant", flags->tenant,
                    "tenant; alone: all it has. Without it, that of runs that name none");
  purge->footer(
      "Examples:\n"
      "  lmp cache purge kv/ --document docs/old.md\n"
      "  lmp cache purge kv/ --tenant alice\n");
}

}  // namespace lmp::cli
