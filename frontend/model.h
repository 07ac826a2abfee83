// Model: everything a program declares, with what checking has found out. Filled by Checker from
// the parsed texts, read by lowering. References are indices; declarations keep pointers into the
// trees, which outlive the Model. One compilation, one thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "frontend/ast.h"
#include "frontend/notes.h"
#include "frontend/types.h"
#include "ir/program.h"
#include "runtime/base/limits.h"
#include "runtime/base/status.h"

namespace lmp::frontend {

// One parsed text. `broken` holds the places of syntax errors: functions around them are not
// checked, and names that may have been declared there are not missed.
struct ParsedText {
  const Source* source = nullptr;
  const ast::File* file = nullptr;
  std::vector<ast::ItemId> items;  // those that count: a REPL piece may replace earlier ones
  std::vector<Span> broken;
  Notes notes;
  std::string prefix = {};  // of the names of its declarations: "rag.", or "" for the first file
  // What its imports lead to, by ItemId::index; nothing where that has been reported.
  std::map<uint32_t, std::optional<uint32_t>> imports = {};
};

enum class Progress : uint8_t { kNotBegun, kBegun, kDone };

// What all declarations have.
struct Declaration {
  std::string name;
  Span span;  // of the name
  uint32_t unit = 0;
  Progress progress = Progress::kNotBegun;
};

struct Constant : Declaration {
  const ast::ConstDecl* decl = nullptr;
  TypeId type;
  ir::Value value;
};

struct Alias : Declaration {
  const ast::TypeDecl* decl = nullptr;
  TypeId type;
};

struct RecordField {
  std::string name;
  TypeId type;       // of its values
  TypeId generated;  // the same with the holes that the record's parameters fill
  bool has_default = false;
  ir::Value default_value;
  std::string description = {};
};
struct Record : Declaration {
  const ast::RecordDecl* decl = nullptr;  // null: of the language, or of a tool
  std::optional<uint32_t> tool;           // the function whose arguments it has
  bool refused = false;                   // its type or a field cannot be
  size_t depth = 1;  // levels of lists, optionals and records that a value may have
  size_t parts = 0;  // fields without fields of their own, of records inside too; saturates
  std::vector<RecordField> fields;
  std::vector<ir::HoleDecl> holes;                      // its parameters
  std::vector<std::optional<ir::Value>> hole_defaults;  // one per hole
};

struct Enumeration : Declaration {
  const ast::EnumDecl* decl = nullptr;
  ir::EnumDecl members;
};

struct Parameter {
  std::string name;
  Span span;
  TypeId type;
  bool has_default = false;
  ir::Value default_value;
  std::string description = {};
};

struct Corpus : Declaration {
  const ast::CorpusDecl* decl = nullptr;
};

enum class EffectKind : uint8_t { kEmit, kWrite, kListen };
// What must happen once and in its order.
struct Effect {
  EffectKind kind = EffectKind::kEmit;
  Span span;                // of the statement, the call, or the name of the tool
  std::string tool = {};    // kWrite: which changes the world
  bool repeatable = false;  // kWrite: twice is as once
};

struct CallSite {
  Span span;
  uint32_t function = 0;
  bool in_fork = false;
  bool in_list = false;   // ... which is a list made with `for`
  bool repeated = false;  // in a `try` with retries
};

// A name of the REPL that lives from piece to piece.
struct ReplName {
  std::string name;
  TypeId type;
  bool is_var = false;
  bool is_selected = false;  // the next name holds its probabilities
};
// What a piece of the REPL has and a function has not.
struct ReplBody {
  bool has_past = false;        // takes the context and the names of earlier pieces
  std::vector<ReplName> names;  // before the piece; then, once checked, after it
  std::vector<SlotId> slots;    // of `names` after the piece
  ast::ExprId expression;
  bool has_value = false;
};

// What a tool is given beside its parameters' names: one of them, or what is computed from them.
struct ToolOperand {
  std::string name;
  ast::ExprId expr;
  TypeId type;
  bool text = false;  // its text instead of itself
};

// Of a `tool` declaration.
struct Tool {
  const ast::ToolDecl* decl = nullptr;
  const std::vector<ast::Attribute>* attributes = nullptr;
  uint32_t record = 0;                // of its arguments
  std::string host;                   // what the host calls it
  bool arithmetic = false;            // math.eval instead
  std::optional<ir::HttpCall> http;   // what it asks of a server instead
  std::vector<ToolOperand> operands;  // that `http` names
  ir::ToolEffect effect = ir::ToolEffect::kWrite;
  bool idempotent = false;
  std::optional<int64_t> timeout_ms;
  int64_t retries = 0;
  std::optional<Span> retry;  // the attribute
  std::optional<int64_t> cache_ms;
  std::optional<Span> cache;  // the attribute
};

// A mock of a test or of a session: what stands in for a generation, or for what is retrieved.
struct MockOf {
  std::string target;  // as ir::Mock
  ir::Value value;
  Span span;
};

struct Function : Declaration {
  const ast::FnDecl* decl = nullptr;  // null for a test, a tool and a piece of the REPL
  const ast::Attribute* engine_attribute = nullptr;  // `@engine`; nullable
  std::string engine = {};
  std::optional<Tool> tool;
  const ast::TestDecl* test = nullptr;  // a test is a function without a name of its own
  bool mocks_session = false;           // its one statement is a mock of the REPL's session
  std::vector<MockOf> mocks;            // of these two
  std::optional<ReplBody> repl;
  std::vector<ast::StmtId> statements;
  Span body;
  std::vector<Parameter> params;
  TypeId result;        // none(): returns nothing
  bool broken = false;  // has a syntax error inside: not checked
  // Of the body, once checked.
  std::vector<Slot> slots;
  std::vector<SlotId> param_slots;
  SlotId effect, context, exit, value;
  std::vector<CallSite> calls;
  std::optional<Effect> own_effect;  // the first in it
  bool effectful = false;            // it or a callee has an effect

  bool may_mock() const { return test != nullptr || mocks_session; }
};

enum class DeclKind : uint8_t {
  kConstant,
  kFunction,
  kRecord,
  kEnum,
  kAlias,
  kCorpus,
  kModule,
  kRefused
};
struct Declared {
  DeclKind kind = DeclKind::kRefused;
  uint32_t index = 0;
  Span span;
};

struct Module : Declaration {
  std::string path;                // "vote"
  std::optional<uint32_t> target;  // its text, where it is written in LMP
};

// What the constants of a compilation, all together, may still take.
struct ConstantBudget {
  size_t steps = kConstantStepsMax;
  size_t bytes = kConstantBytesMax;
  bool told = false;  // that it is used up
};

struct Model {
  ir::Program* program = nullptr;
  ConstantBudget constant_budget;
  std::unordered_map<uint32_t, std::optional<ir::Value>> schema_texts;  // by type, once written
  // Reads a file that `file` names; null where there are none.
  std::function<Result<std::string>(const std::string& path)> read;
  std::vector<ParsedText> units;
  std::vector<Constant> constants;
  std::vector<Alias> aliases;
  std::vector<Record> records;
  std::vector<Enumeration> enums;
  std::vector<Function> functions;
  std::vector<Corpus> corpora;
  std::vector<Module> modules;
  std::unordered_map<std::string, Declared> names;
  std::vector<uint32_t> order;  // functions, callees before callers
  bool lowers_tests = false;
  bool names_incomplete = false;  // a syntax error may have swallowed a declaration

  // By the name in the IR.
  const Declared* Find(const std::string& name) const {
    auto entry = names.find(name);
    return entry == names.end() ? nullptr : &entry->second;
  }
  // The record of that name, be it that of a tool's arguments.
  const Record* FindRecord(const std::string& name) const {
    const Declared* declared = Find(name);
    if (declared == nullptr) return nullptr;
    if (declared->kind == DeclKind::kRecord) return &records[declared->index];
    const bool tool = declared->kind == DeclKind::kFunction && functions[declared->index].tool;
    return tool ? &records[functions[declared->index].tool->record] : nullptr;
  }
};

}  // namespace lmp::frontend
