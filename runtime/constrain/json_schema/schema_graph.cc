#include "runtime/constrain/json_schema/schema_graph.h"

#include <algorithm>

#include "runtime/constrain/json_schema/ecma_regex.h"
#include "runtime/constrain/json_schema/schema_reader.h"
#include "runtime/constrain/json_schema/set_algebra.h"

namespace lmp::constrain {
namespace {

constexpr size_t kNodesMax = 200'000;
constexpr int kReadingDepthMax = 200;  // allOf in allOf in ...; reading recurses
constexpr int kProbingDepthMax = 3;
constexpr size_t kProblemsMax = 200;  // of one node

}  // namespace

const ObjectShape::Property* ObjectShape::Find(std::string_view name) const {
  const auto found = std::find_if(properties.begin(), properties.end(),
                                  [&](const Property& p) { return p.name == name; });
  return found == properties.end() ? nullptr : &*found;
}

void NormalForm::Add(const std::vector<SchemaProblem>& more) {
  for (const SchemaProblem& problem : more) {
    if (problems.size() >= kProblemsMax) return;
    if (std::find(problems.begin(), problems.end(), problem) == problems.end()) {
      problems.push_back(problem);
    }
  }
}

SchemaGraph::SchemaGraph(const SchemaDocument& document, StringAlgebra& strings,
                         NumberAlgebra& numbers)
    : document_(document), strings_(strings), numbers_(numbers), fuel_(kCombiningStepsMax) {
  Intern(Kind::kAny, {}, {}, {});
  Intern(Kind::kNothing, {}, {}, {});
  nodes_[0].normal.set = AllValues();
  nodes_[0].state = nodes_[1].state = State::kRead;
  ring_.problems.push_back({SchemaProblemKind::kInvalid, "", "$ref",
                            "it leads back to itself without going into a value"});
  too_many_.problems.push_back({SchemaProblemKind::kImpossible, "", "",
                                "the schemas' combinations are more than " +
                                    std::to_string(kNodesMax) + " or nested deeper than " +
                                    std::to_string(kReadingDepthMax)});
}

NodeId SchemaGraph::Intern(Kind kind, JsonId json, std::vector<NodeId> parts,
                           const SchemaPlace& place) {
  auto key = std::tuple(kind, json, std::move(parts));
  const auto found = ids_.find(key);
  if (found != ids_.end()) return found->second;
  const NodeId id(nodes_.size());
  Node node;
  node.kind = kind;
  node.json = json;
  node.parts = std::get<2>(key);
  node.place = place;
  if (nodes_.size() >= kNodesMax || exhausted()) {
    node.normal = too_many_;
    node.state = State::kRead;
  }
  nodes_.push_back(std::move(node));
  ids_.emplace(std::move(key), id);
  return id;
}

NodeId SchemaGraph::OfSchema(JsonId schema) {
  const JsonTree::Kind kind = tree().kind(schema);
  if (kind == JsonTree::Kind::kTrue) return Any();
  if (kind == JsonTree::Kind::kFalse) return Nothing();
  if (kind == JsonTree::Kind::kObject && tree().keys(schema).empty()) return Any();
  return Intern(Kind::kSchema, schema, {}, {schema, ""});
}

NodeId SchemaGraph::OfValue(JsonId value) { return Intern(Kind::kValue, value, {}, {value, ""}); }

Status SchemaGraph::Spend(size_t steps) {
  fuel_ -= std::min(fuel_, steps);
  if (!exhausted()) return OkStatus();
  return ResourceExhausted("combining its schemas takes more than " +
                           std::to_string(kCombiningStepsMax) + " steps");
}

NodeId SchemaGraph::And(const std::vector<NodeId>& parts) {
  std::vector<NodeId> flat;
  for (const NodeId part : parts) {
    if (part == Nothing()) return part;
    if (part == Any()) continue;
    const Node& node = nodes_[part.index];
    if (node.kind == Kind::kAnd) {
      flat.insert(flat.end(), node.parts.begin(), node.parts.end());
    } else {
      flat.push_back(part);
    }
  }
  if (flat.empty()) return Any();
  // Distinct, in order: the first says in which order keys are written.
  if (!Spend(1 + flat.size() * flat.size() / 16).ok()) return flat[0];  // which counts no more
  size_t kept = 0;
  for (const NodeId part : flat) {
    const auto end = flat.begin() + static_cast<ptrdiff_t>(kept);
    if (std::find(flat.begin(), end, part) == end) flat[kept++] = part;
  }
  flat.resize(kept);
  if (flat.size() == 1) return flat[0];
  const SchemaPlace place = nodes_[flat[0].index].place;
  return Intern(Kind::kAnd, {}, std::move(flat), place);
}

NodeId SchemaGraph::Not(NodeId part, const SchemaPlace& place) {
  if (part == Any()) return Nothing();
  if (part == Nothing()) return Any();
  if (nodes_[part.index].kind == Kind::kNot) return nodes_[part.index].parts[0];
  return Intern(Kind::kNot, {}, {part}, place);
}

const NormalForm& SchemaGraph::NormalOf(NodeId id) {
  Node& node = nodes_[id.index];
  if (node.state == State::kRead) return node.normal;
  if (node.state == State::kReading) {
    probe_failed_ = true;
    return ring_;
  }
  if (reading_depth_ >= kReadingDepthMax || exhausted()) {
    probe_failed_ = true;
    return too_many_;
  }
  node.state = State::kReading;
  ++reading_depth_;
  Read(&node);
  --reading_depth_;
  // What a probe saw of a ring may be none once the reading outside has ended.
  const bool keep = probing_ == 0 || !probe_failed_;
  node.state = keep ? State::kRead : State::kUnread;
  return node.normal;
}

void SchemaGraph::Read(Node* node) {
  node->normal = {};
  switch (node->kind) {
    case Kind::kSchema:
      node->normal = SchemaReader(*this, node->json).Read();
      return;
    case Kind::kValue:
      node->normal.set = OfJson(node->json);
      return;
    case Kind::kAnd:
      ReadAnd(node);
      return;
    case Kind::kNot: {
      const NormalForm& part = NormalOf(node->parts[0]);
      node->normal.Add(part.problems);
      Result<ValueSet> set = SetAlgebra(*this, node->place).Not(part.set);
      if (set.ok()) {
        node->normal.set = std::move(*set);
      } else {
        node->normal.set = AllValues();
        node->normal.problems.push_back(ProblemAt(node->place, set.status()));
      }
      return;
    }
    default:
      return;
  }
}

void SchemaGraph::ReadAnd(Node* node) {
  node->normal = NormalOf(node->parts[0]);
  for (size_t i = 1; i < node->parts.size(); ++i) {
    const NormalForm& part = NormalOf(node->parts[i]);
    node->normal.Add(part.problems);
    Result<ValueSet> set = SetAlgebra(*this, node->place).And(node->normal.set, part.set);
    if (!set.ok()) {
      node->normal.problems.push_back(ProblemAt(node->place, set.status()));
      return;
    }
    node->normal.set = std::move(*set);
  }
}

const NormalForm* SchemaGraph::ProbeNormal(NodeId id) {
  const bool outer_failed = probe_failed_;
  probe_failed_ = false;
  ++probing_;
  const NormalForm& normal = NormalOf(id);
  const bool known = !probe_failed_ && normal.problems.empty();
  --probing_;
  probe_failed_ = probing_ > 0 && (probe_failed_ || outer_failed);
  return known ? &normal : nullptr;
}

bool SchemaGraph::ProbeEmpty(NodeId id) {
  if (id == Nothing()) return true;
  if (id == Any() || probing_ >= kProbingDepthMax) return false;
  const NormalForm* normal = ProbeNormal(id);
  return normal != nullptr && ShallowEmpty(normal->set);
}

bool SchemaGraph::ShallowEmpty(const ValueSet& set) {
  if (set.null || set.no || set.yes || !set.arrays.empty() || !set.objects.empty()) return false;
  const Result<bool> no_number = numbers_.IsEmpty(set.number);
  const Result<bool> no_string = strings_.IsEmpty(set.string);
  return no_number.ok() && *no_number && no_string.ok() && *no_string;
}

const Result<Expr>& SchemaGraph::Search(std::string_view pattern) {
  const auto found = searches_.find(pattern);
  if (found != searches_.end()) return found->second;
  Result<Expr> expr = SearchExpr(strings_.text(), pattern);
  return searches_.emplace(pattern, std::move(expr)).first->second;
}

ObjectShape SchemaGraph::AnyObject() const {
  ObjectShape shape;
  shape.others.push_back({strings_.text().AnyString(), Any()});
  return shape;
}

ArrayShape SchemaGraph::AnyArray() const {
  ArrayShape shape;
  shape.rest = Any();
  return shape;
}

ValueSet SchemaGraph::AllValues() const {
  ValueSet set;
  set.null = set.no = set.yes = true;
  set.number = NumberSet::All();
  set.string = strings_.All();
  set.arrays.push_back(AnyArray());
  set.objects.push_back(AnyObject());
  return set;
}

ValueSet SchemaGraph::OfJson(JsonId value) {
  ValueSet set;
  const std::vector<JsonId>& children = tree().children(value);
  switch (tree().kind(value)) {
    case JsonTree::Kind::kNull:
      set.null = true;
      break;
    case JsonTree::Kind::kFalse:
      set.no = true;
      break;
    case JsonTree::Kind::kTrue:
      set.yes = true;
      break;
    case JsonTree::Kind::kString:
      set.string = StringAlgebra::Of({tree().text(value)});
      break;
    case JsonTree::Kind::kNumber:
      if (const auto decimal = Decimal::Parse(tree().text(value))) {
        set.number = NumberAlgebra::Of({{*decimal, tree().text(value)}});
      }
      break;
    case JsonTree::Kind::kArray: {
      ArrayShape shape;
      for (const JsonId item : children) shape.prefix.push_back(OfValue(item));
      shape.rest = Nothing();
      shape.min = shape.max = static_cast<uint32_t>(children.size());
      set.arrays.push_back(std::move(shape));
      break;
    }
    case JsonTree::Kind::kObject: {
      ObjectShape shape;
      shape.ordered = true;
      for (size_t i = 0; i < children.size(); ++i) {
        shape.properties.push_back({tree().keys(value)[i], OfValue(children[i]), true});
      }
      set.objects.push_back(std::move(shape));
      break;
    }
  }
  return set;
}

SchemaProblem SchemaGraph::Contradiction(const SchemaPlace& place) const {
  std::vector<std::string> keywords;
  const JsonId schema = place.schema.valid() ? place.schema : tree().root();
  const auto has_above = [&](std::string_view low, std::string_view high) {
    const JsonId a = tree().Find(schema, low);
    const JsonId b = tree().Find(schema, high);
    if (!a.valid() || !b.valid() || !tree().IsNumber(a) || !tree().IsNumber(b)) return false;
    const auto x = Decimal::Parse(tree().text(a));
    const auto y = Decimal::Parse(tree().text(b));
    return x && y && Compare(*x, *y) > 0;
  };
  for (const auto& [low, high] : {std::pair("minimum", "maximum"),
                                  {"minLength", "maxLength"},
                                  {"minItems", "maxItems"},
                                  {"minContains", "maxContains"},
                                  {"minProperties", "maxProperties"}}) {
    if (keywords.empty() && has_above(low, high)) keywords = {low, high};
  }
  if (keywords.empty() && tree().IsObject(schema)) {
    for (const std::string& key : tree().keys(schema)) {
      if (key != "type" && SchemaReader::Constrains(key)) keywords.push_back(key);
    }
    if (keywords.empty() && tree().Find(schema, "type").valid()) keywords.push_back("type");
  }
  SchemaProblem problem = ProblemAt({schema, ""}, ResourceExhausted("nothing can fulfil it"));
  if (keywords.empty()) return problem;
  problem.keyword = keywords[0];
  for (size_t i = 1; i < keywords.size(); ++i) {
    problem.reason += (i == 1 ? " together with `" : ", `") + keywords[i] + "`";
  }
  return problem;
}

SchemaProblem SchemaGraph::ProblemAt(const SchemaPlace& place, const Status& status) const {
  SchemaProblem problem;
  problem.kind = status.code() == StatusCode::kInvalidArgument ? SchemaProblemKind::kInvalid
                 : status.code() == StatusCode::kUnsupported   ? SchemaProblemKind::kUnsupported
                                                               : SchemaProblemKind::kImpossible;
  if (place.schema.valid()) problem.pointer = tree().PointerOf(place.schema);
  problem.keyword = place.keyword;
  problem.reason = status.message();
  return problem;
}

}  // namespace lmp::constrain
