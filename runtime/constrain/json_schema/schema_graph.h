// SchemaGraph: the schemas of a document and what is made of them by and, or and not, as nodes.
// Equal combinations are one node, so that the intersection of two recursive schemas closes: what
// it says of a child is a combination of children that has been seen before.
//
// A node is read when its normal form is asked for; its children stay names until someone asks for
// them. Reading goes through `$ref`, allOf and the like, which are at the same value, and fails
// only on a ring of those. Problems are kept with the node in which they were found: they count
// only if the node is used.
//
// One thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "runtime/constrain/json_schema/json_schema.h"
#include "runtime/constrain/json_schema/schema_document.h"
#include "runtime/constrain/json_schema/value_set.h"

namespace lmp::constrain {

// The place in the document that asks for something.
struct SchemaPlace {
  JsonId schema;
  std::string_view keyword;  // literal
};

inline constexpr size_t kCombiningStepsMax = 5'000'000;  // real schemas take under 100,000

struct NormalForm {
  ValueSet set;
  std::vector<SchemaProblem> problems;

  // What schemas that are used several times say counts once; of very many the first are kept.
  void Add(const std::vector<SchemaProblem>& more);
};

class SchemaGraph {
 public:
  SchemaGraph(const SchemaDocument& document, StringAlgebra& strings, NumberAlgebra& numbers);

  const SchemaDocument& document() const { return document_; }
  const JsonTree& tree() const { return document_.tree(); }
  StringAlgebra& strings() { return strings_; }
  NumberAlgebra& numbers() { return numbers_; }

  NodeId Any() const { return NodeId(0u); }
  NodeId Nothing() const { return NodeId(1u); }
  NodeId OfSchema(JsonId schema);
  NodeId OfValue(JsonId value);  // exactly this value
  NodeId And(const std::vector<NodeId>& parts);
  NodeId And(NodeId a, NodeId b) { return And(std::vector<NodeId>{a, b}); }
  NodeId Not(NodeId part, const SchemaPlace& place);

  // Valid until the graph dies.
  const NormalForm& NormalOf(NodeId node);
  // What NormalOf answers for a node that is being read: a ring.
  const NormalForm& ring() const { return ring_; }
  // For proofs while other nodes are being read: null if the node needs one of those, or has
  // problems.
  const NormalForm* ProbeNormal(NodeId node);
  // True if certainly no value fulfils the node, as far as that can be told without much effort.
  bool ProbeEmpty(NodeId node);

  // SearchExpr of the pattern, which schemas repeat (formats are patterns too).
  const Result<Expr>& Search(std::string_view pattern);

  // Takes from the fuel of combining, which all work that is not linear in the document counts in:
  // what would take long ends by this. Errors: ResourceExhausted, from then on always.
  Status Spend(size_t steps);
  bool exhausted() const { return fuel_ == 0; }

  // Who is to blame for a node.
  const SchemaPlace& PlaceOf(NodeId node) const { return nodes_[node.index].place; }

  ValueSet AllValues() const;
  ObjectShape AnyObject() const;
  ArrayShape AnyArray() const;
  ValueSet OfJson(JsonId value);
  SchemaProblem ProblemAt(const SchemaPlace& place, const Status& status) const;
  // That nothing can fulfil what the place's schema says, and which keywords say it.
  SchemaProblem Contradiction(const SchemaPlace& place) const;
  size_t size() const { return nodes_.size(); }

 private:
  enum class Kind : uint8_t { kAny, kNothing, kSchema, kValue, kAnd, kNot };
  enum class State : uint8_t { kUnread, kReading, kRead };
  struct Node {
    Kind kind = Kind::kAny;
    State state = State::kUnread;
    JsonId json;                // kSchema, kValue
    std::vector<NodeId> parts;  // kAnd; kNot: one
    SchemaPlace place;          // kAnd, kNot: who is to blame
    NormalForm normal;
  };

  NodeId Intern(Kind kind, JsonId json, std::vector<NodeId> parts, const SchemaPlace& place);
  void Read(Node* node);
  void ReadAnd(Node* node);
  bool ShallowEmpty(const ValueSet& set);

  const SchemaDocument& document_;
  StringAlgebra& strings_;
  NumberAlgebra& numbers_;
  std::deque<Node> nodes_;
  std::map<std::tuple<Kind, JsonId, std::vector<NodeId>>, NodeId> ids_;
  std::map<std::string, Result<Expr>, std::less<>> searches_;
  NormalForm ring_, too_many_;  // stand in for what cannot be read
  size_t fuel_;
  int reading_depth_ = 0;
  int probing_ = 0;
  bool probe_failed_ = false;
};

}  // namespace lmp::constrain
