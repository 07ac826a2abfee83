// Values of the Jinja subset that chat templates are written in. Lists and dictionaries do not
// change once made; only namespaces do, and they are never inside of other values, so there are no
// cycles. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lmp::text::jinja {

struct Node;

struct Value {
  enum class Kind {
    kUndefined,
    kNone,
    kBool,
    kInt,
    kFloat,
    kString,
    kList,
    kDict,
    kNamespace,
    kMacro
  };
  using List = std::vector<Value>;
  using Dict = std::vector<std::pair<std::string, Value>>;

  Kind kind = Kind::kUndefined;
  bool boolean = false;
  int64_t integer = 0;
  double number = 0;
  std::string string;  // of a string; the name of a macro
  std::shared_ptr<List> list;
  std::shared_ptr<Dict> dict;  // of a dictionary or a namespace
  const Node* macro = nullptr;
  // Of the whole value, each part as often as it occurs in it: what limits are about.
  size_t bytes = sizeof(void*);
  size_t depth = 1;

  static Value None();
  static Value Bool(bool value);
  static Value Int(int64_t value);
  static Value Float(double value);
  static Value String(std::string value);
  static Value ListOf(List items);
  static Value DictOf(Dict items);
  static Value Namespace(Dict fields);

  bool is(Kind k) const { return kind == k; }
  bool is_number() const { return kind == Kind::kInt || kind == Kind::kFloat; }
  double as_number() const { return kind == Kind::kFloat ? number : static_cast<double>(integer); }
  bool Truthy() const;
  bool Equals(const Value& other) const;
  // Values with a name or a place of their own, which may not be inside of others.
  bool is_named() const { return kind == Kind::kNamespace || kind == Kind::kMacro; }
  // nullptr where this is no dictionary or namespace or has no such key.
  const Value* Find(const std::string& key) const;
  std::string ToText() const;  // as {{ }} prints it
  std::string ToJson() const;
};

const Value* FindIn(const Value::Dict& dict, const std::string& key);  // nullptr: not there
void SetIn(Value::Dict* dict, const std::string& key, Value value);

}  // namespace lmp::text::jinja
