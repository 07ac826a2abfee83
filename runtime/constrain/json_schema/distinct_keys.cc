// SchemaWriter: a least number of further keys. Two keys of one name count once, and no grammar
// compares names; so the needed keys are told apart by a class, that of the last byte of their
// spelling: as many classes have to occur as keys are needed. That generates less than is valid
// (two needed keys do not end alike), and nothing that is not.
#include <bit>
#include <map>

#include "runtime/constrain/json_schema/schema_writer.h"

namespace lmp::constrain {
namespace {

constexpr uint32_t kNeededMax = 8;
constexpr size_t kKeyStatesMax = 4000;

// Few keys are told apart by many classes, so that little is lost; the sets of classes are states.
uint32_t ClassesFor(uint32_t needed) { return needed <= 2 ? 16 : 8; }

ByteSet LastBytes(uint32_t classes, uint32_t which) {
  ByteSet bytes;
  for (uint32_t byte = which; byte < 256; byte += classes) bytes.Add(static_cast<uint8_t>(byte));
  return bytes;
}

}  // namespace

// One further key of a class and its value; invalid if there is no such key.
Symbol SchemaWriter::KeyOfClass(const ObjectShape& shape, bool first, Expr names) {
  std::vector<Symbol> alternatives;
  for (size_t i = 0; i < shape.others.size(); ++i) {
    const Expr keys = pool_.And(other_keys_[i], names);
    const Result<bool> none = pool_.IsEmpty(keys);
    if (none.ok() && *none) continue;
    alternatives.push_back(
        builder_.Sequence({marks_.Key(first, keys), SymbolOf(shape.others[i].value)}));
  }
  return alternatives.empty() ? Symbol() : builder_.Alternatives(alternatives);
}

// What follows where `min` further keys at least, and `max` at most, are needed for the object.
SchemaWriter::Parts SchemaWriter::DistinctKeys(const ObjectShape& shape, uint32_t min, uint32_t max,
                                               bool first) {
  const uint32_t classes = ClassesFor(min);
  std::vector<Symbol> keys, first_keys;
  for (uint32_t c = 0; c < classes && min <= kNeededMax; ++c) {
    const Expr last = pool_.Bytes(LastBytes(classes, c));
    Expr names = pool_.Concat(pool_.AnyBytes(), last);
    if (c == 0) names = pool_.Optional(names);  // the key "" too
    const Symbol key = KeyOfClass(shape, false, names);
    if (!key.valid()) continue;
    keys.push_back(key);
    if (first) first_keys.push_back(KeyOfClass(shape, true, names));
  }
  if (keys.size() < min) {
    Report(object_, "minProperties",
           Unsupported("of " + std::to_string(min) +
                       " further properties it is not certain that their names differ"));
    return {first ? OtherKeys(shape, true) : more_,
            builder_.Repeat(more_, min - 1, max == kUnbounded ? max : max - 1), marks_.Close('}')};
  }
  // The classes that have occurred, and the number of keys if there is a most.
  using State = std::pair<uint32_t, uint32_t>;
  std::map<State, Symbol> states;
  std::vector<State> pending;
  const auto state_of = [&](State state) {
    const auto [found, added] = states.emplace(state, Symbol());
    if (added) {
      found->second = builder_.Rule();
      pending.push_back(state);
    }
    return found->second;
  };
  const Symbol start = state_of({0, 0});
  while (!pending.empty()) {
    const auto [used, count] = pending.back();
    pending.pop_back();
    const Symbol state = states.at({used, count});
    const uint32_t left = max == kUnbounded ? max : max - count;
    const auto missing = min - std::min(min, static_cast<uint32_t>(std::popcount(used)));
    if (missing > left) continue;
    if (missing == 0) {
      builder_.Define(state, {builder_.Repeat(more_, 0, left), marks_.Close('}')});
      continue;
    }
    if (states.size() > kKeyStatesMax) {
      Report(object_, "minProperties", ResourceExhausted("too many properties to be counted"));
      break;
    }
    const bool opens = first && used == 0;
    for (uint32_t c = 0; c < keys.size(); ++c) {
      const uint32_t next = max == kUnbounded ? 0 : count + 1;
      const Symbol key = opens ? first_keys[c] : keys[c];
      builder_.Define(state, {key, state_of({used | 1u << c, next})});
    }
  }
  return {start};
}

}  // namespace lmp::constrain
