// FunctionLowering: the body of one function. In several files: lower_statements.cc (statements,
// prompts), lower_insert.cc, lower_match.cc, lower_try.cc, lower_tools.cc (and listen),
// lower_control.cc (regions: if, loops, forks, early exits), lower_expressions.cc.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "frontend/model.h"
#include "ir/builder.h"

namespace lmp::frontend {

class FunctionLowering {
 public:
  FunctionLowering(const Model& model, const Function& function);
  ir::Graph Run();
  ir::Graph RunTool();  // of a tool that asks a server

 private:
  using ValueId = ir::ValueId;
  using Statements = std::span<const ast::StmtId>;
  // Values of slots at a point of the program; not valid: not bound there.
  using Values = std::vector<ValueId>;

  // Of the function or of the innermost fork.
  struct Frame {
    SlotId context, exit, result;
    bool in_fork = false;
    // The context that a `try` with feedback around it extends before it tries again.
    SlotId feedback = SlotId();
    std::optional<ir::Role> message = std::nullopt;  // the open one
  };
  // What a list must leave behind it.
  struct After {
    // Only these slots are read later; nullptr: all. A tail position of a function or fork.
    const std::vector<SlotId>* live = nullptr;
    // Names bound in the list outlive it if they belong to this scope.
    std::optional<uint32_t> scope;
  };

  // ---- Statements ----
  void LowerList(Statements statements, const After& after);
  void LowerStatement(ast::StmtId id, const After& after);
  void SetNamed(SlotId slot, ast::ExprId value);
  void LowerText(ast::ExprId value);
  void LowerRole(const StmtNote& note, const ast::RoleStmt& stmt);
  void LowerOn(const StmtNote& note, const ast::OnStmt& stmt);
  void LowerGen(const StmtNote& note, const ast::GenStmt& stmt);
  void LowerSelect(const StmtNote& note, const ast::SelectStmt& stmt);
  void LowerInsert(ast::StmtId id, const ast::InsertStmt& stmt, Span span);
  void LowerInAnyOrder(const InsertNote& note, ValueId passages);
  ValueId EachText(ValueId passages, const std::function<ValueId(ValueId)>& of);
  ValueId TextOf(ValueId passage);
  void LowerPassage(const InsertNote& note, ValueId passage);
  std::vector<ir::NamedOperand> LowerOptions(const std::vector<OptionNote>& options);
  std::string Site(const std::string& name);
  void Leave(ExitCode code, const After& after);

  // ---- Regions ----
  // Of `writes`, what has a value before the region (or outlives it) and is read behind it; with
  // the exit code and the result where the region may be left by `exits`.
  std::vector<SlotId> Carried(const std::vector<SlotId>& writes, ExitSet exits, const After& after);
  static bool IsRead(SlotId slot, const After& after);
  std::vector<SlotId> WritesOf(Statements statements) const;
  ExitSet ExitsOf(Statements statements) const;
  bool FallsThrough(Statements statements) const;
  std::vector<ValueId> ValuesOf(const std::vector<SlotId>& slots);
  ValueId ValueOrDefault(SlotId slot);
  void SetAll(const std::vector<SlotId>& slots, std::span<const ValueId> values);
  void LowerRest(Statements rest, const After& after);
  bool LowerIfWithRest(const ast::IfStmt& stmt, Statements rest, const After& after);
  void LowerIf(const ast::IfStmt& stmt, Statements then_rest, Statements else_rest,
               const After& after);
  void LowerMatch(ast::StmtId id, const ast::MatchStmt& stmt, const After& after);
  ValueId IsMatched(ValueId subject, const MatchNote& note, const ArmNote& arm);
  void LowerArm(ValueId subject, const ast::Arm& arm, const ArmNote& noted, const After& after);
  ValueId LowerTested(ast::ExprId condition, std::vector<ValueId>* told);
  void TellSide(ast::ExprId side, ValueId value, std::vector<ValueId>* told);
  void LowerCheck(const ast::CheckStmt& stmt);
  void LowerTry(ast::StmtId id, const ast::TryStmt& stmt, const After& after);
  ValueId LowerTryExpr(ast::ExprId id, const ast::TryExpr& expr);
  void LowerFor(ast::StmtId id, const ast::ForStmt& stmt);
  void LowerForBody(Statements body, ExitSet exits, const std::vector<SlotId>& carried);
  void LowerWhile(ast::StmtId id, const ast::WhileStmt& stmt);
  std::vector<ValueId> LowerWhileBody(Statements body, ExitSet exits,
                                      const std::vector<SlotId>& carried);
  // Behind a loop a `break` is over, a `return` is not.
  void EndLoop(ExitSet exits, ValueId outer_exit);
  void ReplaceExit(ExitCode code);
  ValueId ExitIs(ExitCode code);
  ValueId LowerFork(ast::ExprId id, const ast::ForkExpr& fork);
  ValueId LowerComprehension(ast::ExprId id, const ast::ComprehensionExpr& comprehension);
  ValueId LowerContextValue(ast::ExprId id, const ast::ContextExpr& context);

  // ---- Expressions ----
  ValueId Lower(ast::ExprId expr);
  ValueId LowerNode(ast::ExprId id, const ast::Expr& expr);
  // The value as one of `type`: an int becomes a float, a record one of a union, a T a T?.
  ValueId LowerAs(ast::ExprId expr, TypeId type);
  ValueId Convert(ValueId value, TypeId type);
  ValueId Narrow(ValueId value, TypeId type);
  bool IsUnwrapped(const ExprNote& note) const;
  ValueId LowerString(const ast::StringExpr& string);
  ValueId LowerPart(const ast::StringPart& part);
  ValueId LowerText(ValueId value);
  ValueId LowerBinary(ast::ExprId id, const ast::BinaryExpr& binary);
  ValueId Combine(ast::ExprId id, const ast::BinaryExpr& binary, ValueId left, ValueId right);
  ValueId LowerLogic(ast::ExprId id, const ast::BinaryExpr& binary);
  ValueId LowerConditional(ast::ExprId id, const ast::ConditionalExpr& conditional);
  ValueId LowerCall(ast::ExprId id);
  ValueId LowerRecord(const ExprNote& note);
  ValueId LowerBuiltin(const ExprNote& note);
  ValueId LowerRetrieve(const ExprNote& note);
  ValueId LowerRun(const ExprNote& note);
  ValueId LowerListen(const ExprNote& note);
  ValueId LowerRunOf(const std::string& name, ValueId arguments);
  std::vector<ValueId> WithEffect(ValueId made) const;
  // Cheap and without failure: may be computed even where its value is not needed.
  bool IsTotal(ast::ExprId expr) const;

  // ---- REPL ----
  ir::Graph RunPiece();

  const Slot& slot(SlotId id) const { return function_.slots[id.index]; }
  ValueId& value(SlotId id) { return values_[id.index]; }
  bool IsLive(SlotId id) const { return id.valid() && values_[id.index].valid(); }
  ir::TypeTable& types() const { return model_.program->types; }
  const ast::File& tree() const { return *model_.units[function_.unit].file; }
  const Notes& notes() const { return model_.units[function_.unit].notes; }

  const Model& model_;
  const Function& function_;
  ir::Builder builder_;
  Values values_;
  Frame frame_;
  std::map<std::string, int> sites_;
};

// lower_tools.cc: what a `tool` declaration becomes.
void AddTool(const Model& model, const Function& function);
ir::Graph LowerTool(const Model& model, const Function& function);

// The roles of syntax and IR are the same four.
ir::Role RoleOf(ast::Role role);

}  // namespace lmp::frontend
