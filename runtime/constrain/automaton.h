// Automaton: a grammar as a deterministic automaton over bytes, built as it is needed and shared by
// all generations that use the grammar. A state (Config) is what is known behind some text:
//
//   boundary   the Earley row of this very place, if a lexeme may end here, and
//   entries    (row, lexer state) for every row whose next lexeme has begun and is not complete;
//              the boundary's own next lexemes are among them, not begun yet
//
// Configs are hash-consed over hash-consed rows and lexer states, so equal situations are one
// config, in whatever request and place. For a purely regular constraint there are two rows, and
// the configs are the states of the expression's automaton.
//
// Invariants:
//   1. Every config but dead() can be completed to a text of the language: lexer states hold only
//      lexemes that can be completed, and rows only items that can be.
//   2. A config is immutable but for what is cached in atomics; it lives as long as the automaton.
//
// Threads: everything here may be called from any thread. A transition that is known costs two
// loads; one that is not is found under the automaton's lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/token_id.h"
#include "runtime/constrain/earley.h"
#include "runtime/constrain/lexer.h"
#include "runtime/constrain/mask_memo.h"
#include "runtime/constrain/rules.h"
#include "runtime/constrain/safe_text.h"

namespace lmp::constrain {

// What one mask or token may cost; afterwards `status` says why it ended.
struct Fuel {
  size_t left = 0;
  Status status;
};

class Config {
 public:
  bool accepting() const { return accepting_; }
  // Accepting, and nothing can follow.
  bool final() const { return final_; }
  // Accepting, and any bytes may follow, for ever.
  bool unrestricted() const { return unrestricted_; }
  // Special tokens that may come next.
  std::span<const std::pair<TokenId, uint32_t>> specials() const { return specials_; }

 private:
  friend class Automaton;
  struct Entry {
    uint32_t row = 0;
    uint32_t state = 0;
    auto operator<=>(const Entry&) const = default;
  };
  using Cell = std::atomic<const Config*>;

  Config() = default;
  // The transitions by byte class lie behind the object, so that a step is one dependent load.
  Cell* cells() const { return reinterpret_cast<Cell*>(const_cast<Config*>(this) + 1); }

  bool accepting_ = false;
  bool final_ = false;
  bool unrestricted_ = false;
  mutable std::atomic<int16_t> forced_{-2};      // a byte; -1: none; -2: not known yet
  mutable std::atomic<bool> safe_known_{false};  // then safe_bounds_ does not change
  mutable SafeBounds safe_bounds_;
  uint32_t boundary_ = Earley::kNoRow;
  std::vector<Entry> entries_;  // sorted
  std::vector<std::pair<TokenId, uint32_t>> specials_;
};
static_assert(sizeof(Config) % alignof(std::atomic<const Config*>) == 0);

class Automaton {
 public:
  // Errors: ResourceExhausted, if not even the start fits the limits.
  static Result<std::shared_ptr<Automaton>> Make(std::shared_ptr<const Rules> rules);
  ~Automaton();
  Automaton(const Automaton&) = delete;
  Automaton& operator=(const Automaton&) = delete;

  const Config* start() const { return start_; }
  const Config* dead() const { return dead_; }

  // Behind one more byte: dead() if nothing can come of it, null if the fuel is used up.
  const Config* Next(const Config* config, uint8_t byte, Fuel* fuel) {
    return NextOfClass(config, class_of_[byte], fuel);
  }
  const Config* NextOfClass(const Config* config, uint16_t byte_class, Fuel* fuel) {
    const Config* known = config->cells()[byte_class].load(std::memory_order_acquire);
    return known != nullptr ? known : Compute(config, byte_class, fuel);
  }
  // By byte: its class.
  const std::array<uint16_t, 256>& class_of() const { return class_of_; }
  // Behind a special token; dead() if it may not come here.
  const Config* NextSpecial(const Config* config, TokenId id, Fuel* fuel);
  // The only byte or special token that may come next, if it is a byte; else -1. Null fuel: -1.
  int ForcedByte(const Config* config, Fuel* fuel);
  // How much safe text may follow. {0, kForever} without fuel.
  constrain::SafeBounds SafeBounds(const Config* config, Fuel* fuel);

  const ConstraintLimits& limits() const { return rules_->limits; }
  MaskMemo& memo() { return memo_; }
  // Approximate; takes the lock.
  size_t bytes() const;
  size_t config_count() const;

 private:
  explicit Automaton(std::shared_ptr<const Rules> rules);

  const Config* Compute(const Config* config, uint16_t byte_class, Fuel* fuel);
  const Config* ComputeLocked(const Config* config, uint16_t byte_class, Fuel* fuel);
  void Keep(const Config* config, uint16_t byte_class, const Config* next);
  const Config* Intern(uint32_t boundary, const std::vector<Config::Entry>& entries);
  const Config* Enter(uint32_t row, std::vector<Config::Entry>* entries);
  Config* Allocate();
  bool Charge(size_t steps_before, Fuel* fuel);
  size_t StepsLocked() const;
  Status StatusLocked() const;
  bool FitsLocked() const;  // that status is ok
  constrain::SafeBounds FindSafeBounds(const Config* config, Fuel* fuel);
  int ExploreSafe(const Config* config, Fuel* fuel);
  const std::vector<const Config*>* AfterSafeChar(const Config* config, Fuel* fuel);

  const std::shared_ptr<const Rules> rules_;
  MaskMemo memo_;
  const std::array<uint16_t, 256> class_of_;
  const SafeText safe_text_;
  const Config* start_ = nullptr;
  const Config* dead_ = nullptr;

  mutable std::mutex mutex_;  // guards all below
  Status status_;
  Lexer lexer_;
  Earley earley_;
  std::vector<uint32_t> row_starts_;  // by row: lexer state of its lexemes; kUnknownStart
  std::vector<Config*> configs_;
  std::unordered_multimap<size_t, Config*> by_hash_;
  size_t bytes_ = 0;
  // Configs behind any one safe code point; none: one is refused.
  std::unordered_map<const Config*, std::vector<const Config*>> after_char_;
  // Scratch of one transition.
  std::vector<Config::Entry> entries_;
  std::vector<std::pair<uint32_t, uint32_t>> ended_;  // row, set of lexemes
};

}  // namespace lmp::constrain
