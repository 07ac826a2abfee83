// SchemaReader: one schema of the document to its normal form. Keywords about values come first,
// then those that hold schemas for the same value ($ref, allOf, anyOf, oneOf, not, if,
// dependencies), which are combined with them; but allOf and $ref that stand before `properties`
// say the order of keys.
//
// A keyword that cannot be enforced is reported and left out. An object for one schema; one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/constrain/json_schema/schema_graph.h"
#include "runtime/constrain/json_schema/set_algebra.h"

namespace lmp::constrain {

class SchemaReader {
 public:
  SchemaReader(SchemaGraph& graph, JsonId schema);

  NormalForm Read();
  // Whether the keyword is one of those that are read.
  static bool Constrains(std::string_view keyword);

 private:
  using KeywordReader = void (SchemaReader::*)(std::string_view keyword, JsonId value);
  struct Row {
    std::string_view keyword;
    KeywordReader read;
  };
  static const Row kRows[];
  static const std::string_view kUnsupported[];

  // schema_reader.cc: schemas for the same value.
  void ReadKeyword(const std::string& keyword, JsonId value);
  void Annotation(std::string_view, JsonId) {}
  void Reference(std::string_view keyword, JsonId value);
  void AllOf(std::string_view keyword, JsonId value);
  void AnyOf(std::string_view keyword, JsonId value);
  void OneOf(std::string_view keyword, JsonId value);
  void Not(std::string_view keyword, JsonId value);
  void If(std::string_view keyword, JsonId value);
  void Dependencies(std::string_view keyword, JsonId value);
  void Dependency(std::string_view keyword, const std::string& name, JsonId value);
  static std::vector<bool> SingleValues(const std::vector<ValueSet>& sets);
  bool OneOfSets(const std::vector<ValueSet>& sets, std::string_view keyword, ValueSet* out);
  void AddPiece(ValueSet piece, std::string_view keyword);
  const ValueSet& Use(JsonId schema, std::string_view keyword);
  void Combine();

  // schema_parts.cc: what a schema says itself.
  void Type(std::string_view keyword, JsonId value);
  void EnumOrConst(std::string_view keyword, JsonId value);
  void Bound(std::string_view keyword, JsonId value);
  void MultipleOf(std::string_view keyword, JsonId value);
  void Count(std::string_view keyword, JsonId value);
  void Pattern(std::string_view keyword, JsonId value);
  void FormatOf(std::string_view keyword, JsonId value);
  void Items(std::string_view keyword, JsonId value);
  void Contains(std::string_view keyword, JsonId value);
  void UniqueItems(std::string_view keyword, JsonId value);
  void Properties(std::string_view keyword, JsonId value);
  void PatternProperties(std::string_view keyword, JsonId value);
  void AdditionalProperties(std::string_view keyword, JsonId value);
  void PropertyNames(std::string_view keyword, JsonId value);
  void Required(std::string_view keyword, JsonId value);
  ValueSet Own();
  NumberSet OwnNumber();
  StringSet OwnString();
  ArrayShape OwnArray();
  ObjectShape OwnObject();
  void DeclareNames(ObjectShape* shape);
  std::vector<ObjectShape::Others> OwnOthers(const StringSet& names);
  bool AddPattern(Expr found, NodeId value, std::vector<ObjectShape::Others>* classes,
                  std::vector<bool>* matched);

  // Problems.
  void Invalid(std::string_view keyword, std::string reason);
  void No(std::string_view keyword, std::string reason);
  void Problem(std::string_view keyword, const Status& status);
  bool IsSchema(std::string_view keyword, JsonId value);
  bool Check(bool right, std::string_view keyword, std::string_view expected);

  SchemaGraph& graph_;
  const JsonTree& tree_;
  const JsonId schema_;
  NormalForm out_;

  // What the keywords said.
  struct Types {
    bool null = false, boolean = false, integer = false, number = false, string = false,
         array = false, object = false;
  };
  std::optional<Types> types_;
  std::optional<ValueSet> listed_;  // enum and const
  NumberSet number_;
  std::optional<StringSet> string_;
  uint32_t length_min_ = 0, length_max_ = kUnbounded;
  bool array_said_ = false;
  ArrayShape array_;
  bool prefix_said_ = false;
  JsonId items_, additional_items_;
  std::optional<NodeId> contains_;
  uint32_t contains_min_ = 1, contains_max_ = kUnbounded;
  bool object_said_ = false;
  bool properties_said_ = false;
  ObjectShape object_;
  std::vector<std::pair<Expr, NodeId>> patterns_;
  NodeId additional_;
  std::optional<StringSet> names_;
  std::vector<std::string> required_;
  // Same-value schemas, before and behind what the schema says itself.
  std::vector<std::pair<ValueSet, std::string_view>> before_, behind_;
};

}  // namespace lmp::constrain
