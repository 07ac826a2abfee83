#include "runtime/constrain/grammar_builder.h"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/constrain/rules.h"

namespace lmp::constrain {

GrammarBuilder::GrammarBuilder(const ConstraintLimits& limits) : limits_(limits), exprs_(limits) {}

Symbol GrammarBuilder::Add(SymbolEntry entry) {
  const Symbol symbol(symbols_.size());
  if (symbols_.size() + parts_.size() >= limits_.symbols) {
    if (status_.ok()) {
      status_ = ResourceExhausted("the grammar has more than " + std::to_string(limits_.symbols) +
                                  " symbols (limit symbols)");
    }
    // Further symbols are the first one: the grammar is not built any more.
    if (!symbols_.empty()) return Symbol(0u);
  }
  symbols_.push_back(std::move(entry));
  return symbol;
}

Symbol GrammarBuilder::Lexeme(Expr expr) {
  const auto found = lexemes_.find(expr);
  if (found != lexemes_.end()) return found->second;
  SymbolEntry entry;
  entry.kind = Kind::kLexeme;
  entry.expr = expr;
  const Symbol symbol = Add(std::move(entry));
  lexemes_.emplace(expr, symbol);
  return symbol;
}

Symbol GrammarBuilder::Special(TokenId id, std::string_view name) {
  const auto found = specials_.find(id);
  if (found != specials_.end()) return found->second;
  SymbolEntry entry;
  entry.kind = Kind::kSpecial;
  entry.token = id;
  entry.name = name;
  const Symbol symbol = Add(std::move(entry));
  specials_.emplace(id, symbol);
  return symbol;
}

Symbol GrammarBuilder::Rule(std::string_view name) {
  SymbolEntry entry;
  entry.name = name;
  return Add(std::move(entry));
}

void GrammarBuilder::Define(Symbol rule, std::span<const Symbol> production) {
  if (!status_.ok()) return;
  LMP_CHECK(rule.index < symbols_.size() && symbols_[rule.index].kind == Kind::kRule);
  if (symbols_.size() + parts_.size() + production.size() + 1 > limits_.symbols) {
    status_ = ResourceExhausted("the grammar has more than " + std::to_string(limits_.symbols) +
                                " symbols (limit symbols)");
    return;
  }
  symbols_[rule.index].productions.push_back(static_cast<uint32_t>(productions_.size()));
  productions_.push_back(
      {static_cast<uint32_t>(parts_.size()), static_cast<uint32_t>(production.size())});
  for (const Symbol part : production) {
    LMP_CHECK(part.index < symbols_.size());
    parts_.push_back(part);
  }
}

Symbol GrammarBuilder::Sequence(std::span<const Symbol> parts) {
  if (parts.size() == 1) return parts[0];
  const Symbol rule = Rule();
  Define(rule, parts);
  return rule;
}

Symbol GrammarBuilder::Alternatives(std::span<const Symbol> parts) {
  if (parts.size() == 1) return parts[0];
  const Symbol rule = Rule();
  for (const Symbol part : parts) Define(rule, {part});
  return rule;
}

Symbol GrammarBuilder::Optional(Symbol part) { return Repeat(part, 0, 1); }

Symbol GrammarBuilder::Repeat(Symbol item, uint32_t min, uint32_t max) {
  return Repeat(item, min, max, Symbol());
}

Symbol GrammarBuilder::Repeat(Symbol item, uint32_t min, uint32_t max, Symbol separator) {
  if (min > max) return Nothing();
  if (max == 0) return EmptyWord();
  if (min == 1 && max == 1) return item;
  if (min == 0 && max == 1) {
    const Symbol rule = Rule();
    Define(rule, {item});
    Define(rule, {});
    return rule;
  }
  SymbolEntry entry;
  entry.kind = Kind::kRepeat;
  entry.item = item;
  entry.separator = separator;
  entry.min = min;
  entry.max = max;
  return Add(std::move(entry));
}

Symbol GrammarBuilder::Nothing() { return Rule(); }

Symbol GrammarBuilder::EmptyWord() { return Lexeme(exprs_.Epsilon()); }

Symbol GrammarBuilder::FreeText(std::span<const Trigger> triggers, uint32_t rounds_min,
                                uint32_t rounds_max) {
  ExprPool& e = exprs_;
  const Expr any = e.AnyText();
  std::vector<std::string> texts;
  for (const Trigger& trigger : triggers) {
    if (trigger.text.empty() && status_.ok()) {
      status_ = InvalidArgument("a trigger of free text is empty");
    }
    texts.push_back(trigger.text);
  }
  const Expr one = e.Literals(texts);
  // Text in which a trigger ends before the last byte does not go on to that byte.
  const Expr too_late = e.Concat({{e.AnyBytes(), one, e.Plus(e.Bytes(ByteSet::All()))}});
  const Expr plain = e.AndNot(any, e.Concat({{e.AnyBytes(), one, e.AnyBytes()}}));
  std::vector<Symbol> calls;
  for (const Trigger& trigger : triggers) {
    const Expr up_to = e.AndNot(e.Concat(any, e.Literal(trigger.text)), too_late);
    calls.push_back(Sequence({Lexeme(up_to), trigger.then}));
  }
  const Symbol rounds = Repeat(Alternatives(calls), rounds_min, rounds_max);
  if (rounds_max == kUnbounded) return Sequence({rounds, Lexeme(plain)});
  // The last round ends the text; fewer rounds leave room for plain text behind them.
  if (rounds_max == 0) return Lexeme(plain);
  if (rounds_min == rounds_max) return rounds;
  const Symbol fewer = Repeat(Alternatives(calls), rounds_min, rounds_max - 1);
  const Symbol all = Repeat(Alternatives(calls), rounds_max, rounds_max);
  return Alternatives({Sequence({fewer, Lexeme(plain)}), all});
}

std::span<const Symbol> GrammarBuilder::PartsOf(uint32_t production) const {
  const Production& p = productions_[production];
  return {parts_.data() + p.first, p.count};
}

namespace {

// Numbers by key, one run after the other: keys are counted first, then numbers added.
class Runs {
 public:
  explicit Runs(size_t keys) : begin_(keys + 2, 0) {}
  void Count(Symbol key) { ++begin_[key.index + 2]; }
  void EndCounts() {
    for (size_t i = 2; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
    values_.resize(begin_.back());
  }
  void Add(Symbol key, uint32_t value) { values_[begin_[key.index + 1]++] = value; }
  std::span<const uint32_t> of(uint32_t key) const {
    return {values_.data() + begin_[key], values_.data() + begin_[key + 1]};
  }

 private:
  std::vector<uint32_t> begin_;  // while numbers are added: of the key before
  std::vector<uint32_t> values_;
};

}  // namespace

// The symbols that can be made of `base`: those themselves, rules with a production of such
// symbols, repeats of such. A production is looked at again only when one of its parts joins.
std::vector<bool> GrammarBuilder::MadeOf(std::vector<bool> base) const {
  std::vector<bool> made(symbols_.size(), false);
  std::vector<uint32_t> missing;  // by production: parts that are not made yet
  Runs used_in(symbols_.size());
  std::unordered_map<uint32_t, std::vector<uint32_t>> repeats_of;
  std::vector<uint32_t> owner(productions_.size(), 0);
  std::vector<uint32_t> pending;
  const auto mark = [&](uint32_t symbol) {
    if (made[symbol]) return;
    made[symbol] = true;
    pending.push_back(symbol);
  };
  for (const Symbol part : parts_) used_in.Count(part);
  used_in.EndCounts();
  missing.reserve(productions_.size());
  for (uint32_t p = 0; p < productions_.size(); ++p) {
    for (const Symbol part : PartsOf(p)) used_in.Add(part, p);
    missing.push_back(productions_[p].count);
  }
  for (uint32_t s = 0; s < symbols_.size(); ++s) {
    const SymbolEntry& entry = symbols_[s];
    if (base[s] || (entry.kind == Kind::kRepeat && entry.min == 0)) mark(s);
    if (entry.kind == Kind::kRepeat) {
      repeats_of[entry.item.index].push_back(s);
      if (entry.separator.valid()) repeats_of[entry.separator.index].push_back(s);
    }
    for (const uint32_t p : entry.productions) {
      owner[p] = s;
      if (missing[p] == 0) mark(s);
    }
  }
  while (!pending.empty()) {
    const uint32_t symbol = pending.back();
    pending.pop_back();
    for (const uint32_t p : used_in.of(symbol)) {
      if (--missing[p] == 0) mark(owner[p]);
    }
    const auto repeats = repeats_of.find(symbol);
    if (repeats == repeats_of.end()) continue;
    for (const uint32_t s : repeats->second) {
      const SymbolEntry& entry = symbols_[s];
      const bool joined = entry.min < 2 || !entry.separator.valid() || made[entry.separator.index];
      if (made[entry.item.index] && joined) mark(s);
    }
  }
  return made;
}

// Which symbols derive some word.
Result<std::vector<bool>> GrammarBuilder::FindProductive() {
  LMP_RETURN_IF_ERROR(status());
  std::vector<bool> base(symbols_.size(), false);
  for (size_t s = 0; s < symbols_.size(); ++s) {
    if (symbols_[s].kind == Kind::kSpecial) base[s] = true;
    if (symbols_[s].kind != Kind::kLexeme) continue;
    LMP_TRY(const bool empty, exprs_.IsEmpty(symbols_[s].expr));
    base[s] = !empty;
  }
  return MadeOf(std::move(base));
}

// Which symbols derive the empty word.
std::vector<bool> GrammarBuilder::FindNullable() const {
  std::vector<bool> base(symbols_.size(), false);
  for (size_t s = 0; s < symbols_.size(); ++s) {
    base[s] = symbols_[s].kind == Kind::kLexeme && exprs_.Nullable(symbols_[s].expr);
  }
  return MadeOf(std::move(base));
}

Result<bool> GrammarBuilder::DerivesNothing(Symbol symbol) {
  LMP_TRY(const std::vector<bool> productive, FindProductive());
  return !productive[symbol.index];
}

// What Build keeps: the symbols that are reached from the start through usable productions, and
// their numbers in Rules.
struct GrammarBuilder::Reached {
  std::vector<bool> productive, nullable;  // by symbol
  std::vector<uint32_t> number;
  std::vector<Symbol> lexemes, specials, rules;
};

bool GrammarBuilder::Usable(const Reached& reached, uint32_t production) const {
  const auto parts = PartsOf(production);
  return std::all_of(parts.begin(), parts.end(),
                     [&](Symbol part) { return reached.productive[part.index]; });
}

void GrammarBuilder::Reach(Symbol start, Reached* reached) const {
  std::vector<bool> seen(symbols_.size(), false);
  std::vector<Symbol> pending;
  const auto reach = [&](Symbol symbol) {
    if (!symbol.valid() || seen[symbol.index] || !reached->productive[symbol.index]) return;
    seen[symbol.index] = true;
    pending.push_back(symbol);
    const Kind kind = symbols_[symbol.index].kind;
    if (kind == Kind::kLexeme) return reached->lexemes.push_back(symbol);
    if (kind == Kind::kSpecial) return reached->specials.push_back(symbol);
    reached->rules.push_back(symbol);
  };
  reach(start);
  while (!pending.empty()) {
    const SymbolEntry& entry = symbols_[pending.back().index];
    pending.pop_back();
    reach(entry.item);
    reach(entry.separator);
    for (const uint32_t p : entry.productions) {
      if (!Usable(*reached, p)) continue;
      for (const Symbol part : PartsOf(p)) reach(part);
    }
  }
  reached->number.assign(symbols_.size(), 0);
  uint32_t next = 0;
  for (const Symbol s : reached->lexemes) reached->number[s.index] = next++;
  for (const Symbol s : reached->specials) reached->number[s.index] = next++;
  ++next;  // rule 0 is the start's
  for (const Symbol s : reached->rules) reached->number[s.index] = next++;
}

Status GrammarBuilder::WriteRepeat(const SymbolEntry& entry, const Reached& reached,
                                   Rules* rules) const {
  const bool item_nullable = reached.nullable[entry.item.index];
  bool separated = entry.separator.valid();
  if (separated && item_nullable && reached.nullable[entry.separator.index]) {
    return InvalidArgument("a repeat whose item and separator may both be empty");
  }
  Rules::RepeatRule repeat{entry.min, entry.max};
  // Without a separator an item that may be empty makes any least count hold.
  if (!separated && item_nullable) repeat.min = 0;
  if (separated && !reached.productive[entry.separator.index]) {
    separated = false;
    repeat.max = 1;
  }
  Rules::Rule rule{{}, false};
  if (separated) {
    repeat.separator_step = static_cast<uint32_t>(rules->steps.size());
    rules->steps.push_back(reached.number[entry.separator.index]);
  }
  repeat.item_step = static_cast<uint32_t>(rules->steps.size());
  if (reached.productive[entry.item.index]) rule.starts.push_back(repeat.item_step);
  rules->steps.push_back(reached.number[entry.item.index]);
  rules->steps.push_back(Rules::kRepeatEnd | static_cast<uint32_t>(rules->repeats.size()));
  rules->repeats.push_back(repeat);
  rules->rules.push_back(std::move(rule));
  return OkStatus();
}

void GrammarBuilder::WriteRule(const SymbolEntry& entry, const Reached& reached,
                               Rules* rules) const {
  Rules::Rule rule;
  for (const uint32_t p : entry.productions) {
    if (!Usable(reached, p)) continue;
    rule.starts.push_back(static_cast<uint32_t>(rules->steps.size()));
    for (const Symbol part : PartsOf(p)) rules->steps.push_back(reached.number[part.index]);
    rules->steps.push_back(Rules::kEndStep);
  }
  rules->rules.push_back(std::move(rule));
}

void GrammarBuilder::WriteClasses(std::span<const Expr> exprs, Rules* rules) const {
  int count = 0;
  rules->class_of = exprs_.ByteClasses(exprs, &count);
  rules->class_byte.resize(static_cast<size_t>(count));
  std::vector<int> members(static_cast<size_t>(count), 0);
  for (size_t b = 0; b < 256; ++b) {
    rules->class_byte[rules->class_of[b]] = static_cast<uint8_t>(b);
    ++members[rules->class_of[b]];
  }
  for (const int n : members) rules->class_alone.push_back(n == 1);
}

Result<GrammarRef> GrammarBuilder::Build(Symbol start) {
  Reached reached;
  LMP_TRY(reached.productive, FindProductive());
  if (!reached.productive[start.index]) {
    return InvalidArgument(
        "nothing can match: every alternative of the grammar needs something that has no text");
  }
  reached.nullable = FindNullable();
  Reach(start, &reached);
  auto rules = std::make_shared<Rules>();
  rules->limits = limits_;
  std::vector<Expr> exprs;
  for (const Symbol s : reached.lexemes) {
    const Expr expr = symbols_[s.index].expr;
    LMP_TRY(const bool has_more, exprs_.HasMore(expr));
    rules->lexemes.push_back({expr, exprs_.Nullable(expr), has_more});
    exprs.push_back(expr);
  }
  for (const Symbol s : reached.specials) rules->specials.push_back(symbols_[s.index].token);
  rules->steps = {reached.number[start.index], Rules::kEndStep};
  rules->rules.push_back({{0}, reached.nullable[start.index]});
  for (const Symbol s : reached.rules) {
    const SymbolEntry& entry = symbols_[s.index];
    if (entry.kind == Kind::kRepeat) {
      LMP_RETURN_IF_ERROR(WriteRepeat(entry, reached, rules.get()));
    } else {
      WriteRule(entry, reached, rules.get());
    }
    rules->rules.back().nullable = reached.nullable[s.index];
  }
  WriteClasses(exprs, rules.get());
  LMP_RETURN_IF_ERROR(status());
  rules->exprs = exprs_;
  return MakeGrammar(std::move(rules));
}

}  // namespace lmp::constrain
