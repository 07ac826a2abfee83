// SchemaWriter: objects. Declared keys come in order, each there or not; a state is the place in
// that order and the number of properties so far, as far as that matters: whether it is the first,
// and for minProperties and maxProperties the count itself.
#include <algorithm>

#include "runtime/constrain/json_schema/schema_writer.h"

namespace lmp::constrain {
namespace {

constexpr size_t kObjectStatesMax = 200'000;
constexpr size_t kPartsMax = 256;

}  // namespace

struct SchemaWriter::Counts {
  uint32_t min = 0, max = kUnbounded;
  uint32_t last = 1;  // counts from here on are one state

  bool MayGrow(uint32_t count) const { return count < max; }
  uint32_t Next(uint32_t count) const { return std::min(count + 1, last); }
};

Symbol SchemaWriter::Object(NodeId node, const ObjectShape& shape) {
  std::vector<const ObjectShape::Property*> properties;
  uint32_t required = 0;
  for (const ObjectShape::Property& property : shape.properties) {
    if (property.value == graph_.Nothing() && !property.required) continue;
    properties.push_back(&property);
    required += property.required ? 1 : 0;
  }
  const auto size = static_cast<uint32_t>(properties.size());
  Counts counts;
  if (shape.min > required) counts.min = shape.min;
  if (!shape.others.empty() || shape.max < size) counts.max = shape.max;
  counts.last = counts.max != kUnbounded ? counts.max : std::max(counts.min, 1u);
  const uint32_t most = std::min(size, counts.last);
  if ((size_t{size} + 1) * (size_t{most} + 1) > kObjectStatesMax) {
    const bool counted = counts.min > 0 || counts.max != kUnbounded;
    const char* keyword = !counted         ? "properties"
                          : counts.min > 0 ? "minProperties"
                                           : "maxProperties";
    Report(
        node, keyword,
        ResourceExhausted(counted ? "too many properties to be counted" : "too many properties"));
    counts = Counts();
  }
  object_ = node;
  FindOtherKeys(shape);
  std::vector<Parts> after;  // by count
  for (uint32_t c = 0; c <= std::min(size, counts.last); ++c) {
    after.push_back(ObjectEnd(shape, counts, c));
  }
  for (uint32_t i = size; i > 0; --i) {
    const ObjectShape::Property& property = *properties[i - 1];
    const Symbol value = SymbolOf(property.value);
    std::vector<Parts> here;
    for (uint32_t c = 0; c <= std::min(i - 1, counts.last); ++c) {
      std::vector<Parts> alternatives;
      if (counts.MayGrow(c)) {
        Parts present = {marks_.Key(c == 0, property.name), value};
        const Parts& then =
            after[std::min(counts.Next(c), static_cast<uint32_t>(after.size()) - 1)];
        present.insert(present.end(), then.begin(), then.end());
        alternatives.push_back(std::move(present));
      }
      if (!property.required) alternatives.push_back(after[c]);
      Parts chosen = Choose(std::move(alternatives));
      // What is copied to the property before stays short.
      if (chosen.size() > kPartsMax) chosen = {builder_.Sequence(chosen)};
      here.push_back(std::move(chosen));
    }
    after = std::move(here);
  }
  return builder_.Sequence(after[0]);
}

// What may follow the declared keys.
SchemaWriter::Parts SchemaWriter::ObjectEnd(const ObjectShape& shape, const Counts& counts,
                                            uint32_t count) {
  const uint32_t min = counts.min > count ? counts.min - count : 0;
  const uint32_t max = counts.max == kUnbounded ? kUnbounded : counts.max - count;
  const Symbol close = count == 0 ? marks_.Empty('{', '}') : marks_.Close('}');
  if (shape.others.empty() || max == 0) return {min == 0 ? close : builder_.Nothing()};
  if (!more_.valid()) more_ = OtherKeys(shape, false);
  const Symbol more = more_;
  if (min > 1) return DistinctKeys(shape, min, max, count == 0);
  if (count > 0) return {builder_.Repeat(more, min, max), close};
  const uint32_t rest_max = max == kUnbounded ? max : max - 1;
  std::vector<Parts> alternatives = {
      {OtherKeys(shape, true), builder_.Repeat(more, 0, rest_max), marks_.Close('}')}};
  if (min == 0) alternatives.push_back({close});
  return Choose(std::move(alternatives));
}

// The keys of each class that are not declared.
void SchemaWriter::FindOtherKeys(const ObjectShape& shape) {
  other_keys_.clear();
  more_ = Symbol();
  if (shape.others.empty()) return;
  std::vector<std::string> names;
  for (const ObjectShape::Property& property : shape.properties) {
    names.push_back(SpellJson(property.name));
  }
  const Expr declared = pool_.Literals(std::move(names));
  for (const ObjectShape::Others& others : shape.others) {
    other_keys_.push_back(declared == pool_.Empty() ? others.keys
                                                    : pool_.AndNot(others.keys, declared));
  }
}

// One further key and its value.
Symbol SchemaWriter::OtherKeys(const ObjectShape& shape, bool first) {
  std::vector<Symbol> alternatives;
  for (size_t i = 0; i < shape.others.size(); ++i) {
    alternatives.push_back(
        builder_.Sequence({marks_.Key(first, other_keys_[i]), SymbolOf(shape.others[i].value)}));
  }
  return builder_.Alternatives(alternatives);
}

}  // namespace lmp::constrain
