// Items of a file: names into the Model, then records, enums, constants, config and signatures.
#include <algorithm>
#include <cctype>
#include <set>

#include "frontend/check.h"
#include "frontend/constant.h"
#include "frontend/elsewhere.h"
#include "frontend/library.h"
#include "frontend/tree.h"
#include "ir/failure.h"
#include "ir/passage.h"
#include "ir/run_stats.h"
#include "ir/verify.h"
#include "runtime/base/check.h"
#include "runtime/base/limits.h"

namespace lmp::frontend {
namespace {

template <typename T>
T Made(const std::string& prefix, const ast::Name& name, uint32_t unit) {
  T declaration;
  declaration.name = prefix + name.text;
  declaration.span = name.span;
  declaration.unit = unit;
  return declaration;
}

struct ConfigRow {
  std::string_view name;
  TypeKind kind;
  double low, high;
};
// `max` is the default bound of a string in tokens; seeds may be any integer.
constexpr ConfigRow kConfig[] = {
    {"model", TypeKind::kStr, 0, 0},       {"chat", TypeKind::kStr, 0, 0},
    {"seed", TypeKind::kI64, -1e19, 1e19}, {"temp", TypeKind::kF64, 0, 100},
    {"top_p", TypeKind::kF64, 0, 1},       {"top_k", TypeKind::kI64, 0, 1e9},
    {"min_p", TypeKind::kF64, 0, 1},       {"max", TypeKind::kI64, 1, 1e9},
};

}  // namespace

void Checker::Run() {
  DeclarePassage();
  DeclareFailure();
  DeclareStats();
  for (unit_ = 0; unit_ < model_->units.size(); ++unit_) DeclareItems(unit_);
  for (Enumeration& enumeration : model_->enums) CheckEnum(&enumeration);
  for (uint32_t i = 0; i < model_->aliases.size(); ++i) CheckAlias(i);
  for (uint32_t i = 0; i < model_->records.size(); ++i) CheckRecord(i);
  for (uint32_t i = 0; i < model_->constants.size(); ++i) CheckConstant(i);
  for (Corpus& corpus : model_->corpora) CheckCorpus(&corpus);
  for (unit_ = 0; unit_ < model_->units.size(); ++unit_) CheckConfig(unit_);
  for (Function& function : model_->functions) CheckSignature(&function);
  // A mock names what a function generates, so tests come last.
  for (const bool tests : {false, true}) {
    for (uint32_t i = 0; i < model_->functions.size(); ++i) {
      if (model_->functions[i].may_mock() == tests) CheckFunction(i);
    }
  }
  OrderFunctions();
  CheckEffects();
  for (unit_ = 0; unit_ < model_->units.size(); ++unit_) LintDivisions();
}

void Checker::Declare(const ast::Name& name, DeclKind kind, uint32_t index) {
  if (IsLanguageType(name.text) || name.text == ir::kPassageRecord ||
      name.text == ir::kFailureRecord || name.text == ir::kRunStatsRecord) {
    report_
        ->Add(Mistake::kDuplicateName, name.span, "`" + name.text + "` is a type of the language")
        .helps.push_back("choose another name");
    return;
  }
  auto [entry, inserted] = model_->names.try_emplace(model_->units[unit_].prefix + name.text,
                                                     Declared{kind, index, name.span});
  if (!inserted) {
    Diagnostic& d =
        report_->Add(Mistake::kDuplicateName, name.span, "`" + name.text + "` is defined twice");
    d.secondary.push_back({entry->second.span, "first defined here"});
    d.helps.push_back("rename one of them");
    return;
  }
  bool hides = kind == DeclKind::kFunction
                   ? IsLanguageFunction(name.text)
                   : name.text == "true" || name.text == "false" || name.text == "null";
  if (hides) {
    report_->Add(Mistake::kHidesName, name.span,
                 "`" + name.text + "` hides the `" + name.text + "` of the language in this file");
  }
}

void Checker::DeclareItems(uint32_t unit) {
  const std::string& prefix = model_->units[unit].prefix;
  for (ast::ItemId id : model_->units[unit].items) {
    const ast::Item& item = tree()[id];
    if (!std::holds_alternative<ast::ToolDecl>(item.node))
      CheckAttributes(item.attributes, std::holds_alternative<ast::FnDecl>(item.node)
                                           ? Marked::kFunction
                                           : Marked::kElse);
    if (const auto* import = std::get_if<ast::ImportDecl>(&item.node)) {
      DeclareImport(id, *import, item.span);
    } else if (const auto* constant = std::get_if<ast::ConstDecl>(&item.node)) {
      Declare(constant->name, DeclKind::kConstant, static_cast<uint32_t>(model_->constants.size()));
      model_->constants.push_back(Made<Constant>(prefix, constant->name, unit));
      model_->constants.back().decl = constant;
    } else if (const auto* alias = std::get_if<ast::TypeDecl>(&item.node)) {
      Declare(alias->name, DeclKind::kAlias, static_cast<uint32_t>(model_->aliases.size()));
      model_->aliases.push_back(Made<Alias>(prefix, alias->name, unit));
      model_->aliases.back().decl = alias;
    } else if (const auto* record = std::get_if<ast::RecordDecl>(&item.node)) {
      Declare(record->name, DeclKind::kRecord, static_cast<uint32_t>(model_->records.size()));
      model_->records.push_back(Made<Record>(prefix, record->name, unit));
      model_->records.back().decl = record;
      model_->records.back().refused = IsBroken(item.span);
    } else if (const auto* enumeration = std::get_if<ast::EnumDecl>(&item.node)) {
      Declare(enumeration->name, DeclKind::kEnum, static_cast<uint32_t>(model_->enums.size()));
      model_->enums.push_back(Made<Enumeration>(prefix, enumeration->name, unit));
      model_->enums.back().decl = enumeration;
    } else if (const auto* fn = std::get_if<ast::FnDecl>(&item.node)) {
      Declare(fn->name, DeclKind::kFunction, static_cast<uint32_t>(model_->functions.size()));
      model_->functions.push_back(Made<Function>(prefix, fn->name, unit));
      Function& function = model_->functions.back();
      function.decl = fn;
      for (const ast::Attribute& attribute : item.attributes) {
        if (attribute.name.text == "engine") function.engine_attribute = &attribute;
      }
      function.statements = fn->body.statements;
      function.body = fn->body.span;
      function.broken = IsBroken(item.span);
    } else if (const auto* tool = std::get_if<ast::ToolDecl>(&item.node)) {
      DeclareTool(*tool, item);
    } else if (const auto* corpus = std::get_if<ast::CorpusDecl>(&item.node)) {
      Declare(corpus->name, DeclKind::kCorpus, static_cast<uint32_t>(model_->corpora.size()));
      model_->corpora.push_back(Made<Corpus>(prefix, corpus->name, unit));
      model_->corpora.back().decl = corpus;
    } else if (const auto* test = std::get_if<ast::TestDecl>(&item.node)) {
      DeclareTest(*test, unit);
    }
  }
}

bool Checker::IsBroken(Span item) const {
  const std::vector<Span>& broken = model_->units[unit_].broken;
  return std::any_of(broken.begin(), broken.end(), [&](Span span) { return Contains(item, span); });
}

// The text holds the word outside of `span` as well.
bool Checker::IsWordElsewhere(const std::string& word, Span span) const {
  const std::string& text = model_->units[unit_].source->text();
  const auto is_part = [&](size_t at) {
    return at < text.size() &&
           (text[at] == '_' || std::isalnum(static_cast<unsigned char>(text[at])));
  };
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const bool whole = (at == 0 || !is_part(at - 1)) && !is_part(at + word.size());
    if (whole && (at < span.begin || at >= span.end)) return true;
  }
  return false;
}

void Checker::DeclareImport(ast::ItemId id, const ast::ImportDecl& decl, Span span) {
  if (decl.path) {
    if (decl.alias && DeclareText(id, *decl.alias, decl.path->text)) return;
    report_->Add(Mistake::kUnreadableFile, decl.path->span, "no files can be read here");
    if (decl.alias) Declare(*decl.alias, DeclKind::kRefused, 0);
    return;
  }
  LMP_CHECK(decl.module.has_value() && !decl.module->parts.empty());
  const std::vector<ast::Name>& parts = decl.module->parts;
  const ast::Name& last = decl.alias ? *decl.alias : parts.back();
  if (parts.size() != 2 || parts[0].text != "std" || !IsStdModule(parts[1].text)) {
    Diagnostic& d =
        report_->Add(Mistake::kUnknownModule, decl.module->span, "there is no such module");
    std::string modules;
    for (const std::string& one : StdModules())
      modules += (modules.empty() ? "std." : ", std.") + one;
    d.helps.push_back("the modules are: " + modules);
    if (parts.size() == 2 && parts[0].text == "std") {
      std::string meant = Nearest(parts[1].text, StdModules());
      if (!meant.empty()) {
        d.fixes.push_back({parts[1].span, meant});
        // Where the module is used under its right name, that is no second mistake.
        Forget(meant, span);
      }
    } else if (parts.size() == 1 && IsStdModule(parts[0].text)) {
      d.fixes.push_back({parts[0].span, "std." + parts[0].text});
    } else if (parts.size() == 1 && !IsWordElsewhere(last.text, span)) {
      d.helps.push_back("nothing uses it: remove the line");
      d.fixes.push_back({span, ""});
    }
    Forget(last.text, span);
    return;
  }
  if (DeclareText(id, last, parts[1].text)) return;
  if (StdFunctions(parts[1].text).empty()) {  // written in LMP, and nothing loads texts here
    report_->Add(Mistake::kUnreadableFile, decl.module->span, "no files can be read here");
    return Forget(last.text, span);
  }
  const std::string& prefix = model_->units[unit_].prefix;
  Declare(last, DeclKind::kModule, static_cast<uint32_t>(model_->modules.size()));
  model_->modules.push_back(Made<Module>(prefix, last, unit_));
  model_->modules.back().path = parts[1].text;
}

void Checker::CheckAttributes(const std::vector<ast::Attribute>& attributes, Marked marked,
                              StmtNote* note) {
  static constexpr std::string_view kOfTools[] = {"effect", "timeout", "retry", "idempotent",
                                                  "cache"};
  std::set<std::string> seen;
  for (const ast::Attribute& attribute : attributes) {
    const std::string& name = attribute.name.text;
    if (!seen.insert(name).second) {
      report_->Add(Mistake::kDuplicateName, attribute.span, "`@" + name + "` is given twice");
    } else if (name == "exact" && marked == Marked::kGen && attribute.args.empty()) {
      note->exact = true;
    } else if (name == "exact") {
      ReportExact(attribute, marked);
    } else if (name == "engine") {
      if (marked == Marked::kFunction) continue;  // CheckEngine
      report_
          ->Add(Mistake::kUnknownOption, attribute.span,
                "`@engine` stands in front of a function only")
          .helps.push_back(
              "what shall run on another engine becomes a function: `@engine(\"big\") "
              "fn ask(question: string) -> string { ... }`");
    } else if (name == "pin" || name == "ttl" || name == "private") {
      CheckCacheAttribute(attribute, marked, note);
    } else if (std::find(std::begin(kOfTools), std::end(kOfTools), name) != std::end(kOfTools)) {
      report_
          ->Add(Mistake::kUnknownOption, attribute.span,
                "`@" + name + "` stands in front of a `tool` only")
          .helps.push_back(
              "remove it, or declare a tool: `tool look(id: string) -> string = "
              "host(\"look\")`");
    } else {
      Diagnostic& d = report_->Add(Mistake::kUnknownOption, attribute.name.span,
                                   "there is no attribute `@" + name + "`");
      d.helps.push_back("remove it");
      d.fixes.push_back({attribute.span, ""});
    }
  }
  if (note == nullptr || !note->is_private || (!note->pin && note->ttl_ms == 0)) return;
  Diagnostic& d = report_->Add(Mistake::kUnknownOption, attributes.front().span,
                               "what is private to a run cannot be kept for other runs");
  d.helps.push_back("remove `@private`, or `@pin` and `@ttl`");
}

// @pin, @ttl(1h), @private: in front of a message, of whose prompt they speak.
void Checker::CheckCacheAttribute(const ast::Attribute& attribute, Marked marked, StmtNote* note) {
  const std::string& name = attribute.name.text;
  if (marked != Marked::kMessage) {
    report_
        ->Add(Mistake::kUnknownOption, attribute.span,
              "`@" + name + "` stands in front of a message only")
        .helps.push_back("mark the message: `@" + name + (name == "ttl" ? "(1h)" : "") +
                         " system \"...\"`");
    return;
  }
  if (name != "ttl") {
    (name == "pin" ? note->pin : note->is_private) = true;
    if (attribute.args.empty()) return;
    Diagnostic& d =
        report_->Add(Mistake::kUnknownOption, attribute.span, "`@" + name + "` takes no arguments");
    d.helps.push_back(name == "pin" ? "for how long is said by `@ttl(1h)`" : "write `@private`");
    return;
  }
  const bool one = attribute.args.size() == 1 && !attribute.args[0].name;
  const auto* time =
      one ? std::get_if<ast::DurationExpr>(&tree()[attribute.args[0].value].node) : nullptr;
  constexpr int64_t kDayMs = 24 * 3600 * 1000;
  if (time == nullptr) {
    report_->Add(Mistake::kUnknownOption, attribute.span, "`@ttl` is written `@ttl(1h)`")
        .helps.push_back("it is how long the prompt is kept behind its last use");
  } else if (time->milliseconds < 1 || time->milliseconds > 365 * kDayMs) {
    report_->Add(Mistake::kOutOfRange, attribute.span, "`@ttl` must lie between 1ms and 8760h");
  } else {
    note->ttl_ms = time->milliseconds;
  }
}

void Checker::ReportExact(const ast::Attribute& attribute, Marked marked) {
  const bool generates = marked == Marked::kGen;
  Diagnostic& d = report_->Add(
      Mistake::kUnknownOption, attribute.span,
      generates ? "`@exact` takes no arguments" : "`@exact` stands in front of a `gen` only");
  if (generates) {
    d.helps.push_back("write `@exact gen name`");
    d.fixes.push_back({attribute.span, "@exact"});
  } else if (marked == Marked::kSelect) {
    d.helps.push_back("remove it: a `select` is always exact");
    d.fixes.push_back({attribute.span, ""});
  } else {
    d.helps.push_back("mark the generation whose context must be exact: `@exact gen name`");
  }
}

// ---- config ----

void Checker::CheckConfig(uint32_t unit) {
  for (ast::ItemId id : model_->units[unit].items) {
    const auto* config = std::get_if<ast::ConfigDecl>(&tree()[id].node);
    if (config == nullptr) continue;
    const bool counts = model_->units[unit].prefix.empty();
    const bool allows = std::all_of(config->pairs.begin(), config->pairs.end(),
                                    [](const auto& pair) { return pair.key.text == "allow"; });
    if (!counts && !allows) {
      report_
          ->Add(Mistake::kConfigInModule, tree()[id].span,
                "settings are those of the file that is run, and this one is imported")
          .helps.push_back("move `config` there, or set options at the generations");
      continue;
    }
    for (const ast::MapPair& pair : config->pairs) {
      if (pair.key.text == "allow") {
        CheckAllow(pair, counts);
      } else {
        CheckConfigEntry(pair);
      }
    }
  }
}

void Checker::CheckConfigEntry(const ast::MapPair& pair) {
  const ConfigRow* row = nullptr;
  std::vector<std::string> names = {"allow"};
  for (const ConfigRow& candidate : kConfig) {
    names.emplace_back(candidate.name);
    if (candidate.name == pair.key.text) row = &candidate;
  }
  if (row == nullptr) {
    Diagnostic& d = report_->Add(Mistake::kUnknownOption, pair.key.span,
                                 "there is no setting `" + pair.key.text + "`");
    std::string meant(OptionElsewhere(pair.key.text));
    if (std::find(names.begin(), names.end(), meant) == names.end())
      meant = Nearest(pair.key.text, names);
    if (!meant.empty()) d.fixes.push_back({pair.key.span, meant});
    d.helps.push_back(
        meant.empty() ? "the settings are: model, chat, seed, temp, top_p, top_k, min_p, max, allow"
                      : "did you mean `" + meant + "`?");
    return;
  }
  const ir::TypeTable& table = types();
  TypeId type = row->kind == TypeKind::kStr   ? table.str()
                : row->kind == TypeKind::kI64 ? table.i64()
                                              : table.f64();
  auto value = CheckConstantValue(pair.value, type, "setting `" + pair.key.text + "`", nullptr);
  if (!value) return;
  double number = value->is_int()     ? static_cast<double>(value->as_int())
                  : value->is_float() ? value->as_float()
                                      : 0;
  if (number < row->low || number > row->high) {
    report_
        ->Add(Mistake::kOutOfRange, SpanOf(pair.value),
              "setting `" + pair.key.text + "` is out of range")
        .helps.push_back("it must lie between " + std::to_string(static_cast<int64_t>(row->low)) +
                         " and " + std::to_string(static_cast<int64_t>(row->high)));
    return;
  }
  for (ir::ConfigEntry& entry : model_->program->config) {
    if (entry.name != pair.key.text) continue;
    report_->Add(Mistake::kDuplicateName, pair.key.span,
                 "setting `" + pair.key.text + "` is given twice");
    return;
  }
  model_->program->config.push_back({pair.key.text, *value});
}

// ---- enums, records, aliases, constants ----

void Checker::CheckEnum(Enumeration* enumeration) {
  std::set<std::string> names;
  std::set<std::string> texts;
  enumeration->members.name = enumeration->name;
  for (const ast::Member& member : enumeration->decl->members) {
    std::string text = member.alias ? member.alias->text : member.name.text;
    bool new_name = names.insert(member.name.text).second;
    if (!new_name || !texts.insert(text).second) {
      report_->Add(Mistake::kDuplicateName, member.span,
                   new_name
                       ? "two members of `" + enumeration->name + "` have the text \"" + text + "\""
                       : "`" + member.name.text + "` is in `" + enumeration->name + "` twice");
      continue;
    }
    enumeration->members.members.push_back(
        {member.name.text, text, member.description ? member.description->text : ""});
  }
}

void Checker::CheckRecord(uint32_t index) {
  Record* record = &model_->records[index];
  if (record->progress != Progress::kNotBegun) return;
  if (record->tool) return CheckToolRecord(record);
  record->progress = Progress::kBegun;
  ++records_open_;
  unit_ = record->unit;
  const ast::RecordDecl& decl = *record->decl;
  const Holes outer = std::exchange(holes_, {});
  for (const ast::Param& param : decl.params) CheckHoleParameter(param, record);
  holes_ = {nullptr, record};
  std::set<std::string> names;
  for (const ast::Field& field : decl.fields) {
    CheckAttributes(field.attributes, Marked::kElse);
    if (!names.insert(field.name.text).second) {
      report_->Add(Mistake::kDuplicateName, field.name.span,
                   "field `" + field.name.text + "` is in `" + record->name + "` twice");
      continue;
    }
    RecordField checked;
    checked.name = field.name.text;
    if (field.description) checked.description = field.description->text;
    checked.generated = record->refused ? TypeId() : CheckType(field.type);
    unit_ = record->unit;  // a declaration of another text may have been checked on the way
    if (checked.generated.valid()) checked.type = types().WithoutHoles(checked.generated);
    TypeId inside = checked.type;
    while (Is(inside, TypeKind::kList) || Is(inside, TypeKind::kOptional))
      inside = types()[inside].element;
    if (Is(inside, TypeKind::kCtx)) {
      report_
          ->Add(Mistake::kContextInRecord, tree()[field.type].span,
                "a record cannot hold a context")
          .helps.push_back(
              "a record is data that a model writes or a host reads: pass the context beside it");
      checked.type = TypeId();
    }
    if (field.default_value.valid() && !record->refused) {
      auto value = CheckConstantValue(field.default_value, checked.type,
                                      "the default of `" + field.name.text + "`", nullptr);
      checked.has_default = true;
      if (value) checked.default_value = *value;
    }
    record->fields.push_back(std::move(checked));
  }
  holes_ = outer;
  --records_open_;
  record->progress = Progress::kDone;
  CheckRecordSize(record);
}

// What follows recurses over types and writes them out, so both are bounded. A record that is too
// big counts as refused: what uses it is not reported again.
void Checker::CheckRecordSize(Record* record) {
  for (const RecordField& field : record->fields) {
    if (!field.type.valid()) continue;
    size_t levels = 1;
    TypeId type = field.type;
    for (; types()[type].element.valid(); type = types()[type].element) ++levels;
    std::vector<TypeId> inside = types()[type].members;
    if (inside.empty()) inside.push_back(type);
    for (const TypeId one : inside) {
      const Record* inner = RecordOf(one);
      record->depth = std::max(record->depth, levels + (inner != nullptr ? inner->depth : 0));
      record->parts =
          std::min(record->parts + (inner != nullptr ? inner->parts : 1), kRecordPartsMax + 1);
    }
  }
  if (record->refused) return;
  const bool deep = record->depth > kRecordDepthMax;
  if (!deep && record->parts <= kRecordPartsMax) return;
  record->refused = true;
  report_
      ->Add(Mistake::kRecordTooBig, record->span,
            deep ? "record `" + record->name + "` is nested more than " +
                       std::to_string(kRecordDepthMax) + " deep"
                 : "record `" + record->name + "` has more than " +
                       std::to_string(kRecordPartsMax) + " fields, those of its records included")
      .helps.push_back("no model writes such a value: take it apart, or use lists");
}

// A parameter of a record stands for bounds that are known only when it is generated.
void Checker::CheckHoleParameter(const ast::Param& param, Record* record) {
  const TypeId type = CheckType(param.type);
  unit_ = record->unit;
  const TypeId plain = type.valid() ? types().Erased(type) : type;
  const bool known =
      plain == types().i64() || plain == types().f64() || plain == types().ListOf(types().str());
  if (type.valid() && !known) {
    report_
        ->Add(Mistake::kTypeMismatch, tree()[param.type].span,
              "a parameter of a record is a number or a list<string>, found " + User(type))
        .notes.push_back(
            "it stands for what is known only when the record is generated: an end of "
            "a range, or texts to choose from");
  }
  std::optional<ir::Value> default_value;
  if (param.default_value.valid() && type.valid() && known) {
    default_value = CheckConstantValue(param.default_value, plain,
                                       "the default of `" + param.name.text + "`", nullptr);
    if (!default_value) record->refused = true;
  } else if (!record->hole_defaults.empty() && record->hole_defaults.back()) {
    report_
        ->Add(Mistake::kWrongArguments, param.span,
              "a parameter without a default stands behind one with a default")
        .helps.push_back("what fills a record is told apart by its place: put it first");
  }
  for (const ir::HoleDecl& other : record->holes) {
    if (other.name != param.name.text) continue;
    report_->Add(Mistake::kDuplicateName, param.name.span,
                 "there are two parameters `" + param.name.text + "`");
    return;
  }
  if (!type.valid() || !known) {
    record->refused = true;
    return;
  }
  record->holes.push_back({param.name.text, plain});
  record->hole_defaults.push_back(std::move(default_value));
}

TypeId Checker::CheckAlias(uint32_t index) {
  Alias& alias = model_->aliases[index];
  if (alias.progress == Progress::kDone) return alias.type;
  if (alias.progress == Progress::kBegun) {
    report_->Add(Mistake::kRecursiveType, alias.span, "type `" + alias.name + "` contains itself");
    return TypeId();
  }
  alias.progress = Progress::kBegun;
  uint32_t saved = std::exchange(unit_, alias.unit);
  const Holes outer = std::exchange(holes_, {});
  TypeId type = CheckWrittenType(alias.decl->type);
  holes_ = outer;
  unit_ = saved;
  alias.progress = Progress::kDone;
  return alias.type = type;
}

void Checker::CheckConstant(uint32_t index) {
  Constant& constant = model_->constants[index];
  if (constant.progress == Progress::kDone) return;
  if (constant.progress == Progress::kBegun) {
    report_->Add(Mistake::kRecursiveType, constant.span,
                 "constant `" + constant.name + "` needs its own value");
    constant.type = TypeId();
    return;
  }
  constant.progress = Progress::kBegun;
  uint32_t saved = std::exchange(unit_, constant.unit);
  TypeId want = constant.decl->type.valid() ? CheckType(constant.decl->type) : TypeId();
  unit_ = constant.unit;
  TypeId type;
  auto value =
      CheckConstantValue(constant.decl->value, want, "constant `" + constant.name + "`", &type);
  if (value && !want.valid() && IsUndetermined(types(), type)) {
    report_
        ->Add(Mistake::kTypeUnknown, constant.span,
              "the type of `" + constant.name + "` cannot be told")
        .helps.push_back("write it: `const " + constant.name + ": list<string> = []`");
    value.reset();
  }
  constant.type = value ? (want.valid() ? want : type) : TypeId();
  if (value) constant.value = *value;
  constant.progress = Progress::kDone;
  unit_ = saved;
}

std::optional<ir::Value> Checker::CheckConstantValue(ast::ExprId expr, TypeId want,
                                                     std::string_view what, TypeId* type) {
  Function scratch;
  Body body;
  body.function = &scratch;
  body.place = Place::kConstant;
  Body* saved = std::exchange(body_, &body);
  uint32_t unit = unit_;
  PushScope();
  size_t errors = report_->errors();
  bool fits = true;
  TypeId found = want;
  if (want.valid()) {
    fits = Expect(expr, want, what);
  } else {
    found = Check(expr);
  }
  body_ = saved;
  unit_ = unit;
  if (type != nullptr) *type = found;
  if (!fits || !found.valid() || report_->errors() > errors) return std::nullopt;
  if (!notes()[expr].type.valid()) return std::nullopt;
  ConstantResult result = EvaluateConstant(model_, unit_, expr);
  if (result.kind == ConstantResult::Kind::kTooBig) {
    ReportConstantsTooBig(result.span);
    return std::nullopt;
  }
  if (result.kind == ConstantResult::Kind::kNotConstant) {
    if (model_->constant_budget.told) return std::nullopt;  // it may name one that has no value
    report_
        ->Add(Mistake::kNotConstant, result.span,
              std::string(what) + " must be known before the program runs")
        .label = "this is not a constant";
    return std::nullopt;
  }
  if (result.kind == ConstantResult::Kind::kFails) {
    report_->Add(Mistake::kConstantFails, result.span,
                 std::string(what) + " cannot be computed: " + result.message);
    return std::nullopt;
  }
  ir::Value value = ConvertValue(types(), std::move(result.value), found);
  CheckBounds(value, found, SpanOf(expr));
  return value;
}

// Once: what comes behind it has no budget either.
void Checker::ReportConstantsTooBig(Span span) {
  if (std::exchange(model_->constant_budget.told, true)) return;
  Diagnostic& d = report_->Add(Mistake::kConstantsTooBig, span,
                               "the constants take more steps or memory than compiling has");
  d.label = "here the last of it is used up";
  d.notes.push_back("all constants together: " + std::to_string(kConstantBytesMax >> 20) +
                    " MiB of strings, lists and records, and " + std::to_string(kConstantStepsMax) +
                    " steps");
  d.helps.push_back("compute it in a function, which does so while the program runs");
}

std::optional<ir::Value> Checker::KnownValue(ast::ExprId expr) const {
  if (!expr.valid() || !notes()[expr].type.valid()) return std::nullopt;
  ConstantResult result = EvaluateConstant(model_, unit_, expr);
  if (result.kind != ConstantResult::Kind::kValue) return std::nullopt;
  return std::move(result.value);
}

namespace {

// Records inside were checked where they were made; they are not in the program yet.
bool IsWithin(const ir::Program& program, const ir::Value& value, TypeId id) {
  const ir::Type& type = program.types[id];
  if (type.kind == TypeKind::kRecord || type.kind == TypeKind::kUnion || value.is_null())
    return true;
  if (type.kind == TypeKind::kOptional) return IsWithin(program, value, type.element);
  if (type.kind == TypeKind::kF64 && value.is_int())  // it becomes a float
    return IsWithin(program, ir::Value::Float(static_cast<double>(value.as_int())), id);
  if (type.kind != TypeKind::kList) {
    return !ir::ValueFits(program, value, id) || ir::ValueWithin(program, value, id);
  }
  if (!value.is_list()) return true;
  const auto size = static_cast<int64_t>(value.as_list().size());
  if ((type.low && size < *type.low) || (type.high && size > *type.high)) return false;
  return std::all_of(value.as_list().begin(), value.as_list().end(),
                     [&](const ir::Value& item) { return IsWithin(program, item, type.element); });
}

}  // namespace

void Checker::CheckBounds(const ir::Value& value, TypeId id, Span span) {
  if (!id.valid() || IsWithin(*model_->program, value, id)) return;
  report_->Add(Mistake::kOutOfRange, span, "this value is outside of " + User(id));
}

// ---- signatures ----

void Checker::CheckSignature(Function* function) {
  function->result = types().none();
  if (function->tool) return CheckToolSignature(function);
  if (function->decl == nullptr) return;
  unit_ = function->unit;
  for (const ast::Param& param : function->decl->params) CheckParameter(param, function);
  if (function->decl->result.valid()) {
    if (!ReportNoResult(*function)) function->result = CheckType(function->decl->result);
  } else if (HasReturn(tree(), function->statements)) {
    function->result = TypeId();  // reported at the `return`; callers say nothing
  }
  if (function->engine_attribute != nullptr) CheckEngine(*function->engine_attribute, function);
}

// fn f() -> void {
bool Checker::ReportNoResult(const Function& function) {
  const ast::Type& type = tree()[function.decl->result];
  const auto* named = std::get_if<ast::NamedType>(&type.node);
  if (named == nullptr || named->name.parts.size() != 1) return false;
  const std::string& name = named->name.parts.front().text;
  if (!IsNoResultElsewhere(name) || Named(name) != nullptr) return false;
  const std::string& text = model_->units[unit_].source->text();
  const size_t arrow = text.rfind("->", type.span.begin);
  Diagnostic& d = report_->Add(Mistake::kUnknownType, type.span,
                               "a function without result has no result type");
  d.helps.push_back("remove `-> " + name + "`");
  if (arrow == std::string::npos) return true;
  d.fixes.push_back({{type.span.source, static_cast<uint32_t>(arrow), type.span.end}, ""});
  return true;
}

void Checker::CheckParameter(const ast::Param& param, Function* function) {
  Parameter checked;
  checked.name = param.name.text;
  checked.span = param.name.span;
  checked.type = CheckType(param.type);
  for (const Parameter& other : function->params) {
    if (other.name != checked.name) continue;
    Diagnostic& d =
        report_->Add(Mistake::kDuplicateName, checked.span,
                     "`" + checked.name + "` is a parameter of `" + function->name + "` twice");
    d.secondary.push_back({other.span, "first here"});
    return;
  }
  if (param.description) checked.description = param.description->text;
  if (param.default_value.valid()) {
    auto value = CheckConstantValue(param.default_value, checked.type,
                                    "the default of `" + checked.name + "`", nullptr);
    checked.has_default = true;
    if (value) checked.default_value = *value;
  }
  function->params.push_back(std::move(checked));
}

}  // namespace lmp::frontend
