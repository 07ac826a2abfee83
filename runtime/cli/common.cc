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

}  // namespace lmp::cli
