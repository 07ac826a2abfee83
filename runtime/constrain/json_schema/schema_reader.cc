#include "runtime/constrain/json_schema/schema_reader.h"

#include <algorithm>
#include <unordered_set>

#include "runtime/base/text.h"

namespace lmp::constrain {

const SchemaReader::Row SchemaReader::kRows[] = {
    {"type", &SchemaReader::Type},
    {"enum", &SchemaReader::EnumOrConst},
    {"const", &SchemaReader::EnumOrConst},
    {"minimum", &SchemaReader::Bound},
    {"maximum", &SchemaReader::Bound},
    {"exclusiveMinimum", &SchemaReader::Bound},
    {"exclusiveMaximum", &SchemaReader::Bound},
    {"multipleOf", &SchemaReader::MultipleOf},
    {"minLength", &SchemaReader::Count},
    {"maxLength", &SchemaReader::Count},
    {"minItems", &SchemaReader::Count},
    {"maxItems", &SchemaReader::Count},
    {"minContains", &SchemaReader::Count},
    {"maxContains", &SchemaReader::Count},
    {"minProperties", &SchemaReader::Count},
    {"maxProperties", &SchemaReader::Count},
    {"pattern", &SchemaReader::Pattern},
    {"format", &SchemaReader::FormatOf},
    {"items", &SchemaReader::Items},
    {"prefixItems", &SchemaReader::Items},
    {"additionalItems", &SchemaReader::Items},
    {"contains", &SchemaReader::Contains},
    {"uniqueItems", &SchemaReader::UniqueItems},
    {"properties", &SchemaReader::Properties},
    {"patternProperties", &SchemaReader::PatternProperties},
    {"additionalProperties", &SchemaReader::AdditionalProperties},
    {"propertyNames", &SchemaReader::PropertyNames},
    {"required", &SchemaReader::Required},
    {"$ref", &SchemaReader::Reference},
    {"allOf", &SchemaReader::AllOf},
    {"anyOf", &SchemaReader::AnyOf},
    {"oneOf", &SchemaReader::OneOf},
    {"not", &SchemaReader::Not},
    {"if", &SchemaReader::If},
    {"dependencies", &SchemaReader::Dependencies},
    {"dependentRequired", &SchemaReader::Dependencies},
    {"dependentSchemas", &SchemaReader::Dependencies},
};

const std::string_view SchemaReader::kUnsupported[] = {"unevaluatedItems", "unevaluatedProperties",
                                                       "$dynamicRef",      "$recursiveRef",
                                                       "disallow",         "extends",
                                                       "divisibleBy"};

SchemaReader::SchemaReader(SchemaGraph& graph, JsonId schema)
    : graph_(graph), tree_(graph.tree()), schema_(schema), array_(graph.AnyArray()) {
  additional_ = graph.Any();
}

bool SchemaReader::Constrains(std::string_view keyword) {
  return std::any_of(std::begin(kRows), std::end(kRows),
                     [&](const Row& row) { return row.keyword == keyword; });
}

NormalForm SchemaReader::Read() {
  if (!tree_.IsObject(schema_)) {
    out_.set = graph_.AllValues();
    Invalid("", "a schema is an object, true or false");
    return std::move(out_);
  }
  const std::vector<std::string>& keys = tree_.keys(schema_);
  for (size_t i = 0; i < keys.size(); ++i) ReadKeyword(keys[i], tree_.children(schema_)[i]);
  Combine();
  return std::move(out_);
}

void SchemaReader::ReadKeyword(const std::string& keyword, JsonId value) {
  const auto row = std::find_if(std::begin(kRows), std::end(kRows),
                                [&](const Row& r) { return r.keyword == keyword; });
  if (row != std::end(kRows)) return (this->*row->read)(row->keyword, value);
  const auto known = std::find(std::begin(kUnsupported), std::end(kUnsupported), keyword);
  if (known == std::end(kUnsupported)) return;
  if (tree_.kind(value) == JsonTree::Kind::kTrue) return;  // unevaluated...: true
  No(*known, "the keyword is not supported");
}

void SchemaReader::Combine() {
  std::vector<std::pair<ValueSet, std::string_view>> pieces = std::move(before_);
  pieces.emplace_back(Own(), "");
  for (auto& piece : behind_) pieces.push_back(std::move(piece));
  out_.set = std::move(pieces[0].first);
  for (size_t i = 1; i < pieces.size(); ++i) {
    const std::string_view keyword = pieces[i].second;
    Result<ValueSet> set = SetAlgebra(graph_, {schema_, keyword}).And(out_.set, pieces[i].first);
    if (!set.ok()) {
      Problem(keyword, set.status());
      return;
    }
    out_.set = std::move(*set);
  }
}

void SchemaReader::AddPiece(ValueSet piece, std::string_view keyword) {
  const bool first = !properties_said_ && (keyword == "$ref" || keyword == "allOf");
  (first ? before_ : behind_).emplace_back(std::move(piece), keyword);
}

// The set of a schema for the same value; its problems become ours.
const ValueSet& SchemaReader::Use(JsonId schema, std::string_view keyword) {
  const NormalForm& normal = graph_.NormalOf(graph_.OfSchema(schema));
  if (&normal == &graph_.ring()) {
    Invalid(keyword, normal.problems[0].reason);
  } else {
    out_.Add(normal.problems);
  }
  return normal.set;
}

void SchemaReader::Reference(std::string_view keyword, JsonId value) {
  JsonId target = value;
  JsonId from = schema_;
  // Chains of schemas that are nothing but references are followed here, for they may be long.
  for (size_t steps = 0; steps <= tree_.size(); ++steps) {
    if (!Check(tree_.IsString(target), keyword, "a string")) return;
    Result<JsonId> found = graph_.document().Resolve(from, tree_.text(target));
    if (!found.ok()) return Problem(keyword, found.status());
    from = *found;
    target = tree_.Find(from, "$ref");
    if (!target.valid() || tree_.keys(from).size() > 1) {
      if (IsSchema(keyword, from)) AddPiece(Use(from, keyword), keyword);
      return;
    }
  }
  Invalid(keyword, graph_.ring().problems[0].reason);
}

void SchemaReader::AllOf(std::string_view keyword, JsonId value) {
  if (!Check(tree_.IsArray(value) && !tree_.children(value).empty(), keyword,
             "an array of schemas")) {
    return;
  }
  for (const JsonId part : tree_.children(value)) {
    if (IsSchema(keyword, part)) AddPiece(Use(part, keyword), keyword);
  }
}

void SchemaReader::AnyOf(std::string_view keyword, JsonId value) {
  if (!Check(tree_.IsArray(value) && !tree_.children(value).empty(), keyword,
             "an array of schemas")) {
    return;
  }
  SetAlgebra algebra(graph_, {schema_, keyword});
  std::vector<const ValueSet*> sets;
  for (const JsonId part : tree_.children(value)) {
    if (!IsSchema(keyword, part)) return;
    sets.push_back(&Use(part, keyword));
  }
  Result<ValueSet> any = algebra.Or(sets);
  if (!any.ok()) return Problem(keyword, any.status());
  AddPiece(std::move(*any), keyword);
}

void SchemaReader::OneOf(std::string_view keyword, JsonId value) {
  if (!Check(tree_.IsArray(value) && !tree_.children(value).empty(), keyword,
             "an array of schemas")) {
    return;
  }
  const size_t problems = out_.problems.size();
  std::vector<ValueSet> sets;
  for (const JsonId part : tree_.children(value)) {
    if (!IsSchema(keyword, part)) return;
    sets.push_back(Use(part, keyword));
  }
  // What a branch says in full is not known: whether it meets others neither.
  if (out_.problems.size() > problems) return;
  ValueSet one;
  if (OneOfSets(sets, keyword, &one)) AddPiece(std::move(one), keyword);
}

// The sets that are one string or number which no other such set is: they are disjoint from each
// other, and need no proof in pairs.
std::vector<bool> SchemaReader::SingleValues(const std::vector<ValueSet>& sets) {
  std::vector<bool> single(sets.size(), false);
  std::vector<const std::string*> strings;
  std::vector<NumberSet::Member> numbers;
  for (size_t i = 0; i < sets.size(); ++i) {
    const ValueSet& set = sets[i];
    if (set.null || set.no || set.yes || !set.arrays.empty() || !set.objects.empty()) continue;
    if (!set.number.members || !set.string.members || set.string.partial) continue;
    if (set.number.members->size() + set.string.members->size() != 1) continue;
    single[i] = true;
    for (const NumberSet::Member& member : *set.number.members) numbers.push_back(member);
    for (const std::string& member : *set.string.members) strings.push_back(&member);
  }
  const size_t distinct_numbers = NumberAlgebra::Of(numbers).members->size();
  std::unordered_set<std::string_view> distinct;
  for (const std::string* text : strings) distinct.insert(*text);
  if (distinct_numbers == numbers.size() && distinct.size() == strings.size()) return single;
  return std::vector<bool>(sets.size(), false);
}

// The branches, each without those that are not provably disjoint from it.
bool SchemaReader::OneOfSets(const std::vector<ValueSet>& sets, std::string_view keyword,
                             ValueSet* out) {
  SetAlgebra algebra(graph_, {schema_, keyword});
  const std::vector<bool> single = SingleValues(sets);
  std::vector<std::vector<size_t>> meets(sets.size());
  std::vector<size_t> compared;  // before i, those that are not single
  for (size_t i = 0; i < sets.size() && !graph_.exhausted(); ++i) {
    const auto compare = [&](size_t k) {
      if (algebra.Disjoint(sets[i], sets[k])) return;
      meets[i].push_back(k);
      meets[k].push_back(i);
    };
    if (single[i]) {
      for (const size_t k : compared) compare(k);
      continue;
    }
    for (size_t k = 0; k < i && !graph_.exhausted(); ++k) compare(k);
    compared.push_back(i);
  }
  if (const Status fuel = graph_.Spend(0); !fuel.ok()) {
    Problem(keyword, fuel);
    return false;
  }
  std::vector<ValueSet> pieces;
  for (size_t i = 0; i < sets.size(); ++i) {
    ValueSet alone = sets[i];
    for (const size_t k : meets[i]) {
      Result<ValueSet> other = algebra.Not(sets[k]);
      if (other.ok()) other = algebra.And(alone, *other);
      if (!other.ok()) {
        const std::string pair = "branches " + std::to_string(std::min(i, k)) + " and " +
                                 std::to_string(std::max(i, k)) +
                                 " are not provably disjoint, and ";
        Problem(keyword, other.status().WithPrefix(pair + "telling them apart failed"));
        return false;
      }
      alone = std::move(*other);
    }
    pieces.push_back(std::move(alone));
  }
  std::vector<const ValueSet*> all;
  for (const ValueSet& piece : pieces) all.push_back(&piece);
  Result<ValueSet> sum = algebra.Or(all);
  if (!sum.ok()) {
    Problem(keyword, sum.status());
    return false;
  }
  *out = std::move(*sum);
  return true;
}

void SchemaReader::Not(std::string_view keyword, JsonId value) {
  if (!IsSchema(keyword, value)) return;
  const size_t problems = out_.problems.size();
  Result<ValueSet> set = SetAlgebra(graph_, {schema_, keyword}).Not(Use(value, keyword));
  if (out_.problems.size() > problems) return;
  if (!set.ok()) return Problem(keyword, set.status());
  AddPiece(std::move(*set), keyword);
}

// (if and then) or (not if and else)
void SchemaReader::If(std::string_view keyword, JsonId value) {
  const JsonId then_part = tree_.Find(schema_, "then");
  const JsonId else_part = tree_.Find(schema_, "else");
  if (!IsSchema(keyword, value)) return;
  if (!then_part.valid() && !else_part.valid()) return;
  if (then_part.valid() && !IsSchema("then", then_part)) return;
  if (else_part.valid() && !IsSchema("else", else_part)) return;
  const size_t problems = out_.problems.size();
  SetAlgebra algebra(graph_, {schema_, keyword});
  const ValueSet condition = Use(value, keyword);
  Result<ValueSet> yes = condition;
  Result<ValueSet> no = algebra.Not(condition);
  if (then_part.valid()) yes = algebra.And(condition, Use(then_part, "then"));
  if (no.ok() && else_part.valid()) no = algebra.And(*no, Use(else_part, "else"));
  if (out_.problems.size() > problems) return;
  if (!yes.ok()) return Problem(keyword, yes.status());
  if (!no.ok()) return Problem(keyword, no.status());
  Result<ValueSet> both = algebra.Or(*yes, *no);
  if (!both.ok()) return Problem(keyword, both.status());
  AddPiece(std::move(*both), keyword);
}

void SchemaReader::Dependencies(std::string_view keyword, JsonId value) {
  if (!Check(tree_.IsObject(value), keyword, "an object")) return;
  for (size_t i = 0; i < tree_.keys(value).size(); ++i) {
    Dependency(keyword, tree_.keys(value)[i], tree_.children(value)[i]);
  }
}

// The property is absent, or it is there and then the rest holds.
void SchemaReader::Dependency(std::string_view keyword, const std::string& name, JsonId value) {
  ObjectShape with = graph_.AnyObject();
  with.properties.push_back({name, graph_.Any(), true});
  ObjectShape without = graph_.AnyObject();
  without.properties.push_back({name, graph_.Nothing(), false});
  ValueSet piece = graph_.AllValues();
  if (tree_.IsArray(value) && keyword != "dependentSchemas") {
    std::unordered_set<std::string_view> names = {name};
    for (const JsonId other : tree_.children(value)) {
      if (!Check(tree_.IsString(other), keyword, "names")) return;
      if (names.insert(tree_.text(other)).second) {
        with.properties.push_back({tree_.text(other), graph_.Any(), true});
      }
    }
    piece.objects = {with};
  } else {
    if (keyword == "dependentRequired") return Invalid(keyword, "expected an array of names");
    if (!IsSchema(keyword, value)) return;
    ValueSet objects;
    objects.objects = {with};
    Result<ValueSet> both =
        SetAlgebra(graph_, {schema_, keyword}).And(objects, Use(value, keyword));
    if (!both.ok()) return Problem(keyword, both.status());
    piece.objects = std::move(both->objects);
  }
  piece.objects.push_back(std::move(without));
  AddPiece(std::move(piece), keyword);
}

void SchemaReader::Problem(std::string_view keyword, const Status& status) {
  out_.problems.push_back(graph_.ProblemAt({schema_, keyword}, status));
}
void SchemaReader::Invalid(std::string_view keyword, std::string reason) {
  Problem(keyword, InvalidArgument(std::move(reason)));
}
void SchemaReader::No(std::string_view keyword, std::string reason) {
  Problem(keyword, Unsupported(std::move(reason)));
}

bool SchemaReader::Check(bool right, std::string_view keyword, std::string_view expected) {
  if (!right) Invalid(keyword, "expected " + std::string(expected));
  return right;
}

bool SchemaReader::IsSchema(std::string_view keyword, JsonId value) {
  return Check(tree_.IsObject(value) || tree_.IsBool(value), keyword, "a schema");
}

}  // namespace lmp::constrain
