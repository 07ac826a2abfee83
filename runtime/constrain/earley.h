// Earley: recognises a grammar over lexemes (Earley 1970, with nullable symbols advanced at
// prediction as by Aycock and Horspool). Rows are hash-consed: a row is named by what it stands
// for, not by its place in the text, so equal situations are one row whatever led there, and the
// rows become the states of an automaton that is built as it is needed and shared by everyone who
// uses the grammar.
//
//   item      a step of a production, the count of rounds if it lies in a repeat, and where to go
//             on when the production is complete: (row, rule) = the items of `row` that wait for
//             `rule`
//   row       its residue: the items behind the last lexeme that are not complete, sorted; then
//             what they predict
//
// Invariants:
//   1. Rows never change once made; an item refers to its own row or to an earlier one.
//   2. Two rows differ in residue or in `accepting`.
//   3. An item that stands last in its production passes its own continuation on to what it
//   predicts,
//      so that right recursion and chains of rules add no levels: a list written with right
//      recursion comes back to one row like one with left recursion.
//   4. In grammars that GrammarBuilder made every symbol derives something, so every item of every
//   row
//      can be completed: a row is never a dead end.
//
// Not thread-safe: the automaton that owns it locks.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/constrain/rules.h"

namespace lmp::constrain {

class Earley {
 public:
  static constexpr uint32_t kNoRow = 0xffffffffu;

  struct Item {
    uint32_t step = 0;
    uint32_t count = 0;  // finished rounds, in a repeat
    uint32_t row = 0;    // continuation; kRootRow: the whole grammar
    uint32_t rule = 0;   // symbol of the rule that is complete then
    auto operator<=>(const Item&) const = default;
  };

  // `rules` must outlive this.
  explicit Earley(const Rules& rules) : rules_(rules) {}

  // The row before any text. kNoRow if a limit is exceeded, see status().
  uint32_t Start();
  // What is behind a terminal that several rows had begun: Begin, Add for each, Finish. kNoRow
  // as above.
  void Begin();
  void Add(uint32_t row, uint32_t terminal);
  uint32_t Finish();
  // The same for one row, memoised.
  uint32_t Next(uint32_t row, uint32_t terminal);

  bool accepting(uint32_t row) const { return rows_[row].accepting; }
  // Terminals that may come next, sorted: lexemes with a word that is not empty; special tokens.
  std::span<const uint32_t> lexemes(uint32_t row) const { return rows_[row].lexemes; }
  std::span<const uint32_t> specials(uint32_t row) const { return rows_[row].specials; }

  const Status& status() const { return status_; }
  size_t row_count() const { return rows_.size(); }
  size_t bytes() const { return bytes_; }
  // Items looked at since construction: what work costs.
  size_t steps() const { return steps_; }

 private:
  static constexpr uint32_t kRootRow = 0xfffffffeu;

  struct Waiting {
    uint32_t symbol = 0;
    Item item;
    auto operator<=>(const Waiting&) const = default;
  };
  struct Row {
    bool accepting = false;
    std::vector<Item> residue;
    std::vector<Waiting> waiting;  // sorted
    std::vector<uint32_t> lexemes, specials;
    std::unordered_map<uint32_t, uint32_t> next;  // by terminal
  };

  // A set that keeps the order of insertion, so that it is its own work list.
  class ItemSet {
   public:
    void Clear();
    void Insert(const Item& item);
    const std::vector<Item>& items() const { return items_; }

   private:
    std::vector<Item> items_;
    std::vector<uint32_t> slots_;  // open addressing, from kLinearMax items on
    static constexpr size_t kLinearMax = 12;
    void Place(uint32_t index);
  };

  static size_t HashOf(const Item& item);
  std::span<const Waiting> WaitingFor(const Row& row, uint32_t symbol) const;
  Item Advanced(const Item& item) const;
  bool SkipsEmpty(const Item& item) const;
  void Complete(uint32_t row, uint32_t rule);
  void Settle();
  uint32_t MakeRow(std::vector<Item> residue);
  void Predict(uint32_t row_id, Row* row);
  bool Limit(bool exceeded, const char* what, size_t limit);

  const Rules& rules_;
  Status status_;
  std::vector<Row> rows_;
  std::unordered_multimap<size_t, uint32_t> by_hash_;
  size_t bytes_ = 0;
  size_t steps_ = 0;
  // Scratch of one row under construction.
  ItemSet set_;
  std::vector<Item> residue_;
  bool accepting_ = false;
  std::vector<std::pair<uint32_t, uint32_t>> completed_;
};

}  // namespace lmp::constrain
