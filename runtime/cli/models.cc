// lmp models: the GGUF files that are on this disk already, and which of them load.
#include <cstdio>
#include <cstdlib>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "runtime/cli/commands.h"
#include "runtime/cli/model_places.h"

namespace lmp::cli {
namespace {

struct ModelsFlags {
  std::vector<std::string> folders;
  bool json = false;
};

struct Looked {
  FoundModel model;
  std::string why_not;  // "" if it loads
  std::optional<ModelSummary> summary;
};

Looked LookAt(FoundModel model) {
  Looked out;
  out.why_not = model.refusal;
  if (out.why_not.empty()) {
    Result<ModelSummary> summary = ReadModelSummary(model.path.string());
    if (summary.ok()) out.summary = std::move(summary).value();
    if (!summary.ok()) out.why_not = summary.status().message();
    const std::string prefix = model.path.string() + ": ";
    if (out.why_not.starts_with(prefix)) out.why_not.erase(0, prefix.size());
  }
  out.model = std::move(model);
  return out;
}

std::string Facts(const Looked& one) {
  if (!one.summary) return one.why_not;
  const ModelSummary& m = *one.summary;
  return m.architecture + " " + m.weight_format + ", " + std::to_string(m.layers) + " layers of " +
         std::to_string(m.width) + ", context " + std::to_string(m.context_max);
}

void PrintText(const std::vector<ModelPlace>& places, const std::vector<Looked>& all) {
  const std::string* place = nullptr;
  bool any = false;
  for (const Looked& one : all) {
    if (place == nullptr || *place != one.model.place)
      std::printf("%s%s\n", place == nullptr ? "" : "\n", one.model.place.c_str());
    place = &one.model.place;
    any = any || one.summary;
    std::printf("  %-5s  %-32s %8.1f MB  %s\n         %s\n", one.summary ? "loads" : "no",
                one.model.name.c_str(), static_cast<double>(one.model.bytes) / 1e6,
                Facts(one).c_str(), one.model.path.c_str());
  }
  if (all.empty()) {
    std::printf("no models found; looked in\n");
    for (const ModelPlace& p : places)
      std::printf("  %-13s %s\n", p.name.c_str(), p.folder.c_str());
    std::printf("a folder of your own: lmp models DIR\n");
  } else if (any) {
    std::printf("\nuse one: lmp run FILE.lmp --model PATH\n");
  }
}

void PrintJson(const std::vector<Looked>& all) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const Looked& one : all) {
    nlohmann::ordered_json row = {{"place", one.model.place},
                                  {"name", one.model.name},
                                  {"path", one.model.path.string()},
                                  {"bytes", one.model.bytes},
                                  {"loads", one.summary.has_value()}};
    if (!one.summary) row["why"] = one.why_not;
    if (one.summary) {
      row["architecture"] = one.summary->architecture;
      row["weight_format"] = one.summary->weight_format;
      row["layers"] = one.summary->layers;
      row["width"] = one.summary->width;
      row["context"] = one.summary->context_max;
    }
    out.push_back(std::move(row));
  }
  WriteOut(out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

ExitCode Models(const ModelsFlags& flags) {
  std::vector<ModelPlace> places;
  for (const std::string& folder : flags.folders) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
      return PrintError(NotFound("there is no folder " + folder),
                        flags.json ? Form::kJson : Form::kText);
    }
    places.push_back({folder, folder});
  }
  if (places.empty()) {
    places = ModelPlaces([](const char* name) { return std::getenv(name); });
    const Result<std::string> demo = FindModel("", "");
    if (demo.ok()) {
      places.insert(places.begin(),
                    {"comes with LMP", std::filesystem::path(demo.value()).parent_path()});
    }
  }
  std::vector<Looked> all;
  for (const ModelPlace& place : places) {
    for (FoundModel& model : ModelsIn(place)) all.push_back(LookAt(std::move(model)));
  }
  if (flags.json) PrintJson(all);
  if (!flags.json) PrintText(places, all);
  return kDone;
}

}  // namespace

void AddModels(CLI::App* app, Action* action) {
  auto flags = std::make_shared<ModelsFlags>();
  CLI::App* command =
      app->add_subcommand("models", "Find model files on this disk and say which load");
  command->add_option("DIR", flags->folders,
                      "folders to look in, instead of the caches of Ollama, LM Studio, the Hugging "
                      "Face hub and llama.cpp");
  command->add_flag("--json", flags->json, "one JSON array");
  command->footer("Example:  lmp models ~/Downloads");
  command->callback([flags, action] { *action = [flags] { return Models(*flags); }; });
}

}  // namespace lmp::cli
