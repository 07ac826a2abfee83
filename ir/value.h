// Value: what a run computes with. Immutable, cheap to copy (shared storage), any thread. The
// evaluator, the constant folder and runtime/exec share it, so that a pure built-in has one
// meaning.
//
// A context is an opaque handle here: the evaluator's is a list of messages, exec's a token
// timeline; both derive from ContextBase.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/base/status.h"

namespace lmp::ir {

class ContextBase {
 public:
  virtual ~ContextBase() = default;
};

class Value;
struct ListValue {
  std::vector<Value> items;
  size_t bytes = 0;  // ValueBytes of the items and of the list itself
};
struct RecordValue {
  std::string name;
  std::vector<std::pair<std::string, Value>> fields;  // declared order
  bool tagged = false;  // as a value of a union: its JSON begins with "kind": name
  size_t bytes = 0;
};
struct EnumValue {
  std::string name;    // of the enum
  std::string member;  // the member's name
  std::string text;    // its alias, or the member's name: what stands in prompts and replies
};
struct EffectValue {};  // carries order, no content

class Value {
 public:
  Value();  // null
  // Out of line: inlined, gcc 12 takes moves of the variant for uses of uninitialised storage.
  ~Value();
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  static Value Null() { return Value(); }
  static Value Bool(bool v) { return Value(Storage(v)); }
  static Value Int(int64_t v) { return Value(Storage(v)); }
  static Value Float(double v) { return Value(Storage(v)); }
  static Value Str(std::string v) {
    return Value(Storage(std::make_shared<const std::string>(std::move(v))));
  }
  static Value List(std::vector<Value> items);
  static Value Record(std::string name, std::vector<std::pair<std::string, Value>> fields,
                      bool tagged = false);
  static Value Enum(std::string name, std::string member, std::string text);
  static Value Context(std::shared_ptr<const ContextBase> context) {
    return Value(Storage(std::move(context)));
  }
  static Value Effect() { return Value(Storage(EffectValue{})); }

  bool is_null() const { return std::holds_alternative<std::monostate>(storage_); }
  bool is_bool() const { return std::holds_alternative<bool>(storage_); }
  bool is_int() const { return std::holds_alternative<int64_t>(storage_); }
  bool is_float() const { return std::holds_alternative<double>(storage_); }
  bool is_str() const { return std::holds_alternative<StrRef>(storage_); }
  bool is_list() const { return std::holds_alternative<ListRef>(storage_); }
  bool is_record() const { return std::holds_alternative<RecordRef>(storage_); }
  bool is_enum() const { return std::holds_alternative<EnumRef>(storage_); }
  bool is_context() const { return std::holds_alternative<ContextRef>(storage_); }
  bool is_effect() const { return std::holds_alternative<EffectValue>(storage_); }

  // Each is a failed invariant on another kind: the verifier has made sure.
  bool as_bool() const { return Get<bool>(); }
  int64_t as_int() const { return Get<int64_t>(); }
  double as_float() const { return Get<double>(); }
  const std::string& as_str() const { return *Get<StrRef>(); }
  const std::vector<Value>& as_list() const { return Get<ListRef>()->items; }
  size_t list_bytes() const { return Get<ListRef>()->bytes; }
  const RecordValue& as_record() const { return *Get<RecordRef>(); }
  const EnumValue& as_enum() const { return *Get<EnumRef>(); }
  const std::shared_ptr<const ContextBase>& as_context() const { return Get<ContextRef>(); }

  // Deep equality; contexts are equal if they are the same object. Int and float never are.
  bool operator==(const Value& other) const;

 private:
  using StrRef = std::shared_ptr<const std::string>;
  using ListRef = std::shared_ptr<const ListValue>;
  using RecordRef = std::shared_ptr<const RecordValue>;
  using EnumRef = std::shared_ptr<const EnumValue>;
  using ContextRef = std::shared_ptr<const ContextBase>;
  using Storage = std::variant<std::monostate, bool, int64_t, double, StrRef, ListRef, RecordRef,
                               EnumRef, ContextRef, EffectValue>;
  explicit Value(Storage storage) : storage_(std::move(storage)) {}
  template <typename T>
  const T& Get() const {
    const T* v = std::get_if<T>(&storage_);
    LMP_CHECK(v != nullptr);
    return *v;
  }
  Storage storage_;
};

// Size of the value if written out: storage shared between items counts once for each item, so that
// text made from a value within the bound is bounded too. Constant time.
size_t ValueBytes(const Value& value);
// ResourceExhausted if ValueBytes exceeds kValueBytesMax. For whoever makes lists and records in
// loops.
Status CheckValueBytes(const Value& value);

// Compact JSON: strings quoted, enums as their text, records as objects in field order, contexts as
// "<context>". Deterministic.
std::string ToJsonText(const Value& value);
// The same with a blank behind commas and colons: how models write JSON (bind/type_grammar.h).
std::string ToSpacedJsonText(const Value& value);
// What interpolation puts into text (language.md 3.5): strings verbatim, numbers and booleans
// canonical, enums as their text, records and lists as compact JSON. Errors: InvalidArgument for
// null, contexts and effects.
Result<std::string> ToPromptText(const Value& value);

}  // namespace lmp::ir
