// JsonTree: a JSON document as a schema compiler needs it. Members keep their order, numbers keep
// their digits, every value knows its parent (and so its JSON Pointer), and duplicate keys are an
// error.
//
// Values are named by ids into the tree; 0 is the root. Immutable after Parse; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/id.h"
#include "runtime/base/status.h"

namespace lmp::constrain {

inline constexpr size_t kJsonTreeBytesMax = 4u << 20;  // real schemas: 99% are under 150 KB
inline constexpr size_t kJsonTreeDepthMax = 256;       // real schemas: under 40

using JsonId = Id<struct JsonTag>;

class JsonTree {
 public:
  enum class Kind : uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

  // Errors: InvalidArgument (no JSON, too deep, too large, a duplicate key; with place).
  static Result<JsonTree> Parse(std::string_view text);

  JsonId root() const { return JsonId(0u); }
  Kind kind(JsonId id) const { return values_[id.index].kind; }
  bool IsObject(JsonId id) const { return kind(id) == Kind::kObject; }
  bool IsArray(JsonId id) const { return kind(id) == Kind::kArray; }
  bool IsString(JsonId id) const { return kind(id) == Kind::kString; }
  bool IsNumber(JsonId id) const { return kind(id) == Kind::kNumber; }
  bool IsBool(JsonId id) const { return kind(id) == Kind::kFalse || kind(id) == Kind::kTrue; }
  // The characters of a string, the spelling of a number.
  const std::string& text(JsonId id) const { return values_[id.index].text; }
  // Items of an array, values of an object, in order.
  const std::vector<JsonId>& children(JsonId id) const { return values_[id.index].children; }
  // Keys of an object, parallel to children.
  const std::vector<std::string>& keys(JsonId id) const { return values_[id.index].keys; }
  // The member `key` of an object; invalid if there is none or this is no object.
  JsonId Find(JsonId object, std::string_view key) const;
  JsonId parent(JsonId id) const { return values_[id.index].parent; }
  // The place of a value in its parent's children.
  uint32_t place(JsonId id) const { return values_[id.index].place; }
  size_t size() const { return values_.size(); }

  // RFC 6901, in characters (not percent-encoded): "" for the root.
  std::string PointerOf(JsonId id) const;
  // The value at a pointer that starts at `from`; invalid if there is none.
  JsonId At(JsonId from, std::string_view pointer) const;

 private:
  struct Value {
    Kind kind = Kind::kNull;
    uint32_t place = 0;
    JsonId parent;
    std::string text;
    std::vector<JsonId> children;
    std::vector<std::string> keys;
    std::vector<uint32_t> sorted;  // places by key, for objects of many members
  };
  class Reader;

  std::vector<Value> values_;
};

// `token` as a part of a JSON Pointer.
std::string EscapePointerToken(std::string_view token);

}  // namespace lmp::constrain
