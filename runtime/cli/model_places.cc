#include "runtime/cli/model_places.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <tuple>

#include <nlohmann/json.hpp>

namespace lmp::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kEntriesMax = 100'000;
constexpr uintmax_t kManifestBytesMax = 1 << 20;

// "model-00001-of-00003.gguf": the number of the part, 0 if it is a whole model.
int PartOf(const std::string& name) {
  const size_t of = name.rfind("-of-");
  if (of == std::string::npos || of < 6 || name.size() != of + 4 + 5 + 5) return 0;
  const std::string digits = name.substr(of - 5, 5);
  const bool number =
      std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isdigit(c); });
  return number && name[of - 6] == '-' ? std::stoi(digits) : 0;
}

bool AddFile(const ModelPlace& place, const fs::path& path, std::vector<FoundModel>* out) {
  std::error_code error;
  const uintmax_t bytes = fs::file_size(path, error);
  if (error) return false;
  const std::string file = path.filename().string();
  const int part = PartOf(file);
  if (part > 1) return true;
  FoundModel found;
  found.place = place.name;
  found.name = fs::path(file).stem().string();
  found.path = path;
  found.bytes = bytes;
  if (part == 1) found.refusal = "a model in several files, which LMP does not read";
  out->push_back(std::move(found));
  return true;
}

// Folders with safetensors and without a GGUF file: snapshots of the Hugging Face hub, or plain.
void AddSafetensors(const ModelPlace& place, const fs::path& config, std::vector<FoundModel>* out) {
  const fs::path folder = config.parent_path();
  std::error_code error;
  bool weights = false;
  uint64_t bytes = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".gguf") return;
    if (entry.path().extension() != ".safetensors") continue;
    weights = true;
    bytes += entry.file_size(error);
  }
  if (!weights) return;
  std::string name = folder.filename().string();
  if (folder.parent_path().filename() == "snapshots") {  // models--ORG--NAME/snapshots/REVISION
    name = folder.parent_path().parent_path().filename().string();
    if (name.starts_with("models--")) name = name.substr(8);
    if (const size_t gap = name.find("--"); gap != std::string::npos) name.replace(gap, 2, "/");
  }
  out->push_back({place.name, name, folder, bytes, ""});
}

std::vector<FoundModel> InFolders(const ModelPlace& place) {
  std::vector<FoundModel> out;
  std::error_code error;
  auto entry = fs::recursive_directory_iterator(
      place.folder, fs::directory_options::skip_permission_denied, error);
  size_t seen = 0;
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (++seen > kEntriesMax) break;
    if (entry.depth() >= kModelDepthMax) entry.disable_recursion_pending();
    std::error_code broken;
    if (!entry->is_regular_file(broken)) continue;
    if (entry->path().extension() == ".gguf") AddFile(place, entry->path(), &out);
    if (entry->path().filename() == "config.json") AddSafetensors(place, entry->path(), &out);
  }
  return out;
}

// The digest of the layer that is the model; "" if the manifest has none.
std::string ModelLayer(const fs::path& manifest) {
  std::error_code error;
  if (fs::file_size(manifest, error) > kManifestBytesMax || error) return "";
  std::ifstream in(manifest, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("layers") || !json["layers"].is_array()) return "";
  for (const nlohmann::json& layer : json["layers"]) {
    if (!layer.is_object() || !layer.contains("mediaType") || !layer.contains("digest")) continue;
    if (!layer["mediaType"].is_string() || !layer["digest"].is_string()) continue;
    if (layer["mediaType"] != "application/vnd.ollama.image.model") continue;
    return layer["digest"].get<std::string>();
  }
  return "";
}

// manifests/REGISTRY/NAMESPACE/MODEL/TAG names blobs/sha256-...
std::vector<FoundModel> InOllama(const ModelPlace& place) {
  std::vector<FoundModel> out;
  std::error_code error;
  const fs::path manifests = place.folder / "manifests";
  auto entry = fs::recursive_directory_iterator(
      manifests, fs::directory_options::skip_permission_denied, error);
  size_t seen = 0;
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (++seen > kEntriesMax) break;
    std::error_code broken;
    if (!entry->is_regular_file(broken)) continue;
    std::string digest = ModelLayer(entry->path());
    const bool plain = std::all_of(digest.begin(), digest.end(),
                                   [](unsigned char c) { return std::isalnum(c) || c == ':'; });
    if (digest.empty() || !plain) continue;
    std::replace(digest.begin(), digest.end(), ':', '-');
    if (!AddFile(place, place.folder / "blobs" / digest, &out)) continue;
    std::vector<std::string> parts;
    for (const fs::path& part : entry->path().lexically_relative(manifests))
      parts.push_back(part.string());
    std::string& name = out.back().name;
    name = parts.back();
    if (parts.size() >= 2) name = parts[parts.size() - 2] + ":" + name;
    if (parts.size() >= 3 && parts[parts.size() - 3] != "library")
      name = parts[parts.size() - 3] + "/" + name;
  }
  return out;
}

}  // namespace

std::vector<ModelPlace> ModelPlaces(const std::function<const char*(const char*)>& environment) {
  const auto value = [&](const char* name) {
    const char* text = environment(name);
    return fs::path(text != nullptr ? text : "");
  };
  const fs::path home = value("HOME");
  const fs::path cache =
      value("XDG_CACHE_HOME").empty() ? home / ".cache" : value("XDG_CACHE_HOME");
  std::vector<ModelPlace> places;
  const auto add = [&](const char* name, const fs::path& folder) {
    const bool known = std::any_of(places.begin(), places.end(),
                                   [&](const ModelPlace& place) { return place.folder == folder; });
    if (folder.is_absolute() && !known) places.push_back({name, folder});
  };
  add("LMP", cache / "lmp/models");
  add("Ollama", value("OLLAMA_MODELS"));
  add("Ollama", home / ".ollama/models");
  add("Ollama", "/usr/share/ollama/.ollama/models");
  add("LM Studio", home / ".lmstudio/models");
  add("LM Studio", cache / "lm-studio/models");
  add("Hugging Face", value("HF_HUB_CACHE"));
  if (!value("HF_HOME").empty()) add("Hugging Face", value("HF_HOME") / "hub");
  add("Hugging Face", cache / "huggingface/hub");
  add("llama.cpp", value("LLAMA_CACHE"));
  add("llama.cpp", cache / "llama.cpp");
  return places;
}

std::vector<FoundModel> ModelsIn(const ModelPlace& place) {
  std::error_code error;
  std::vector<FoundModel> found =
      place.name == "Ollama" && fs::is_directory(place.folder / "manifests", error)
          ? InOllama(place)
          : InFolders(place);
  std::sort(found.begin(), found.end(), [](const FoundModel& a, const FoundModel& b) {
    return std::tie(a.name, a.path) < std::tie(b.name, b.path);
  });
  std::set<fs::path> files;
  std::erase_if(found, [&](const FoundModel& model) {
    const fs::path file = fs::canonical(model.path, error);
    return !error && place.name != "Ollama" && !files.insert(file).second;
  });
  return found;
}

}  // namespace lmp::cli
