// Names of model files on a hub of models: "hf:OWNER/REPO/FILE.gguf",
// "hf:OWNER/REPO@REVISION/FILE", "hf:OWNER/REPO" where the repository has one GGUF file, and the
// addresses of the hub's own pages.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "runtime/api/lmp.h"
#include "runtime/net/http_client.h"

namespace lmp::cli {

struct HubFile {
  std::string owner, repository, revision = "main";
  std::string file;  // may have folders; "" where the name says none
};

// The hub that is asked: HF_ENDPOINT, else Hugging Face's. No slash at the end.
std::string HubEndpoint(const std::function<const char*(const char*)>& environment);

// None if `word` is no name of that kind. Errors: InvalidArgument (one that is not complete).
Result<std::optional<HubFile>> ParseHubName(const std::string& word, const std::string& endpoint);

std::string HubUrl(const HubFile& file, const std::string& endpoint);

// Asks the hub for the only GGUF file of the repository. Errors: NotFound (none, or several, which
// it lists), those of HttpClient::Send and ExpectSuccess.
Result<std::string> OnlyFileOf(const HubFile& file, const std::string& endpoint,
                               const net::HttpClient& client, net::HttpRequest request);

}  // namespace lmp::cli
