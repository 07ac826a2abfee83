#include "runtime/constrain/json_schema/json_text.h"

#include <algorithm>
#include <cstdio>

namespace lmp::constrain {
namespace {

bool NeedsEscape(char32_t c) { return c < 0x20 || c == '"' || c == '\\'; }

void AppendEscape(char c, std::string* out) {
  constexpr std::string_view kNamed = "\"\\\b\f\n\r\t";
  constexpr std::string_view kNames = "\"\\bfnrt";
  const size_t found = kNamed.find(c);
  if (found != std::string_view::npos) {
    *out += '\\';
    *out += kNames[found];
    return;
  }
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", static_cast<unsigned>(static_cast<uint8_t>(c)));
  *out += text;
}

}  // namespace

std::string SpellJson(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (NeedsEscape(static_cast<uint8_t>(c))) {
      AppendEscape(c, &out);
    } else {
      out += c;
    }
  }
  return out;
}

std::string QuoteJson(std::string_view text) { return '"' + SpellJson(text) + '"'; }

JsonText::JsonText(ExprPool& pool) : pool_(pool) {
  const CodeRange all[] = {{0, 0x10ffff}};
  any_char_ = Class(all);
  any_string_ = pool_.Star(any_char_);
}

Expr JsonText::Class(std::span<const CodeRange> ranges) {
  std::vector<CodeRange> key(ranges.begin(), ranges.end());
  const auto found = classes_.find(key);
  if (found != classes_.end()) return found->second;
  std::vector<CodeRange> plain;
  std::vector<std::string> escaped;
  for (const auto& [first, last] : ranges) {
    char32_t begin = first;
    for (const char32_t c : {U'"', U'\\'}) {
      if (c < first || c > last) continue;
      if (begin < c) plain.emplace_back(std::max<char32_t>(begin, 0x20), c - 1);
      begin = c + 1;
    }
    plain.emplace_back(std::max<char32_t>(begin, 0x20), last);
    for (char32_t c = first; c <= std::min<char32_t>(last, '\\'); ++c) {
      if (!NeedsEscape(c)) continue;
      escaped.emplace_back();
      AppendEscape(static_cast<char>(c), &escaped.back());
    }
  }
  std::erase_if(plain, [](const CodeRange& r) { return r.first > r.second; });
  const Expr expr = pool_.Or(pool_.Class(plain), pool_.Literals(std::move(escaped)));
  classes_.emplace(std::move(key), expr);
  return expr;
}

}  // namespace lmp::constrain
