// Rules on single operations: operands, attributes, results, region shapes.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_set>

#include "ir/analysis.h"
#include "ir/builtin.h"
#include "ir/failure.h"
#include "ir/holes.h"
#include "ir/print.h"
#include "ir/reached.h"
#include "ir/reuse.h"
#include "ir/verify.h"
#include "ir/verify_rules.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::ir {
namespace {

class OpCheck {
 public:
  explicit OpCheck(const VerifyState& state)
      : state_(state), graph_(state.graph), types_(state.types) {}

  void Run() {
    CheckExit();
    CheckDefaults();
    CheckEngine();
    CheckRegion(graph_.body());
  }

 private:
  void Wrong(const Op& op, const std::string& what, int rule = 6) { state_.Report(rule, op, what); }
  TypeId TypeIdOf(ValueId value) const { return graph_.value(value).type; }
  bool Fits(ValueId value, TypeId type) { return types_.Fits(TypeIdOf(value), type); }

  void CheckExit() {
    const bool has_result = types_[graph_.result].kind != TypeKind::kNone;
    const std::vector<ValueId>& yields = graph_.body().yields;
    const size_t count = (has_result ? 1u : 0u) + (graph_.effectful ? 1u : 0u);
    const bool fits = yields.size() == count && (!has_result || Fits(yields[0], graph_.result)) &&
                      (!graph_.effectful || state_.Is(yields.back(), TypeKind::kEffect));
    if (!fits) state_.Report(6, graph_.span, "what it returns does not fit its result type");
    if (graph_.effectful && !state_.Is(graph_.body().params[0], TypeKind::kEffect)) {
      state_.Report(6, graph_.span, "its first parameter is not an effect");
    }
    if (state_.types[graph_.result].kind == TypeKind::kEffect) {
      state_.Report(6, graph_.span, "an effect cannot be its result");
    }
  }

  void CheckDefaults() {
    std::set<std::string> names;
    for (size_t i = 0; i < graph_.params.size(); ++i) {
      const Param& param = graph_.params[i];
      const ValueId value = graph_.body().params[i + (graph_.effectful ? 1 : 0)];
      if (param.type != TypeIdOf(value) || types_[param.type].kind == TypeKind::kEffect) {
        state_.Report(6, graph_.span,
                      "parameter `" + param.name + "` has another type in the body");
      }
      if (param.has_default && !ValueFits(state_.program, param.default_value, param.type)) {
        state_.Report(6, graph_.span, "the default of `" + param.name + "` does not fit its type");
      }
      if (!names.insert(param.name).second)
        state_.Report(20, graph_.span, "two parameters `" + param.name + "`");
    }
  }

  void CheckEngine() {
    if (graph_.engine.empty()) return;
    if (!IsEngineName(graph_.engine))
      state_.Report(22, graph_.span, QuoteText(graph_.engine) + " is no name of an engine");
    const bool crosses =
        HoldsContext(state_.program, graph_.result) ||
        std::any_of(graph_.params.begin(), graph_.params.end(),
                    [&](const Param& p) { return HoldsContext(state_.program, p.type); });
    if (crosses) state_.Report(22, graph_.span, "a context would go from one engine to another");
  }

  void CheckRegion(const Region& region) {
    for (const OpId id : region.ops) {
      const Op& op = graph_.op(id);
      const size_t before = state_.diagnostics.size();
      CheckCounts(op);
      if (state_.diagnostics.size() > before) continue;
      CheckNamed(op);
      CheckOp(op);
      for (const RegionId inner : op.regions) CheckRegion(graph_.region(inner));
    }
  }

  // How many operands, results and regions each kind has; -1 is any number.
  struct Shape {
    int operands, results, regions;
  };
  static Shape ShapeOf(OpKind kind) {
    switch (kind) {
      case OpKind::kConst:
      case OpKind::kUndef:
      case OpKind::kCtxEmpty:
        return {0, 1, 0};
      case OpKind::kCallPure:
      case OpKind::kStrCat:
      case OpKind::kListMake:
      case OpKind::kRecordMake:
        return {-1, 1, 0};
      case OpKind::kStrFmt:
      case OpKind::kField:
      case OpKind::kNarrow:
      case OpKind::kUnionMake:
      case OpKind::kUnionIs:
      case OpKind::kUnionGet:
      case OpKind::kCtxOpen:
      case OpKind::kCtxClose:
      case OpKind::kTokens:
        return {1, 1, 0};
      case OpKind::kCtxWarm:
        return {-1, 1, 0};
      case OpKind::kCtxText:
      case OpKind::kClip:
      case OpKind::kEmit:
        return {2, 1, 0};
      case OpKind::kCtxInsert:
        return {-1, 1, 0};
      case OpKind::kCtxOrder:
        return {3, 1, 0};
      case OpKind::kCtxDrop:
        return {-1, 0, 0};
      case OpKind::kGen:
        return {1, 2, 0};
      case OpKind::kSelect:
        return {2, 3, 0};
      case OpKind::kRetrieve:
        return {1, 1, 0};
      case OpKind::kListen:
        return {1, 2, 0};
      case OpKind::kStats:
        return {-1, 1, 0};
      case OpKind::kCall:
      case OpKind::kTool:
        return {-1, -1, 0};
      case OpKind::kIf:
        return {1, -1, 2};
      case OpKind::kFor:
      case OpKind::kWhile:
        return {-1, -1, 1};
      case OpKind::kFork:
        return {1, 1, 1};
      case OpKind::kTry:
        return {-1, -1, -1};
      case OpKind::kCheck:
        return {-1, 0, 0};
    }
    return {-1, -1, -1};
  }

  void CheckCounts(const Op& op) {
    const Shape shape = ShapeOf(op.kind);
    const auto differs = [](int expected, size_t found) {
      return expected >= 0 && found != static_cast<size_t>(expected);
    };
    if (differs(shape.operands, op.operands.size())) {
      Wrong(op, "takes " + std::to_string(shape.operands) + " operands, found " +
                    std::to_string(op.operands.size()));
    }
    if (differs(shape.results, op.results.size())) {
      Wrong(op, "has " + std::to_string(shape.results) + " results, found " +
                    std::to_string(op.results.size()));
    }
    if (differs(shape.regions, op.regions.size())) {
      Wrong(op, "has " + std::to_string(shape.regions) + " regions, found " +
                    std::to_string(op.regions.size()));
    }
    CheckFixedResults(op);
    CheckAttributes(op);
  }

  void CheckFixedResults(const Op& op) {
    const auto fixed = FixedResultTypes(op, &types_);
    if (!fixed || fixed->size() != op.results.size()) return;
    for (size_t i = 0; i < op.results.size(); ++i) {
      if (TypeIdOf(op.results[i]) == (*fixed)[i]) continue;
      Wrong(op, "gives " + types_.ToText((*fixed)[i]) + ", but its result is " +
                    state_.TextOf(op.results[i]));
    }
  }

  // Attributes stand only where op.def names them.
  void CheckAttributes(const Op& op) {
    const OpAttributes& a = op.attributes;
    const OpKind k = op.kind;
    const auto stray = [&](bool present, bool allowed, const char* name) {
      if (present && !allowed) Wrong(op, std::string("has no attribute `") + name + "`");
    };
    const bool named = k == OpKind::kCall || k == OpKind::kCallPure || k == OpKind::kRecordMake ||
                       k == OpKind::kField || k == OpKind::kUnionIs || k == OpKind::kUnionGet ||
                       k == OpKind::kRetrieve || k == OpKind::kTool;
    stray(!a.name.empty(), named, "name");
    if (a.name.empty() && named) Wrong(op, "needs a name");
    stray(a.role != Role::kUser, k == OpKind::kCtxOpen || k == OpKind::kCtxClose, "role");
    stray(a.type.valid(), k == OpKind::kGen, "type");
    if (k == OpKind::kGen && !a.type.valid()) Wrong(op, "needs a type");
    stray(!a.site.empty(), k == OpKind::kGen || k == OpKind::kSelect || k == OpKind::kCall, "site");
    stray(!a.method.empty(), k == OpKind::kSelect, "method");
    stray(!a.on_error.empty(), k == OpKind::kFork, "on_error");
    stray(!a.reuse.empty(), k == OpKind::kCtxInsert, "reuse");
    stray(a.exact, k == OpKind::kGen, "exact");
    stray(a.filtered, k == OpKind::kFork, "filtered");
    stray(a.pipelined, k == OpKind::kFork, "pipelined");
    stray(a.early, k == OpKind::kCall || k == OpKind::kCtxWarm, "early");
    stray(a.feedback, k == OpKind::kTry, "feedback");
    stray(a.pin, k == OpKind::kCtxWarm, "pin");
    stray(a.ttl_ms != 0, k == OpKind::kCtxWarm && a.pin, "ttl");
    stray(a.is_private, k == OpKind::kCtxOpen, "private");
    if (a.ttl_ms < 0) Wrong(op, "has a negative time to live");
    stray(!a.value.is_null(), k == OpKind::kConst, "value");
    const auto one_of = [](const std::string& text, std::initializer_list<const char*> allowed) {
      return std::any_of(allowed.begin(), allowed.end(),
                         [&](const char* word) { return text == word; });
    };
    if (!one_of(a.method, {"", "auto", "greedy", "likelihood"}))
      Wrong(op, "knows no method `" + a.method + "`");
    if (!one_of(a.on_error, {"", "fail", "skip", "null"}))
      Wrong(op, "knows no on_error `" + a.on_error + "`");
    if (!ParseReuse(a.reuse)) Wrong(op, "knows no reuse `" + a.reuse + "`");
  }

  static bool IsTryOption(std::string_view name) {
    return name == "retries" || name == "tokens" || name == "prefill" || name == "calls" ||
           name == "time";
  }

  static TypeKind NamedKind(OpKind op, const std::string& name) {
    if (op == OpKind::kGen || op == OpKind::kSelect) {
      if (name == "temp") return TypeKind::kF64;
      if (name == "seed") return TypeKind::kI64;
    }
    if (op == OpKind::kGen) {
      if (name == "max" || name == "min" || name == "top_k") return TypeKind::kI64;
      if (name == "top_p" || name == "min_p") return TypeKind::kF64;
      if (name == "stop") return TypeKind::kList;
    }
    if (op == OpKind::kFork && name == "max_parallel") return TypeKind::kI64;
    if (op == OpKind::kWhile && name == "limit") return TypeKind::kI64;
    if (op == OpKind::kTry && IsTryOption(name)) return TypeKind::kI64;
    if (op == OpKind::kRetrieve && name == "k") return TypeKind::kI64;
    if (op == OpKind::kListen && name == "timeout") return TypeKind::kI64;
    return TypeKind::kNone;
  }

  void CheckNamed(const Op& op) {
    for (size_t i = 0; i < op.named.size(); ++i) {
      const NamedOperand& operand = op.named[i];
      if (operand.name.starts_with('$')) continue;  // CheckHoles
      const TypeKind kind = NamedKind(op.kind, operand.name);
      if (i > 0 && op.named[i - 1].name >= operand.name)
        Wrong(op, "has named operands out of order, or twice");
      if (kind == TypeKind::kNone) {
        Wrong(op, "has no operand named `" + operand.name + "`");
        continue;
      }
      const bool fits = kind == TypeKind::kList ? Fits(operand.value, types_.ListOf(types_.str()))
                                                : state_.Is(operand.value, kind);
      if (!fits)
        Wrong(op, "takes another type as `" + operand.name + "`, found " +
                      state_.TextOf(operand.value));
    }
    const ValueId max = NamedOperandOf(op, "max");
    const Value* tokens = max.valid() && state_.constants ? ConstantOf(graph_, max) : nullptr;
    if (tokens != nullptr && tokens->is_int() && tokens->as_int() <= 0)
      Wrong(op, "has a `max` that is not positive", 7);
  }

  void CheckOp(const Op& op) {
    switch (op.kind) {
      case OpKind::kConst:
        return CheckConst(op);
      case OpKind::kUndef:
        if (state_.Is(op.results[0], TypeKind::kEffect)) Wrong(op, "cannot stand for an effect");
        return;
      case OpKind::kCallPure:
        return CheckCallPure(op);
      case OpKind::kStrCat:
        return CheckStrCat(op);
      case OpKind::kStrFmt:
        return CheckText(op, op.operands[0]);
      case OpKind::kListMake:
        return CheckListMake(op);
      case OpKind::kRecordMake:
        return CheckRecordMake(op);
      case OpKind::kField:
        return CheckField(op);
      case OpKind::kNarrow:
        if (!types_.Fits(TypeIdOf(op.operands[0]), TypeIdOf(op.results[0])))
          Wrong(op,
                "makes " + state_.TextOf(op.results[0]) + " of " + state_.TextOf(op.operands[0]));
        return;
      case OpKind::kUnionMake:
        if (!HasMember(op.results[0], state_.TypeOf(op.operands[0])))
          Wrong(op, "makes a union of a member, found " + state_.TextOf(op.operands[0]));
        return;
      case OpKind::kUnionIs:
      case OpKind::kUnionGet: {
        Type member;
        member.kind = TypeKind::kRecord;
        member.name = op.attributes.name;
        if (!HasMember(op.operands[0], member))
          Wrong(op,
                "needs a union with `" + member.name + "`, found " + state_.TextOf(op.operands[0]));
        return;
      }
      case OpKind::kCtxInsert:
        return CheckInsert(op);
      case OpKind::kCtxText:
        if (!state_.Is(op.operands[1], TypeKind::kStr))
          Wrong(op, "appends a str, found " + state_.TextOf(op.operands[1]));
        return NeedContext(op);
      case OpKind::kCtxOrder:
        for (size_t i = 1; i < 3; ++i) {
          if (!Fits(op.operands[i], types_.ListOf(types_.str())))
            Wrong(op, "orders a list<str>, found " + state_.TextOf(op.operands[i]));
        }
        return NeedContext(op);
      case OpKind::kCtxOpen:
      case OpKind::kCtxClose:
        return NeedContext(op);
      case OpKind::kCtxWarm:
        if (op.operands.empty()) return Wrong(op, "needs a ctx");
        if (op.attributes.early != (op.operands.size() > 1))
          return Wrong(op, "is early if, and only if, it waits for further operands");
        return NeedContext(op);
      case OpKind::kCtxDrop:
        if (op.operands.empty()) return Wrong(op, "needs a ctx");
        return NeedContext(op);
      case OpKind::kGen:
        if (!Generable(op.attributes.type, 0))
          return Wrong(op, "cannot give a " + types_.ToText(op.attributes.type));
        CheckHoles(op);
        return NeedContext(op);
      case OpKind::kSelect:
        return CheckSelect(op);
      case OpKind::kRetrieve:
        return CheckRetrieve(op);
      case OpKind::kStats:
        for (const ValueId value : op.operands) {
          if (state_.Is(value, TypeKind::kEffect)) Wrong(op, "cannot take an effect");
        }
        return;
      case OpKind::kTokens:
        if (!state_.Is(op.operands[0], TypeKind::kStr) &&
            !state_.Is(op.operands[0], TypeKind::kCtx))
          Wrong(op, "counts a ctx or a str, found " + state_.TextOf(op.operands[0]));
        return;
      case OpKind::kClip:
        if (!state_.Is(op.operands[0], TypeKind::kStr) ||
            !state_.Is(op.operands[1], TypeKind::kI64))
          Wrong(op, "takes a str and an i64");
        return;
      case OpKind::kListen:
        if (!state_.Is(op.operands[0], TypeKind::kEffect)) Wrong(op, "needs an effect");
        return;
      case OpKind::kTool:
        return CheckTool(op);
      case OpKind::kCall:
        return CheckCall(op);
      case OpKind::kIf:
        return CheckIf(op);
      case OpKind::kFor:
        return CheckFor(op);
      case OpKind::kWhile:
        return CheckWhile(op);
      case OpKind::kFork:
        return CheckFork(op);
      case OpKind::kTry:
        return CheckTry(op);
      case OpKind::kCheck:
        return CheckCheck(op);
      case OpKind::kEmit:
        if (!state_.Is(op.operands[0], TypeKind::kEffect)) Wrong(op, "needs an effect first");
        return CheckPlain(op, op.operands[1]);
      case OpKind::kCtxEmpty:
        return;
    }
  }

  void CheckInsert(const Op& op) {
    if (op.operands.size() != 2 && op.operands.size() != 3)
      return Wrong(op, "takes a ctx, a str and perhaps the name of a document");
    for (size_t i = 1; i < op.operands.size(); ++i) {
      if (!state_.Is(op.operands[i], TypeKind::kStr))
        Wrong(op, "appends a str, found " + state_.TextOf(op.operands[i]));
    }
    NeedContext(op);
  }

  void CheckTool(const Op& op) {
    const ToolDecl* tool = state_.program.FindTool(op.attributes.name);
    if (tool == nullptr) return Wrong(op, "calls an unknown tool `" + op.attributes.name + "`");
    const size_t effects = tool->effect == ToolEffect::kWrite ? 1 : 0;
    bool fits = op.operands.size() == tool->params.size() + effects &&
                op.results.size() == 1 + effects && TypeIdOf(op.results[0]) == tool->result;
    if (fits && effects == 1) {
      fits = state_.Is(op.operands[0], TypeKind::kEffect) &&
             state_.Is(op.results[1], TypeKind::kEffect);
    }
    for (size_t i = 0; fits && i < tool->params.size(); ++i)
      fits = Fits(op.operands[i + effects], tool->params[i].type);
    if (!fits) Wrong(op, "does not fit the parameters of `" + tool->name + "`", 14);
  }

  void CheckRetrieve(const Op& op) {
    if (!Fits(op.operands[0], types_.ListOf(types_.str())))
      Wrong(op, "asks by a list<str>, found " + state_.TextOf(op.operands[0]));
    if (state_.program.FindCorpus(op.attributes.name) == nullptr)
      Wrong(op, "knows no corpus `" + op.attributes.name + "`");
  }

  void NeedContext(const Op& op) {
    if (!state_.Is(op.operands[0], TypeKind::kCtx))
      Wrong(op, "needs a ctx, found " + state_.TextOf(op.operands[0]));
  }

  void CheckPlain(const Op& op, ValueId value) {
    const TypeKind kind = state_.TypeOf(value).kind;
    if (kind == TypeKind::kCtx || kind == TypeKind::kEffect)
      Wrong(op, "cannot take a " + state_.TextOf(value));
  }

  void CheckText(const Op& op, ValueId value) {
    CheckPlain(op, value);
    const TypeKind kind = state_.TypeOf(value).kind;
    if (kind == TypeKind::kNone || kind == TypeKind::kOptional)
      Wrong(op, "has no text for a " + state_.TextOf(value));
  }

  void CheckConst(const Op& op) {
    if (!ValueFits(state_.program, op.attributes.value, TypeIdOf(op.results[0]))) {
      Wrong(op, "has a value that is no " + state_.TextOf(op.results[0]));
    }
  }

  void CheckCallPure(const Op& op) {
    std::vector<TypeId> arguments;
    for (const ValueId operand : op.operands) arguments.push_back(TypeIdOf(operand));
    const Result<TypeId> result = BuiltinResultType(op.attributes.name, arguments, &types_);
    if (!result.ok()) return Wrong(op, "is wrong: " + result.status().message());
    if (!types_.Fits(*result, TypeIdOf(op.results[0]))) {
      Wrong(op, "of `" + op.attributes.name + "` gives " + types_.ToText(*result) +
                    ", but its result is " + state_.TextOf(op.results[0]));
    }
  }

  void CheckStrCat(const Op& op) {
    for (const ValueId operand : op.operands) {
      if (!state_.Is(operand, TypeKind::kStr))
        Wrong(op, "joins strs, found " + state_.TextOf(operand));
    }
  }

  void CheckListMake(const Op& op) {
    const Type list = state_.TypeOf(op.results[0]);
    if (list.kind != TypeKind::kList)
      return Wrong(op, "makes a list, but its result is " + state_.TextOf(op.results[0]));
    for (const ValueId operand : op.operands) {
      if (!Fits(operand, list.element))
        Wrong(op, "has an item that does not fit: " + state_.TextOf(operand));
    }
  }

  void CheckRecordMake(const Op& op) {
    const RecordDecl* record = state_.program.FindRecord(op.attributes.name);
    if (record == nullptr) return Wrong(op, "knows no record `" + op.attributes.name + "`");
    if (record->fields.size() != op.operands.size())
      return Wrong(op, "needs one operand for each field");
    for (size_t i = 0; i < op.operands.size(); ++i) {
      if (!Fits(op.operands[i], record->fields[i].type)) {
        Wrong(op, "has a field `" + record->fields[i].name +
                      "` that does not fit: " + state_.TextOf(op.operands[i]));
      }
    }
  }

  void CheckField(const Op& op) {
    const Type& type = state_.TypeOf(op.operands[0]);
    const RecordDecl* record =
        type.kind == TypeKind::kRecord ? state_.program.FindRecord(type.name) : nullptr;
    if (record == nullptr)
      return Wrong(op, "needs a record, found " + state_.TextOf(op.operands[0]));
    for (const FieldDecl& field : record->fields) {
      if (field.name != op.attributes.name) continue;
      if (!types_.Fits(field.type, TypeIdOf(op.results[0]))) {
        Wrong(op, "`" + field.name + "` is " + types_.ToText(field.type) + ", but its result is " +
                      state_.TextOf(op.results[0]));
      }
      return;
    }
    Wrong(op, "finds no field `" + op.attributes.name + "` in `" + record->name + "`");
  }

  bool HasMember(ValueId of_union, const Type& record) const {
    const Type& type = state_.TypeOf(of_union);
    return record.kind == TypeKind::kRecord &&
           std::any_of(type.members.begin(), type.members.end(),
                       [&](TypeId member) { return types_[member].name == record.name; });
  }

  // Whether a model can write a value of this type.
  bool Generable(TypeId id, size_t depth) const {
    if (depth > kNestingMax + kRecordDepthMax) return false;
    const Type& type = types_[id];
    if (type.kind == TypeKind::kCtx || type.kind == TypeKind::kEffect ||
        type.kind == TypeKind::kNone)
      return false;
    if (type.element.valid()) return Generable(type.element, depth + 1);
    if (type.kind == TypeKind::kUnion) {
      return std::all_of(type.members.begin(), type.members.end(),
                         [&](TypeId member) { return Generable(member, depth + 1); });
    }
    if (type.kind != TypeKind::kRecord) return true;
    // Once for each record: written out, they can be exponentially many.
    if (const auto known = generable_.find(type.name); known != generable_.end())
      return known->second;
    const RecordDecl* record = state_.program.FindRecord(type.name);
    const bool all = record != nullptr && std::all_of(record->fields.begin(), record->fields.end(),
                                                      [&](const FieldDecl& field) {
                                                        return Generable(field.type, depth + 1);
                                                      });
    return generable_.emplace(type.name, all).first->second;
  }

  // The named operands `$n` are the holes of the type.
  void CheckHoles(const Op& op) {
    const Result<HoleKinds> holes = HolesOf(state_.program, op.attributes.type);
    if (!holes.ok()) return Wrong(op, "has a wrong type: " + holes.status().message());
    for (const auto& [name, kind] : holes.value()) {
      const ValueId by = NamedOperandOf(op, "$" + name);
      if (!by.valid()) {
        Wrong(op, "leaves the hole `$" + name + "` of its type open");
      } else if (kind == TypeKind::kList ? !Fits(by, types_.ListOf(types_.str()))
                                         : !state_.Is(by, kind)) {
        Wrong(op, "takes another type as `$" + name + "`, found " + state_.TextOf(by));
      }
    }
    for (const NamedOperand& operand : op.named) {
      if (operand.name.starts_with('$') && holes.value().count(operand.name.substr(1)) == 0)
        Wrong(op, "fills `" + operand.name + "`, which is no hole of its type");
    }
  }

  void CheckSelect(const Op& op) {
    NeedContext(op);
    if (!Fits(op.operands[1], types_.ListOf(types_.str()))) {
      return Wrong(op, "chooses from a list<str>, found " + state_.TextOf(op.operands[1]));
    }
    const Value* options = ConstantOf(graph_, op.operands[1]);
    if (options == nullptr || !options->is_list() || !state_.constants) return;
    std::set<std::string> texts;
    for (const Value& option : options->as_list()) {
      if (!option.is_str()) continue;  // the constant itself is reported
      if (option.as_str().empty()) Wrong(op, "has an empty option", 15);
      if (!texts.insert(option.as_str()).second)
        Wrong(op, "has the option \"" + option.as_str() + "\" twice", 15);
    }
    if (options->as_list().empty()) Wrong(op, "has no options", 15);
  }

  void CheckCall(const Op& op) {
    // Callees stand before callers, which makes the call graph acyclic.
    const Graph* callee = nullptr;
    for (const Graph& graph : state_.program.functions) {
      if (&graph == &graph_) break;
      if (graph.name == op.attributes.name) callee = &graph;
    }
    if (callee == nullptr)
      return Wrong(op, "finds no function `" + op.attributes.name + "` before this one", 8);
    const bool effect = !op.operands.empty() && state_.Is(op.operands[0], TypeKind::kEffect);
    if (effect != callee->effectful) {
      return Wrong(op,
                   effect ? "passes an effect to `" + callee->name + "`, which has none"
                          : "of `" + callee->name + "`, which has effects, passes none",
                   5);
    }
    const size_t first = effect ? 1 : 0;
    if (op.operands.size() - first != callee->params.size()) {
      return Wrong(op,
                   "of `" + callee->name + "` passes " +
                       std::to_string(op.operands.size() - first) + " arguments for " +
                       std::to_string(callee->params.size()) + " parameters",
                   14);
    }
    for (size_t i = 0; i < callee->params.size(); ++i) {
      if (Fits(op.operands[first + i], callee->params[i].type)) continue;
      Wrong(op,
            "of `" + callee->name + "` passes " + state_.TextOf(op.operands[first + i]) + " as `" +
                callee->params[i].name + "`, which is " + types_.ToText(callee->params[i].type),
            14);
    }
    const bool value = types_[callee->result].kind != TypeKind::kNone;
    const bool results = op.results.size() == (value ? 1u : 0u) + (effect ? 1u : 0u) &&
                         (!value || types_.Fits(callee->result, TypeIdOf(op.results[0]))) &&
                         (!effect || state_.Is(op.results.back(), TypeKind::kEffect));
    if (!results) Wrong(op, "of `" + callee->name + "` has other results than the function", 14);
  }

  // Yields from `first` on fit `types`.
  bool YieldsFit(const Region& region, size_t first, const std::vector<TypeId>& expected) {
    if (region.yields.size() != first + expected.size()) return false;
    for (size_t i = 0; i < expected.size(); ++i) {
      if (!Fits(region.yields[first + i], expected[i])) return false;
    }
    return true;
  }

  std::vector<TypeId> TypesOf(const std::vector<ValueId>& values, size_t first = 0) const {
    std::vector<TypeId> types;
    for (size_t i = first; i < values.size(); ++i) types.push_back(TypeIdOf(values[i]));
    return types;
  }

  void CheckIf(const Op& op) {
    if (!state_.Is(op.operands[0], TypeKind::kBool))
      Wrong(op, "needs a bool, found " + state_.TextOf(op.operands[0]));
    for (const RegionId id : op.regions) {
      if (!graph_.region(id).params.empty()) Wrong(op, "has an arm with parameters");
      if (!YieldsFit(graph_.region(id), 0, TypesOf(op.results)))
        Wrong(op, "has an arm that yields other types than its results");
    }
  }

  // Operands from `operand` on, parameters from 1 on, yields from `yield` on and results agree.
  void CheckCarried(const Op& op, size_t operand, size_t yield) {
    const Region& region = graph_.region(op.regions[0]);
    const std::vector<TypeId> carried = TypesOf(region.params, 1);
    bool fits = op.operands.size() == operand + carried.size() && TypesOf(op.results) == carried;
    for (size_t i = 0; fits && i < carried.size(); ++i)
      fits = Fits(op.operands[operand + i], carried[i]);
    if (!fits || !YieldsFit(region, yield, carried))
      Wrong(op, "carries other types at entry, back edge or exit", 4);
  }

  void CheckFor(const Op& op) {
    const Region& region = graph_.region(op.regions[0]);
    if (op.operands.empty() || !state_.Is(op.operands[0], TypeKind::kList))
      return Wrong(op, "needs a list");
    if (region.params.empty() ||
        !types_.Fits(state_.TypeOf(op.operands[0]).element, TypeIdOf(region.params[0]))) {
      return Wrong(op, "has a first parameter that is no element of the list");
    }
    CheckCarried(op, 1, 0);
  }

  void CheckWhile(const Op& op) {
    const Region& region = graph_.region(op.regions[0]);
    if (region.params.empty() || !state_.Is(region.params[0], TypeKind::kI64))
      return Wrong(op, "needs the round as first parameter");
    if (region.yields.empty() || !state_.Is(region.yields[0], TypeKind::kBool))
      return Wrong(op, "yields no bool first");
    CheckCarried(op, 0, 1);
    const ValueId limit = NamedOperandOf(op, "limit");
    if (!limit.valid()) return Wrong(op, "has no limit", 8);
    const Value* constant = ConstantOf(graph_, limit);
    if (constant == nullptr || !constant->is_int() || !state_.constants) return;
    if (constant->as_int() < 0 || constant->as_int() > static_cast<int64_t>(kLoopRoundsMax)) {
      Wrong(op, "has a limit outside 0.." + std::to_string(kLoopRoundsMax), 8);
    }
  }

  void CheckFork(const Op& op) {
    const Region& region = graph_.region(op.regions[0]);
    if (!state_.Is(op.operands[0], TypeKind::kList)) return Wrong(op, "needs a list");
    if (region.params.size() != 2 ||
        !types_.Fits(state_.TypeOf(op.operands[0]).element, TypeIdOf(region.params[0])) ||
        !state_.Is(region.params[1], TypeKind::kI64)) {
      return Wrong(op, "needs the parameters element and index");
    }
    const Type list = state_.TypeOf(op.results[0]);
    const size_t first = op.attributes.filtered ? 1 : 0;
    const bool nulls = op.attributes.on_error == "null";
    if (nulls && list.kind == TypeKind::kList && types_[list.element].kind != TypeKind::kOptional)
      return Wrong(op, "gives null for a child that fails: its result is a list of optionals");
    if (list.kind != TypeKind::kList || !YieldsFit(region, first, {list.element}) ||
        (first == 1 && !state_.Is(region.yields[0], TypeKind::kBool))) {
      Wrong(op,
            "must yield one value (or bool, value if filtered) of the element type of its result",
            3);
    }
  }

  void CheckTry(const Op& op) {
    if (op.regions.empty() || op.regions.size() > 2)
      return Wrong(op, "has " + std::to_string(op.regions.size()) + " regions, not one or two");
    const size_t contexts = op.attributes.feedback ? 1 : 0;
    const std::vector<ValueId>& body = graph_.region(op.regions[0]).params;
    const auto all_contexts = [&](const std::vector<ValueId>& values) {
      return values.size() == contexts && std::all_of(values.begin(), values.end(), [&](ValueId v) {
               return state_.Is(v, TypeKind::kCtx);
             });
    };
    if (!all_contexts(op.operands) || !all_contexts(body))
      return Wrong(op, "takes a context, and its body too, if it has feedback, else nothing");
    if (contexts == 1 && !NamedOperandOf(op, "retries").valid())
      Wrong(op, "has feedback without retries");
    for (const RegionId id : op.regions) {
      if (!YieldsFit(graph_.region(id), 0, TypesOf(op.results)))
        Wrong(op, "has a region that yields other types than its results");
    }
    if (op.regions.size() == 1) return;
    const std::vector<ValueId>& fallback = graph_.region(op.regions[1]).params;
    if (fallback.size() != 1 ||
        TypeIdOf(fallback[0]) != types_.RecordOf(std::string(kFailureRecord)))
      Wrong(op, "has a fallback that does not take a failure", 16);
  }

  void CheckCheck(const Op& op) {
    const bool fits = (op.operands.size() == 2 || op.operands.size() == 3) &&
                      state_.Is(op.operands[0], TypeKind::kBool) &&
                      state_.Is(op.operands[1], TypeKind::kStr) &&
                      (op.operands.size() == 2 || state_.Is(op.operands[2], TypeKind::kCtx));
    if (!fits) Wrong(op, "takes a bool, a str and perhaps a context");
  }

  const VerifyState& state_;
  const Graph& graph_;
  TypeTable& types_;
  mutable std::map<std::string, bool> generable_;  // by record
};

}  // namespace

void CheckOps(const VerifyState& state) { OpCheck(state).Run(); }

void CheckSites(const VerifyState& state) {
  std::unordered_set<std::string> sites;
  std::vector<RegionId> pending = {RegionId(0)};
  while (!pending.empty()) {
    const Region& region = state.graph.region(pending.back());
    pending.pop_back();
    for (const OpId id : region.ops) {
      const Op& op = state.graph.op(id);
      pending.insert(pending.end(), op.regions.begin(), op.regions.end());
      if (op.kind != OpKind::kGen && op.kind != OpKind::kSelect && op.kind != OpKind::kCall)
        continue;
      if (op.attributes.site.empty()) state.Report(17, op, "has no site");
      if (!sites.insert(op.attributes.site).second)
        state.Report(17, op, "has a site that another operation has: " + op.attributes.site);
    }
  }
}

}  // namespace lmp::ir
