#include "runtime/constrain/earley.h"

#include <algorithm>
#include <string>
#include <utility>

#include "runtime/base/check.h"

namespace lmp::constrain {

size_t Earley::HashOf(const Item& item) {
  uint64_t h = uint64_t{item.step} << 32 | item.count;
  h = (h ^ (h >> 31)) * 0x9e3779b97f4a7c15ull;
  h ^= uint64_t{item.row} << 32 | item.rule;
  h = (h ^ (h >> 29)) * 0xbf58476d1ce4e5b9ull;
  return h ^ (h >> 32);
}

void Earley::ItemSet::Clear() {
  items_.clear();
  slots_.clear();
}

void Earley::ItemSet::Place(uint32_t index) {
  size_t slot = HashOf(items_[index]) & (slots_.size() - 1);
  while (slots_[slot] != kNoRow) slot = (slot + 1) & (slots_.size() - 1);
  slots_[slot] = index;
}

void Earley::ItemSet::Insert(const Item& item) {
  if (items_.size() < kLinearMax) {
    if (std::find(items_.begin(), items_.end(), item) == items_.end()) items_.push_back(item);
    return;
  }
  if ((items_.size() + 1) * 2 > slots_.size()) {
    slots_.assign(std::max<size_t>(64, slots_.size() * 2), kNoRow);
    for (uint32_t i = 0; i < items_.size(); ++i) Place(i);
  }
  size_t slot = HashOf(item) & (slots_.size() - 1);
  for (; slots_[slot] != kNoRow; slot = (slot + 1) & (slots_.size() - 1)) {
    if (items_[slots_[slot]] == item) return;
  }
  items_.push_back(item);
  slots_[slot] = static_cast<uint32_t>(items_.size() - 1);
}

bool Earley::Limit(bool exceeded, const char* what, size_t limit) {
  if (exceeded && status_.ok()) {
    status_ = ResourceExhausted("the constraint needs more than " + std::to_string(limit) +
                                " of its parser's " + what);
  }
  return !status_.ok();
}

std::span<const Earley::Waiting> Earley::WaitingFor(const Row& row, uint32_t symbol) const {
  const auto first = std::lower_bound(row.waiting.begin(), row.waiting.end(), symbol,
                                      [](const Waiting& w, uint32_t s) { return w.symbol < s; });
  const auto last = std::upper_bound(first, row.waiting.end(), symbol,
                                     [](uint32_t s, const Waiting& w) { return s < w.symbol; });
  return {first, last};
}

// The item behind its symbol. At the end of a repeat's round the count grows, but not beyond what
// still makes a difference.
Earley::Item Earley::Advanced(const Item& item) const {
  Item next = item;
  ++next.step;
  const uint32_t step = rules_.steps[next.step];
  if (step == Rules::kEndStep || (step & Rules::kRepeatEnd) == 0) return next;
  const Rules::RepeatRule& repeat = rules_.repeats[step & ~Rules::kRepeatEnd];
  const bool matters = repeat.max != kUnbounded || next.count < repeat.min;
  if (matters) ++next.count;
  return next;
}

// May the item go on behind its symbol without text? An empty round of a repeat without separator
// changes nothing, and would be counted for ever.
bool Earley::SkipsEmpty(const Item& item) const {
  if (!rules_.nullable(rules_.steps[item.step])) return false;
  const uint32_t next = rules_.steps[item.step + 1];
  if (next == Rules::kEndStep || (next & Rules::kRepeatEnd) == 0) return true;
  return rules_.repeats[next & ~Rules::kRepeatEnd].separator_step != Rules::kEndStep;
}

void Earley::Complete(uint32_t row, uint32_t rule) {
  if (row == kRootRow) {
    accepting_ = true;
    return;
  }
  const std::pair<uint32_t, uint32_t> key(row, rule);
  if (std::find(completed_.begin(), completed_.end(), key) != completed_.end()) return;
  completed_.push_back(key);
  for (const Waiting& w : WaitingFor(rows_[row], rule)) set_.Insert(Advanced(w.item));
}

// Follows the items of set_ to what is not complete: the residue. A completed item's continuation
// lies in a finished row.
void Earley::Settle() {
  for (size_t i = 0; i < set_.items().size(); ++i) {
    if (Limit(i >= rules_.limits.row_items, "items in one row (limit row_items)",
              rules_.limits.row_items)) {
      return;
    }
    const Item item = set_.items()[i];
    ++steps_;
    const uint32_t step = rules_.steps[item.step];
    if (step == Rules::kEndStep) {
      Complete(item.row, item.rule);
      continue;
    }
    if ((step & Rules::kRepeatEnd) == 0) {
      residue_.push_back(item);
      if (SkipsEmpty(item)) set_.Insert(Advanced(item));
      continue;
    }
    const Rules::RepeatRule& repeat = rules_.repeats[step & ~Rules::kRepeatEnd];
    if (item.count >= repeat.min) Complete(item.row, item.rule);
    if (item.count < repeat.max) {
      const bool separated = repeat.separator_step != Rules::kEndStep;
      set_.Insert(
          {separated ? repeat.separator_step : repeat.item_step, item.count, item.row, item.rule});
    }
  }
}

uint32_t Earley::Start() {
  Begin();
  set_.Insert({0, 0, kRootRow, rules_.rule_begin()});
  return Finish();
}

void Earley::Begin() {
  set_.Clear();
  residue_.clear();
  completed_.clear();
  accepting_ = false;
}

void Earley::Add(uint32_t row, uint32_t terminal) {
  for (const Waiting& w : WaitingFor(rows_[row], terminal)) set_.Insert(Advanced(w.item));
}

uint32_t Earley::Finish() {
  if (!status_.ok()) return kNoRow;
  Settle();
  if (!status_.ok()) return kNoRow;
  std::sort(residue_.begin(), residue_.end());
  return MakeRow(residue_);
}

uint32_t Earley::Next(uint32_t row, uint32_t terminal) {
  const auto known = rows_[row].next.find(terminal);
  if (known != rows_[row].next.end()) return known->second;
  Begin();
  Add(row, terminal);
  const uint32_t next = Finish();
  if (next != kNoRow) rows_[row].next.emplace(terminal, next);
  return next;
}

uint32_t Earley::MakeRow(std::vector<Item> residue) {
  size_t hash = accepting_ ? 1 : 0;
  for (const Item& item : residue) hash = hash * 0x9e3779b97f4a7c15ull + HashOf(item);
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto at = first; at != last; ++at) {
    const Row& row = rows_[at->second];
    if (row.accepting == accepting_ && row.residue == residue) return at->second;
  }
  if (Limit(rows_.size() >= rules_.limits.rows, "rows (limit rows)", rules_.limits.rows)) {
    return kNoRow;
  }
  const auto id = static_cast<uint32_t>(rows_.size());
  Row row;
  row.accepting = accepting_;
  row.residue = std::move(residue);
  Predict(id, &row);
  if (!status_.ok()) return kNoRow;
  bytes_ += sizeof(Row) + row.residue.size() * sizeof(Item) +
            row.waiting.size() * (sizeof(Waiting) + 2 * sizeof(uint32_t)) + 64;
  by_hash_.emplace(hash, id);
  rows_.push_back(std::move(row));
  return id;
}

// Closes the residue under prediction. What is empty was advanced over where it was predicted, so a
// completed item here needs nothing.
void Earley::Predict(uint32_t row_id, Row* row) {
  set_.Clear();
  for (const Item& item : row->residue) set_.Insert(item);
  for (size_t i = 0; i < set_.items().size(); ++i) {
    if (Limit(i >= rules_.limits.row_items, "items in one row (limit row_items)",
              rules_.limits.row_items)) {
      return;
    }
    const Item item = set_.items()[i];
    ++steps_;
    const uint32_t symbol = rules_.steps[item.step];
    if (symbol == Rules::kEndStep) continue;
    if ((symbol & Rules::kRepeatEnd) != 0) {
      const Rules::RepeatRule& repeat = rules_.repeats[symbol & ~Rules::kRepeatEnd];
      if (item.count < repeat.max && repeat.separator_step != Rules::kEndStep) {
        set_.Insert({repeat.separator_step, item.count, item.row, item.rule});
      }
      continue;
    }
    if (SkipsEmpty(item)) set_.Insert(Advanced(item));
    if (symbol < rules_.rule_begin()) {
      row->waiting.push_back({symbol, item});
      continue;
    }
    const bool last = rules_.steps[item.step + 1] == Rules::kEndStep;
    if (!last) row->waiting.push_back({symbol, item});
    for (const uint32_t start : rules_.rule(symbol).starts) {
      set_.Insert(last ? Item{start, 0, item.row, item.rule} : Item{start, 0, row_id, symbol});
    }
  }
  std::sort(row->waiting.begin(), row->waiting.end());
  for (const Waiting& w : row->waiting) {
    if (w.symbol >= rules_.rule_begin()) break;
    const bool special = w.symbol >= rules_.special_begin();
    std::vector<uint32_t>& terminals = special ? row->specials : row->lexemes;
    if (!terminals.empty() && terminals.back() == w.symbol) continue;
    if (special || rules_.lexemes[w.symbol].has_more) terminals.push_back(w.symbol);
  }
}

}  // namespace lmp::constrain
