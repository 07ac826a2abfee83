// Files that a program reads when it is compiled, and the grammars that types take from them.
#include <filesystem>

#include "frontend/check.h"
#include "frontend/tree.h"
#include "runtime/base/text.h"

namespace lmp::frontend {

// file("guide.md"): its text, seen from the folder of the program's own file.
TypeId Checker::CheckFile(ast::ExprId id, const ast::CallExpr& call) {
  std::optional<std::string> path;
  if (call.args.size() == 1 && !call.args[0].name) path = FixedText(tree(), call.args[0].value);
  if (!path) {
    CheckArgumentsAnyway(call);
    report_->Add(Mistake::kWrongArguments, SpanOf(id), "`file` takes one path, as fixed text")
        .helps.push_back(
            "for instance `file(\"guide.md\")`; it is read when the program is compiled");
    return TypeId();
  }
  notes()[call.args[0].value].type = types().str();
  const Span span = SpanOf(call.args[0].value);
  if (!model_->read) {
    report_->Add(Mistake::kUnreadableFile, span, "no files can be read here");
    return TypeId();
  }
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(model_->units[unit_].source->name()).parent_path();
  Result<std::string> text = model_->read((folder / *path).lexically_normal().string());
  if (text.ok() && !IsValidUtf8(text.value()))
    text = InvalidArgument("\"" + *path + "\" is not UTF-8");
  if (!text.ok()) {
    report_->Add(Mistake::kUnreadableFile, span, text.status().message())
        .helps.push_back("the path is seen from the folder of this file");
    return TypeId();
  }
  return Constantly(id, ir::Value::Str(std::move(text).value()), types().str());
}

// string(grammar: file("sql.gbnf")), string(schema: file("mail.json"), lenient: true)
bool Checker::CheckGrammarOf(const ast::NamedType& named, ir::Type* type) {
  ir::TextGrammar grammar;
  bool has_source = false;
  for (const ast::Refinement& part : named.refinements) {
    const std::string name = part.name ? part.name->text : "";
    const bool is_source = name == "grammar" || name == "schema";
    if (is_source ? has_source : name != "lenient") {
      report_
          ->Add(Mistake::kUnknownType, part.span, "beside a grammar a string has no other bounds")
          .helps.push_back("what else must hold belongs into the grammar or schema itself");
      return false;
    }
    const ast::Name* given = AsName(tree(), part.value);
    if (given != nullptr && FindLocal(given->text).valid()) {
      report_->Add(Mistake::kNotConstant, part.span,
                   "`" + name + "` must be known when the program is compiled");
      return false;
    }
    const TypeId want = is_source ? types().str() : types().boolean();
    const auto value = CheckConstantValue(part.value, want, "`" + name + "`", nullptr);
    if (!value) return false;
    if (!is_source) {
      grammar.lenient = value->as_bool();
      continue;
    }
    has_source = true;
    grammar.source = value->as_str();
    using enum ir::TextGrammar::Language;
    grammar.language = name == "schema" ? kJsonSchema : kGbnf;
  }
  if (grammar.lenient && grammar.language == ir::TextGrammar::Language::kGbnf) {
    report_
        ->Add(Mistake::kUnknownType, named.refinements.back().span, "only a schema can be lenient")
        .helps.push_back("leave it out");
    return false;
  }
  type->grammar = std::move(grammar);
  return true;
}

// A gen of such text stands alone: nothing checks a grammar where values are only passed on.
bool Checker::ReportGrammar(TypeId type, Span span) {
  if (!type.valid() || !types()[type].grammar) return false;
  Diagnostic& d = report_->Add(Mistake::kUnknownType, span,
                               "text of a grammar is only generated: this type is that of a `gen`");
  d.helps.push_back("elsewhere its type is `string`");
  return true;
}

}  // namespace lmp::frontend
