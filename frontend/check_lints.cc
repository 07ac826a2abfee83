// Lints: programs that are right but hardly meant so.
#include <algorithm>
#include <cctype>
#include <unordered_map>

#include "frontend/check.h"
#include "frontend/library.h"
#include "frontend/tree.h"
#include "ir/program.h"

namespace lmp::frontend {

void Checker::LintBraces(const ast::StringExpr& string) {
  if (string.raw || body_ == nullptr) return;
  for (const ast::BraceName& braces : string.brace_names) {
    const bool call = !braces.argument.empty();
    const std::string& function = braces.name.parts.front().text;
    const Declared* callee = Named(function);
    if (call && !IsCallableBuiltin(function) &&
        (callee == nullptr || callee->kind != DeclKind::kFunction)) {
      continue;
    }
    const std::string& name = call ? braces.argument : function;
    SlotId local = FindLocal(name);
    const Declared* declared = Named(name);
    bool constant = declared != nullptr && declared->kind == DeclKind::kConstant;
    if (!local.valid() && !constant) continue;
    std::string text = TextOf(braces.name.span);
    Diagnostic& d = report_->Add(
        Mistake::kBracesWithoutDollar, braces.span,
        "`" + TextOf(braces.span) + "` is plain text; the value of `" + text + "` is not put in");
    d.helps.push_back("write `${" + text + "}`");
    d.fixes.push_back({braces.span, "${" + text + "}"});
    if (local.valid()) slot(local).reads++;  // meant to be used
  }
}

namespace {

// Texts that keys of widely used services begin with, and how many characters follow at least.
struct SecretForm {
  std::string_view prefix;
  size_t length;
  std::string_view what;
};
constexpr SecretForm kSecrets[] = {
    {"sk-", 20, "an API key"},          {"AKIA", 16, "an access key"},
    {"ghp_", 36, "an access token"},    {"github_pat_", 22, "an access token"},
    {"hf_", 30, "an access token"},     {"AIza", 35, "an API key"},
    {"xoxb-", 20, "an access token"},   {"xoxp-", 20, "an access token"},
    {"-----BEGIN ", 0, "a private key"}};

bool IsKeyByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

// What the text holds, or "".
std::string_view SecretIn(std::string_view text) {
  for (const SecretForm& form : kSecrets) {
    for (size_t at = text.find(form.prefix); at != std::string_view::npos;
         at = text.find(form.prefix, at + 1)) {
      if (at > 0 && IsKeyByte(text[at - 1])) continue;  // the end of a longer word
      const size_t begin = at + form.prefix.size();
      if (form.length == 0) {
        const size_t end = text.find("PRIVATE KEY-----", begin);
        if (end != std::string_view::npos && end - begin < 20) return form.what;
        continue;
      }
      size_t end = begin;
      bool upper = false, other = false;
      for (; end < text.size() && IsKeyByte(text[end]); ++end) {
        const auto c = static_cast<unsigned char>(text[end]);
        upper = upper || std::isupper(c) != 0;
        other = other || std::isdigit(c) != 0 || std::islower(c) != 0;
      }
      if (upper && other && end - begin >= form.length) return form.what;  // no words
    }
  }
  return "";
}

}  // namespace

void Checker::LintSecret(const ast::StringExpr& string) {
  for (const ast::StringPart& part : string.parts) {
    const std::string_view what = SecretIn(part.text);
    if (what.empty()) continue;
    Diagnostic& d =
        report_->Add(Mistake::kSecretInText, part.span, "this looks like " + std::string(what));
    d.notes.push_back("who reads the program, its prompts or its records has it, too");
    d.helps.push_back("give it from outside: to a tool of the host, or as a parameter");
    return;
  }
}

// A retrieval gives the best passage first, so the same passages stand in another order for the
// next question, and exact reuse ends at the first that differs.
void Checker::LintPassageOrder(const ast::InsertStmt& stmt, const InsertNote& note) {
  const bool exact = note.reuse.empty() || note.reuse == "prefix";
  if (!note.many || !exact) return;
  for (const ast::Arg& option : stmt.options) {
    if (option.name && option.name->text == "order") return;
  }
  ast::ExprId value = stmt.value;
  if (const ast::Name* name = AsName(tree(), value)) {
    const SlotId found = FindLocal(name->text);
    if (!found.valid() || slot(found).kind != SlotKind::kLet) return;
    const auto* let = std::get_if<ast::LetStmt>(&tree()[slot(found).statement].node);
    if (let == nullptr) return;
    value = let->value;
  }
  const ExprNote& made = notes()[value];
  if (made.meaning != Meaning::kRetrieve) return;
  const ast::ExprId k = made.arguments[1];
  const auto* count = k.valid() ? std::get_if<ast::IntExpr>(&tree()[k].node) : nullptr;
  if (count != nullptr && count->value == 1) return;
  const std::string passages =
      count != nullptr ? std::to_string(count->value) + " passages" : "passages";
  Diagnostic& d = report_->Add(Mistake::kOrderDiffers, SpanOf(stmt.value),
                               "the same " + passages + " in another order share no prompt");
  if (value != stmt.value) d.secondary.push_back({SpanOf(value), "the best comes first here"});
  d.notes.push_back(
      "`reuse: prefix` finds what prompts begin with alike, and the order of a retrieval differs "
      "from question to question");
  d.helps.push_back(
      "`order: \"stable\"` sorts them by id; `reuse: auto` or `link(8)` reuses each at any place; "
      "`order: \"score\"` says that this is meant");
  const bool first = stmt.options.empty();
  const uint32_t end = first ? SpanOf(stmt.value).end : SpanOf(stmt.options.back().value).end;
  d.fixes.push_back({{SpanOf(stmt.value).source, end, end},
                     std::string(first ? " with" : ",") + " order: \"stable\""});
}

// The children begin with the whole list, where each uses one element.
void Checker::LintListInChildren(const ast::ForkExpr& fork, const Around& outer, int gens) {
  const ast::Name* name = AsName(tree(), fork.list);
  const SlotId list = name != nullptr ? FindLocal(name->text) : SlotId();
  if (!list.valid() || slot(list).kind != SlotKind::kGen || gens == 0) return;
  const ast::StmtId made = slot(list).statement;
  if (!made.valid() || notes()[made].source != outer.context) return;
  if (slot(outer.context).kind != SlotKind::kContext || slot(list).reads > 1) return;
  Diagnostic& d =
      report_->Add(Mistake::kListInChildren, SpanOf(fork.list),
                   "every child of this fork carries all of `" + name->text + "` in its context");
  d.secondary.push_back({slot(list).span, "generated in the same context"});
  d.notes.push_back("each uses one element of it; from a context without it prompts are shorter");
  d.helps.push_back(
      "generate the list aside: `let base = context { ... }`, `on copy base { ... gen " +
      name->text + " }`, then `on copy base { fork ... }`");
}

void Checker::LintGen(const ast::GenStmt& stmt, const StmtNote& note, TypeId type) {
  bool has_max = model_->program->FindConfig("max") != nullptr;
  const ir::Value* config_temp = model_->program->FindConfig("temp");
  bool greedy = config_temp == nullptr || config_temp->as_float() == 0;
  for (const OptionNote& option : note.options) {
    if (option.name == "max") has_max = true;
    if (option.name != "temp") continue;
    auto temp = option.value.valid() ? KnownValue(option.value) : std::nullopt;
    greedy = temp && (temp->is_int() ? temp->as_int() == 0 : temp->as_float() == 0);
  }
  body_->gens++;
  if (greedy) body_->greedy_gens++;
  if (!has_max && body_->loops > 0 && Is(type, TypeKind::kStr) && !types()[type].high &&
      types()[type].high_hole.empty()) {
    report_
        ->Add(Mistake::kUnboundedInLoop, stmt.name.span,
              "`gen " + stmt.name.text + "` may write up to 512 tokens in every round")
        .helps.push_back("bound it: `gen " + stmt.name.text + " with max: 100`");
  }
  if (slot(note.source).kind == SlotKind::kContext && body_->loops == 0) {
    body_->pending.emplace_back(body_->context, note.slot);
  }
}

void Checker::Continue(SlotId context) {
  body_->continued.push_back(context);
  std::erase_if(body_->pending, [&](const auto& entry) { return entry.first == context; });
}

void Checker::LintUnusedGenerations() {
  for (const auto& [context, id] : body_->pending) {
    const Slot& bound = slot(id);
    if (bound.reads > 0) continue;
    report_->Add(Mistake::kUnusedGeneration, bound.span, "nothing uses `" + bound.name + "`")
        .notes.push_back("neither is its value read nor does anything continue its context");
  }
}

void Checker::LintEqualBranches(const ast::ForkExpr& fork, const ExprNote& note, int gens,
                                int greedy_gens) {
  const auto* range = std::get_if<ast::BinaryExpr>(&tree()[fork.list].node);
  if (range == nullptr || range->op != ast::BinaryOp::kRange) return;
  if (slot(note.element).reads > 0 || gens == 0 || gens != greedy_gens) return;
  for (const CallSite& call : body_->function->calls) {
    if (Contains(fork.body.span, call.span)) return;
  }
  Diagnostic& d = report_->Add(Mistake::kEqualBranches, fork.name.span,
                               "all children of this fork write the same text");
  d.notes.push_back("`temp` is 0, so equal prompts give equal answers");
  d.helps.push_back("let them differ: `fork " + fork.name.text + " in ... with temp: 0.8 { ... }`");
  if (fork.options.empty()) {
    uint32_t end = SpanOf(fork.list).end;
    d.fixes.push_back({{fork.name.span.source, end, end}, " with temp: 0.8"});
  }
}

// True for a number, and for a name that means one in the function around `place`.
bool Checker::IsNumber(std::string_view word, Span place) const {
  if (!word.empty() && word.front() >= '0' && word.front() <= '9') {
    return word.find_first_not_of("0123456789._") == std::string_view::npos;
  }
  for (const Function& function : model_->functions) {
    if (function.unit != unit_ || !Contains(function.body, place)) continue;
    for (const Slot& slot : function.slots) {
      const bool number = Is(slot.type, TypeKind::kI64) || Is(slot.type, TypeKind::kF64);
      if (slot.name == word && slot.type.valid() && number) return true;
    }
  }
  return false;
}

// `n // 2`: a division in Python, a comment here. Told only where a number stands in front of it,
// and the comment is one number or name of a number, up to the end of its line.
void Checker::LintDivisions() {
  std::unordered_map<uint32_t, TypeId> ends;  // where numbers end
  for (const ast::Comment& comment : tree().comments) {
    const std::string text = TextOf(comment.span);
    if (comment.doc || text.size() > 60) continue;
    const size_t first = std::min(text.find_first_not_of(" \t", 2), text.size());
    const size_t end = text.find_last_not_of(" \t\r") + 1;
    const std::string operand = first < end ? text.substr(first, end - first) : "";
    if (!IsNumber(operand, comment.span)) continue;
    if (ends.empty()) {
      for (size_t i = 0; i < tree().expression_count(); ++i) {
        const TypeId type = notes()[ast::ExprId(i)].type;
        const bool number = Is(type, TypeKind::kI64) || Is(type, TypeKind::kF64);
        if (type.valid() && number) ends[tree()[ast::ExprId(i)].span.end] = type;
      }
    }
    const std::string_view before =
        std::string_view(model_->units[unit_].source->text()).substr(0, comment.span.begin);
    const size_t last = before.find_last_not_of(" \t");
    if (last == std::string_view::npos || !ends.contains(static_cast<uint32_t>(last + 1))) continue;
    Diagnostic& d = report_->Add(Mistake::kCommentedOperand, comment.span,
                                 "this is a comment: nothing is divided");
    d.helps.push_back("write `/ " + operand + "`: of two ints it is the floor");
    d.fixes.push_back({comment.span, "/ " + operand});
  }
}

}  // namespace lmp::frontend
