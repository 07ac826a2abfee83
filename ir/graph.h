// Graph: one function of the IR. SSA values and operations in vectors, named by ids; structured
// regions; no pointers between operations, so a Graph is copied by value and compared by its text.
//
//   Graph
//    |- values[]   ValueDef: type, who defines it (an op's result, or a region's parameter)
//    |- ops[]      Op: kind, operands, named operands, attributes, results, regions
//    |- regions[]  Region: parameters, ops in order, yields; body is regions[0]
//
// A region's ops may use values of enclosing regions that are defined before the op that owns the
// region (implicit capture), except that a fork's body captures no effect value. Order between ops
// exists only through values, contexts and effect tokens; the order of `ops` in a region is one
// topological order.
//
// Mutable only inside ir (builder, parser, passes); everyone else sees shared_ptr<const Program>.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/type.h"
#include "ir/value.h"
#include "runtime/base/diagnostic.h"
#include "runtime/base/id.h"

namespace lmp::ir {

using ValueId = Id<struct ValueTag>;
using OpId = Id<struct OpTag>;
using RegionId = Id<struct RegionTag>;
using GraphId = Id<struct GraphTag>;

enum class OpKind : uint8_t {
#define LMP_OP(kind, text, op_class) k##kind,
#include "ir/op.def"
#undef LMP_OP
};
enum class OpClass : uint8_t { kPure, kContext, kModel, kWorld, kRegion, kEffect, kCheck, kHint };
std::string_view OpName(OpKind kind);
OpClass OpClassOf(OpKind kind);
std::optional<OpKind> OpNamed(std::string_view name);

enum class Role : uint8_t { kSystem, kUser, kAssistant, kObserve };
std::string_view RoleName(Role role);
std::optional<Role> RoleNamed(std::string_view name);

struct NamedOperand {
  std::string name;
  ValueId value;
  bool operator==(const NamedOperand&) const = default;
};

// Attributes: a few fixed fields instead of a map; unused ones keep their defaults and do not
// print.
struct OpAttributes {
  Value value;              // const
  std::string name;         // call, call.pure, record.make, field, retrieve
  Role role = Role::kUser;  // ctx.open, ctx.close
  TypeId type;              // gen
  std::string site;        // gen, select: "function.name#ordinal", call: "function.callee#ordinal";
                           // stable under formatting and passes (ir/site.h)
  std::string method;      // select: auto, greedy, likelihood
  std::string on_error;    // fork: fail, skip, null
  std::string reuse;       // ctx.insert: ir/reuse.h
  bool exact = false;      // gen: from exact KV only (ir/exact_context.h)
  bool filtered = false;   // fork
  bool feedback = false;   // try: a failed attempt and its message stand before the next
  bool pipelined = false;  // fork: a child starts once its element is there, before the list is
  bool early = false;      // call: begins before all operands are there; ctx.warm: meanwhile
  bool pin = false;        // ctx.warm: its KV is kept behind the end of the run
  int64_t ttl_ms = 0;      // ... until so long after its last use; 0: as long as the engine lives
  bool is_private = false;  // ctx.open: from here on no other run shares the KV
};

struct Op {
  OpKind kind = OpKind::kUndef;
  std::vector<ValueId> operands;
  std::vector<NamedOperand> named;  // sorted by name
  OpAttributes attributes;
  std::vector<ValueId> results;
  std::vector<RegionId> regions;
  RegionId parent;  // the region it stands in
  Span span;        // of the source construct; not part of the text form
};

// Invalid if the op has no such named operand.
ValueId NamedOperandOf(const Op& op, std::string_view name);

struct ValueDef {
  TypeId type;
  OpId op;             // valid if an op's result
  RegionId region;     // valid if a region's parameter
  uint32_t index = 0;  // result or parameter number
  std::string name;    // hint for printing: "reply"; may be empty; made unique by the printer
};

struct Region {
  std::vector<ValueId> params;
  std::vector<OpId> ops;
  std::vector<ValueId> yields;
  OpId owner;  // invalid for the body
};

struct Param {
  std::string name;
  TypeId type;
  bool has_default = false;
  Value default_value;
  std::string description = {};
};

struct Graph {
  std::string name;
  std::vector<Param> params;  // without the effect parameter
  TypeId result;              // none() if the function returns nothing
  bool effectful = false;     // body's params[0] is an effect, its last yield too
  // Which of the host's engines it runs on (`@engine`), and what it calls with it; empty: that of
  // its caller. No context goes in or out of a function that has one.
  std::string engine = {};
  std::vector<ValueDef> values;
  std::vector<Op> ops;
  std::vector<Region>
      regions;  // [0] is the body: params = [eff], params...; yields = result?, [eff]
  Span span;

  Region& body() { return regions[0]; }
  const Region& body() const { return regions[0]; }
  const Op& op(OpId id) const { return ops[id.index]; }
  Op& op(OpId id) { return ops[id.index]; }
  const ValueDef& value(ValueId id) const { return values[id.index]; }
  ValueDef& value(ValueId id) { return values[id.index]; }
  const Region& region(RegionId id) const { return regions[id.index]; }
  Region& region(RegionId id) { return regions[id.index]; }
};

}  // namespace lmp::ir
