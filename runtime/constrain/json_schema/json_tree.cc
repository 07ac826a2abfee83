#include "runtime/constrain/json_schema/json_tree.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "runtime/base/text.h"

namespace lmp::constrain {
namespace {

constexpr size_t kLinearMembersMax = 12;

}  // namespace

// Takes the parser's events; returning false stops the parse.
class JsonTree::Reader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Status status;
  std::vector<Value> values;

  bool null() override { return Add(Kind::kNull, {}); }
  bool boolean(bool value) override { return Add(value ? Kind::kTrue : Kind::kFalse, {}); }
  bool number_integer(number_integer_t value) override {
    return Add(Kind::kNumber, std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Add(Kind::kNumber, std::to_string(value));
  }
  bool number_float(number_float_t, const string_t& spelling) override {
    return Add(Kind::kNumber, spelling);
  }
  bool string(string_t& value) override { return Add(Kind::kString, std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return Open(Kind::kObject); }
  bool start_array(std::size_t) override { return Open(Kind::kArray); }
  bool end_array() override {
    open_.pop_back();
    return true;
  }
  bool key(string_t& name) override {
    if (!open_.back().names.insert(name).second) {
      status = InvalidArgument("the key " + QuoteText(name) + " is given twice");
      return false;
    }
    values[open_.back().id.index].keys.push_back(std::move(name));
    return true;
  }
  bool end_object() override {
    Value& object = values[open_.back().id.index];
    if (object.keys.size() > kLinearMembersMax) {
      for (uint32_t i = 0; i < object.keys.size(); ++i) object.sorted.push_back(i);
      std::sort(object.sorted.begin(), object.sorted.end(),
                [&](uint32_t a, uint32_t b) { return object.keys[a] < object.keys[b]; });
    }
    open_.pop_back();
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    const std::string at = " at byte " + std::to_string(position);
    if (error.id == 406) {
      status = InvalidArgument("the number" + OfKey() + at +
                               " is out of range (beyond that of doubles, about 1.8e308)");
    } else {
      status = InvalidArgument("no valid JSON" + at);
    }
    return false;
  }

 private:
  struct OpenValue {
    JsonId id;
    std::unordered_set<std::string> names;
  };

  // Of the value that is being read, if it is a member.
  std::string OfKey() const {
    if (open_.empty() || values[open_.back().id.index].keys.empty()) return "";
    return " of " + QuoteText(values[open_.back().id.index].keys.back());
  }

  bool Add(Kind kind, std::string text) {
    Value value;
    value.kind = kind;
    value.text = std::move(text);
    if (!open_.empty()) {
      value.parent = open_.back().id;
      std::vector<JsonId>& siblings = values[value.parent.index].children;
      value.place = static_cast<uint32_t>(siblings.size());
      siblings.emplace_back(values.size());
    }
    values.push_back(std::move(value));
    return true;
  }

  bool Open(Kind kind) {
    if (open_.size() >= kJsonTreeDepthMax) {
      status =
          InvalidArgument("the JSON is nested deeper than " + std::to_string(kJsonTreeDepthMax));
      return false;
    }
    Add(kind, {});
    open_.push_back({JsonId(values.size() - 1), {}});
    return true;
  }

  std::vector<OpenValue> open_;
};

Result<JsonTree> JsonTree::Parse(std::string_view text) {
  if (text.size() > kJsonTreeBytesMax) {
    return InvalidArgument("the JSON has " + std::to_string(text.size()) + " bytes, at most " +
                           std::to_string(kJsonTreeBytesMax) + " are allowed");
  }
  Reader reader;
  if (!nlohmann::json::sax_parse(text, &reader)) {
    if (reader.status.ok()) return InvalidArgument("no valid JSON");
    return reader.status;
  }
  JsonTree tree;
  tree.values_ = std::move(reader.values);
  return tree;
}

JsonId JsonTree::Find(JsonId object, std::string_view key) const {
  const Value& value = values_[object.index];
  if (value.kind != Kind::kObject) return JsonId();
  if (value.sorted.empty()) {
    for (size_t i = 0; i < value.keys.size(); ++i) {
      if (value.keys[i] == key) return value.children[i];
    }
    return JsonId();
  }
  const auto found =
      std::lower_bound(value.sorted.begin(), value.sorted.end(), key,
                       [&](uint32_t i, std::string_view k) { return value.keys[i] < k; });
  if (found == value.sorted.end() || value.keys[*found] != key) return JsonId();
  return value.children[*found];
}

std::string JsonTree::PointerOf(JsonId id) const {
  std::vector<std::string> tokens;
  for (; values_[id.index].parent.valid(); id = values_[id.index].parent) {
    const Value& parent = values_[values_[id.index].parent.index];
    const uint32_t place = values_[id.index].place;
    tokens.push_back(parent.kind == Kind::kObject ? EscapePointerToken(parent.keys[place])
                                                  : std::to_string(place));
  }
  std::string pointer;
  for (auto token = tokens.rbegin(); token != tokens.rend(); ++token) pointer += "/" + *token;
  return pointer;
}

JsonId JsonTree::At(JsonId from, std::string_view pointer) const {
  JsonId at = from;
  while (!pointer.empty() && at.valid()) {
    if (pointer.front() != '/') return JsonId();
    const size_t end = std::min(pointer.find('/', 1), pointer.size());
    std::string token;
    for (size_t i = 1; i < end; ++i) {
      if (pointer[i] != '~') {
        token += pointer[i];
      } else {
        const char next = i + 1 < end ? pointer[++i] : 'x';
        if (next != '0' && next != '1') return JsonId();
        token += next == '0' ? '~' : '/';
      }
    }
    pointer.remove_prefix(end);
    if (IsObject(at)) {
      at = Find(at, token);
    } else if (IsArray(at)) {
      size_t index = 0;
      const auto [rest, error] = std::from_chars(token.data(), token.data() + token.size(), index);
      const bool whole = error == std::errc() && rest == token.data() + token.size();
      const bool padded = token.size() > 1 && token[0] == '0';
      at = whole && !padded && index < children(at).size() ? children(at)[index] : JsonId();
    } else {
      return JsonId();
    }
  }
  return at;
}

std::string EscapePointerToken(std::string_view token) {
  std::string out;
  for (const char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace lmp::constrain
