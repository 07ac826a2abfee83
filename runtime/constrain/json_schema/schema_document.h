// SchemaDocument: a schema as a whole: its dialect, and what `$ref` leads to (identifiers, anchors,
// JSON Pointers; RFC 3986, RFC 6901). Only the document itself is looked at: nothing is fetched.
//
// Refers to the tree. Immutable after construction; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/constrain/json_schema/json_tree.h"

namespace lmp::constrain {

enum class Dialect : uint8_t { kNotSaid, kDraft4, kDraft6, kDraft7, kDraft2019, kDraft2020 };

// `reference` as seen from `base` (RFC 3986, 5.2), without its fragment.
std::string ResolveUri(std::string_view base, std::string_view reference);

class SchemaDocument {
 public:
  explicit SchemaDocument(const JsonTree& tree);

  const JsonTree& tree() const { return tree_; }
  Dialect dialect() const { return dialect_; }
  // All that are objects, along the keywords that hold schemas.
  const std::vector<JsonId>& schemas() const { return schemas_; }
  // What `reference` inside the schema `from` leads to. Errors: InvalidArgument (nowhere),
  // Unsupported (another document).
  Result<JsonId> Resolve(JsonId from, std::string_view reference) const;

 private:
  void Index();
  void IndexSchema(JsonId schema, std::string_view base);
  std::string_view BaseOf(JsonId id) const;

  const JsonTree& tree_;
  std::vector<JsonId> schemas_;
  Dialect dialect_ = Dialect::kNotSaid;
  std::unordered_map<std::string, JsonId> resources_;  // by URI without fragment
  std::unordered_map<std::string, JsonId> anchors_;    // by URI#name
  std::unordered_map<uint32_t, std::string> bases_;    // of schemas that set one
};

}  // namespace lmp::constrain
