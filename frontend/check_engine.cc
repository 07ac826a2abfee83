// @engine("big") in front of a function: it runs on another engine of the host than the rest.
#include <optional>
#include <string>

#include "frontend/check.h"
#include "frontend/tree.h"
#include "ir/program.h"
#include "ir/reached.h"

namespace lmp::frontend {

// A context is tokens of one model, and its KV is where they were computed: neither is of use to
// another engine. So texts and values go in and out, and contexts do not.
void Checker::CheckEngine(const ast::Attribute& attribute, Function* function) {
  const bool one = attribute.args.size() == 1 && !attribute.args[0].name;
  const auto name = one ? FixedText(tree(), attribute.args[0].value) : std::nullopt;
  if (!name || !ir::IsEngineName(*name)) {
    Diagnostic& d = report_->Add(Mistake::kUnknownOption, attribute.span,
                                 "`@engine` is written `@engine(\"NAME\")`");
    d.notes.push_back("a name has 1 to 64 letters, digits, `_` and `-`, a letter first");
    d.helps.push_back(
        "whoever runs the program says what that is: `lmp run --engine big=http://host:8000`");
    return;
  }
  function->engine = *name;
  const auto holds = [&](TypeId type) {
    return type.valid() && ir::HoldsContext(*model_->program, type);
  };
  const auto report = [&](Span span, const std::string& what) {
    Diagnostic& d =
        report_->Add(Mistake::kContextElsewhere, span,
                     "`" + function->name + "` runs on another engine and " + what + " a context");
    d.secondary.push_back({attribute.span, "another engine"});
    d.notes.push_back("a context is of the model that reads it; only values go to another one");
    d.helps.push_back(
        "hand over the text that the prompt needs, and build the context in the function");
  };
  for (const Parameter& param : function->params) {
    if (holds(param.type)) report(param.span, "takes");
  }
  if (holds(function->result)) report(tree()[function->decl->result].span, "gives");
}

}  // namespace lmp::frontend
