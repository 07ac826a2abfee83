// Names of other files: what an alias leads to.
#include <algorithm>

#include "frontend/check.h"
#include "frontend/tree.h"
#include "ir/failure.h"
#include "ir/passage.h"

namespace lmp::frontend {

const Declared* Checker::Named(const std::string& name) const {
  return model_->Find(name == ir::kPassageRecord || name == ir::kFailureRecord
                          ? name
                          : model_->units[unit_].prefix + name);
}

const Declared* Checker::InModule(const Module& module, const std::string& name) const {
  return module.target ? model_->Find(model_->units[*module.target].prefix + name) : nullptr;
}

const Module* Checker::ModuleNamed(ast::ExprId expr) const {
  const ast::Name* name = AsName(tree(), expr);
  if (name == nullptr || FindLocal(name->text).valid()) return nullptr;
  const Declared* declared = Named(name->text);
  if (declared == nullptr || declared->kind != DeclKind::kModule) return nullptr;
  return &model_->modules[declared->index];
}

// As they are written there, for suggestions.
std::vector<std::string> Checker::NamesOf(uint32_t unit) const {
  const std::string& prefix = model_->units[unit].prefix;
  std::vector<std::string> names;
  for (const auto& [name, declared] : model_->names) {
    const bool there =
        name.starts_with(prefix) && name.find('.', prefix.size()) == std::string::npos;
    if (there && declared.kind != DeclKind::kModule && declared.kind != DeclKind::kRefused)
      names.push_back(name.substr(prefix.size()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Nothing more is said about the name.
void Checker::Forget(const std::string& name, Span span) {
  model_->names.try_emplace(model_->units[unit_].prefix + name,
                            Declared{DeclKind::kRefused, 0, span});
}

// False where nothing has loaded the text.
bool Checker::DeclareText(ast::ItemId id, const ast::Name& name, const std::string& path) {
  const auto& imports = model_->units[unit_].imports;
  const auto loaded = imports.find(id.index);
  if (loaded == imports.end()) return false;
  if (!loaded->second) {
    Forget(name.text, name.span);
    return true;
  }
  Declare(name, DeclKind::kModule, static_cast<uint32_t>(model_->modules.size()));
  Module module;
  module.name = name.text;
  module.span = name.span;
  module.unit = unit_;
  module.path = path;
  module.target = loaded->second;
  model_->modules.push_back(std::move(module));
  return true;
}

// alias.Name
TypeId Checker::CheckModuleType(const ast::Type& type, const ast::NamedType& named) {
  const ast::Name& alias = named.name.parts[0];
  const ast::Name& name = named.name.parts[1];
  const Declared* declared = Named(alias.text);
  if (declared != nullptr && declared->kind == DeclKind::kRefused) return TypeId();
  if (declared == nullptr || declared->kind != DeclKind::kModule) {
    if (declared == nullptr && model_->names_incomplete) return TypeId();
    report_->Add(Mistake::kUnknownModule, alias.span, "there is no module `" + alias.text + "`")
        .helps.push_back("import it at the top: `import \"./" + alias.text + ".lmp\" as " +
                         alias.text + "`");
    return TypeId();
  }
  const Module& module = model_->modules[declared->index];
  const Declared* found = InModule(module, name.text);
  if (found == nullptr) {
    Diagnostic& d = report_->Add(Mistake::kUnknownType, name.span,
                                 "`" + alias.text + "` has no type `" + name.text + "`");
    std::vector<std::string> types_there;
    if (module.target) types_there = NamesOf(*module.target);
    if (const std::string meant = Nearest(name.text, types_there); !meant.empty()) {
      d.helps.push_back("did you mean `" + meant + "`?");
      d.fixes.push_back({name.span, meant});
    }
    return TypeId();
  }
  const TypeId id = CheckDeclaredType(name, found);
  if (!id.valid()) return id;
  if (Is(id, TypeKind::kRecord)) return CheckRecordType(type, named, id);
  if (named.args.empty() && named.refinements.empty()) return id;
  report_->Add(Mistake::kUnknownType, type.span, "`" + name.text + "` takes no type arguments");
  return TypeId();
}

// alias.CONSTANT; what else a module has is no value.
TypeId Checker::CheckModuleMember(ast::ExprId id, const Module& module, const ast::FieldExpr& field,
                                  Span span) {
  const Declared* found = InModule(module, field.field.text);
  if (found != nullptr && found->kind == DeclKind::kRefused) return TypeId();
  if (found != nullptr && found->kind == DeclKind::kConstant) {
    CheckConstant(found->index);
    const Constant& constant = model_->constants[found->index];
    return constant.type.valid() ? Constantly(id, constant.value, constant.type) : TypeId();
  }
  if (found == nullptr && module.target) {
    const std::string meant = Nearest(field.field.text, NamesOf(*module.target));
    Diagnostic& d = report_->Add(Mistake::kUnknownMember, field.field.span,
                                 "`" + module.name + "` has no `" + field.field.text + "`");
    if (!meant.empty()) {
      d.helps.push_back("did you mean `" + meant + "`?");
      d.fixes.push_back({field.field.span, meant});
    }
    return TypeId();
  }
  const bool is_type = found != nullptr && found->kind != DeclKind::kFunction;
  Diagnostic& d = report_->Add(Mistake::kNotAValue, span,
                               "`" + TextOf(span) + "` is a " + (is_type ? "type" : "function"));
  if (!is_type) d.helps.push_back("call it: `" + TextOf(span) + "(...)`");
  return TypeId();
}

// alias.f(x), alias.Record(a: 1)
TypeId Checker::CheckModuleCall(ast::ExprId id, const ast::CallExpr& call,
                                const ast::FieldExpr& callee, const Module& module) {
  const Declared* found = InModule(module, callee.field.text);
  if (found != nullptr && found->kind == DeclKind::kFunction)
    return CheckFunctionCall(id, call, found->index);
  if (found != nullptr && found->kind == DeclKind::kRecord)
    return CheckRecordCall(id, call, found->index);
  CheckArgumentsAnyway(call);
  if ((found != nullptr && found->kind == DeclKind::kRefused) || model_->names_incomplete)
    return TypeId();
  Diagnostic& d =
      report_->Add(Mistake::kUnknownFunction, callee.field.span,
                   "module `" + module.name + "` has no function `" + callee.field.text + "`");
  const std::string meant = Nearest(callee.field.text, NamesOf(*module.target));
  if (!meant.empty()) {
    d.helps.push_back("did you mean `" + meant + "`?");
    d.fixes.push_back({callee.field.span, meant});
  }
  return TypeId();
}

}  // namespace lmp::frontend
