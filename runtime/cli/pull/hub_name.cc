#include "runtime/cli/pull/hub_name.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include <nlohmann/json.hpp>

namespace lmp::cli {
namespace {

constexpr const char* kHuggingFace = "https://huggingface.co";
constexpr size_t kListed = 12;

// A part of a name: no part can lead elsewhere.
bool IsName(const std::string& text) {
  return !text.empty() && text[0] != '.' && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  });
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string Join(const std::vector<std::string>& parts, size_t from) {
  std::string text;
  for (size_t i = from; i < parts.size(); ++i) text += (i > from ? "/" : "") + parts[i];
  return text;
}

Status Wrong(const std::string& word) {
  return InvalidArgument("the name " + word +
                         ": expected hf:OWNER/REPO/FILE.gguf or hf:OWNER/REPO");
}

// OWNER/REPO[@REVISION][/FILE]
Result<std::optional<HubFile>> FromName(const std::string& word) {
  std::vector<std::string> parts = Split(word.substr(3), '/');
  if (parts.size() < 2) return Wrong(word);
  HubFile out;
  out.owner = parts[0];
  out.repository = parts[1];
  if (const size_t at = parts[1].find('@'); at != std::string::npos) {
    out.repository = parts[1].substr(0, at);
    out.revision = parts[1].substr(at + 1);
  }
  out.file = Join(parts, 2);
  const bool file = parts.size() == 2 || std::all_of(parts.begin() + 2, parts.end(), IsName);
  if (!IsName(out.owner) || !IsName(out.repository) || !IsName(out.revision) || !file)
    return Wrong(word);
  return std::optional(out);
}

}  // namespace

std::string HubEndpoint(const std::function<const char*(const char*)>& environment) {
  const char* set = environment("HF_ENDPOINT");
  std::string endpoint = set != nullptr && *set != 0 ? set : kHuggingFace;
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint;
}

Result<std::optional<HubFile>> ParseHubName(const std::string& word, const std::string& endpoint) {
  if (word.starts_with("hf:")) return FromName(word);
  if (!word.starts_with(endpoint + "/")) return std::optional<HubFile>();
  // ENDPOINT/OWNER/REPO/blob/REVISION/FILE is the page of a file, /resolve/ the file.
  const std::string path = word.substr(endpoint.size() + 1);
  const std::vector<std::string> parts = Split(path.substr(0, path.find_first_of("?#")), '/');
  if (parts.size() < 5 || (parts[2] != "blob" && parts[2] != "resolve"))
    return std::optional<HubFile>();
  const HubFile out{parts[0], parts[1], parts[3], Join(parts, 4)};
  const bool names = std::all_of(parts.begin(), parts.end(), IsName);
  return names ? std::optional(out) : std::nullopt;
}

std::string HubUrl(const HubFile& file, const std::string& endpoint) {
  return endpoint + "/" + file.owner + "/" + file.repository + "/resolve/" + file.revision + "/" +
         file.file;
}

Result<std::string> OnlyFileOf(const HubFile& file, const std::string& endpoint,
                               const net::HttpClient& client, net::HttpRequest request) {
  const std::string name = file.owner + "/" + file.repository;
  request.url = endpoint + "/api/models/" + name + "/revision/" + file.revision;
  LMP_TRY(const net::HttpReply reply, client.Send(request));
  LMP_RETURN_IF_ERROR(net::ExpectSuccess(reply));
  const nlohmann::json json = nlohmann::json::parse(reply.body, nullptr, false);
  if (!json.is_object() || !json.contains("siblings") || !json["siblings"].is_array())
    return Corruption(request.url + ": expected a list of files");
  std::vector<std::string> found;
  for (const nlohmann::json& sibling : json["siblings"]) {
    if (!sibling.is_object() || !sibling.contains("rfilename")) continue;
    if (!sibling["rfilename"].is_string()) continue;
    const auto path = sibling["rfilename"].get<std::string>();
    const std::vector<std::string> parts = Split(path, '/');
    if (path.ends_with(".gguf") && std::all_of(parts.begin(), parts.end(), IsName))
      found.push_back(path);
  }
  if (found.size() == 1) return found[0];
  if (found.empty()) return NotFound("hf:" + name + " has no GGUF file");
  std::string list;
  for (size_t i = 0; i < std::min(found.size(), kListed); ++i)
    list += "\n  lmp pull hf:" + name + "/" + found[i];
  if (found.size() > kListed) list += "\n  ...";
  return NotFound("hf:" + name + " has " + std::to_string(found.size()) +
                  " GGUF files, name one:" + list);
}

}  // namespace lmp::cli
