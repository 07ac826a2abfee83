#include "runtime/remote/server_kind.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace lmp::remote {
namespace {

constexpr ServerKind kKinds[] = {
    {.name = "lmp",
     .owner = "lmp",
     .takes_ids = true,
     .grammar = ServerKind::Grammar::kGrammar,
     .score = ServerKind::Score::kScoreTokens,
     .min_tokens = true,
     .salt = true,
     .returns_ids = true,
     .heals = true,
     .sites = true},
    {.name = "vllm",
     .owner = "vllm",
     .takes_ids = true,
     .grammar = ServerKind::Grammar::kStructuredOutputs,
     .score = ServerKind::Score::kEcho,
     .end_ids = true,
     .min_tokens = true,
     .salt = true,
     .returns_ids = true,
     .detokenized = "prompt",
     .priority = ServerKind::Priority::kLessFirst},
    {.name = "sglang",
     .owner = "sglang",
     .takes_ids = true,
     .grammar = ServerKind::Grammar::kEbnf,
     .score = ServerKind::Score::kEcho,
     .end_ids = true,
     .min_tokens = true,
     .salt = true,
     .returns_ids = true,
     .priority = ServerKind::Priority::kMoreFirst},
    {.name = "llama-server", .owner = "llamacpp", .takes_ids = true, .detokenized = "content"},
    {.name = "llama-cpp-python", .owner = "me", .interrupts = true},
};

}  // namespace

Result<const ServerKind*> ServerKindNamed(std::string_view name) {
  std::string names;
  for (const ServerKind& kind : kKinds) {
    if (kind.name == name) return &kind;
    names += (names.empty() ? "" : ", ") + std::string(kind.name);
  }
  return InvalidArgument("there is no kind of server " + QuoteText(std::string(name)) +
                         "; there are: " + names);
}

const ServerKind* ServerKindOfOwner(std::string_view owner) {
  const auto* found = std::find_if(std::begin(kKinds), std::end(kKinds),
                                   [&](const ServerKind& kind) { return kind.owner == owner; });
  return found == std::end(kKinds) ? nullptr : found;
}

}  // namespace lmp::remote
