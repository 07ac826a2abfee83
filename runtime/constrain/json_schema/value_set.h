// ValueSet: what a schema allows, by type: the normal form in which schemas are combined. Scalars
// are exact sets; arrays and objects are alternatives ("shapes"), whose children are nodes of the
// schema graph (schema_graph.h) that are looked at only when needed, so that recursion ends.
//
// Values; names of nodes mean something only to their graph.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/id.h"
#include "runtime/constrain/expr.h"
#include "runtime/constrain/json_schema/number_set.h"
#include "runtime/constrain/json_schema/string_set.h"

namespace lmp::constrain {

using NodeId = Id<struct SchemaNodeTag>;

struct ArrayShape {
  // At least min and at most max items are values of `item`.
  struct Contains {
    NodeId item;
    uint32_t min = 1, max = kUnbounded;
    bool operator==(const Contains&) const = default;
  };
  std::vector<NodeId> prefix;  // of the first items
  NodeId rest;                 // of all behind them
  uint32_t min = 0, max = kUnbounded;
  bool unique = false;
  std::vector<Contains> contains;

  bool operator==(const ArrayShape&) const = default;
  NodeId ItemAt(size_t i) const { return i < prefix.size() ? prefix[i] : rest; }
};

struct ObjectShape {
  struct Property {
    std::string name;
    NodeId value;
    bool required = false;
    bool operator==(const Property&) const = default;
  };
  // Keys that are not declared. The classes are disjoint; a key in none of them is not allowed.
  struct Others {
    Expr keys;  // spelled; declared names are to be taken away
    NodeId value;
    bool operator==(const Others&) const = default;
  };
  std::vector<Property> properties;  // in the order in which they are written; names are distinct
  std::vector<Others> others;
  uint32_t min = 0, max = kUnbounded;
  bool partial = false;  // as in StringSet, of the keys
  bool ordered = false;  // `properties` gave the order, not only `required`

  bool operator==(const ObjectShape&) const = default;
  const Property* Find(std::string_view name) const;
};

struct ValueSet {
  bool null = false, no = false, yes = false;  // null, false, true
  NumberSet number = NumberSet::None();
  StringSet string = StringAlgebra::None();
  std::vector<ArrayShape> arrays;    // one of them
  std::vector<ObjectShape> objects;  // one of them

  bool operator==(const ValueSet&) const = default;
};

}  // namespace lmp::constrain
