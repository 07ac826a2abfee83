// Evaluation of the list built-ins, and of index, slice, len, in and count, which serve strings
// too.
#include <algorithm>
#include <map>
#include <string>

#include "ir/builtin_rules.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::ir {

Result<Value> CharacterAt(const std::string& text, int64_t index);
Value SliceText(const std::string& text, int64_t begin, int64_t end);

Result<Value> EvalLength(const ValueCall& call) {
  const size_t length = call[0].is_str() ? Utf8Length(call[0].as_str()) : call[0].as_list().size();
  return Value::Int(static_cast<int64_t>(length));
}

Result<Value> EvalIn(const ValueCall& call) {
  if (call[1].is_str())
    return Value::Bool(FindText(call[1].as_str(), call[0].as_str()) != std::string::npos);
  const std::vector<Value>& items = call[1].as_list();
  return Value::Bool(std::any_of(items.begin(), items.end(),
                                 [&](const Value& item) { return EqualValues(item, call[0]); }));
}

Result<Value> EvalIndex(const ValueCall& call) {
  const int64_t index = call[1].as_int();
  if (call[0].is_str()) return CharacterAt(call[0].as_str(), index);
  const std::vector<Value>& items = call[0].as_list();
  const auto length = static_cast<int64_t>(items.size());
  const int64_t at = index < 0 ? index + length : index;
  if (at < 0 || at >= length) {
    return InvalidArgument("index " + std::to_string(index) + " is outside a list of " +
                           std::to_string(length) + " items");
  }
  return items[static_cast<size_t>(at)];
}

Result<Value> EvalSlice(const ValueCall& call) {
  const bool text = call[0].is_str();
  const auto length =
      static_cast<int64_t>(text ? Utf8Length(call[0].as_str()) : call[0].as_list().size());
  const auto place = [length](int64_t index) {
    if (index < 0) index = index < -length ? 0 : index + length;
    return std::min(index, length);
  };
  const int64_t begin = place(call[1].as_int());
  const int64_t end = std::max(begin, place(call[2].as_int()));
  if (text) return SliceText(call[0].as_str(), begin, end);
  const std::vector<Value>& items = call[0].as_list();
  return Value::List(std::vector<Value>(items.begin() + begin, items.begin() + end));
}

Result<Value> EvalRange(const ValueCall& call) {
  const int64_t begin = call.size() == 2 ? call[0].as_int() : 0;
  const int64_t end = call[call.size() - 1].as_int();
  // Unsigned, so that the distance of any two ints is exact.
  const uint64_t count =
      end > begin ? static_cast<uint64_t>(end) - static_cast<uint64_t>(begin) : 0;
  if (count > kLoopRoundsMax) {
    return ResourceExhausted("a range of " + std::to_string(count) + " items (limit " +
                             std::to_string(kLoopRoundsMax) + ")");
  }
  std::vector<Value> items;
  items.reserve(count);
  for (int64_t i = begin; i < end; ++i) items.push_back(Value::Int(i));
  return Value::List(std::move(items));
}

Result<Value> EvalConcat(const ValueCall& call) {
  std::vector<Value> items = call[0].as_list();
  const std::vector<Value>& more = call[1].as_list();
  items.insert(items.end(), more.begin(), more.end());
  return BoundedList(std::move(items));
}

Result<Value> EvalFlat(const ValueCall& call) {
  std::vector<Value> items;
  for (const Value& list : call[0].as_list())
    items.insert(items.end(), list.as_list().begin(), list.as_list().end());
  return BoundedList(std::move(items));
}

Result<Value> EvalReverse(const ValueCall& call) {
  const std::vector<Value>& items = call[0].as_list();
  return Value::List(std::vector<Value>(items.rbegin(), items.rend()));
}

Result<Value> EvalUnwrap(const ValueCall& call) {
  if (call[0].is_null()) return InvalidArgument("this is null");
  return call[0];
}

Result<Value> EvalEnd(const ValueCall& call) {
  const std::vector<Value>& items = call[0].as_list();
  if (items.empty()) return InvalidArgument("`" + std::string(call.name) + "` of an empty list");
  return call.name == "first" ? items.front() : items.back();
}

namespace {

// Items of one list have one type, so equal JSON texts are equal items.
std::map<std::string, std::vector<size_t>> PlacesByText(const std::vector<Value>& items) {
  std::map<std::string, std::vector<size_t>> places;
  for (size_t i = 0; i < items.size(); ++i) places[ToJsonText(items[i])].push_back(i);
  return places;
}

// The value an item is ordered by: itself, or one field of a record.
Result<Value> OrderKey(const Value& item, const std::string* field) {
  if (field == nullptr) return item;
  for (const auto& [name, value] : item.as_record().fields) {
    if (name == *field) return value;
  }
  return InvalidArgument("record `" + item.as_record().name + "` has no field `" + *field + "`");
}

// Stable; errors leave no order, so keys are checked against the first before sorting.
Result<Value> Sorted(const std::vector<Value>& items, const std::string* field, bool descending) {
  std::vector<std::pair<Value, size_t>> keys;
  keys.reserve(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    LMP_TRY(Value key, OrderKey(items[i], field));
    keys.emplace_back(std::move(key), i);
    LMP_RETURN_IF_ERROR(CompareValues(keys.front().first, keys.back().first).status());
  }
  std::stable_sort(keys.begin(), keys.end(), [descending](const auto& a, const auto& b) {
    const int order = CompareValues(a.first, b.first).value();
    return descending ? order > 0 : order < 0;
  });
  std::vector<Value> sorted;
  sorted.reserve(items.size());
  for (const auto& [key, i] : keys) sorted.push_back(items[i]);
  return Value::List(std::move(sorted));
}

}  // namespace

Result<Value> EvalUnique(const ValueCall& call) {
  const std::vector<Value>& items = call[0].as_list();
  std::vector<size_t> firsts;
  for (const auto& [text, places] : PlacesByText(items)) firsts.push_back(places.front());
  std::sort(firsts.begin(), firsts.end());
  std::vector<Value> unique;
  for (const size_t i : firsts) unique.push_back(items[i]);
  return Value::List(std::move(unique));
}

Result<Value> EvalMajority(const ValueCall& call) {
  const std::vector<Value>& items = call[0].as_list();
  if (items.empty()) return InvalidArgument("`majority` of an empty list");
  size_t best = 0;
  size_t best_count = 0;
  for (const auto& [text, places] : PlacesByText(items)) {
    if (places.size() > best_count || (places.size() == best_count && places.front() < best)) {
      best = places.front();
      best_count = places.size();
    }
  }
  return items[best];
}

Result<Value> EvalSort(const ValueCall& call) {
  return Sorted(call[0].as_list(), call.size() == 2 ? &call[1].as_str() : nullptr, false);
}

Result<Value> EvalTop(const ValueCall& call) {
  const int64_t count = call[call.size() - 1].as_int();
  if (count < 0) return InvalidArgument("`top` of a negative count: " + std::to_string(count));
  LMP_TRY(const Value sorted,
          Sorted(call[0].as_list(), call.size() == 3 ? &call[1].as_str() : nullptr, true));
  const std::vector<Value>& items = sorted.as_list();
  const auto kept = std::min(static_cast<uint64_t>(count), static_cast<uint64_t>(items.size()));
  return Value::List(std::vector<Value>(items.begin(), items.begin() + static_cast<int64_t>(kept)));
}

Result<Value> EvalCount(const ValueCall& call) {
  int64_t count = 0;
  if (call[0].is_str()) {
    const std::string& part = call[1].as_str();
    if (part.empty()) return InvalidArgument("`count` needs a part that is not empty");
    for (size_t at = 0; (at = FindText(call[0].as_str(), part, at)) != std::string::npos;
         at += part.size())
      ++count;
    return Value::Int(count);
  }
  for (const Value& item : call[0].as_list()) count += EqualValues(item, call[1]) ? 1 : 0;
  return Value::Int(count);
}

}  // namespace lmp::ir
