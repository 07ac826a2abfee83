#include "ir/verify.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "ir/analysis.h"
#include "ir/failure.h"
#include "ir/holes.h"
#include "ir/passage.h"
#include "ir/regex.h"
#include "ir/run_stats.h"
#include "ir/verify_rules.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::ir {

void VerifyState::Report(int rule, Span span, std::string what) const {
  if (diagnostics.size() >= kDiagnosticsMax) return;
  Diagnostic mistake;
  mistake.code = "E0801";
  mistake.title =
      "in `" + graph.name + "`: " + std::move(what) + " (rule " + std::to_string(rule) + ")";
  mistake.span = span;
  diagnostics.push_back(std::move(mistake));
}

void VerifyState::Report(int rule, const Op& op, const std::string& what) const {
  Report(rule, op.span, "`" + std::string(OpName(op.kind)) + "` " + what);
}

namespace {

// Walks the regions in order and marks values as they become visible; leaving a region hides its
// values. Also refuses ids out of range and shared regions, so that later groups may index freely.
class StructureCheck {
 public:
  explicit StructureCheck(const VerifyState& state)
      : state_(state),
        graph_(state.graph),
        visible_(graph_.values.size(), false),
        seen_(graph_.regions.size(), false) {}

  void Run() {
    if (graph_.regions.empty()) return state_.Report(1, graph_.span, "the function has no body");
    const size_t effect = graph_.effectful ? 1 : 0;
    const bool types_fit = graph_.body().params.size() == graph_.params.size() + effect;
    if (!types_fit)
      return state_.Report(1, graph_.span, "the body's parameters are not those of the function");
    Walk(RegionId(0), 0);
  }

 private:
  bool Use(ValueId value, const Op* op) {
    if (value.index < visible_.size() && visible_[value.index]) return true;
    if (op != nullptr) {
      state_.Report(1, *op, "uses a value that is not defined there");
    } else {
      state_.Report(1, graph_.span, "a region yields a value that is not defined in it");
    }
    return false;
  }

  bool Define(ValueId value, OpId op, RegionId region, size_t index) {
    const bool known = value.index < graph_.values.size();
    const ValueDef* def = known ? &graph_.value(value) : nullptr;
    if (!known || defined_.count(value.index) > 0 || def->op != op || def->region != region ||
        def->index != index || def->type.index >= state_.types.size()) {
      state_.Report(1, graph_.span, "a value is defined by none or by two places");
      return false;
    }
    if (state_.types.WithoutHoles(def->type) != def->type) {
      state_.Report(6, graph_.span, "a value has a type with holes");
      return false;
    }
    defined_.insert(value.index);
    visible_[value.index] = true;
    scope_.push_back(value);
    return true;
  }

  bool Walk(RegionId id, size_t depth) {
    if (depth > kNestingMax)
      return state_.Report(1, graph_.span, "regions are nested too deep"), false;
    if (id.index >= graph_.regions.size() || seen_[id.index]) {
      return state_.Report(1, graph_.span, "a region is missing or owned twice"), false;
    }
    seen_[id.index] = true;
    const Region& region = graph_.region(id);
    const size_t scope_begin = scope_.size();
    for (size_t i = 0; i < region.params.size(); ++i) {
      if (!Define(region.params[i], OpId(), id, i)) return false;
    }
    for (const OpId op : region.ops) {
      if (!WalkOp(op, id, depth)) return false;
    }
    for (const ValueId yield : region.yields) {
      if (!Use(yield, nullptr)) return false;
    }
    for (; scope_.size() > scope_begin; scope_.pop_back()) visible_[scope_.back().index] = false;
    return true;
  }

  bool WalkOp(OpId id, RegionId parent, size_t depth) {
    if (id.index >= graph_.ops.size() || !placed_.insert(id.index).second ||
        graph_.op(id).parent != parent) {
      return state_.Report(1, graph_.span, "an operation is missing or placed twice"), false;
    }
    const Op& op = graph_.op(id);
    for (const ValueId operand : op.operands) {
      if (!Use(operand, &op)) return false;
    }
    for (const NamedOperand& operand : op.named) {
      if (!Use(operand.value, &op)) return false;
    }
    for (const RegionId region : op.regions) {
      if (region.index < graph_.regions.size() && graph_.region(region).owner != id) {
        return state_.Report(1, op, "has a region that is owned by another operation"), false;
      }
      if (!Walk(region, depth + 1)) return false;
    }
    for (size_t i = 0; i < op.results.size(); ++i) {
      if (!Define(op.results[i], id, RegionId(), i)) return false;
    }
    return true;
  }

  const VerifyState& state_;
  const Graph& graph_;
  std::vector<bool> visible_;
  std::vector<bool> seen_;
  std::unordered_set<uint32_t> defined_, placed_;
  std::vector<ValueId> scope_;
};

class DeclarationCheck {
 public:
  DeclarationCheck(const Program& program, std::vector<Diagnostic>* diagnostics)
      : program_(program), diagnostics_(diagnostics) {}

  void Run() {
    for (const RecordDecl& record : program_.records) {
      Unique("record or enum", record.name);
      std::set<std::string> fields;
      for (const FieldDecl& field : record.fields) {
        if (!fields.insert(field.name).second)
          Report("record `" + record.name + "` has two fields `" + field.name + "`");
        if (!CheckFieldType(field.type, 0)) {
          Report("field `" + field.name + "` of `" + record.name +
                 "` has a type that a field cannot have");
        } else if (field.has_default && !ValueFits(program_, field.default_value, field.type)) {
          Report("the default of field `" + field.name + "` of `" + record.name +
                 "` does not fit its type");
        }
      }
    }
    for (const EnumDecl& declaration : program_.enums) {
      Unique("record or enum", declaration.name);
      if (declaration.members.empty()) Report("enum `" + declaration.name + "` has no members");
      std::set<std::string> names, texts;
      for (const EnumMember& member : declaration.members) {
        if (!names.insert(member.name).second || !texts.insert(member.text).second) {
          Report("enum `" + declaration.name + "` has two members `" + member.name + "`");
        }
      }
    }
    for (const CorpusDecl& corpus : program_.corpora) Unique("corpus", corpus.name, &corpora_);
    CheckMade(PassageDecl(program_.types));
    CheckMade(FailureDecl(program_.types));
    CheckMade(RunStatsDecl(program_.types));
    for (const ToolDecl& tool : program_.tools) Unique("tool", tool.name, &tools_);
    for (const ToolDecl& tool : program_.tools) CheckTool(tool);
    CheckAcyclic();
    if (diagnostics_->empty()) CheckHoles();
    std::set<std::string> functions;
    for (const Graph& graph : program_.functions) {
      if (!functions.insert(graph.name).second)
        Report("there are two functions `" + graph.name + "`");
    }
    for (uint32_t i = 0; i < program_.types.size(); ++i) CheckNames(program_.types[TypeId(i)]);
  }

 private:
  void Report(const std::string& what) {
    if (diagnostics_->size() >= kDiagnosticsMax) return;
    Diagnostic mistake;
    mistake.code = "E0801";
    mistake.title = what + " (rule 20)";
    diagnostics_->push_back(std::move(mistake));
  }

  // What the host makes has the fields that it fills.
  void CheckMade(const RecordDecl& wanted) {
    const RecordDecl* found = program_.FindRecord(wanted.name);
    if (found == nullptr) return;
    const auto same = [](const FieldDecl& a, const FieldDecl& b) {
      return a.name == b.name && a.type == b.type;
    };
    if (!found->holes.empty() || !std::equal(wanted.fields.begin(), wanted.fields.end(),
                                             found->fields.begin(), found->fields.end(), same))
      Report("record `" + wanted.name + "` has other fields than what is made of it");
  }

  void CheckTool(const ToolDecl& tool) {
    const auto plain = [&](TypeId type) {
      return CheckFieldType(type, 0) && !HoldsContext(program_, type);
    };
    const bool fits = plain(tool.result) &&
                      std::all_of(tool.params.begin(), tool.params.end(),
                                  [&](const ToolDecl::Param& param) { return plain(param.type); });
    if (!fits) Report("tool `" + tool.name + "` takes or gives what no host can");
    if (tool.cache_ms && (tool.effect == ToolEffect::kWrite || *tool.cache_ms < 1))
      Report("tool `" + tool.name + "` cannot keep its answers");
    if (tool.http && !FitsHttp(tool)) {
      Report("tool `" + tool.name + "` asks a server for what its parameters do not say");
    }
  }

  bool FitsHttp(const ToolDecl& tool) {
    const auto is_map = [](const std::optional<HttpValue>& value) {
      return !value || value->kind == HttpValue::Kind::kMap;
    };
    const HttpCall& call = *tool.http;
    return call.url.kind == HttpValue::Kind::kText && FitsHttp(tool, call.url, true) &&
           is_map(call.query) && is_map(call.headers) && (call.post || !call.body) &&
           (!call.query || FitsHttp(tool, *call.query, false)) &&
           (!call.headers || FitsHttp(tool, *call.headers, false)) &&
           (!call.body || FitsHttp(tool, *call.body, false));
  }

  // Of several parts, and in a url, all are texts; keys of a map differ.
  bool FitsHttp(const ToolDecl& tool, const HttpValue& value, bool text) {
    for (const HttpPart& part : value.parts) {
      if (part.kind != HttpPart::Kind::kParam) continue;
      const auto param =
          std::find_if(tool.params.begin(), tool.params.end(),
                       [&](const ToolDecl::Param& one) { return one.name == part.text; });
      if (param == tool.params.end() || param->type.index >= program_.types.size()) return false;
      const bool is_text = program_.types[param->type].kind == TypeKind::kStr;
      if (!is_text && (text || value.parts.size() > 1)) return false;
    }
    std::set<std::string> keys;
    for (const auto& [key, member] : value.members) {
      if (!keys.insert(key).second || !FitsHttp(tool, member, false)) return false;
    }
    return std::all_of(value.items.begin(), value.items.end(),
                       [&](const HttpValue& item) { return FitsHttp(tool, item, false); });
  }

  void Unique(const std::string& kind, const std::string& name) { Unique(kind, name, &types_); }

  void Unique(const std::string& kind, const std::string& name, std::set<std::string>* names) {
    if (!names->insert(name).second)
      Report("there are two declarations of " + kind + " `" + name + "`");
  }

  bool CheckFieldType(TypeId id, size_t depth) {
    if (id.index >= program_.types.size() || depth > kNestingMax) return false;
    const Type& type = program_.types[id];
    if (type.kind == TypeKind::kEffect || type.kind == TypeKind::kNone) return false;
    return std::all_of(type.members.begin(), type.members.end(),
                       [&](TypeId member) { return CheckFieldType(member, depth + 1); }) &&
           (!type.element.valid() || CheckFieldType(type.element, depth + 1));
  }

  void CheckNames(const Type& type) {
    if (type.kind == TypeKind::kRecord && program_.FindRecord(type.name) == nullptr) {
      Report("there is no record `" + type.name + "`");
    }
    if (type.kind == TypeKind::kUnion) CheckMembers(type);
    if (type.kind == TypeKind::kEnum && program_.FindEnum(type.name) == nullptr) {
      Report("there is no enum `" + type.name + "`");
    }
    if (type.element.valid() && program_.types[type.element].kind == TypeKind::kEffect) {
      Report("an effect cannot be inside a list or optional");
    }
  }

  void CheckMembers(const Type& type) {
    std::set<std::string_view> names;
    for (const TypeId id : type.members) {
      const Type& member = program_.types[id];
      const RecordDecl* record =
          member.kind == TypeKind::kRecord ? program_.FindRecord(member.name) : nullptr;
      if (record == nullptr) return Report("a union is of records");
      const bool has_kind =
          std::any_of(record->fields.begin(), record->fields.end(),
                      [](const FieldDecl& field) { return field.name == "kind"; });
      if (has_kind || !names.insert(member.name).second)
        Report("`" + member.name + "` is in a union twice, or has a field `kind`");
    }
  }

  // What the fields of a record leave open is what the record declares.
  void CheckHoles() {
    for (const RecordDecl& record : program_.records) {
      const Result<HoleKinds> used = HolesOf(program_, record);
      if (!used.ok()) {
        Report("in record `" + record.name + "`: " + used.status().message());
        continue;
      }
      HoleKinds declared;
      for (const HoleDecl& hole : record.holes) {
        const TypeId type = program_.types.size() > hole.type.index ? hole.type : TypeId(0);
        const Type& of = program_.types[type];
        const bool texts =
            of.kind == TypeKind::kList && program_.types[of.element].kind == TypeKind::kStr;
        if (!texts && of.kind != TypeKind::kI64 && of.kind != TypeKind::kF64)
          Report("the hole `$" + hole.name + "` of `" + record.name + "` has a wrong type");
        if (!declared.emplace(hole.name, of.kind).second)
          Report("`" + record.name + "` has two holes `$" + hole.name + "`");
      }
      for (const auto& [name, kind] : used.value()) {
        const auto hole = declared.find(name);
        if (hole == declared.end() || hole->second != kind)
          Report("`" + record.name + "` has no hole `$" + name + "` of the kind its fields use");
      }
    }
  }

  // Records that contain themselves would have values of any depth. Peels off records whose fields
  // name only records peeled before; what stays is part of a cycle or stands on one.
  void CheckAcyclic() {
    std::map<std::string_view, size_t> index;
    for (size_t i = 0; i < program_.records.size(); ++i) index.emplace(program_.records[i].name, i);
    std::vector<std::vector<size_t>> users(program_.records.size());  // may name one twice
    std::vector<size_t> waits(program_.records.size(), 0);
    for (size_t i = 0; i < program_.records.size(); ++i) {
      for (const FieldDecl& field : program_.records[i].fields) {
        TypeId type = field.type;
        while (type.index < program_.types.size() && program_.types[type].element.valid())
          type = program_.types[type].element;
        if (type.index >= program_.types.size()) continue;
        std::vector<TypeId> inside = program_.types[type].members;
        if (program_.types[type].kind == TypeKind::kRecord) inside.push_back(type);
        for (const TypeId one : inside) {
          const auto inner = index.find(program_.types[one].name);
          if (inner == index.end()) continue;
          users[inner->second].push_back(i);
          ++waits[i];
        }
      }
    }
    std::vector<size_t> ready;
    for (size_t i = 0; i < waits.size(); ++i) {
      if (waits[i] == 0) ready.push_back(i);
    }
    while (!ready.empty()) {
      const size_t done = ready.back();
      ready.pop_back();
      for (const size_t user : users[done]) {
        if (--waits[user] == 0) ready.push_back(user);
      }
    }
    for (size_t i = 0; i < waits.size(); ++i) {
      if (waits[i] > 0) Report("record `" + program_.records[i].name + "` contains itself");
    }
  }

  const Program& program_;
  std::vector<Diagnostic>* diagnostics_;
  std::set<std::string> types_, corpora_, tools_;
};

}  // namespace

void CheckStructure(const VerifyState& state) { StructureCheck(state).Run(); }

namespace {

bool IsRecord(const Program& program, const Value& value, const RecordDecl& record) {
  const auto& fields = value.as_record().fields;
  if (value.as_record().name != record.name || fields.size() != record.fields.size()) return false;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].first != record.fields[i].name) return false;
    if (!ValueFits(program, fields[i].second, record.fields[i].type)) return false;
  }
  return true;
}

}  // namespace

bool ValueFits(const Program& program, const Value& value, TypeId id) {
  const Type& type = program.types[id];
  switch (type.kind) {
    case TypeKind::kNone:
      return value.is_null();
    case TypeKind::kI64:
      return value.is_int();
    case TypeKind::kF64:
      return value.is_float();
    case TypeKind::kBool:
      return value.is_bool();
    case TypeKind::kStr:
      return value.is_str();
    case TypeKind::kEnum:
      return value.is_enum() && value.as_enum().name == type.name;
    case TypeKind::kOptional:
      return value.is_null() || ValueFits(program, value, type.element);
    case TypeKind::kList:
      return value.is_list() &&
             std::all_of(value.as_list().begin(), value.as_list().end(),
                         [&](const Value& item) { return ValueFits(program, item, type.element); });
    case TypeKind::kRecord: {
      const RecordDecl* record = program.FindRecord(type.name);
      if (record == nullptr || !value.is_record() || value.as_record().tagged) return false;
      return IsRecord(program, value, *record);
    }
    case TypeKind::kUnion: {
      if (!value.is_record() || !value.as_record().tagged) return false;
      const std::string& name = value.as_record().name;
      const bool member = std::any_of(type.members.begin(), type.members.end(),
                                      [&](TypeId one) { return program.types[one].name == name; });
      const RecordDecl* record = program.FindRecord(name);
      return member && record != nullptr && IsRecord(program, value, *record);
    }
    case TypeKind::kCtx:
      return value.is_context();
    case TypeKind::kEffect:
      return value.is_effect();
  }
  return false;
}

namespace {

template <typename T>
bool Between(const T& value, const std::optional<T>& low, const std::optional<T>& high) {
  return (!low || value >= *low) && (!high || value <= *high);
}

bool TextWithin(const std::string& text, const Type& type) {
  const bool counted = type.low || type.high;
  if (counted && !Between(static_cast<int64_t>(Utf8Length(text)), type.low, type.high))
    return false;
  if (type.options &&
      std::find(type.options->begin(), type.options->end(), text) == type.options->end())
    return false;
  if (!type.pattern) return true;
  const Result<Regex> pattern = Regex::Compile(*type.pattern);
  size_t left = kPatternStatesMax;  // a text that takes longer is taken for one outside
  return pattern.ok() && pattern.value().MatchesWhole(text, &left);
}

}  // namespace

bool ValueWithin(const Program& program, const Value& value, TypeId id) {
  const Type& type = program.types[id];
  if (value.is_null()) return true;
  switch (type.kind) {
    case TypeKind::kI64:
      return Between(value.as_int(), type.low, type.high);
    case TypeKind::kF64:
      return Between(value.as_float(), type.low_f, type.high_f);
    case TypeKind::kStr:
      return TextWithin(value.as_str(), type);
    case TypeKind::kOptional:
      return ValueWithin(program, value, type.element);
    case TypeKind::kList:
      return Between(static_cast<int64_t>(value.as_list().size()), type.low, type.high) &&
             std::all_of(value.as_list().begin(), value.as_list().end(), [&](const Value& item) {
               return ValueWithin(program, item, type.element);
             });
    case TypeKind::kRecord:
    case TypeKind::kUnion: {
      const auto& fields = value.as_record().fields;
      const RecordDecl& record = *program.FindRecord(value.as_record().name);
      for (size_t i = 0; i < fields.size(); ++i) {
        if (!ValueWithin(program, fields[i].second, record.fields[i].type)) return false;
      }
      return true;
    }
    default:
      return true;
  }
}

bool TypeWithin(const TypeTable& types, TypeId from_id, TypeId to_id) {
  const Type& from = types[from_id];
  const Type& to = types[to_id];
  if (from_id == to_id || from.kind == TypeKind::kNone) return true;
  const bool both_null = from.kind == TypeKind::kOptional && to.kind == TypeKind::kOptional;
  if (both_null) return TypeWithin(types, from.element, to.element);
  if (to.kind == TypeKind::kOptional) return TypeWithin(types, from_id, to.element);
  const auto contained = [](const auto& low, const auto& high, const auto& in_low,
                            const auto& in_high) {
    return (!in_low || (low && *low >= *in_low)) && (!in_high || (high && *high <= *in_high));
  };
  switch (to.kind) {
    case TypeKind::kI64:
      return contained(from.low, from.high, to.low, to.high);
    case TypeKind::kF64:
      return contained(from.low_f, from.high_f, to.low_f, to.high_f);
    case TypeKind::kStr:
      return contained(from.low, from.high, to.low, to.high) &&
             (!to.pattern || from.pattern == to.pattern) &&
             (!to.options || from.options == to.options);
    case TypeKind::kList:
      return contained(from.low, from.high, to.low, to.high) &&
             TypeWithin(types, from.element, to.element);
    default:
      return true;  // a record keeps the bounds of its fields since it was made
  }
}

namespace {

// Rule 5, too. What may run again may be done again: nothing emits or listens, and tools that write
// are idempotent. Callees come before their callers.
class RepeatCheck {
 public:
  RepeatCheck(const Program& program, std::vector<Diagnostic>* diagnostics)
      : program_(program), diagnostics_(diagnostics) {}

  void Run() {
    for (const Graph& graph : program_.functions) {
      once_[graph.name] = Once(graph, RegionId(0)) != nullptr;
      for (const OpId id : OpsInside(graph, RegionId(0))) {
        const Op& op = graph.op(id);
        if (op.kind != OpKind::kTry || !NamedOperandOf(op, "retries").valid()) continue;
        if (const Op* found = Once(graph, op.regions[0])) Report(graph, *found);
      }
    }
  }

 private:
  // The first op in the region that must not be done twice.
  const Op* Once(const Graph& graph, RegionId region) const {
    for (const OpId id : OpsInside(graph, region)) {
      const Op& op = graph.op(id);
      if (op.kind == OpKind::kEmit || op.kind == OpKind::kListen) return &op;
      if (op.kind == OpKind::kCall && once_.at(op.attributes.name)) return &op;
      if (op.kind != OpKind::kTool) continue;
      const ToolDecl& tool = *program_.FindTool(op.attributes.name);
      if (tool.effect == ToolEffect::kWrite && !tool.idempotent) return &op;
    }
    return nullptr;
  }

  void Report(const Graph& graph, const Op& op) {
    VerifyState{program_, graph, types_, *diagnostics_}.Report(
        5, op, "stands in a body that may run again");
  }

  const Program& program_;
  std::vector<Diagnostic>* diagnostics_;
  TypeTable types_;
  std::map<std::string, bool> once_;  // by function
};

}  // namespace

std::vector<Diagnostic> Verify(const Program& program, const VerifyOptions& options) {
  std::vector<Diagnostic> diagnostics;
  DeclarationCheck(program, &diagnostics).Run();
  TypeTable types = program.types;
  for (const Graph& graph : program.functions) {
    const VerifyState state{program, graph, types, diagnostics, options.constants};
    using Group = void (*)(const VerifyState&);
    for (const Group group : {Group{CheckStructure}, Group{CheckOps}, Group{CheckSites},
                              Group{CheckEffects}, Group{CheckMessages}, Group{CheckDrops}}) {
      const size_t before = diagnostics.size();
      group(state);
      if (diagnostics.size() > before) break;
    }
  }
  if (diagnostics.empty()) RepeatCheck(program, &diagnostics).Run();
  return diagnostics;
}

Status VerifyStatus(const Program& program, const VerifyOptions& options) {
  const std::vector<Diagnostic> diagnostics = Verify(program, options);
  if (diagnostics.empty()) return OkStatus();
  return Internal("the IR is not well formed: " + diagnostics.front().title);
}

}  // namespace lmp::ir
