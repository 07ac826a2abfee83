#include "ir/print.h"

#include <algorithm>
#include <cctype>
#include <unordered_map>
#include <unordered_set>

#include "ir/passage.h"
#include "ir/reached.h"
#include "ir/run_stats.h"
#include "runtime/base/text.h"

namespace lmp::ir {
namespace {

bool IsSymbolChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// A hint reduced to the characters of a name, without the number a printer put behind it. A name of
// digits only would read as an unnamed value, so it is none.
std::string BaseName(const std::string& hint) {
  std::string base = hint;
  const size_t dot = base.find_last_of('.');
  if (dot != std::string::npos && dot + 1 < base.size() &&
      base.find_first_not_of("0123456789", dot + 1) == std::string::npos) {
    base.resize(dot);
  }
  std::replace_if(
      base.begin(), base.end(), [](char c) { return !IsSymbolChar(c); }, '_');
  return base.find_first_not_of("0123456789") == std::string::npos ? std::string() : base;
}

std::string SymbolText(std::string_view name) {
  // These three read as values.
  if (name == "true" || name == "false" || name == "null") return QuoteText(name);
  const bool plain = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
                     std::all_of(name.begin(), name.end(), IsSymbolChar);
  return plain ? std::string(name) : QuoteText(name);
}

class FunctionPrinter {
 public:
  FunctionPrinter(const Program& program, const Graph& graph)
      : types_(program.types), graph_(graph), names_(graph.values.size()) {}

  std::string Run() {
    out_ = "fn @" + SymbolText(graph_.name) + "(";
    for (size_t i = 0; i < graph_.body().params.size(); ++i) {
      if (i > 0) out_ += ", ";
      PrintParam(graph_.body().params[i]);
      const bool effect = graph_.effectful && i == 0;
      if (!effect) PrintDefault(graph_.params[i - (graph_.effectful ? 1 : 0)]);
    }
    out_ += ")";
    const bool has_result = types_[graph_.result].kind != TypeKind::kNone;
    if (has_result || graph_.effectful) out_ += " -> ";
    if (has_result) out_ += types_.ToText(graph_.result);
    if (graph_.effectful) out_ += has_result ? ", eff" : "eff";
    if (!graph_.engine.empty()) out_ += " engine " + QuoteText(graph_.engine);
    out_ += " {\n";
    PrintRegion(graph_.body(), "return");
    out_ += "}\n";
    return std::move(out_);
  }

 private:
  void PrintDefault(const Param& param) {
    if (param.has_default) out_ += " = " + PrintValue(param.default_value);
    if (!param.description.empty()) out_ += " " + QuoteText(param.description);
  }

  const std::string& NameOf(ValueId id) {
    std::string& name = names_[id.index];
    if (!name.empty()) return name;
    const std::string base = BaseName(graph_.value(id).name);
    if (base.empty()) {
      name = "%" + std::to_string(unnamed_++);
    } else {
      const int count = uses_[base]++;
      name = "%" + base + (count == 0 ? "" : "." + std::to_string(count));
    }
    return name;
  }

  void PrintParam(ValueId id) { out_ += NameOf(id) + ": " + types_.ToText(graph_.value(id).type); }

  void PrintList(const std::vector<ValueId>& values) {
    for (size_t i = 0; i < values.size(); ++i) out_ += (i == 0 ? " " : ", ") + NameOf(values[i]);
  }

  void PrintRegion(const Region& region, const char* exit) {
    indent_ += "  ";
    for (const OpId id : region.ops) PrintOp(graph_.op(id));
    if (!region.yields.empty()) {
      out_ += indent_ + exit;
      PrintList(region.yields);
      out_ += "\n";
    }
    indent_.resize(indent_.size() - 2);
  }

  void PrintOp(const Op& op) {
    out_ += indent_;
    const auto fixed = FixedResultTypes(op, &types_);
    for (size_t i = 0; i < op.results.size(); ++i) {
      const TypeId type = graph_.value(op.results[i]).type;
      out_ += (i == 0 ? "" : ", ") + NameOf(op.results[i]);
      if (!fixed || i >= fixed->size() || (*fixed)[i] != type) out_ += ": " + types_.ToText(type);
    }
    if (!op.results.empty()) out_ += " = ";
    out_ += OpName(op.kind);
    if (!op.attributes.name.empty()) out_ += " @" + SymbolText(op.attributes.name);
    if (op.kind == OpKind::kConst) out_ += " " + PrintValue(op.attributes.value);
    PrintList(op.operands);
    for (const NamedOperand& operand : op.named)
      out_ += " " + operand.name + "=" + NameOf(operand.value);
    PrintAttributes(op);
    for (size_t i = 0; i < op.regions.size(); ++i) {
      const Region& region = graph_.region(op.regions[i]);
      if (i > 0) out_ += indent_ + "} else";
      if (!region.params.empty()) {
        out_ += " (";
        for (size_t p = 0; p < region.params.size(); ++p) {
          if (p > 0) out_ += ", ";
          PrintParam(region.params[p]);
        }
        out_ += ")";
      }
      out_ += " {\n";
      PrintRegion(region, "yield");
    }
    out_ += op.regions.empty() ? "\n" : indent_ + "}\n";
  }

  void PrintAttributes(const Op& op) {
    const OpAttributes& a = op.attributes;
    std::string text;
    const auto add = [&text](std::string_view name, const std::string& value) {
      text += (text.empty() ? "" : ", ") + std::string(name) + "=" + value;
    };
    if (op.kind == OpKind::kCtxOpen || op.kind == OpKind::kCtxClose)
      add("role", std::string(RoleName(a.role)));
    if (a.type.valid()) add("type", types_.ToText(a.type));
    if (!a.site.empty()) add("site", QuoteText(a.site));
    if (!a.method.empty()) add("method", QuoteText(a.method));
    if (!a.on_error.empty()) add("on_error", QuoteText(a.on_error));
    if (!a.reuse.empty()) add("reuse", QuoteText(a.reuse));
    if (a.exact) add("exact", "true");
    if (a.filtered) add("filtered", "true");
    if (a.pipelined) add("pipelined", "true");
    if (a.early) add("early", "true");
    if (a.feedback) add("feedback", "true");
    if (a.pin) add("pin", "true");
    if (a.ttl_ms != 0) add("ttl", std::to_string(a.ttl_ms));
    if (a.is_private) add("private", "true");
    if (!text.empty()) out_ += " {" + text + "}";
  }

  TypeTable types_;  // a copy: asking for fixed types may intern one
  const Graph& graph_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, int> uses_;
  int unnamed_ = 0;
  std::string indent_;
  std::string out_;
};

// Enums first: the parser looks up the members that defaults and config name.
std::string PrintDeclarations(const Program& program) {
  std::string out;
  for (const EnumDecl& declaration : program.enums) {
    out += "enum " + SymbolText(declaration.name) + " {\n";
    for (const EnumMember& member : declaration.members) {
      const std::string name = SymbolText(member.name);
      out += "  " + name;
      // Behind a member, a quoted name alone would read as its description.
      if (member.text != member.name || name[0] == '"') out += " = " + QuoteText(member.text);
      if (!member.description.empty()) out += " " + QuoteText(member.description);
      out += "\n";
    }
    out += "}\n";
  }
  for (const RecordDecl& record : program.records) {
    out += "record " + SymbolText(record.name);
    for (const HoleDecl& hole : record.holes) {
      out += (&hole == &record.holes.front() ? "($" : ", $") + hole.name + ": " +
             program.types.ToText(hole.type);
    }
    out += record.holes.empty() ? " {\n" : ") {\n";
    for (const FieldDecl& field : record.fields) {
      out += "  " + SymbolText(field.name) + ": " + program.types.ToText(field.type);
      if (field.has_default) out += " = " + PrintValue(field.default_value);
      if (!field.description.empty()) out += " " + QuoteText(field.description);
      out += "\n";
    }
    out += "}\n";
  }
  for (const CorpusDecl& corpus : program.corpora) {
    out += "corpus " + SymbolText(corpus.name) + " = " + QuoteText(corpus.source);
    if (corpus.chunk) out += " chunk=" + std::to_string(*corpus.chunk);
    if (corpus.overlap) out += " overlap=" + std::to_string(*corpus.overlap);
    out += "\n";
  }
  for (const ToolDecl& tool : program.tools) {
    out += "tool " + SymbolText(tool.name) + "(";
    for (const ToolDecl::Param& param : tool.params) {
      out += (&param == &tool.params.front() ? "" : ", ") + SymbolText(param.name) + ": " +
             program.types.ToText(param.type);
    }
    out += ") -> " + program.types.ToText(tool.result) + " = ";
    out += (tool.http ? ToText(*tool.http) : QuoteText(tool.host)) + " " +
           std::string(ToolEffectName(tool.effect));
    if (tool.timeout_ms) out += " timeout=" + std::to_string(*tool.timeout_ms);
    if (tool.retries != 0) out += " retries=" + std::to_string(tool.retries);
    if (tool.idempotent) out += " idempotent";
    if (tool.cache_ms) out += " cache=" + std::to_string(*tool.cache_ms);
    out += "\n";
  }
  for (const ConfigEntry& entry : program.config) {
    out += "config " + SymbolText(entry.name) + " = " + PrintValue(entry.value) + "\n";
  }
  return out;
}

void AppendValue(const Value& value, std::string* out) {
  if (value.is_list()) {
    *out += "[";
    bool first = true;
    for (const Value& item : value.as_list()) {
      if (!first) *out += ", ";
      first = false;
      AppendValue(item, out);
    }
    *out += "]";
  } else if (value.is_record()) {
    *out += (value.as_record().tagged ? "union " : "") + SymbolText(value.as_record().name) + "{";
    bool first = true;
    for (const auto& [name, field] : value.as_record().fields) {
      if (!first) *out += ", ";
      first = false;
      *out += SymbolText(name) + ": ";
      AppendValue(field, out);
    }
    *out += "}";
  } else if (value.is_enum()) {
    *out += SymbolText(value.as_enum().name) + "." + SymbolText(value.as_enum().member);
  } else if (value.is_str()) {
    *out += QuoteText(value.as_str());
  } else {
    *out += ToJsonText(value);
  }
}

}  // namespace

std::string PrintValue(const Value& value) {
  std::string out;
  AppendValue(value, &out);
  return out;
}

std::optional<std::vector<TypeId>> FixedResultTypes(const Op& op, TypeTable* types) {
  switch (op.kind) {
    case OpKind::kStrCat:
    case OpKind::kStrFmt:
      return std::vector{types->str()};
    case OpKind::kRecordMake:
    case OpKind::kUnionGet:
      return std::vector{types->RecordOf(op.attributes.name)};
    case OpKind::kUnionIs:
      return std::vector{types->boolean()};
    case OpKind::kCtxEmpty:
    case OpKind::kCtxOpen:
    case OpKind::kCtxClose:
    case OpKind::kCtxText:
    case OpKind::kCtxInsert:
    case OpKind::kCtxWarm:
      return std::vector{types->ctx()};
    case OpKind::kCtxOrder:
      return std::vector{types->ListOf(types->i64())};
    case OpKind::kCtxDrop:
    case OpKind::kCheck:
      return std::vector<TypeId>();
    case OpKind::kGen:
      if (!op.attributes.type.valid()) return std::nullopt;
      return std::vector{types->WithoutHoles(op.attributes.type), types->ctx()};
    case OpKind::kSelect:
      return std::vector{types->str(), types->ListOf(types->f64()), types->ctx()};
    case OpKind::kRetrieve:
      return std::vector{types->ListOf(types->RecordOf(std::string(kPassageRecord)))};
    case OpKind::kTokens:
      return std::vector{types->i64()};
    case OpKind::kClip:
      return std::vector{types->str()};
    case OpKind::kListen:
      return std::vector{types->str(), types->effect()};
    case OpKind::kStats:
      return std::vector{types->RecordOf(std::string(kRunStatsRecord))};
    case OpKind::kEmit:
      return std::vector{types->effect()};
    default:
      return std::nullopt;
  }
}

std::string PrintFunction(const Program& program, const Graph& graph) {
  return FunctionPrinter(program, graph).Run();
}

std::string Print(const Program& program) {
  std::string out = "program " + QuoteText(program.name) + "\n";
  const std::string declarations = PrintDeclarations(program);
  if (!declarations.empty()) out += "\n" + declarations;
  for (const Graph& graph : program.functions) out += "\n" + PrintFunction(program, graph);
  return out;
}

std::string PrintReached(const Program& program, std::string_view function) {
  std::string out = PrintDeclarations(program);
  for (const Graph* graph : ReachedFunctions(program, function))
    out += "\n" + PrintFunction(program, *graph);
  return out;
}

}  // namespace lmp::ir
