// Notes: what checking finds out about a syntax tree, indexed by node id; lowering reads nothing
// else. The tree itself stays as parsed.
//
// A Slot is anything of a function whose value may change on the way: a name, the current context,
// the effect token, the exit code. Lowering keeps one SSA value per slot; `writes` says which slots
// a statement may change, so that regions carry exactly those.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "frontend/ast.h"
#include "ir/program.h"

namespace lmp::frontend {

using SlotId = Id<struct SlotTag>;

enum class SlotKind : uint8_t {
  kEffect,         // orders emits and calls
  kContext,        // a current context that ends with its function, fork or block
  kContextValue,   // the context of a `context { }` value
  kExit,           // an ExitCode
  kResult,         // of `return`, or `yield` in a fork
  kOption,         // an option of a fork, the default of the generations inside
  kProbabilities,  // of a `select`
  kParam,
  kLet,
  kVar,
  kGen,
  kSelect,
  kElement,  // of a loop, fork or comprehension
};

struct Slot {
  SlotKind kind = SlotKind::kLet;
  std::string name;
  Span span;              // of the name where it is bound
  ir::TypeId type;        // not valid: unknown because of a mistake
  uint32_t scope = 0;     // where it is bound
  uint32_t frame = 0;     // the fork (or function) it belongs to
  ast::StmtId statement;  // that binds it, if one does
  SlotId probabilities;   // kSelect
  int reads = 0;
};

// How a statement list was left; kReturn is `yield` inside a fork.
enum class ExitCode : int64_t { kNone = 0, kContinue = 1, kBreak = 2, kReturn = 3 };
// A set of them: bit 1 << code.
using ExitSet = uint8_t;
constexpr ExitSet Bit(ExitCode code) {
  return static_cast<ExitSet>(1u << static_cast<unsigned>(code));
}

// An option of a generation: written at it, or taken over from a fork around it (`slot`).
struct OptionNote {
  std::string name;
  ast::ExprId value;
  SlotId slot;
  ir::TypeId type;
  std::optional<ir::Value> constant = {};  // instead of both: a default of a record's parameter
};

enum class Meaning : uint8_t {
  kPlain,
  kLocal,
  kConstant,
  kFunction,
  kRecord,
  kBuiltin,
  kRetrieve,
  kStats,
  kRun,
  kListen,  // arguments: how long it waits, if that is bounded
  kTokens,
  kClip,
  kConfidence,
  kProbabilities
};

struct ExprNote {
  ir::TypeId type;  // not valid: a mistake that has been reported
  Meaning meaning = Meaning::kPlain;
  uint32_t target = 0;                 // slot, constant of Notes, function, record, corpus
  std::string builtin;                 // kBuiltin
  std::vector<ast::ExprId> arguments;  // of a call, by parameter; not valid: the default
  std::vector<SlotId> writes;          // of `and`, `or`, `? :`: what the optional side may change
  // context { }, fork, comprehension
  SlotId context, element, exit, result;
  std::vector<OptionNote> options;  // fork; those with a slot are defaults of generations
  std::string on_error;
};

struct StmtNote {
  SlotId slot;         // bound or set; of `on`: the context its body extends
  SlotId source;       // of `on copy`: what is copied
  uint32_t scope = 0;  // the scope names of its body live in, for `on` and roles
  ExitSet exits = 0;   // ways to leave it other than its end
  bool falls_through = true;
  bool in_message = false;  // gen, select: inside a role's body
  bool exact = false;       // gen: `@exact`
  // Of a message: `@pin`, `@ttl` (0: none), `@private`.
  bool pin = false;
  int64_t ttl_ms = 0;
  bool is_private = false;
  std::vector<SlotId> writes;
  ir::TypeId type;  // gen
  std::vector<OptionNote> options;
  std::string method;  // select
};

// Of an `insert`.
struct InsertNote {
  bool many = false;      // a list of passages
  bool document = false;  // the passages are records that name their document
  bool stable = false;    // sorted, by `sort_field` where passages are records
  std::string sort_field;
  bool any = false;   // in the order of what is cached
  std::string reuse;  // ir/reuse.h; "" for prefix
  ast::ExprId label;  // not valid: none
  SlotId it;          // the passage, in its label
};

// Of a `match`: what each arm stands for (of a union: the names of records), and the slot it binds.
struct ArmNote {
  std::vector<ir::Value> values;
  SlotId binding;
};
struct MatchNote {
  ir::TypeId type;
  std::vector<ArmNote> arms;
};

// Of a `try`.
struct TryNote {
  std::vector<OptionNote> options;  // numbers, and `time` as a duration
  bool retries = false;
  bool feedback = false;
  bool outlives = false;  // behind it the names of its body are bound, in the scope of its StmtNote
  SlotId failure;         // what the fallback calls the failure
};

// Of one tree.
struct Notes {
  std::vector<ExprNote> expressions;
  std::vector<StmtNote> statements;
  std::vector<ir::Value> constants;
  std::map<uint32_t, InsertNote> inserts;  // by StmtId::index
  std::map<uint32_t, MatchNote> matches;   // by StmtId::index
  std::map<uint32_t, TryNote> tries;       // by StmtId::index

  explicit Notes(const ast::File& file)
      : expressions(file.expression_count()), statements(file.statement_count()) {}
  ExprNote& operator[](ast::ExprId id) { return expressions[id.index]; }
  const ExprNote& operator[](ast::ExprId id) const { return expressions[id.index]; }
  StmtNote& operator[](ast::StmtId id) { return statements[id.index]; }
  const StmtNote& operator[](ast::StmtId id) const { return statements[id.index]; }
};

}  // namespace lmp::frontend
