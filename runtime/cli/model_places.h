// Where model files lie already: the caches of Ollama, LM Studio, the Hugging Face hub and
// llama.cpp, and folders that the user names. Reads names only, not the models.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace lmp::cli {

struct FoundModel {
  std::string place;  // "Ollama"
  std::string name;   // as that place calls it: "qwen2.5:0.5b"
  std::filesystem::path path;
  uint64_t bytes = 0;
  std::string refusal;  // why LMP does not read it, where its name tells; "" else
};

struct ModelPlace {
  std::string name;
  std::filesystem::path folder;
};

// The folders of this user, whether or not they are there. `environment` is getenv.
std::vector<ModelPlace> ModelPlaces(const std::function<const char*(const char*)>& environment);

// The models in a place, sorted by name, each file once; nothing if there is no such folder. What
// cannot be read is passed over. Looks at most kModelDepthMax folders deep.
inline constexpr int kModelDepthMax = 8;
std::vector<FoundModel> ModelsIn(const ModelPlace& place);

}  // namespace lmp::cli
