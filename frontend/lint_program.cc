#include "frontend/lint_program.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "frontend/library.h"
#include "ir/analysis.h"
#include "ir/plan.h"
#include "runtime/base/check.h"

namespace lmp::frontend {
namespace {

using ir::Op;
using ir::OpId;
using ir::OpKind;
using ir::TypeId;
using ir::TypeKind;

// About a hundred tokens: less is not worth another order of what is said.
constexpr size_t kFixedBytesMin = 400;

// ---- L102: fixed text behind text that changes ----

struct Prompt {
  bool known = false;           // from ctx.empty on
  bool asked = false;           // something was generated in it
  std::optional<Span> changes;  // the first text that is not fixed
  // Of the open message:
  bool only_fixed = true;
  size_t behind = 0;  // fixed bytes behind what changes
  Span fixed;         // the first of them
};

class FixedTextBehind {
 public:
  FixedTextBehind(const ir::Graph& graph, Report* report)
      : graph_(graph), report_(report), prompts_(graph.values.size()) {}

  void Run() {
    for (const OpId id : graph_.body().ops) {
      const Op& op = graph_.op(id);
      if (op.kind == OpKind::kCtxEmpty) prompts_[op.results[0].index].known = true;
      const bool asks = op.kind == OpKind::kGen || op.kind == OpKind::kSelect;
      const bool context = ir::OpClassOf(op.kind) == ir::OpClass::kContext || asks;
      if (!context || op.operands.empty()) continue;
      Prompt prompt = prompts_[op.operands[0].index];
      if (prompt.known) Go(op, asks, &prompt);
      prompts_[op.results.back().index] = prompt;
    }
  }

 private:
  void Go(const Op& op, bool asks, Prompt* prompt) {
    if (asks) {
      prompt->asked = true;
    } else if (op.kind == OpKind::kCtxOpen) {
      prompt->only_fixed = true;
      prompt->behind = 0;
    } else if (op.kind == OpKind::kCtxText || op.kind == OpKind::kCtxInsert) {
      const ir::Value* text = ConstantOf(graph_, op.operands[1]);
      if (text == nullptr) {
        prompt->only_fixed = false;
        if (!prompt->changes) prompt->changes = op.span;
      } else if (prompt->changes) {
        if (prompt->behind == 0) prompt->fixed = op.span;
        prompt->behind += text->as_str().size();
      }
    } else if (op.kind == OpKind::kCtxClose) {
      // Within the message of a user its end is often where it belongs: behind the data.
      const bool movable = prompt->only_fixed || op.attributes.role == ir::Role::kSystem;
      if (!prompt->asked && movable && prompt->behind >= kFixedBytesMin) Tell(*prompt);
    }
  }

  void Tell(const Prompt& prompt) {
    Diagnostic& d = report_->Add(
        Mistake::kFixedTextBehind, prompt.fixed,
        std::to_string(prompt.behind) + " bytes of fixed text cannot be reused from call to call");
    d.secondary.push_back({*prompt.changes, "this changes, and stands before it"});
    d.notes.push_back(
        "what prompts begin with alike is computed once; behind the first "
        "difference everything is computed again");
    d.helps.push_back("put the fixed text before what changes");
  }

  const ir::Graph& graph_;
  Report* report_;
  std::vector<Prompt> prompts_;  // per value
};

// ---- L107: a type that no prompt describes ----

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// What a prompt would have to mention one of: fields and kinds. Nothing of types that speak for
// themselves: one value, one of some words, a record of one field.
class Words {
 public:
  explicit Words(const ir::Program& program) : program_(program) {}

  void Add(TypeId id) {
    const ir::Type& type = program_.types[id];
    switch (type.kind) {
      case TypeKind::kList:
      case TypeKind::kOptional:
        return Add(type.element);
      case TypeKind::kUnion:
        for (const TypeId member : type.members) Add(member);
        return;
      case TypeKind::kRecord:
        if (name.empty()) name = type.name;
        words.insert(Lower(type.name));
        for (const ir::FieldDecl& field : program_.FindRecord(type.name)->fields)
          words.insert(Lower(field.name));
        return;
      default:
        return;
    }
  }

  std::set<std::string> words;
  std::string name;  // of the first record

 private:
  const ir::Program& program_;
};

// Of a function with more fixed text nothing is said: constants may stand in it again and again.
constexpr size_t kLintedTextBytesMax = 1u << 20;

void LintTypes(const ir::Program& program, const ir::Graph& graph, Report* report) {
  const auto is_context = [&](const ir::Param& param) {
    return program.types[param.type].kind == TypeKind::kCtx;
  };
  // What a caller has said is not seen here.
  if (std::any_of(graph.params.begin(), graph.params.end(), is_context)) return;
  std::string fixed;
  for (const Op& op : graph.ops) {
    if (op.kind != OpKind::kConst) continue;
    fixed += Lower(op.attributes.value.is_str() ? op.attributes.value.as_str()
                                                : ToJsonText(op.attributes.value)) +
             "\n";
    if (fixed.size() > kLintedTextBytesMax) return;
  }
  for (const Op& op : graph.ops) {
    if (op.kind != OpKind::kGen || fixed.empty()) continue;
    Words words(program);
    words.Add(op.attributes.type);
    if (words.words.size() < 3) continue;  // its name and a field
    const bool described =
        std::any_of(words.words.begin(), words.words.end(),
                    [&](const std::string& word) { return fixed.find(word) != std::string::npos; });
    if (described) continue;
    Diagnostic& d = report->Add(Mistake::kTypeNotDescribed, op.span,
                                "no text of this function says what a `" + words.name + "` holds");
    d.notes.push_back("the answer will have its form, but the model cannot know what to put in");
    d.helps.push_back("show it in a message: `${schema(" + words.name + ")}`");
  }
}

// ---- L110: a budget below what may be asked ----

void LintBudgets(const ir::Program& program, Report* report) {
  const auto has_budget = [](const Op& op) {
    return op.kind == OpKind::kTry && op.regions.size() == 1 &&
           (NamedOperandOf(op, "calls").valid() || NamedOperandOf(op, "tokens").valid());
  };
  const auto any = [&](const ir::Graph& graph) {
    return std::any_of(graph.ops.begin(), graph.ops.end(), has_budget);
  };
  if (std::none_of(program.functions.begin(), program.functions.end(), any)) return;
  ir::PassOptions without;
  without.verified = true;
  for (const ir::Pass& pass : ir::AllPasses()) without.disabled.emplace_back(pass.name);
  const auto plan = ir::MakePlan(std::make_shared<const ir::Program>(program), without);
  LMP_CHECK_MSG(plan.ok(), plan.status().message());
  for (size_t i = 0; i < program.functions.size(); ++i) {
    const ir::Graph& graph = (*plan)->program->functions[i];
    for (const ir::TryBounds& bounds : (*plan)->graphs[i].tries) {
      const Op& op = graph.op(bounds.op);
      if (!has_budget(op)) continue;
      const auto look = [&](const char* name, const ir::Bound& most, const char* what) {
        const ir::ValueId option = NamedOperandOf(op, name);
        const ir::Value* granted = option.valid() ? ConstantOf(graph, option) : nullptr;
        if (granted == nullptr || !most.constant() || *most.constant() <= granted->as_int()) return;
        Diagnostic& d = report->Add(Mistake::kBudgetBelowBound, op.span,
                                    "this `try` may fail: `" + std::string(name) + ": " +
                                        std::to_string(granted->as_int()) + "` is less than the " +
                                        std::to_string(*most.constant()) + " " + what);
        d.notes.push_back("what is used up is the failure `budget`, and there is no `else`");
        d.helps.push_back(
            "raise it, lower what is asked, or say what happens then: "
            "`else e { ... }`");
      };
      look("calls", bounds.attempts.questions, "questions that it may ask");
      look("tokens", bounds.attempts.tokens, "tokens that it may generate");
    }
  }
}

// ---- L126: values that nothing uses ----

// What stands there for its value only. What a program asks for by name: text that is put together
// in passing is no such op.
bool GivesOnly(const Op& op) {
  switch (op.kind) {
    case OpKind::kCall:
    case OpKind::kRetrieve:
    case OpKind::kTool:
      return true;
    case OpKind::kCallPure:
      return IsCallableBuiltin(op.attributes.name);  // no operator
    default:
      return false;
  }
}

// In a `try` that something fails is a result. An effect is a result that is always used.
void LintUnused(const ir::Graph& graph, const ir::CheckingFunctions& checking, Report* report) {
  const ir::UseIndex uses(graph);
  const auto used = [&uses](const ir::ValueId value) { return uses.used(value); };
  for (const OpId id : ir::OpsInside(graph, ir::RegionId(0))) {
    const Op& op = graph.op(id);
    if (!GivesOnly(op) || op.results.empty() || ir::ChecksItself(op, checking)) continue;
    if (std::any_of(op.results.begin(), op.results.end(), used) || InsideTry(graph, op.parent))
      continue;
    const bool named = op.kind == OpKind::kCall || op.kind == OpKind::kTool;
    report
        ->Add(Mistake::kUnusedValue, op.span,
              "nothing uses " + (named ? "what `" + op.attributes.name + "` gives" : "this value"))
        .notes.push_back("what nothing uses is not computed: the line does nothing");
  }
}

}  // namespace

void LintProgram(const ir::Program& program, Report* report) {
  const ir::CheckingFunctions checking = ir::FunctionsThatCheck(program);
  for (const ir::Graph& graph : program.functions) {
    FixedTextBehind(graph, report).Run();
    LintTypes(program, graph, report);
    LintUnused(graph, checking, report);
  }
  LintBudgets(program, report);
}

}  // namespace lmp::frontend
