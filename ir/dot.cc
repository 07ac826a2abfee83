#include "ir/dot.h"

#include <string_view>

#include "ir/analysis.h"
#include "ir/print.h"
#include "runtime/base/text.h"

namespace lmp::ir {
namespace {

constexpr size_t kConstantChars = 32;  // of a constant in a box

std::string Short(std::string text) {
  if (Utf8Length(text) <= kConstantChars) return text;
  return std::string(Utf8Range(text, 0, kConstantChars)) + "...";
}

// In a string of DOT, where \l ends a line that stands at the left.
std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\l";
    } else {
      out += c;
    }
  }
  return out;
}

class DotWriter {
 public:
  DotWriter(const Program& program, const Graph& graph, size_t number, std::string* out)
      : types_(program.types),
        graph_(graph),
        prefix_("f" + std::to_string(number) + "_"),
        out_(*out) {}

  void Run() {
    Region(RegionId(0), "fn " + graph_.name);
    out_ += edges_;
  }

 private:
  void Line(const std::string& text) { out_ += indent_ + text + "\n"; }

  void Node(const std::string& name, const std::string& label, const std::string& style) {
    Line(name + " [label=\"" + Escaped(label) + "\"" + style + "];");
  }

  void Region(RegionId id, const std::string& title) {
    const ir::Region& region = graph_.region(id);
    Line("subgraph cluster_" + prefix_ + std::to_string(id.index) + " {");
    indent_ += "  ";
    Line("label=\"" + Escaped(title) + "\";");
    for (const ValueId param : region.params)
      Node(NodeOf(param), NameOf(graph_.value(param)), ", shape=ellipse");
    for (const OpId op : region.ops) Op(op);
    const std::string exit = prefix_ + "exit" + std::to_string(id.index);
    if (!region.yields.empty()) {
      Node(exit, id == RegionId(0) ? "return" : "yield", ", shape=ellipse");
      for (const ValueId value : region.yields) Edge(value, exit);
    }
    indent_.resize(indent_.size() - 2);
    Line("}");
  }

  std::string NameOf(const ValueDef& value) const {
    return value.name.empty() ? types_.ToText(value.type) : "%" + value.name;
  }

  void Op(OpId id) {
    const ir::Op& op = graph_.op(id);
    if (op.kind == OpKind::kConst || op.kind == OpKind::kUndef) return;
    const std::string node = prefix_ + std::to_string(id.index);
    Node(node, LabelOf(op), StyleOf(op));
    for (const ValueId operand : op.operands) Edge(operand, node);
    for (const NamedOperand& named : op.named) Edge(named.value, node);
    for (size_t i = 0; i < op.regions.size(); ++i) {
      Region(op.regions[i], std::string(TitleOf(op, i)));
      for (const ValueId param : graph_.region(op.regions[i]).params)
        edges_ += "  " + node + " -> " + NodeOf(param) + " [style=dotted];\n";
    }
  }

  static std::string_view TitleOf(const ir::Op& op, size_t region) {
    if (op.kind == OpKind::kIf) return region == 0 ? "then" : "else";
    if (op.kind == OpKind::kTry) return region == 0 ? "try" : "else";
    return OpName(op.kind);
  }

  std::string LabelOf(const ir::Op& op) const {
    const OpAttributes& has = op.attributes;
    std::string label(OpName(op.kind));
    if (op.kind == OpKind::kCtxOpen || op.kind == OpKind::kCtxClose)
      label += " " + std::string(RoleName(has.role));
    if (!has.name.empty()) label += " @" + has.name;
    if (!has.reuse.empty()) label += " " + has.reuse;
    if (!has.site.empty()) label += " " + has.site;
    if (has.type.valid()) label += ": " + Short(types_.ToText(has.type));
    label += "\n";
    for (const ValueId operand : op.operands) label += ConstantLine("", operand);
    for (const NamedOperand& named : op.named) label += ConstantLine(named.name + "=", named.value);
    return label;
  }

  std::string ConstantLine(const std::string& before, ValueId value) const {
    const Value* constant = ConstantOf(graph_, value);
    return constant == nullptr ? "" : before + Short(PrintValue(*constant)) + "\n";
  }

  static std::string StyleOf(const ir::Op& op) {
    switch (OpClassOf(op.kind)) {
      case OpClass::kModel:
        return ", style=filled, fillcolor=\"#ffd9a8\"";
      case OpClass::kWorld:
        return ", style=filled, fillcolor=\"#bcdcff\"";
      case OpClass::kContext:
        return ", style=filled, fillcolor=\"#eeeeee\"";
      case OpClass::kEffect:
      case OpClass::kCheck:
        return ", style=filled, fillcolor=\"#c9efc9\"";
      default:
        return "";
    }
  }

  std::string NodeOf(ValueId value) const {
    const ValueDef& def = graph_.value(value);
    if (def.op.valid()) return prefix_ + std::to_string(def.op.index);
    return prefix_ + "param" + std::to_string(value.index);
  }

  void Edge(ValueId value, const std::string& to) {
    const ValueDef& def = graph_.value(value);
    if (def.op.valid() && graph_.op(def.op).kind == OpKind::kUndef) return;
    if (ConstantOf(graph_, value) != nullptr) return;
    const TypeKind kind = types_[def.type].kind;
    edges_ += "  " + NodeOf(value) + " -> " + to +
              (kind == TypeKind::kCtx      ? " [penwidth=2]"
               : kind == TypeKind::kEffect ? " [style=dashed]"
                                           : "") +
              ";\n";
  }

  const TypeTable& types_;
  const Graph& graph_;
  const std::string prefix_;
  std::string& out_;
  std::string edges_;  // behind all boxes, which else would stand where they are first named
  std::string indent_ = "  ";
};

}  // namespace

std::string ToDot(const Program& program) {
  std::string out = "digraph \"" + Escaped(program.name) + "\" {\n";
  out += "  node [shape=box, fontname=\"monospace\", fontsize=10];\n";
  size_t number = 0;
  for (const Graph& graph : program.functions) DotWriter(program, graph, number++, &out).Run();
  return out + "}\n";
}

}  // namespace lmp::ir
