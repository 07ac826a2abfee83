#include "runtime/constrain/json_schema/set_algebra.h"

#include <algorithm>
#include <unordered_map>

namespace lmp::constrain {
namespace {

Status TooManyShapes() {
  return ResourceExhausted("more than " + std::to_string(kShapesMax) +
                           " alternatives for one value");
}

template <typename Shape>
Status AddShape(Shape shape, std::vector<Shape>* out) {
  if (std::find(out->begin(), out->end(), shape) != out->end()) return OkStatus();
  if (out->size() >= kShapesMax) return TooManyShapes();
  out->push_back(std::move(shape));
  return OkStatus();
}

}  // namespace

bool SetAlgebra::IsAny(const ArrayShape& shape) const { return shape == graph_.AnyArray(); }

bool SetAlgebra::IsAny(const ObjectShape& shape) const {
  return shape.properties.empty() && shape == graph_.AnyObject();
}

// Items that nothing fulfils end the array. False if it has to be longer than that, or if what it
// has to contain cannot be.
bool SetAlgebra::Trim(ArrayShape* shape) const {
  for (size_t i = 0; i < shape->prefix.size(); ++i) {
    if (shape->prefix[i] != graph_.Nothing()) continue;
    shape->max = std::min(shape->max, static_cast<uint32_t>(i));
  }
  if (shape->rest == graph_.Nothing()) {
    shape->max = std::min(shape->max, static_cast<uint32_t>(shape->prefix.size()));
  }
  if (shape->prefix.size() > shape->max) shape->prefix.resize(shape->max);
  for (const ArrayShape::Contains& part : shape->contains) {
    if (part.min > std::min(part.max, shape->max)) return false;
    if (part.min > 0 && part.item == graph_.Nothing()) return false;
  }
  return shape->min <= shape->max;
}

bool SetAlgebra::AndArrays(const ArrayShape& a, const ArrayShape& b, ArrayShape* out) {
  if (IsAny(a) || IsAny(b)) {
    *out = IsAny(a) ? b : a;
    return Trim(out);
  }
  *out = ArrayShape();
  const size_t prefix = std::max(a.prefix.size(), b.prefix.size());
  for (size_t i = 0; i < prefix; ++i) {
    out->prefix.push_back(graph_.And(a.ItemAt(i), b.ItemAt(i)));
  }
  out->rest = graph_.And(a.rest, b.rest);
  out->min = std::max(a.min, b.min);
  out->max = std::min(a.max, b.max);
  out->unique = a.unique || b.unique;
  out->contains = a.contains;
  for (const ArrayShape::Contains& part : b.contains) {
    if (std::find(out->contains.begin(), out->contains.end(), part) == out->contains.end()) {
      out->contains.push_back(part);
    }
  }
  return Trim(out);
}

NodeId SetAlgebra::OtherValue(const ObjectShape& shape, std::string_view name) {
  ExprPool& pool = graph_.strings().text().pool();
  const Expr any = graph_.strings().text().AnyString();
  for (const ObjectShape::Others& others : shape.others) {
    if (others.keys == any || pool.Matches(others.keys, SpellJson(name))) return others.value;
  }
  return graph_.Nothing();
}

NodeId SetAlgebra::ValueOf(const ObjectShape& shape, std::string_view name) {
  const ObjectShape::Property* property = shape.Find(name);
  return property != nullptr ? property->value : OtherValue(shape, name);
}

Status SetAlgebra::AndOthers(const ObjectShape& a, const ObjectShape& b, ObjectShape* out) {
  ExprPool& pool = graph_.strings().text().pool();
  const Expr any = graph_.strings().text().AnyString();
  for (const ObjectShape::Others& x : a.others) {
    for (const ObjectShape::Others& y : b.others) {
      Expr keys = x.keys;
      if (keys == any) {
        keys = y.keys;
      } else if (y.keys != any && x.keys != y.keys) {
        keys = pool.And(x.keys, y.keys);
        LMP_TRY(const bool empty, pool.IsEmpty(keys));
        if (empty) continue;
      }
      const NodeId value = graph_.And(x.value, y.value);
      if (value == graph_.Nothing()) continue;
      if (out->others.size() >= kShapesMax) return TooManyShapes();
      out->others.push_back({keys, value});
    }
  }
  return OkStatus();
}

// Counts that contradict each other, and required properties without a value.
bool SetAlgebra::MayHold(const ObjectShape& shape) const {
  size_t required = 0;
  size_t possible = 0;
  for (const ObjectShape::Property& property : shape.properties) {
    const bool never = property.value == graph_.Nothing();
    if (property.required && never) return false;
    required += property.required ? 1 : 0;
    possible += never ? 0 : 1;
  }
  if (shape.others.empty() && possible < shape.min) return false;
  return shape.min <= shape.max && required <= shape.max;
}

Result<bool> SetAlgebra::AndObjects(const ObjectShape& a, const ObjectShape& b, ObjectShape* out) {
  if (IsAny(a) || IsAny(b)) {
    *out = IsAny(a) ? b : a;
    return MayHold(*out);
  }
  if (!a.ordered && b.ordered) return AndObjects(b, a, out);
  *out = ObjectShape();
  out->ordered = a.ordered || b.ordered;
  out->partial = a.partial || b.partial;
  out->min = std::max(a.min, b.min);
  out->max = std::min(a.max, b.max);
  std::unordered_map<std::string_view, const ObjectShape::Property*> in_b;
  for (const ObjectShape::Property& property : b.properties) in_b.emplace(property.name, &property);
  std::unordered_map<std::string_view, bool> in_a;
  const auto add = [&](const std::string& name, NodeId x, NodeId y, bool required) {
    const NodeId value = graph_.And(x, y);
    const bool combined = value != x && value != y;
    if (required && (value == graph_.Nothing() || (combined && graph_.ProbeEmpty(value)))) {
      return false;
    }
    out->properties.push_back({name, value, required});
    return true;
  };
  for (const ObjectShape::Property& property : a.properties) {
    in_a.emplace(property.name, true);
    const auto found = in_b.find(property.name);
    const bool both = found != in_b.end();
    const NodeId other = both ? found->second->value : OtherValue(b, property.name);
    const bool required = property.required || (both && found->second->required);
    if (!add(property.name, property.value, other, required)) return false;
  }
  for (const ObjectShape::Property& property : b.properties) {
    if (in_a.contains(property.name)) continue;
    const NodeId other = OtherValue(a, property.name);
    if (!add(property.name, other, property.value, property.required)) return false;
  }
  LMP_RETURN_IF_ERROR(AndOthers(a, b, out));
  return MayHold(*out);
}

Result<std::vector<ArrayShape>> SetAlgebra::AndAll(const std::vector<ArrayShape>& a,
                                                   const std::vector<ArrayShape>& b) {
  std::vector<ArrayShape> out;
  for (const ArrayShape& x : a) {
    for (const ArrayShape& y : b) {
      ArrayShape both;
      LMP_RETURN_IF_ERROR(graph_.Spend(1 + x.prefix.size() + y.prefix.size()));
      if (!AndArrays(x, y, &both)) continue;
      LMP_RETURN_IF_ERROR(AddShape(std::move(both), &out));
    }
  }
  return out;
}

Result<std::vector<ObjectShape>> SetAlgebra::AndAll(const std::vector<ObjectShape>& a,
                                                    const std::vector<ObjectShape>& b) {
  std::vector<ObjectShape> out;
  for (const ObjectShape& x : a) {
    for (const ObjectShape& y : b) {
      ObjectShape both;
      LMP_RETURN_IF_ERROR(graph_.Spend(1 + x.properties.size() + y.properties.size()));
      LMP_TRY(const bool some, AndObjects(x, y, &both));
      if (some) LMP_RETURN_IF_ERROR(AddShape(std::move(both), &out));
    }
  }
  return out;
}

// The lists and properties that an operation goes through.
Status SetAlgebra::Spend(const ValueSet& a, const ValueSet& b) {
  size_t steps = 1;
  for (const ValueSet* set : {&a, &b}) {
    if (set->number.members) steps += set->number.members->size();
    steps += 4 * set->number.multiples_of.size();
    if (set->string.members) steps += set->string.members->size();
    for (const ArrayShape& shape : set->arrays) steps += shape.prefix.size();
    for (const ObjectShape& shape : set->objects) steps += shape.properties.size();
  }
  return graph_.Spend(steps);
}

Result<ValueSet> SetAlgebra::And(const ValueSet& a, const ValueSet& b) {
  LMP_RETURN_IF_ERROR(Spend(a, b));
  ValueSet out;
  out.null = a.null && b.null;
  out.no = a.no && b.no;
  out.yes = a.yes && b.yes;
  out.number = graph_.numbers().And(a.number, b.number);
  out.string = graph_.strings().And(a.string, b.string);
  LMP_TRY(out.arrays, AndAll(a.arrays, b.arrays));
  LMP_TRY(out.objects, AndAll(a.objects, b.objects));
  return out;
}

Result<ValueSet> SetAlgebra::Or(std::span<const ValueSet* const> sets) {
  ValueSet out;
  std::vector<NumberSet::Member> numbers;
  std::vector<std::string> strings;
  bool partial = false;
  for (const ValueSet* set : sets) {
    // The lists are put together behind the loop; here only what has none is left.
    ValueSet rest = *set;
    if (rest.number.members) {
      numbers.insert(numbers.end(), rest.number.members->begin(), rest.number.members->end());
      rest.number = NumberSet::None();
    }
    if (rest.string.members) {
      strings.insert(strings.end(), rest.string.members->begin(), rest.string.members->end());
      partial = partial || rest.string.partial;
      rest.string = StringAlgebra::None();
    }
    LMP_TRY(out, Or(out, rest));
  }
  ValueSet listed;
  listed.number = NumberAlgebra::Of(std::move(numbers));
  listed.string = StringAlgebra::Of(std::move(strings));
  listed.string.partial = partial;
  return Or(out, listed);
}

Result<ValueSet> SetAlgebra::Or(const ValueSet& a, const ValueSet& b) {
  LMP_RETURN_IF_ERROR(Spend(a, b));
  ValueSet out = a;
  out.null = a.null || b.null;
  out.no = a.no || b.no;
  out.yes = a.yes || b.yes;
  out.number = graph_.numbers().Or(a.number, b.number);
  out.string = graph_.strings().Or(a.string, b.string);
  for (const ArrayShape& shape : b.arrays) LMP_RETURN_IF_ERROR(AddShape(shape, &out.arrays));
  for (const ObjectShape& shape : b.objects) LMP_RETURN_IF_ERROR(AddShape(shape, &out.objects));
  return out;
}

// An array that is none of the shape: too short, too long, or with an item that is not as it should
// be.
Result<std::vector<ArrayShape>> SetAlgebra::NotArray(const ArrayShape& shape) {
  if (shape.unique) return Unsupported("the complement of uniqueItems is not supported");
  std::vector<ArrayShape> out;
  const auto add = [&](auto&& change) {
    ArrayShape broken = graph_.AnyArray();
    change(broken);
    if (Trim(&broken)) out.push_back(std::move(broken));
  };
  const auto prefix = static_cast<uint32_t>(shape.prefix.size());
  if (shape.min > 0) add([&](ArrayShape& s) { s.max = shape.min - 1; });
  if (shape.max != kUnbounded) add([&](ArrayShape& s) { s.min = shape.max + 1; });
  for (uint32_t i = 0; i < prefix; ++i) {
    if (shape.prefix[i] == graph_.Any()) continue;
    add([&](ArrayShape& s) {
      s.prefix.assign(i, graph_.Any());
      s.prefix.push_back(graph_.Not(shape.prefix[i], place_));
      s.min = i + 1;
    });
  }
  if (shape.rest == graph_.Nothing()) {
    add([&](ArrayShape& s) { s.min = prefix + 1; });
  } else if (shape.rest != graph_.Any() && shape.max > prefix) {
    if (prefix > 0)
      return Unsupported("the complement of items behind prefixItems is not supported");
    add([&](ArrayShape& s) { s.contains.push_back({graph_.Not(shape.rest, place_)}); });
  }
  for (const ArrayShape::Contains& part : shape.contains) {
    if (part.min > 1) {
      add([&](ArrayShape& s) { s.contains.push_back({part.item, 0, part.min - 1}); });
    } else if (part.min == 1) {
      add([&](ArrayShape& s) { s.rest = graph_.Not(part.item, place_); });
    }
    if (part.max != kUnbounded) {
      add([&](ArrayShape& s) { s.contains.push_back({part.item, part.max + 1}); });
    }
  }
  return out;
}

// An object that is none of the shape: a required property absent, one with another value, or too
// few or too many properties.
Result<std::vector<ObjectShape>> SetAlgebra::NotObject(const ObjectShape& shape) {
  const ObjectShape any = graph_.AnyObject();
  const bool free = shape.others.size() == 1 && shape.others[0] == any.others[0];
  if (!free || shape.partial) {
    return Unsupported("the complement of what is said of further properties is not supported");
  }
  std::vector<ObjectShape> out;
  const auto add = [&](auto&& change) {
    ObjectShape broken = any;
    change(broken);
    out.push_back(std::move(broken));
  };
  for (const ObjectShape::Property& property : shape.properties) {
    if (property.required) {
      add([&](ObjectShape& s) { s.properties.push_back({property.name, graph_.Nothing()}); });
    }
    if (property.value != graph_.Any()) {
      const NodeId other = graph_.Not(property.value, place_);
      add([&](ObjectShape& s) { s.properties.push_back({property.name, other, true}); });
    }
  }
  if (shape.min > 0) add([&](ObjectShape& s) { s.max = shape.min - 1; });
  if (shape.max != kUnbounded) add([&](ObjectShape& s) { s.min = shape.max + 1; });
  return out;
}

Result<ValueSet> SetAlgebra::Not(const ValueSet& a) {
  if (a.string.partial) return Unsupported("the complement of a format is not supported");
  ValueSet out = graph_.AllValues();
  out.null = !a.null;
  out.no = !a.no;
  out.yes = !a.yes;
  out.number = graph_.numbers().Not(a.number);
  out.string = graph_.strings().Not(a.string);
  for (const ArrayShape& shape : a.arrays) {
    LMP_TRY(const std::vector<ArrayShape> broken, NotArray(shape));
    LMP_TRY(out.arrays, AndAll(out.arrays, broken));
  }
  for (const ObjectShape& shape : a.objects) {
    LMP_TRY(const std::vector<ObjectShape> broken, NotObject(shape));
    LMP_TRY(out.objects, AndAll(out.objects, broken));
  }
  return out;
}

}  // namespace lmp::constrain
