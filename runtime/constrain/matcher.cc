#include <string_view>
#include <utility>

#include "runtime/constrain/automaton.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/mask_walk.h"

namespace lmp::constrain {
namespace {

// A forced text ends here even if the automaton goes on (one with a forced cycle never ends).
constexpr size_t kForcedBytesMax = 4096;

}  // namespace

Matcher::Matcher(GrammarRef grammar, std::shared_ptr<const TokenTrie> trie)
    : grammar_(std::move(grammar)),
      automaton_(grammar_->automaton()),
      trie_(std::move(trie)),
      config_(automaton_->start()) {}

std::string_view Matcher::prefix() const {
  return std::string_view(grammar_->prefix()).substr(prefix_read_);
}

bool Matcher::Accepting() const { return prefix().empty() && config_->accepting(); }
bool Matcher::Final() const { return prefix().empty() && config_->final(); }
bool Matcher::Unrestricted() const { return prefix().empty() && config_->unrestricted(); }

Status Matcher::Mask(const std::vector<TokenId>& ends, TokenMask* mask) const {
  LMP_RETURN_IF_ERROR(status_);
  const bool keep = prefix().empty();
  if (!keep || !automaton_->memo().Find(trie_.get(), config_, mask)) {
    LMP_RETURN_IF_ERROR(WalkMask(*automaton_, *trie_, prefix(), config_, mask));
    if (keep) {
      for (const auto& [token, symbol] : config_->specials()) mask->Set(token, true);
      automaton_->memo().Store(trie_, config_, *mask);
    }
  }
  const bool accepting = Accepting();
  for (const TokenId end : ends) mask->Set(end, accepting);
  return OkStatus();
}

bool Matcher::Accept(TokenId id) {
  if (prefix().empty() && !config_->specials().empty()) {
    Fuel fuel{automaton_->limits().mask_steps, OkStatus()};
    const Config* next = automaton_->NextSpecial(config_, id, &fuel);
    if (next == nullptr) status_ = fuel.status;
    if (next != nullptr && next != automaton_->dead()) {
      config_ = next;
      return true;
    }
  }
  const std::string_view bytes = trie_->Bytes(id);
  return !bytes.empty() && AcceptBytes(bytes);
}

bool Matcher::AcceptBytes(std::string_view bytes) {
  if (!status_.ok()) return false;
  const std::string_view literal = prefix();
  const size_t in_prefix = std::min(literal.size(), bytes.size());
  if (bytes.substr(0, in_prefix) != literal.substr(0, in_prefix)) return false;
  Fuel fuel{automaton_->limits().mask_steps, OkStatus()};
  const Config* config = config_;
  for (const char byte : bytes.substr(in_prefix)) {
    config = automaton_->Next(config, static_cast<uint8_t>(byte), &fuel);
    if (config == nullptr) status_ = fuel.status;
    if (config == nullptr || config == automaton_->dead()) return false;
  }
  config_ = config;
  prefix_read_ += in_prefix;
  return true;
}

std::string Matcher::ForcedText() const {
  std::string out(prefix());
  Fuel fuel{automaton_->limits().mask_steps, OkStatus()};
  const Config* config = config_;
  while (out.size() < kForcedBytesMax && !config->accepting()) {
    const int byte = automaton_->ForcedByte(config, &fuel);
    if (byte < 0) break;
    config = automaton_->Next(config, static_cast<uint8_t>(byte), &fuel);
    if (config == nullptr) break;
    out.push_back(static_cast<char>(byte));
  }
  return out;
}

}  // namespace lmp::constrain
