#include "runtime/constrain/automaton.h"

#include <algorithm>
#include <new>
#include <string>

#include "runtime/base/check.h"

namespace lmp::constrain {
namespace {

constexpr uint32_t kUnknownStart = 0xfffffffeu;

std::array<uint16_t, 256> ClassArray(const std::vector<uint16_t>& classes) {
  std::array<uint16_t, 256> array{};
  std::copy(classes.begin(), classes.end(), array.begin());
  return array;
}

}  // namespace

Automaton::Automaton(std::shared_ptr<const Rules> rules)
    : rules_(std::move(rules)),
      memo_(rules_->limits.memo_bytes),
      class_of_(ClassArray(rules_->class_of)),
      safe_text_(class_of_),
      lexer_(*rules_),
      earley_(*rules_) {
  dead_ = Allocate();
}

Result<std::shared_ptr<Automaton>> Automaton::Make(std::shared_ptr<const Rules> rules) {
  const std::shared_ptr<Automaton> made(new Automaton(std::move(rules)));
  const std::lock_guard<std::mutex> lock(made->mutex_);
  const uint32_t row = made->earley_.Start();
  if (row != Earley::kNoRow) made->start_ = made->Enter(row, &made->entries_);
  if (made->start_ == nullptr) return made->StatusLocked();
  return made;
}

Automaton::~Automaton() {
  for (Config* config : configs_) {
    config->~Config();
    ::operator delete(config);
  }
}

Config* Automaton::Allocate() {
  const size_t classes = rules_->class_byte.size();
  const size_t size = sizeof(Config) + classes * sizeof(Config::Cell);
  Config* config = new (::operator new(size)) Config();
  for (size_t c = 0; c < classes; ++c) new (config->cells() + c) Config::Cell(nullptr);
  configs_.push_back(config);
  bytes_ += size + 64;
  return config;
}

Status Automaton::StatusLocked() const {
  if (!status_.ok()) return status_;
  const Status lexer = lexer_.status();
  return lexer.ok() ? earley_.status() : lexer;
}

bool Automaton::FitsLocked() const {
  return status_.ok() && lexer_.fits() && earley_.status().ok();
}

size_t Automaton::StepsLocked() const { return lexer_.steps() + earley_.steps() + configs_.size(); }

// Takes what was done since `steps_before` from the fuel; false if it is used up or a limit of the
// automaton was met.
bool Automaton::Charge(size_t steps_before, Fuel* fuel) {
  const size_t cost = StepsLocked() - steps_before;
  fuel->left = fuel->left > cost ? fuel->left - cost : 0;
  if (fuel->left > 0 && FitsLocked()) return true;
  Status status = StatusLocked();
  if (status.ok() && fuel->left == 0) {
    status = ResourceExhausted("one token of the constraint took more than " +
                               std::to_string(limits().mask_steps) + " steps (limit mask_steps)");
  }
  if (fuel->status.ok()) fuel->status = std::move(status);
  return false;
}

size_t Automaton::bytes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return bytes_ + lexer_.bytes() + earley_.bytes();
}

size_t Automaton::config_count() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return configs_.size();
}

const Config* Automaton::Compute(const Config* config, uint16_t byte_class, Fuel* fuel) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ComputeLocked(config, byte_class, fuel);
}

const Config* Automaton::ComputeLocked(const Config* config, uint16_t byte_class, Fuel* fuel) {
  const Config* known = config->cells()[byte_class].load(std::memory_order_acquire);
  if (known != nullptr) return known;
  const size_t steps = StepsLocked();
  std::vector<Config::Entry>& entries = entries_;
  std::vector<std::pair<uint32_t, uint32_t>>& ended = ended_;
  entries.clear();
  ended.clear();
  for (const Config::Entry& entry : config->entries_) {
    const Lexer::Transition next = lexer_.Next(entry.state, byte_class);
    if (next.state != Lexer::kNoState) entries.push_back({entry.row, next.state});
    if (next.accepted != 0) ended.emplace_back(entry.row, next.accepted);
  }
  uint32_t row = Earley::kNoRow;
  if (ended.size() == 1 && lexer_.lexemes(ended[0].second).size() == 1) {
    row = earley_.Next(ended[0].first, lexer_.lexemes(ended[0].second)[0]);
  } else if (!ended.empty()) {
    earley_.Begin();
    for (const auto& [from, accepted] : ended) {
      for (const uint32_t lexeme : lexer_.lexemes(accepted)) earley_.Add(from, lexeme);
    }
    row = earley_.Finish();
  }
  if (!FitsLocked()) {
    Charge(steps, fuel);
    return nullptr;
  }
  const Config* next = dead_;
  if (row != Earley::kNoRow) {
    next = Enter(row, &entries);
  } else if (!entries.empty()) {
    std::sort(entries.begin(), entries.end());
    entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
    next = Intern(Earley::kNoRow, entries);
  }
  if (!Charge(steps, fuel) || next == nullptr) return nullptr;
  Keep(config, byte_class, next);
  return next;
}

// Sets the transition of the class and of all others that its lexemes do not tell from it.
void Automaton::Keep(const Config* config, uint16_t byte_class, const Config* next) {
  Config::Cell* const cells = config->cells();
  const size_t classes = rules_->class_byte.size();
  if (config->entries_.size() == 1) {
    const std::span<const Lexer::Transition> known = lexer_.Known(config->entries_[0].state);
    for (size_t c = 0; c < classes; ++c) {
      if (known[c] == known[byte_class]) cells[c].store(next, std::memory_order_release);
    }
    return;
  }
  for (size_t c = 0; c < classes; ++c) {
    const bool alike = std::all_of(
        config->entries_.begin(), config->entries_.end(), [&](const Config::Entry& entry) {
          const std::span<const Lexer::Transition> known = lexer_.Known(entry.state);
          return known[c] == known[byte_class];
        });
    if (alike) cells[c].store(next, std::memory_order_release);
  }
}

// The config whose boundary is `row`, besides lexemes that go on.
const Config* Automaton::Enter(uint32_t row, std::vector<Config::Entry>* entries) {
  if (row_starts_.size() <= row) row_starts_.resize(row + 1, kUnknownStart);
  if (row_starts_[row] == kUnknownStart) row_starts_[row] = lexer_.Start(earley_.lexemes(row));
  if (row_starts_[row] != Lexer::kNoState) entries->push_back({row, row_starts_[row]});
  std::sort(entries->begin(), entries->end());
  entries->erase(std::unique(entries->begin(), entries->end()), entries->end());
  return Intern(row, *entries);
}

const Config* Automaton::Intern(uint32_t boundary, const std::vector<Config::Entry>& entries) {
  if (!FitsLocked()) return nullptr;
  size_t hash = boundary;
  for (const Config::Entry& entry : entries) {
    hash = (hash ^ (uint64_t{entry.row} << 32 | entry.state)) * 0x9e3779b97f4a7c15ull;
    hash ^= hash >> 29;
  }
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto at = first; at != last; ++at) {
    if (at->second->boundary_ == boundary && at->second->entries_ == entries) return at->second;
  }
  if (configs_.size() >= limits().configs) {
    status_ = ResourceExhausted("the constraint needs more than " +
                                std::to_string(limits().configs) + " states (limit configs)");
    return nullptr;
  }
  Config* config = Allocate();
  config->boundary_ = boundary;
  config->entries_ = entries;
  bytes_ += config->entries_.size() * sizeof(Config::Entry);
  if (boundary != Earley::kNoRow) {
    config->accepting_ = earley_.accepting(boundary);
    for (const uint32_t symbol : earley_.specials(boundary)) {
      config->specials_.emplace_back(rules_->specials[symbol - rules_->special_begin()], symbol);
    }
  }
  config->final_ = config->accepting_ && config->entries_.empty() && config->specials_.empty();
  LMP_CHECK(config->accepting_ || !config->entries_.empty() || !config->specials_.empty());
  for (const Config::Entry& entry : config->entries_) {
    if (!config->accepting_ || !lexer_.HasAnyBytes(entry.state)) continue;
    for (const uint32_t lexeme : lexer_.AnyBytesLexemes(entry.state)) {
      const uint32_t behind = earley_.Next(entry.row, lexeme);
      if (behind == Earley::kNoRow) return nullptr;
      if (earley_.accepting(behind)) config->unrestricted_ = true;
    }
  }
  by_hash_.emplace(hash, config);
  return config;
}

const Config* Automaton::NextSpecial(const Config* config, TokenId id, Fuel* fuel) {
  for (const auto& [token, symbol] : config->specials_) {
    if (token != id) continue;
    const std::lock_guard<std::mutex> lock(mutex_);
    const size_t steps = StepsLocked();
    const uint32_t row = earley_.Next(config->boundary_, symbol);
    entries_.clear();
    const Config* next = row == Earley::kNoRow ? nullptr : Enter(row, &entries_);
    return Charge(steps, fuel) ? next : nullptr;
  }
  return dead_;
}

int Automaton::ForcedByte(const Config* config, Fuel* fuel) {
  const int known = config->forced_.load(std::memory_order_relaxed);
  if (known != -2) return known;
  const std::lock_guard<std::mutex> lock(mutex_);
  ByteSet first;
  bool exact = true;
  for (const Config::Entry& entry : config->entries_) {
    bool exact_here = false;
    first = first | lexer_.FirstBytes(entry.state, &exact_here);
    exact = exact && exact_here;
  }
  int forced = -1;
  if (config->specials_.empty() && (exact || first.count() == 1)) {
    if (first.count() == 1) forced = first.first();
  } else if (config->specials_.empty()) {
    for (size_t c = 0; c < rules_->class_byte.size(); ++c) {
      if (!first.Contains(rules_->class_byte[c])) continue;
      const Config* next = ComputeLocked(config, static_cast<uint16_t>(c), fuel);
      if (next == nullptr) return -1;
      if (next == dead_) continue;
      if (forced >= 0 || !rules_->class_alone[c]) {
        forced = -1;
        break;
      }
      forced = rules_->class_byte[c];
    }
  }
  config->forced_.store(static_cast<int16_t>(forced), std::memory_order_relaxed);
  return forced;
}

}  // namespace lmp::constrain
