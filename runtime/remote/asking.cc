#include "runtime/remote/asking.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/text.h"
#include "runtime/constrain/gbnf_text.h"
#include "runtime/net/sha256.h"

namespace lmp::remote {
namespace {

constexpr size_t kGrammarsMax = 256;

std::string Named(const ServerKind& kind) {
  return "servers of the kind " + std::string(kind.name);
}

// One number per generation and seed, spread over the bits (SplitMix64).
uint64_t SeedOf(const engine::SamplingOptions& sampling) {
  uint64_t x = sampling.seed + 0x9e3779b97f4a7c15u * (sampling.site + 1);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return (x ^ (x >> 31)) & 0x7fffffffu;
}

void SetSampling(const Asked& asked, const engine::SamplingOptions& sampling, Json* body) {
  (*body)["temperature"] = sampling.temperature < 1e-5 ? 0.0 : sampling.temperature;
  (*body)["top_p"] = sampling.top_p;
  // vLLM and SGLang know -1 as none in every version.
  const bool minus = asked.kind->end_ids;
  (*body)["top_k"] = sampling.top_k > 0 ? sampling.top_k : (minus ? -1 : 0);
  (*body)["min_p"] = sampling.min_p;
  (*body)["seed"] = asked.kind->sites ? sampling.seed : SeedOf(sampling);
  if (asked.kind->sites) (*body)["site"] = sampling.site;
  (*body)["presence_penalty"] = sampling.presence_penalty;
  (*body)["frequency_penalty"] = sampling.frequency_penalty;
  for (const auto& [id, bias] : sampling.logit_bias)
    (*body)["logit_bias"][std::to_string(id)] = bias;
  (*body)[minus || asked.kind->heals ? "repetition_penalty" : "repeat_penalty"] = 1;
}

// Whether a server that knows nothing of healed bytes could find the stop in them.
bool TouchesHealed(const std::string& stop, std::string_view healed) {
  if (healed.find(stop) != healed.npos) return true;
  for (size_t n = std::min(healed.size(), stop.size() - 1); n > 0; --n) {
    if (healed.substr(healed.size() - n) == std::string_view(stop).substr(0, n)) return true;
  }
  return false;
}

}  // namespace

Result<std::string> GrammarTexts::Get(const constrain::GrammarRef& grammar) {
  const void* key = grammar->shared().get();
  {
    std::lock_guard lock(mutex_);
    if (const auto at = texts_.find(key); at != texts_.end()) {
      for (const Entry& entry : at->second) {
        if (entry.grammar->prefix() == grammar->prefix()) return entry.text;
      }
    }
  }
  LMP_TRY(std::string text, constrain::GbnfText(*grammar));
  std::lock_guard lock(mutex_);
  if (count_++ == kGrammarsMax) {
    texts_.clear();
    count_ = 1;
  }
  texts_[key].push_back({grammar, text});
  return text;
}

Result<Json> PromptBody(const Asked& asked, const engine::SequenceSpec& spec,
                        std::span<const TokenId> prompt, const text::Tokenizer& tokenizer) {
  Json body = Json::object();
  body["model"] = asked.model;
  if (asked.kind->takes_ids) {
    body["prompt"] = std::vector<TokenId>(prompt.begin(), prompt.end());
  } else {
    LMP_TRY(body["prompt"], PromptText(prompt, tokenizer));
  }
  if (asked.priority != 0) body["priority"] = asked.priority;
  if (spec.tenant.empty()) return body;
  if (!asked.kind->salt) {
    return Unsupported(Named(*asked.kind) +
                       " share their cache among all who ask, and this text is private");
  }
  // The name of a tenant is nobody else's business, and any bytes.
  net::Sha256 digest;
  digest.Add(spec.tenant);
  body["cache_salt"] = digest.Hex();
  return body;
}

Result<std::string> GenerateBody(const Asked& asked, const engine::SequenceSpec& spec,
                                 const engine::GenerateSpec& generate, int room,
                                 const text::Tokenizer& tokenizer, GrammarTexts* grammars) {
  const ServerKind& kind = *asked.kind;
  LMP_TRY(Json body, PromptBody(asked, spec, spec.tokens, tokenizer));
  SetSampling(asked, generate.sampling, &body);
  body["stream"] = true;
  body["stream_options"] = {{"include_usage", true}};
  if (kind.returns_ids) body["return_token_ids"] = true;
  if (kind.end_ids && !generate.end_tokens.empty()) body["stop_token_ids"] = generate.end_tokens;
  if (generate.min_tokens > 0) {
    if (!kind.min_tokens) return Unsupported("`gen` with `min`: " + Named(kind) + " have no such");
    body["min_tokens"] = generate.min_tokens;
  }

  std::string healed;
  int tokens_max = generate.max_tokens;
  if (generate.matcher) {
    const constrain::GrammarRef& grammar = generate.matcher->grammar();
    Result<std::string> text = grammars->Get(grammar);
    if (!text.ok()) return text.status().WithPrefix("the type as a grammar for the server");
    using Grammar = ServerKind::Grammar;
    if (kind.grammar == Grammar::kStructuredOutputs) {
      body["structured_outputs"] = {{"grammar", *std::move(text)}};
    } else {
      body[kind.grammar == Grammar::kEbnf ? "ebnf" : "grammar"] = *std::move(text);
    }
    healed = grammar->prefix().substr(0, static_cast<size_t>(generate.healed_bytes));
    if (kind.heals) {
      if (!healed.empty()) body["healed_bytes"] = healed.size();
      healed.clear();
    } else {
      // Tokens that only spell the prompt's end again do not count: at most so many.
      std::vector<TokenId> ids;
      tokenizer.Encode(healed, text::FragmentStart::kContinue, &ids);
      tokens_max += static_cast<int>(ids.size());
    }
  }
  body["max_tokens"] = std::min(tokens_max, room);
  Json stops = Json::array();
  for (const std::string& stop : generate.stops) {
    // The others are found here.
    if (!TouchesHealed(stop, healed) && generate.stops_until.empty()) stops.push_back(stop);
  }
  if (!stops.empty()) body["stop"] = std::move(stops);
  return DumpJson(body);
}

namespace {

// Control and user-defined pieces as llama.cpp finds them in a text: of those that begin first, the
// longest.
struct Special {
  size_t begin = std::string::npos, size = 0;
  TokenId id = -1;
};

std::vector<std::pair<std::string, TokenId>> SpecialsOf(const text::Tokenizer& tokenizer) {
  std::vector<std::pair<std::string, TokenId>> out;
  const text::TokenizerSpec& spec = tokenizer.spec();
  for (TokenId id = 0; id < tokenizer.vocabulary(); ++id) {
    const auto at = static_cast<size_t>(id);
    const bool special = tokenizer.IsControl(id) ||
                         spec.types[at] == text::PieceType::kUserDefined ||
                         spec.types[at] == text::PieceType::kUnknown;
    if (special && !spec.pieces[at].empty()) out.emplace_back(spec.pieces[at], id);
  }
  return out;
}

Special NextSpecial(std::string_view text,
                    const std::vector<std::pair<std::string, TokenId>>& specials) {
  Special best;
  for (const auto& [piece, id] : specials) {
    const size_t begin = text.find(piece);
    if (begin == text.npos) continue;
    if (begin < best.begin || (begin == best.begin && piece.size() > best.size))
      best = {begin, piece.size(), id};
  }
  return best;
}

}  // namespace

Result<std::string> PromptText(std::span<const TokenId> tokens, const text::Tokenizer& tokenizer) {
  const text::TokenizerSpec& spec = tokenizer.spec();
  // The server puts BOS in front by itself, iff the model says so.
  const bool bos = spec.add_bos && spec.bos >= 0;
  if (bos != (!tokens.empty() && tokens.front() == spec.bos))
    return Unsupported("a prompt without the model's BOS, for a server that tokenises by itself");
  const std::vector<std::pair<std::string, TokenId>> specials = SpecialsOf(tokenizer);
  std::string text;
  bool message = true;  // the server drops one space where a fragment begins, and puts it there
  for (const TokenId id : tokens.subspan(bos ? 1 : 0)) {
    const auto at = static_cast<size_t>(id);
    const bool special = tokenizer.IsControl(id) || spec.types[at] == text::PieceType::kUserDefined;
    std::string_view bytes = special ? std::string_view(spec.pieces[at]) : tokenizer.Bytes(id);
    if (message && !special && spec.model == "llama" && spec.add_space_prefix &&
        bytes.starts_with(' '))
      bytes.remove_prefix(1);
    message = special;
    text += bytes;
  }
  std::vector<TokenId> back(tokens.begin(), tokens.begin() + (bos ? 1 : 0));
  for (std::string_view rest = text; !rest.empty();) {
    const Special next = NextSpecial(rest, specials);
    const std::string_view fragment = rest.substr(0, next.begin);
    if (!fragment.empty()) tokenizer.Encode(fragment, text::FragmentStart::kMessage, &back);
    if (next.begin == std::string::npos) break;
    back.push_back(next.id);
    rest.remove_prefix(next.begin + next.size);
  }
  if (IsValidUtf8(text) && std::equal(back.begin(), back.end(), tokens.begin(), tokens.end()))
    return text;
  for (const auto& [piece, id] : specials) {
    const bool spelt = text.find(piece) != text.npos &&
                       std::find(tokens.begin(), tokens.end(), id) == tokens.end();
    if (spelt) {
      return Unsupported("a text of the prompt spells " + QuoteText(piece) +
                         ", which the server would read as the control token: it takes only text");
    }
  }
  return Unsupported(
      "the server takes only text, and its tokenizer would cut this prompt otherwise than the "
      "program does");
}

}  // namespace lmp::remote
