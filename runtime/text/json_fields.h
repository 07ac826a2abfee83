// Checked reads of a parsed JSON file: never an exception, errors name the field by its path. For
// .cc files (the JSON library is heavy). Pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/json.h"
#include "runtime/base/status.h"

namespace lmp::text {

using SortedJson = nlohmann::json;

// A value and its path, "" for the whole file.
struct JsonField {
  const SortedJson* value = nullptr;  // nullptr: absent
  std::string path;

  bool present() const { return value != nullptr && !value->is_null(); }
  JsonField operator[](std::string_view name) const;
  JsonField At(size_t index) const;  // of an array, inside its size
  // A member of an object whose keys are texts of the file: its path is `path["key"]`.
  JsonField Member(std::string_view key, const SortedJson& member) const;
  Status Wrong(std::string_view expected) const;  // "path: expected ..., found ..."
  // Errors where the value is of another type; an absent one gives `absent`.
  Result<std::string> StringOr(std::string_view absent) const;
  Result<bool> BoolOr(bool absent) const;
  Result<std::string> String() const;
  Result<int64_t> Integer() const;
  size_t size() const { return value == nullptr ? 0 : value->size(); }
  bool is_array() const { return value != nullptr && value->is_array(); }
  bool is_object() const { return value != nullptr && value->is_object(); }
};

}  // namespace lmp::text
