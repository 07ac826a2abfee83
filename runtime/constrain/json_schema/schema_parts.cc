// SchemaReader: the keywords by which a schema itself says something of a value.
#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "runtime/base/text.h"
#include "runtime/constrain/json_schema/formats.h"
#include "runtime/constrain/json_schema/schema_reader.h"

namespace lmp::constrain {
namespace {

constexpr size_t kKeyClassesMax = 64;  // of patternProperties that overlap

constexpr uint32_t kCountMax = kRepeatMax;

}  // namespace

void SchemaReader::Type(std::string_view keyword, JsonId value) {
  Types types;
  const auto add = [&](JsonId name) {
    if (!Check(tree_.IsString(name), keyword, "a type's name or an array of such")) return false;
    const std::string& text = tree_.text(name);
    const std::pair<std::string_view, bool*> names[] = {
        {"null", &types.null},     {"boolean", &types.boolean}, {"integer", &types.integer},
        {"number", &types.number}, {"string", &types.string},   {"array", &types.array},
        {"object", &types.object}};
    for (const auto& [known, flag] : names) {
      if (known != text) continue;
      *flag = true;
      return true;
    }
    Invalid(keyword, "there is no type " + QuoteText(text));
    return false;
  };
  if (tree_.IsArray(value)) {
    if (!Check(!tree_.children(value).empty(), keyword, "at least one type")) return;
    for (const JsonId name : tree_.children(value)) {
      if (!add(name)) return;
    }
  } else if (!add(value)) {
    return;
  }
  types_ = types;
}

void SchemaReader::EnumOrConst(std::string_view keyword, JsonId value) {
  ValueSet set;
  if (keyword == "const") {
    set = graph_.OfJson(value);
  } else {
    if (!Check(tree_.IsArray(value), keyword, "an array")) return;
    std::vector<ValueSet> members;
    std::vector<const ValueSet*> all;
    members.reserve(tree_.children(value).size());
    for (const JsonId member : tree_.children(value)) {
      members.push_back(graph_.OfJson(member));
      all.push_back(&members.back());
    }
    Result<ValueSet> any = SetAlgebra(graph_, {schema_, keyword}).Or(all);
    if (!any.ok()) return Problem(keyword, any.status());
    set = std::move(*any);
  }
  if (listed_) {
    Result<ValueSet> both = SetAlgebra(graph_, {schema_, keyword}).And(*listed_, set);
    if (!both.ok()) return Problem(keyword, both.status());
    set = std::move(*both);
  }
  listed_ = std::move(set);
}

void SchemaReader::Bound(std::string_view keyword, JsonId value) {
  // Draft 4: true beside minimum or maximum.
  if (tree_.IsBool(value) && keyword.substr(0, 9) == "exclusive") return;
  if (!Check(tree_.IsNumber(value), keyword, "a number")) return;
  const std::optional<Decimal> bound = Decimal::Parse(tree_.text(value));
  if (!bound) return Problem(keyword, ResourceExhausted("a number of more than 400 digits"));
  const bool low = keyword == "minimum" || keyword == "exclusiveMinimum";
  bool exclusive = keyword.substr(0, 9) == "exclusive";
  if (!exclusive) {
    const JsonId flag = tree_.Find(schema_, low ? "exclusiveMinimum" : "exclusiveMaximum");
    exclusive = flag.valid() && tree_.kind(flag) == JsonTree::Kind::kTrue;
  }
  NumberSet set;
  // No number that is written has more than 40 digits before the point.
  const bool beyond = static_cast<int>(bound->digits.size()) + bound->exponent > 40;
  if (beyond && bound->negative == low) return;
  (low ? set.low : set.high) = *bound;
  (low ? set.low_exclusive : set.high_exclusive) = exclusive;
  number_ = beyond ? NumberSet::None() : graph_.numbers().And(number_, set);
}

void SchemaReader::MultipleOf(std::string_view keyword, JsonId value) {
  const std::optional<Decimal> divisor =
      tree_.IsNumber(value) ? Decimal::Parse(tree_.text(value)) : std::nullopt;
  if (!Check(divisor && !divisor->IsZero() && !divisor->negative, keyword, "a number above 0")) {
    return;
  }
  const std::string reason = NumberAlgebra::CannotBeMultiple(*divisor);
  if (!reason.empty()) return No(keyword, reason);
  NumberSet set;
  set.multiples_of.push_back(*divisor);
  number_ = graph_.numbers().And(number_, set);
}

void SchemaReader::Count(std::string_view keyword, JsonId value) {
  const std::optional<Decimal> count =
      tree_.IsNumber(value) ? Decimal::Parse(tree_.text(value)) : std::nullopt;
  if (!Check(count && count->IsInteger() && !count->negative, keyword,
             "a whole number from 0 on")) {
    return;
  }
  const bool is_min = keyword.substr(0, 3) == "min";
  const std::optional<int64_t> small = ToInt64(*count);
  uint32_t n = kUnbounded;
  if (small && *small <= kCountMax) n = static_cast<uint32_t>(*small);
  if (n == kUnbounded && is_min) {
    return Problem(keyword, ResourceExhausted("more than " + std::to_string(kCountMax)));
  }
  const std::string_view of = keyword.substr(3);
  if (of == "Length") (is_min ? length_min_ : length_max_) = n;
  if (of == "Items") (is_min ? array_.min : array_.max) = n;
  if (of == "Contains") (is_min ? contains_min_ : contains_max_) = n;
  if (of == "Properties") (is_min ? object_.min : object_.max) = n;
  if (of == "Properties") object_said_ = true;
  if (of == "Items") array_said_ = true;
}

void SchemaReader::Pattern(std::string_view keyword, JsonId value) {
  if (!Check(tree_.IsString(value), keyword, "a string")) return;
  const Result<Expr>& found = graph_.Search(tree_.text(value));
  if (!found.ok()) return Problem(keyword, found.status());
  const StringSet set = graph_.strings().OfSpelled(*found);
  string_ = string_ ? graph_.strings().And(*string_, set) : set;
}

void SchemaReader::FormatOf(std::string_view keyword, JsonId value) {
  if (!Check(tree_.IsString(value), keyword, "a string")) return;
  const Format format = FindFormat(tree_.text(value));
  if (format.kind == Format::Kind::kUnknown) {
    return No(keyword, "the format " + QuoteText(tree_.text(value)) + " is not known");
  }
  if (format.kind == Format::Kind::kInteger) {
    NumberSet set;
    set.whole = true;
    set.low = Decimal::Parse(format.bits == 32 ? "-2147483648" : "-9223372036854775808");
    set.high = Decimal::Parse(format.bits == 32 ? "2147483647" : "9223372036854775807");
    number_ = graph_.numbers().And(number_, set);
  }
  if (format.kind != Format::Kind::kString) return;
  const Result<Expr>& found = graph_.Search(format.pattern);
  if (!found.ok()) return Problem(keyword, found.status());
  const StringSet set = graph_.strings().OfSpelled(*found, format.partial);
  string_ = string_ ? graph_.strings().And(*string_, set) : set;
}

void SchemaReader::Items(std::string_view keyword, JsonId value) {
  array_said_ = true;
  if (keyword == "additionalItems") {
    if (IsSchema(keyword, value)) additional_items_ = value;
    return;
  }
  if (!tree_.IsArray(value) && keyword == "items") {
    if (IsSchema(keyword, value)) items_ = value;
    return;
  }
  if (!Check(tree_.IsArray(value), keyword, "an array of schemas")) return;
  if (keyword == "items" && graph_.document().dialect() == Dialect::kDraft2020) {
    return Invalid(keyword, "expected a schema (an array of schemas is prefixItems)");
  }
  prefix_said_ = prefix_said_ || keyword == "items";
  for (const JsonId item : tree_.children(value)) {
    if (!IsSchema(keyword, item)) return;
    array_.prefix.push_back(graph_.OfSchema(item));
  }
}

void SchemaReader::Contains(std::string_view keyword, JsonId value) {
  if (!IsSchema(keyword, value)) return;
  array_said_ = true;
  contains_ = graph_.OfSchema(value);
}

void SchemaReader::UniqueItems(std::string_view keyword, JsonId value) {
  if (!Check(tree_.IsBool(value), keyword, "true or false")) return;
  array_.unique = tree_.kind(value) == JsonTree::Kind::kTrue;
  array_said_ = array_said_ || array_.unique;
}

void SchemaReader::Properties(std::string_view keyword, JsonId value) {
  if (!Check(tree_.IsObject(value), keyword, "an object of schemas")) return;
  object_said_ = properties_said_ = true;
  for (size_t i = 0; i < tree_.keys(value).size(); ++i) {
    const JsonId schema = tree_.children(value)[i];
    if (!IsSchema(keyword, schema)) continue;
    object_.properties.push_back({tree_.keys(value)[i], graph_.OfSchema(schema), false});
  }
  object_.ordered = !object_.properties.empty();
}

void SchemaReader::PatternProperties(std::string_view keyword, JsonId value) {
  if (!Check(tree_.IsObject(value), keyword, "an object of schemas")) return;
  object_said_ = true;
  for (size_t i = 0; i < tree_.keys(value).size(); ++i) {
    const JsonId schema = tree_.children(value)[i];
    if (!IsSchema(keyword, schema)) continue;
    const Result<Expr>& found = graph_.Search(tree_.keys(value)[i]);
    if (!found.ok()) {
      Problem(keyword, found.status().WithPrefix(QuoteText(tree_.keys(value)[i])));
      continue;
    }
    patterns_.emplace_back(*found, graph_.OfSchema(schema));
  }
}

void SchemaReader::AdditionalProperties(std::string_view keyword, JsonId value) {
  if (!IsSchema(keyword, value)) return;
  object_said_ = true;
  additional_ = graph_.OfSchema(value);
}

void SchemaReader::PropertyNames(std::string_view keyword, JsonId value) {
  if (!IsSchema(keyword, value)) return;
  object_said_ = true;
  names_ = Use(value, keyword).string;
}

void SchemaReader::Required(std::string_view keyword, JsonId value) {
  if (!Check(tree_.IsArray(value), keyword, "an array of names")) return;
  object_said_ = true;
  for (const JsonId name : tree_.children(value)) {
    if (!Check(tree_.IsString(name), keyword, "an array of names")) return;
    required_.push_back(tree_.text(name));
  }
}

// Everything the schema says itself.
ValueSet SchemaReader::Own() {
  ValueSet set = graph_.AllValues();
  if (types_) {
    set.null = types_->null;
    set.no = set.yes = types_->boolean;
    if (!types_->array) set.arrays.clear();
    if (!types_->object) set.objects.clear();
    if (!types_->string) set.string = StringAlgebra::None();
  }
  set.number = OwnNumber();
  if (!types_ || types_->string) set.string = OwnString();
  if (array_said_ && !set.arrays.empty()) set.arrays = {OwnArray()};
  if (object_said_ && !set.objects.empty()) set.objects = {OwnObject()};
  if (!listed_) {
    // Trims shapes that contradict themselves.
    Result<ValueSet> trimmed = SetAlgebra(graph_, {schema_, ""}).And(set, graph_.AllValues());
    if (trimmed.ok()) return std::move(*trimmed);
    Problem("", trimmed.status());
    return set;
  }
  Result<ValueSet> both = SetAlgebra(graph_, {schema_, "enum"}).And(*listed_, set);
  if (both.ok()) return std::move(*both);
  Problem("enum", both.status());
  return set;
}

NumberSet SchemaReader::OwnNumber() {
  if (types_ && !types_->number && !types_->integer) return NumberSet::None();
  if (!types_ || types_->number) return number_;
  NumberSet whole;
  whole.whole = true;
  return graph_.numbers().And(number_, whole);
}

StringSet SchemaReader::OwnString() {
  StringAlgebra& strings = graph_.strings();
  StringSet set = string_ ? *string_ : strings.All();
  if (length_min_ == 0 && length_max_ == kUnbounded) return set;
  return strings.And(set, strings.OfLength(length_min_, length_max_));
}

ArrayShape SchemaReader::OwnArray() {
  ArrayShape shape = array_;
  // Arrays of schemas in `items` are followed by additionalItems, prefixItems by items.
  const JsonId rest = prefix_said_ ? additional_items_ : items_;
  if (rest.valid()) shape.rest = graph_.OfSchema(rest);
  if (contains_ && (contains_min_ > 0 || contains_max_ != kUnbounded)) {
    shape.contains.push_back({*contains_, contains_min_, contains_max_});
  }
  return shape;
}

// Splits every class of keys by whether the pattern is found in them.
bool SchemaReader::AddPattern(Expr found, NodeId value, std::vector<ObjectShape::Others>* classes,
                              std::vector<bool>* matched) {
  ExprPool& pool = graph_.strings().text().pool();
  const auto some = [&](Expr keys) {
    const Result<bool> empty = pool.IsEmpty(keys);
    return !empty.ok() || !*empty;
  };
  std::vector<ObjectShape::Others> next;
  std::vector<bool> next_matched;
  for (size_t i = 0; i < classes->size(); ++i) {
    const ObjectShape::Others& old = (*classes)[i];
    const Expr with = pool.And(old.keys, found);
    const Expr without = pool.AndNot(old.keys, found);
    if (some(with)) {
      next.push_back({with, (*matched)[i] ? graph_.And(old.value, value) : value});
      next_matched.push_back(true);
    }
    if (some(without)) {
      next.push_back({without, old.value});
      next_matched.push_back((*matched)[i]);
    }
  }
  *classes = std::move(next);
  *matched = std::move(next_matched);
  return classes->size() <= kKeyClassesMax;
}

std::vector<ObjectShape::Others> SchemaReader::OwnOthers(const StringSet& names) {
  ExprPool& pool = graph_.strings().text().pool();
  const Expr any = graph_.strings().text().AnyString();
  std::vector<ObjectShape::Others> classes = {{any, additional_}};
  std::vector<bool> matched = {false};
  for (const auto& [found, value] : patterns_) {
    if (AddPattern(found, value, &classes, &matched)) continue;
    Problem("patternProperties", ResourceExhausted("more than " + std::to_string(kKeyClassesMax) +
                                                   " ways in which the patterns overlap"));
    break;
  }
  std::erase_if(classes, [&](const auto& c) { return c.value == graph_.Nothing(); });
  if (names_) {
    const Expr allowed = graph_.strings().Spellings(names);
    for (ObjectShape::Others& c : classes) c.keys = pool.And(c.keys, allowed);
  }
  return classes;
}

ObjectShape SchemaReader::OwnObject() {
  ObjectShape shape = object_;
  const StringSet names = names_ ? *names_ : graph_.strings().All();
  shape.partial = names.partial;
  shape.others = OwnOthers(names);
  SetAlgebra algebra(graph_, {schema_, ""});
  for (ObjectShape::Property& property : shape.properties) {
    const std::string spelled = patterns_.empty() ? "" : SpellJson(property.name);
    for (const auto& [found, value] : patterns_) {
      if (graph_.strings().text().pool().Matches(found, spelled)) {
        property.value = graph_.And(property.value, value);
      }
    }
    if (names_ && !graph_.strings().Contains(names, property.name)) {
      property.value = graph_.Nothing();
    }
  }
  std::unordered_map<std::string_view, size_t> places;
  shape.properties.reserve(shape.properties.size() + required_.size());
  for (size_t i = 0; i < shape.properties.size(); ++i) places.emplace(shape.properties[i].name, i);
  for (const std::string& name : required_) {
    const auto [place, added] = places.emplace(name, shape.properties.size());
    if (added) shape.properties.push_back({name, algebra.OtherValue(shape, name), true});
    shape.properties[place->second].required = true;
  }
  // Of further keys only so much is known that a minimum of them loses some (distinct_keys.cc).
  const bool listed = names_ && names_->members && !names_->partial;
  if (listed && shape.min > 1) DeclareNames(&shape);
  return shape;
}

// With a list of names no key is a further one: each is there once at most.
void SchemaReader::DeclareNames(ObjectShape* shape) {
  SetAlgebra algebra(graph_, {schema_, ""});
  std::unordered_set<std::string_view> declared;
  for (const ObjectShape::Property& property : shape->properties) declared.insert(property.name);
  std::vector<ObjectShape::Property> more;
  for (const std::string& name : *names_->members) {
    if (declared.contains(name)) continue;
    more.push_back({name, algebra.OtherValue(*shape, name), false});
  }
  shape->properties.insert(shape->properties.end(), more.begin(), more.end());
  shape->others.clear();
}

}  // namespace lmp::constrain
