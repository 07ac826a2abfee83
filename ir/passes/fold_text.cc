// fold_text: computes what is constant, and brings message texts into one form: each ctx.text
// appends either a constant or one computed string, and no two constants stand side by side.
//
//   %n: i64 = const 3
//   %s = str.fmt %n                             %a: str = const "Write 3 lines on "
//   %t = str.cat %lead, %s, %mid, %topic   =>   %c.1 = ctx.text %c, %a
//   %c.1 = ctx.text %c, %t                      %c.2 = ctx.text %c.1, %topic
//
// Pure ops of constants become constants (unless they fail: then they fail when they run), an `if`
// with a constant condition becomes its arm, a string joined from parts is appended part by part.
// Keeps results because a message's text is the same text however it is cut: it is tokenised as a
// whole (decision 8). The cut lets known text be prefilled and shared before the rest is
// known. dead_code removes what nothing reads any more.
#include <unordered_set>

#include "ir/analysis.h"
#include "ir/passes/passes.h"
#include "ir/pure_op.h"
#include "ir/rewrite.h"
#include "ir/verify.h"
#include "runtime/base/limits.h"

namespace lmp::ir {
namespace {

// A larger constant costs more in the plan than it saves in a run.
constexpr size_t kFoldedBytesMax = 64u << 10;
// Parts of one text. Strings joined from a string twice would have 2, 4, 8, ... of them.
constexpr size_t kPartsMax = 1024;

class Folder {
 public:
  // `left`: bytes of operands that all functions together may still compute with.
  Folder(Program* program, Graph* graph, size_t* left)
      : program_(*program), graph_(*graph), substitution_(*graph), left_(*left) {
    const UseIndex uses(graph_);
    for (uint32_t i = 0; i < graph_.values.size(); ++i) uses_.push_back(uses.of(ValueId(i)).size());
  }

  void Run(PassCounters* counters) {
    Walk(RegionId(0));
    (*counters)[0].second += constants_;
    (*counters)[1].second += branches_;
    (*counters)[2].second += splits_;
    (*counters)[3].second += merges_;
  }

 private:
  void Walk(RegionId region) {
    std::vector<OpId> placed;
    Place(region, region, &placed);
    std::erase_if(placed, [this](OpId id) { return merged_.count(id.index) > 0; });
    graph_.region(region).ops = std::move(placed);
    substitution_.ApplyTo(&graph_.region(region).yields);
  }

  // Visits the ops of `source` and places what stays of them in `region`.
  void Place(RegionId source, RegionId region, std::vector<OpId>* placed) {
    const std::vector<OpId> ops = std::move(graph_.region(source).ops);
    for (const OpId id : ops) {
      graph_.op(id).parent = region;
      substitution_.ApplyTo(&graph_.op(id));
      if (Visit(id, region, placed)) placed->push_back(id);
    }
  }

  // False if the op is no longer needed at its place.
  bool Visit(OpId id, RegionId region, std::vector<OpId>* placed) {
    switch (graph_.op(id).kind) {
      case OpKind::kConst:
      case OpKind::kUndef:
        return true;
      case OpKind::kCtxText:
        return VisitText(id, region, placed);
      case OpKind::kIf:
        return VisitIf(id, region, placed);
      default:
        break;
    }
    if (OpClassOf(graph_.op(id).kind) == OpClass::kPure)
      return FoldConstant(id) || Simplify(id, region, placed);
    const std::vector<RegionId> inner = graph_.op(id).regions;
    for (const RegionId r : inner) Walk(r);
    return true;
  }

  TypeKind KindOf(ValueId value) const { return program_.types[graph_.value(value).type].kind; }

  size_t& UsesOf(ValueId value) {
    if (value.index >= uses_.size()) uses_.resize(value.index + 1, 1);
    return uses_[value.index];
  }

  // The readers of `from` become readers of `to`, whose reader the removed op was.
  void Replace(ValueId from, ValueId to) {
    substitution_.Replace(from, to);
    UsesOf(to) += UsesOf(from) - 1;
  }

  // True if the op was made a constant in place.
  bool FoldConstant(OpId id) {
    Op& op = graph_.op(id);
    std::vector<Value> operands;
    size_t bytes = 0;
    for (const ValueId operand : op.operands) {
      const Value* value = ConstantOf(graph_, operand);
      if (value == nullptr) return false;
      operands.push_back(*value);
      bytes += ValueBytes(*value);
    }
    if (bytes > left_) return false;
    left_ -= bytes;
    const Result<Value> result = EvaluatePureOp(program_, op, graph_, operands);
    if (!result.ok() || ValueBytes(*result) > kFoldedBytesMax) return false;
    if (!ValueFits(program_, *result, graph_.value(op.results[0]).type)) return false;
    op.kind = OpKind::kConst;
    op.operands.clear();
    op.attributes = OpAttributes();
    op.attributes.value = *result;
    ++constants_;
    return true;
  }

  bool Simplify(OpId id, RegionId region, std::vector<OpId>* placed) {
    Op& op = graph_.op(id);
    const bool adds_strings = op.kind == OpKind::kCallPure && op.attributes.name == "add" &&
                              KindOf(op.operands[0]) == TypeKind::kStr;
    if (adds_strings) {
      op.kind = OpKind::kStrCat;
      op.attributes.name.clear();
    }
    if (op.kind == OpKind::kStrCat) return SimplifyCat(id, region, placed);
    const bool copies_text =
        op.kind == OpKind::kStrFmt || (op.kind == OpKind::kCallPure && op.attributes.name == "str");
    if (copies_text && KindOf(op.operands[0]) == TypeKind::kStr) {
      Replace(op.results[0], op.operands[0]);
      return false;
    }
    if (op.kind == OpKind::kField) return SimplifyField(op);
    return true;
  }

  bool SimplifyField(const Op& op) {
    const OpId maker = graph_.value(op.operands[0]).op;
    if (!maker.valid() || graph_.op(maker).kind != OpKind::kRecordMake) return true;
    const RecordDecl* record = program_.FindRecord(graph_.op(maker).attributes.name);
    for (size_t i = 0; i < record->fields.size(); ++i) {
      if (record->fields[i].name != op.attributes.name) continue;
      const ValueId field = graph_.op(maker).operands[i];
      substitution_.Replace(op.results[0], field);
      UsesOf(field) += UsesOf(op.results[0]);
      return false;
    }
    return true;
  }

  // The parts of a string, inner str.cats opened, constants joined, empty ones left out. Joined
  // constants are placed.
  std::vector<ValueId> PartsOf(const std::vector<ValueId>& operands, RegionId region,
                               std::vector<OpId>* placed) {
    std::vector<ValueId> flat;
    for (const ValueId operand : operands) {
      const OpId maker = graph_.value(operand).op;
      if (maker.valid() && graph_.op(maker).kind == OpKind::kStrCat) {
        const std::vector<ValueId>& inner = graph_.op(maker).operands;
        if (flat.size() + inner.size() > kPartsMax) {
          flat.push_back(operand);
          continue;
        }
        for (const ValueId part : inner) UsesOf(part) += 1;
        flat.insert(flat.end(), inner.begin(), inner.end());
      } else {
        flat.push_back(operand);
      }
    }
    std::vector<ValueId> parts;
    for (size_t i = 0; i < flat.size();) {
      size_t end = i;
      std::string text;
      for (; end < flat.size() && ConstantOf(graph_, flat[end]) != nullptr; ++end) {
        const std::string& part = ConstantOf(graph_, flat[end])->as_str();
        if (end > i && text.size() + part.size() > kFoldedBytesMax) break;
        text += part;
      }
      if (end == i) {
        parts.push_back(flat[i++]);
      } else {
        if (!text.empty())
          parts.push_back(end - i == 1 ? flat[i] : PlaceString(std::move(text), region, placed));
        i = end;
      }
    }
    return parts;
  }

  ValueId PlaceString(std::string text, RegionId region, std::vector<OpId>* placed) {
    placed->push_back(AddConst(&graph_, Value::Str(std::move(text)), program_.types.str(), region));
    return graph_.op(placed->back()).results[0];
  }

  bool SimplifyCat(OpId id, RegionId region, std::vector<OpId>* placed) {
    std::vector<ValueId> parts = PartsOf(graph_.op(id).operands, region, placed);
    Op& op = graph_.op(id);
    if (parts.size() != 1) {
      op.operands = std::move(parts);
      return true;
    }
    substitution_.Replace(op.results[0], parts[0]);
    UsesOf(parts[0]) += UsesOf(op.results[0]);
    return false;
  }

  // The op keeps the last part; the others get ops of their own before it.
  bool VisitText(OpId id, RegionId region, std::vector<OpId>* placed) {
    const std::vector<ValueId> parts = PartsOf({graph_.op(id).operands[1]}, region, placed);
    if (parts.empty()) {
      Replace(graph_.op(id).results[0], graph_.op(id).operands[0]);
      return false;
    }
    if (parts.size() > 1) ++splits_;
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      Op text;
      text.kind = OpKind::kCtxText;
      text.operands = {graph_.op(id).operands[0], parts[i]};
      text.span = graph_.op(id).span;
      const OpId added = AddOp(&graph_, std::move(text), region, {program_.types.ctx()});
      const ValueId result = graph_.op(added).results[0];
      graph_.value(result).name = graph_.value(graph_.op(id).results[0]).name;
      UsesOf(result) = 1;
      if (i == 0) Merge(added, region, placed);
      placed->push_back(added);
      graph_.op(id).operands[0] = result;
    }
    graph_.op(id).operands[1] = parts.back();
    Merge(id, region, placed);
    return true;
  }

  // Joins a constant text with a constant text before it that nothing else continues.
  void Merge(OpId id, RegionId region, std::vector<OpId>* placed) {
    const Op& op = graph_.op(id);
    const OpId before_id = graph_.value(op.operands[0]).op;
    const Value* text = ConstantOf(graph_, op.operands[1]);
    if (text == nullptr || !before_id.valid() || UsesOf(op.operands[0]) != 1) return;
    const Op& before = graph_.op(before_id);
    if (before.kind != OpKind::kCtxText || before.parent != region) return;
    const Value* lead = ConstantOf(graph_, before.operands[1]);
    if (lead == nullptr) return;
    const size_t bytes = lead->as_str().size() + text->as_str().size();
    if (bytes > kFoldedBytesMax || bytes > left_) return;
    left_ -= bytes;
    merged_.insert(before_id.index);
    const ValueId start = before.operands[0];
    const ValueId joined = PlaceString(lead->as_str() + text->as_str(), region, placed);
    graph_.op(id).operands = {start, joined};
    ++merges_;
  }

  bool VisitIf(OpId id, RegionId region, std::vector<OpId>* placed) {
    const Value* condition = ConstantOf(graph_, graph_.op(id).operands[0]);
    const std::vector<RegionId> arms = graph_.op(id).regions;
    if (condition == nullptr) {
      for (const RegionId arm : arms) Walk(arm);
      return true;
    }
    ++branches_;
    const RegionId taken = arms[condition->as_bool() ? 0 : 1];
    Place(taken, region, placed);
    const std::vector<ValueId> results = graph_.op(id).results;
    for (size_t i = 0; i < results.size(); ++i)
      Replace(results[i], substitution_(graph_.region(taken).yields[i]));
    return false;
  }

  Program& program_;
  Graph& graph_;
  Substitution substitution_;
  size_t& left_;
  std::vector<size_t> uses_;  // at least the readers of each value
  std::unordered_set<uint32_t> merged_;
  int64_t constants_ = 0, branches_ = 0, splits_ = 0, merges_ = 0;
};

}  // namespace

PassCounters FoldText(Program* program) {
  PassCounters counters = {
      {"constants computed", 0}, {"branches decided", 0}, {"texts split", 0}, {"texts merged", 0}};
  size_t left = kFoldedOperandBytesMax;
  for (Graph& graph : program->functions) Folder(program, &graph, &left).Run(&counters);
  return counters;
}

}  // namespace lmp::ir
