// Evaluation of the text built-ins. Texts are valid UTF-8; counts and indices are in code points.
#include <algorithm>
#include <string>

#include "ir/builtin_rules.h"
#include "ir/regex.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::ir {
namespace {

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Byte offset of code point `index`, or the size of the text if it has fewer.
size_t OffsetOf(std::string_view text, size_t index) {
  size_t offset = 0;
  for (; index > 0 && offset < text.size(); --index) {
    ++offset;
    while (offset < text.size() && IsContinuation(text[offset])) ++offset;
  }
  return offset;
}

// More parts than this make no list that is small enough. A short text may have many.
size_t PartsMax() { return OneValueBytesMax() / sizeof(Value); }

Result<Value> StringList(const std::vector<std::string_view>& parts) {
  if (parts.size() > PartsMax()) return ValueTooLarge();
  std::vector<Value> items;
  items.reserve(parts.size());
  for (const std::string_view part : parts) items.push_back(Value::Str(std::string(part)));
  return BoundedList(std::move(items));
}

// The counterpart of a letter in ranges where upper and lower case lie at a fixed distance or
// alternate: ASCII, Latin-1, Latin Extended-A, Greek, Cyrillic. Others have no case here.
char32_t OtherCase(char32_t c, bool to_upper) {
  struct Shift {
    char32_t upper_first, upper_last, distance;
  };
  constexpr Shift kShifts[] = {
      {'A', 'Z', 32},     {0xc0, 0xd6, 32},   {0xd8, 0xde, 32},   {0x391, 0x3a1, 32},
      {0x3a3, 0x3ab, 32}, {0x410, 0x42f, 32}, {0x400, 0x40f, 80}, {0x388, 0x38a, 37},
      {0x386, 0x386, 38}, {0x38c, 0x38c, 64}, {0x38e, 0x38f, 63}, {0x178, 0x178, 0x10000 - 0x79}};
  for (const Shift& s : kShifts) {
    if (s.upper_first == 0x178) {
      // Y with diaeresis: its lower case lies in Latin-1.
      if (to_upper && c == 0xff) return 0x178;
      if (!to_upper && c == 0x178) return 0xff;
      continue;
    }
    if (to_upper && c >= s.upper_first + s.distance && c <= s.upper_last + s.distance)
      return c - s.distance;
    if (!to_upper && c >= s.upper_first && c <= s.upper_last) return c + s.distance;
  }
  if (c == 0x3c2) return to_upper ? 0x3a3 : c;  // final sigma
  const bool even_is_upper = (c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) ||
                             (c >= 0x14a && c <= 0x177) || (c >= 0x460 && c <= 0x481) ||
                             (c >= 0x48a && c <= 0x4bf);
  const bool odd_is_upper = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
  if (even_is_upper) return to_upper ? c & ~char32_t{1} : c | 1;
  if (odd_is_upper) return to_upper ? ((c & 1) != 0 ? c : c - 1) : ((c & 1) != 0 ? c + 1 : c);
  return c;
}

char32_t DecodeAt(std::string_view text, size_t offset, size_t* length) {
  const auto byte = [&](size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[offset + i]));
  };
  const char32_t lead = byte(0);
  *length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (*length == 1 || offset + *length > text.size()) {
    *length = 1;
    return lead;
  }
  char32_t c = lead & (0x7fu >> *length);
  for (size_t i = 1; i < *length; ++i) c = (c << 6) | (byte(i) & 0x3f);
  return c;
}

}  // namespace

std::string_view TrimText(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view ClipText(std::string_view text, size_t count) {
  return text.substr(0, OffsetOf(text, count));
}

Result<Value> EvalText(const ValueCall& call) {
  LMP_TRY(std::string text, ToPromptText(call[0]));
  return BoundedText(std::move(text));
}

Result<Value> EvalJson(const ValueCall& call) { return BoundedText(ToJsonText(call[0])); }

namespace {

Result<Value> JoinItems(const std::vector<Value>& items, std::string_view lead,
                        std::string_view separator) {
  std::string text;
  for (size_t i = 0; i < items.size(); ++i) {
    LMP_TRY(const std::string part, ToPromptText(items[i]));
    if (i > 0) text += separator;
    text += lead;
    text += part;
    if (text.size() > OneValueBytesMax()) break;  // BoundedText refuses it
  }
  return BoundedText(std::move(text));
}

}  // namespace

Result<Value> EvalLines(const ValueCall& call) {
  return JoinItems(call[0].as_list(), call.name == "bullets" ? "- " : "", "\n");
}

Result<Value> EvalJoin(const ValueCall& call) {
  return JoinItems(call[0].as_list(), "", call[1].as_str());
}

Result<Value> EvalSplit(const ValueCall& call) {
  const std::string_view text = call[0].as_str();
  const std::string_view separator = call[1].as_str();
  if (separator.empty()) return InvalidArgument("`split` needs a separator that is not empty");
  std::vector<std::string_view> parts;
  size_t begin = 0;
  for (size_t found; (found = FindText(text, separator, begin)) != std::string_view::npos;
       begin = found + separator.size()) {
    parts.push_back(text.substr(begin, found - begin));
    if (parts.size() > PartsMax()) return ValueTooLarge();
  }
  parts.push_back(text.substr(begin));
  return StringList(parts);
}

Result<Value> EvalWords(const ValueCall& call) {
  const std::string_view text = call[0].as_str();
  std::vector<std::string_view> parts;
  for (size_t i = 0; i < text.size();) {
    while (i < text.size() && IsSpace(text[i])) ++i;
    const size_t begin = i;
    while (i < text.size() && !IsSpace(text[i])) ++i;
    if (i > begin) parts.push_back(text.substr(begin, i - begin));
    if (parts.size() > PartsMax()) return ValueTooLarge();
  }
  return StringList(parts);
}

Result<Value> EvalSentences(const ValueCall& call) {
  const std::string_view text = call[0].as_str();
  std::vector<std::string_view> parts;
  const auto add = [&parts](std::string_view part) {
    part = TrimText(part);
    if (!part.empty()) parts.push_back(part);
  };
  size_t begin = 0;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if ((text[i] == '.' || text[i] == '!' || text[i] == '?') && IsSpace(text[i + 1])) {
      add(text.substr(begin, i + 1 - begin));
      begin = i + 1;
    }
    if (parts.size() > PartsMax()) return ValueTooLarge();
  }
  add(text.substr(begin));
  return StringList(parts);
}

Result<Value> EvalTrim(const ValueCall& call) {
  return Value::Str(std::string(TrimText(call[0].as_str())));
}

Result<Value> EvalCase(const ValueCall& call) {
  const std::string& text = call[0].as_str();
  const bool to_upper = call.name == "upper";
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0, length = 1; i < text.size(); i += length) {
    const char32_t c = DecodeAt(text, i, &length);
    const char32_t other = OtherCase(c, to_upper);
    if (other == c) {
      out.append(text, i, length);
    } else {
      AppendUtf8(other, &out);
    }
  }
  return BoundedText(std::move(out));
}

Result<Value> EvalStringTest(const ValueCall& call) {
  const std::string& text = call[0].as_str();
  const std::string& part = call[1].as_str();
  if (call.name == "starts_with") return Value::Bool(text.starts_with(part));
  if (call.name == "ends_with") return Value::Bool(text.ends_with(part));
  return Value::Bool(FindText(text, part) != std::string::npos);
}

Result<Value> EvalMatches(const ValueCall& call) {
  LMP_TRY(const Regex regex, Regex::Compile(call[1].as_str()));
  size_t left = kPatternStatesMax;
  const bool found = regex.Search(call[0].as_str(), &left);
  if (left == 0) {
    return ResourceExhausted("`matches` of a text of " + std::to_string(call[0].as_str().size()) +
                             " bytes takes too long with this pattern");
  }
  return Value::Bool(found);
}

Result<Value> EvalReplace(const ValueCall& call) {
  const std::string_view text = call[0].as_str();
  const std::string& part = call[1].as_str();
  const std::string& by = call[2].as_str();
  if (part.empty()) return InvalidArgument("`replace` needs a part that is not empty");
  std::string out;
  size_t begin = 0;
  for (size_t found; (found = FindText(text, part, begin)) != std::string_view::npos;
       begin = found + part.size()) {
    out.append(text, begin, found - begin);
    out += by;
    if (out.size() > OneValueBytesMax()) return BoundedText(std::move(out));
  }
  out.append(text, begin);
  return BoundedText(std::move(out));
}

Result<Value> EvalClip(const ValueCall& call) {
  const int64_t count = call[1].as_int();
  if (count < 0)
    return InvalidArgument("`clip_chars` of a negative count: " + std::to_string(count));
  return Value::Str(std::string(ClipText(call[0].as_str(), static_cast<size_t>(count))));
}

Result<Value> CharacterAt(const std::string& text, int64_t index) {
  const auto length = static_cast<int64_t>(Utf8Length(text));
  const int64_t at = index < 0 ? index + length : index;
  if (at < 0 || at >= length) {
    return InvalidArgument("index " + std::to_string(index) + " is outside a string of " +
                           std::to_string(length) + " characters");
  }
  const size_t begin = OffsetOf(text, static_cast<size_t>(at));
  return Value::Str(std::string(ClipText(std::string_view(text).substr(begin), 1)));
}

Value SliceText(const std::string& text, int64_t begin, int64_t end) {
  const std::string_view tail =
      std::string_view(text).substr(OffsetOf(text, static_cast<size_t>(begin)));
  return Value::Str(std::string(ClipText(tail, static_cast<size_t>(end - begin))));
}

}  // namespace lmp::ir
