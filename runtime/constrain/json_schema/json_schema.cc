#include "runtime/constrain/json_schema/json_schema.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "runtime/base/text.h"
#include "runtime/constrain/json_schema/schema_types.h"
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
    for (SchemaProblem& problem : WrongTypes(document_)) {
      const bool known =
          std::any_of(out.refused.begin(), out.refused.end(), [&](const SchemaProblem& p) {
            return p.pointer == problem.pointer && p.keyword == problem.keyword;
          });
      if (!known) out.refused.push_back(std::move(problem));
    }
    if (out.refused.empty() && graph_.exhausted()) {
      out.refused.push_back(graph_.ProblemAt({}, graph_.Spend(0)));
    }
    if (out.refused.empty() && !builder_.status().ok()) {
      out.refused.push_back(graph_.ProblemAt({}, builder_.status()));
    }
    InDocumentOrder(&out.refused);
    InDocumentOrder(&out.warnings);
    return out;
  }

  // Whether the schema says somewhere what must not be: there what is wider makes it narrower.
  bool HasComplements() const {
    const JsonTree& tree = document_.tree();
    for (const JsonId schema : document_.schemas()) {
      for (const char* keyword : {"not", "oneOf", "if", "maxContains"}) {
        if (tree.Find(schema, keyword).valid()) return true;
      }
    }
    return false;
  }

  // Adds to `refused` why nothing can fulfil the schema, if that is so. What is left out of the
  // grammar because it is not supported makes it wider, so this holds beside such places too.
  void AddUnsatisfiable(Symbol symbol, std::vector<SchemaProblem>* refused) {
    const auto unsupported = [](const SchemaProblem& problem) {
      return problem.kind == SchemaProblemKind::kUnsupported;
    };
    if (!std::all_of(refused->begin(), refused->end(), unsupported)) return;
    if (!refused->empty() && HasComplements()) return;
    const Result<bool> nothing = builder_.DerivesNothing(symbol);
    if (!nothing.ok()) {
      if (refused->empty()) refused->push_back(Failed(nothing.status()));
    } else if (*nothing) {
      for (SchemaProblem& problem : writer_.BlameFor(root_)) refused->push_back(std::move(problem));
      InDocumentOrder(refused);
    }
  }
  SchemaProblem Failed(const Status& status) {
    SchemaProblem problem = graph_.ProblemAt({}, status);
    problem.kind = SchemaProblemKind::kImpossible;
    return problem;
  }

 private:
  // They come in the order in which rules are written.
  void InDocumentOrder(std::vector<SchemaProblem>* problems) const {
    if (problems->size() < 2) return;
    std::unordered_map<std::string, JsonId> places;  // ids are in the order of the text
    for (const JsonId schema : document_.schemas()) {
      places.emplace(document_.tree().PointerOf(schema), schema);
    }
    const auto place = [&](const SchemaProblem& problem) {
      const auto found = places.find(problem.pointer);
      return found == places.end() ? 0 : found->second.index;
    };
    std::stable_sort(problems->begin(), problems->end(),
                     [&](const auto& a, const auto& b) { return place(a) < place(b); });
  }

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
  std::string text;
  for (const SchemaProblem& problem : problems) {
    if (!text.empty()) text += "; ";
    text += problem.ToText();
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
  compiler.AddUnsatisfiable(out.symbol, &out.refused);
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
  if (!out.refused.empty()) {
    compiler.AddUnsatisfiable(symbol.symbol, &out.refused);
    return out;
  }
  const Result<GrammarRef> grammar = builder.Build(symbol.symbol);
  if (grammar.ok()) {
    out.grammar = *grammar;
    return out;
  }
  if (grammar.status().code() == StatusCode::kInvalidArgument) {
    compiler.AddUnsatisfiable(symbol.symbol, &out.refused);
  }
  if (out.refused.empty()) out.refused.push_back(compiler.Failed(grammar.status()));
  return out;
}

SchemaGrammar AnyJsonObject(const JsonStyle& style) {
  return CompileJsonSchema(R"({"type": "object"})", {false, style});
}

}  // namespace lmp::constrain
