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

struct ValueCounts;

// The memory of values that were made while the account was in use on their thread: strings, lists,
// records, and what else is charged to it. Constant time; any thread.
class ValueAccount {
 public:
  // What is made beyond `bytes_max` is made all the same: whoever made it looks at over(). But no
  // value passes CheckValueBytes that is larger. 0: no limit but that of one value.
  explicit ValueAccount(size_t bytes_max = 0);

  size_t bytes_max() const;
  size_t live() const;    // not gone yet, wherever it is
  uint64_t made() const;  // in all
  bool over() const { return bytes_max() != 0 && live() > bytes_max(); }

  // Puts the account in use on this thread as long as it is there. They nest.
  class Use {
   public:
    explicit Use(const ValueAccount& account);
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    std::shared_ptr<ValueCounts> outer_;
  };

 private:
  std::shared_ptr<ValueCounts> counts_;
};

// Memory that is charged to the account in use, until this goes. Nothing where none is in use.
class ValueCharge {
 public:
  ValueCharge() = default;
  explicit ValueCharge(size_t bytes);
  ValueCharge(ValueCharge&& other) noexcept;
  ValueCharge& operator=(ValueCharge&& other) noexcept;
  ~ValueCharge();

  bool any() const { return counts_ != nullptr; }

 private:
  std::shared_ptr<ValueCounts> counts_;
  size_t bytes_ = 0;
};

class ContextBase {
 public:
  ContextBase() = default;
  ContextBase(const ContextBase&) {}  // a copy is charged by itself
  virtual ~ContextBase() = default;

  mutable ValueCharge charge;  // set at most once, by whoever makes it
};

class Value;
struct StringValue {
  std::string text;
  ValueCharge charge;
};
struct ListValue {
  std::vector<Value> items;
  size_t bytes = 0;  // ValueBytes of the items and of the list itself
  ValueCharge charge = {};
};
struct RecordValue {
  std::string name;
  std::vector<std::pair<std::string, Value>> fields;  // declared order
  bool tagged = false;  // as a value of a union: its JSON begins with "kind": name
  size_t bytes = 0;
  ValueCharge charge = {};
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
  static Value Str(std::string v);
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
  const std::string& as_str() const { return Get<StrRef>()->text; }
  const std::vector<Value>& as_list() const { return Get<ListRef>()->items; }
  size_t list_bytes() const { return Get<ListRef>()->bytes; }
  const RecordValue& as_record() const { return *Get<RecordRef>(); }
  const EnumValue& as_enum() const { return *Get<EnumRef>(); }
  const std::shared_ptr<const ContextBase>& as_context() const { return Get<ContextRef>(); }

  // Deep equality; contexts are equal if they are the same object. Int and float never are.
  bool operator==(const Value& other) const;

 private:
  using StrRef = std::shared_ptr<const StringValue>;
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
// How large one value may be here: kValueBytesMax, or what the account in use allows in all.
size_t OneValueBytesMax();
// ResourceExhausted: of a value that is larger.
Status ValueTooLarge();
// That if ValueBytes exceeds it. For whoever makes lists and records in loops.
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
