#include "runtime/constrain/json_schema/json_schema.h"

#include <optional>
#include <utility>

#include "runtime/base/text.h"
#include "runtime/constrain/json_schema/schema_writer.h"

namespace lmp::constrain {
namespace {

// Everything that lives while a schema is compiled.
class Compiler {
 public:
  Compiler(GrammarBuilder* builder, const JsonTree& tree, const JsonSchemaOptions& options)
      : builder_(*builder),
        options_(options),
        document_(tree),
        text_(builder->exprs()),
        strings_(text_),
        numbers_(builder->exprs()),
        graph_(document_, strings_, numbers_),
        writer_(*builder, graph_, options.style) {}

  SchemaSymbol Compile() {
    SchemaSymbol out;
    root_ = graph_.OfSchema(document_.tree().root());
    out.symbol = writer_.Write(root_);
    for (const SchemaProblem& problem : writer_.problems()) {
      const bool warn = options_.lenient && problem.kind == SchemaProblemKind::kUnsupported;
      (warn ? out.warnings : out.refused).push_back(problem);
    }
    if (out.refused.empty() && graph_.exhausted()) {
      out.refused.push_back(graph_.ProblemAt({}, graph_.Spend(0)));
    }
    if (out.refused.empty() && !builder_.status().ok()) {
      out.refused.push_back(graph_.ProblemAt({}, builder_.status()));
    }
    return out;
  }

  // The problem that nothing can fulfil the schema.
  SchemaProblem Unsatisfiable() {
    SchemaProblem problem =
        graph_.ProblemAt(writer_.BlameFor(root_), ResourceExhausted("nothing can fulfil it"));
    problem.keyword.clear();
    return problem;
  }
  SchemaProblem Failed(const Status& status) {
    SchemaProblem problem = graph_.ProblemAt({}, status);
    problem.kind = SchemaProblemKind::kImpossible;
    return problem;
  }

 private:
  GrammarBuilder& builder_;
  const JsonSchemaOptions& options_;
  SchemaDocument document_;
  JsonText text_;
  StringAlgebra strings_;
  NumberAlgebra numbers_;
  SchemaGraph graph_;
  SchemaWriter writer_;
  NodeId root_;
};

SchemaProblem NoJson(const Status& status) {
  return {SchemaProblemKind::kInvalid, "", "", status.message()};
}

}  // namespace

std::string SchemaProblem::ToText() const {
  std::string text = pointer.empty() ? "the schema" : QuoteText(pointer);
  if (!keyword.empty()) text += ": `" + keyword + "`";
  return text + ": " + reason;
}

Status StatusOf(const std::vector<SchemaProblem>& problems) {
  constexpr size_t kListedMax = 50;
  std::string text;
  for (size_t i = 0; i < problems.size() && i < kListedMax; ++i) {
    if (i > 0) text += "; ";
    text += problems[i].ToText();
  }
  if (problems.size() > kListedMax) {
    text += "; and " + std::to_string(problems.size() - kListedMax) + " more";
  }
  switch (problems.front().kind) {
    case SchemaProblemKind::kInvalid:
      return InvalidArgument(std::move(text));
    case SchemaProblemKind::kUnsupported:
      return Unsupported(std::move(text));
    case SchemaProblemKind::kImpossible:
      break;
  }
  return ResourceExhausted(std::move(text));
}

SchemaSymbol AddJsonSchema(GrammarBuilder* builder, std::string_view schema,
                           const JsonSchemaOptions& options) {
  const Result<JsonTree> tree = JsonTree::Parse(schema);
  if (!tree.ok()) return {builder->Nothing(), {NoJson(tree.status())}, {}};
  Compiler compiler(builder, *tree, options);
  SchemaSymbol out = compiler.Compile();
  if (!out.refused.empty()) return out;
  const Result<bool> nothing = builder->DerivesNothing(out.symbol);
  if (!nothing.ok()) {
    out.refused.push_back(compiler.Failed(nothing.status()));
  } else if (*nothing) {
    out.refused.push_back(compiler.Unsatisfiable());
  }
  return out;
}

SchemaGrammar CompileJsonSchema(std::string_view schema, const JsonSchemaOptions& options,
                                const ConstraintLimits& limits) {
  const Result<JsonTree> tree = JsonTree::Parse(schema);
  if (!tree.ok()) return {nullptr, {NoJson(tree.status())}, {}};
  GrammarBuilder builder(limits);
  Compiler compiler(&builder, *tree, options);
  SchemaSymbol symbol = compiler.Compile();
  SchemaGrammar out{nullptr, std::move(symbol.refused), std::move(symbol.warnings)};
  if (!out.refused.empty()) return out;
  const Result<GrammarRef> grammar = builder.Build(symbol.symbol);
  if (grammar.ok()) {
    out.grammar = *grammar;
  } else if (grammar.status().code() == StatusCode::kInvalidArgument) {
    out.refused.push_back(compiler.Unsatisfiable());
  } else {
    out.refused.push_back(compiler.Failed(grammar.status()));
  }
  return out;
}

SchemaGrammar AnyJsonObject(const JsonStyle& style) {
  return CompileJsonSchema(R"({"type": "object"})", {false, style});
}

}  // namespace lmp::constrain
