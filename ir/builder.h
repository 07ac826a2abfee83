// Builder: checked construction of one Graph. The front end's only way to make IR. Keeps a stack of
// open regions; ops are appended to the innermost. Wrong use is a failed invariant (sema has
// checked the program); the verifier checks everything again.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "ir/program.h"

namespace lmp::ir {

class Builder {
 public:
  // `program` owns the type table; it must outlive the builder.
  Builder(Program* program, std::string function, std::vector<Param> params, TypeId result,
          bool effectful);

  TypeTable& types() { return program_->types; }
  // Parameter values of the body: the effect first if effectful.
  std::span<const ValueId> body_params() const;
  TypeId TypeOf(ValueId value) const { return graph_.value(value).type; }
  // nullptr if it is no constant.
  const Value* ConstantOf(ValueId value) const;

  // Source place of ops built from here on.
  void SetSpan(Span span) { span_ = span; }
  Span span() const { return span_; }
  void NameValue(ValueId value, std::string name);

  ValueId Const(Value value, TypeId type);
  ValueId ConstInt(int64_t value) { return Const(Value::Int(value), types().i64()); }
  ValueId ConstBool(bool value) { return Const(Value::Bool(value), types().boolean()); }
  ValueId ConstStr(std::string value) { return Const(Value::Str(std::move(value)), types().str()); }
  ValueId Undef(TypeId type);
  ValueId CallPure(std::string name, std::vector<ValueId> operands, TypeId result);
  ValueId StrCat(std::vector<ValueId> operands);
  ValueId StrFmt(ValueId value);
  ValueId ListMake(std::vector<ValueId> operands, TypeId list_type);
  ValueId RecordMake(std::string record, std::vector<ValueId> operands);
  ValueId Field(ValueId record, std::string field, TypeId type);
  // The same value, which must keep the bounds of `type`.
  ValueId Narrow(ValueId value, TypeId type);
  ValueId UnionMake(ValueId record, TypeId type);
  ValueId UnionIs(ValueId value, std::string record);
  ValueId UnionGet(ValueId value, std::string record);

  ValueId CtxEmpty();
  ValueId CtxOpen(ValueId ctx, Role role, bool is_private = false);
  // The same context, whose KV is kept behind the run; `ttl_ms` 0: as long as the engine lives.
  ValueId CtxPin(ValueId ctx, int64_t ttl_ms);
  ValueId CtxClose(ValueId ctx, Role role);
  ValueId CtxText(ValueId ctx, ValueId text);
  // `document` may be invalid: unknown.
  ValueId CtxInsert(ValueId ctx, ValueId text, ValueId document, std::string reuse);

  ValueId CtxOrder(ValueId ctx, ValueId labels, ValueId texts);

  struct GenResult {
    ValueId value, ctx;
  };
  GenResult Gen(ValueId ctx, TypeId type, std::vector<NamedOperand> named, std::string site,
                bool exact = false);
  struct SelectResult {
    ValueId value, probabilities, ctx;
  };
  SelectResult Select(ValueId ctx, ValueId options, std::vector<NamedOperand> named,
                      std::string method, std::string site);
  // `k` may be invalid: the default.
  // Behind everything in this region that asks a model, as far as it gives a value.
  ValueId Stats();
  ValueId Retrieve(std::string corpus, ValueId queries, ValueId k);
  // `effect` iff the tool writes. Results: the value, the new effect.
  std::vector<ValueId> Tool(std::string tool, ValueId effect, std::vector<ValueId> operands,
                            TypeId result);
  // What a person says next; `timeout_ms` may be invalid. Results: the line, the new effect.
  std::vector<ValueId> Listen(ValueId effect, ValueId timeout_ms);
  // Results: the value (unless none) and, if `effect` is valid, the new effect last.
  std::vector<ValueId> Call(std::string function, ValueId effect, std::vector<ValueId> operands,
                            TypeId result);
  ValueId Tokens(ValueId context_or_text);
  ValueId Clip(ValueId text, ValueId tokens);
  ValueId Emit(ValueId effect, ValueId value);
  // `ctx` may be invalid: the check stands in no try with feedback.
  void Check(ValueId condition, ValueId message, ValueId ctx);

  // Regions: Begin* opens the op and its first region and returns the region's parameters;
  // NextRegion (if; NextFallback of a try) closes the region with its yields and opens the next;
  // End closes the op and returns its results. The arms of an if yield types that have a join
  // (TypeTable::Join), a loop yields types that fit its carried ones without bounds.
  void BeginIf(ValueId condition);
  void NextRegion(std::vector<ValueId> yields);
  std::vector<ValueId> BeginFor(ValueId list, std::vector<ValueId> carried);  // element, carried...
  std::vector<ValueId> BeginWhile(ValueId limit,
                                  std::vector<ValueId> carried);  // round, carried...
  std::vector<ValueId> BeginFork(ValueId list, std::vector<NamedOperand> named, bool filtered,
                                 std::string on_error);  // element, index
  // `ctx` iff there is feedback; then the body has it as its parameter.
  std::vector<ValueId> BeginTry(std::vector<NamedOperand> named, ValueId ctx);
  // Closes the body of a try; returns the failure that its fallback is given.
  ValueId NextFallback(std::vector<ValueId> yields);
  std::vector<ValueId> End(std::vector<ValueId> yields);

  // Closes the body; the builder may not be used afterwards. Yields: result (unless none), effect.
  Graph Finish(std::vector<ValueId> yields);

 private:
  struct Open {
    OpId op;
    RegionId region;
    std::vector<TypeId> yield_types;  // of the first region, once closed
  };
  OpId Append(Op op, std::vector<TypeId> result_types);
  ValueId One(Op op, TypeId result);
  std::vector<ValueId> BeginLoop(Op op, TypeId first, size_t carried_begin);
  std::vector<TypeId> ResultTypesOf(const Open& open, const std::vector<ValueId>& yields);
  ValueId NewValue(TypeId type);
  RegionId NewRegion(OpId owner, const std::vector<TypeId>& param_types);

  Program* program_;
  Graph graph_;
  std::vector<Open> open_;
  std::map<std::string, int> call_counts_;  // by callee, for call sites
  Span span_;
};

}  // namespace lmp::ir
