#include "runtime/text/composer.h"

#if LMP_HAVE_UTF8PROC
#include <utf8proc.h>
#endif

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/text/unicode_class.h"

namespace lmp::text {
namespace {

// Whether a span may begin with this character.
bool BeginsSpan(const CharUnit& unit) { return (unit.classes & kComposing) == 0; }

size_t SpanEnd(const UnicodeClasses& classes, std::string_view text, size_t at) {
  at += ReadChar(classes, text.substr(at)).length;
  while (at < text.size()) {
    const CharUnit unit = ReadChar(classes, text.substr(at));
    if (BeginsSpan(unit)) break;
    at += unit.length;
  }
  return at;
}

}  // namespace

bool Composer::MayChange(std::string_view text) {
  const UnicodeClasses& classes = UnicodeClasses::Get();
  for (size_t at = 0; at < text.size();) {
    if (static_cast<uint8_t>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const CharUnit unit = ReadChar(classes, text.substr(at));
    if (!BeginsSpan(unit)) return true;
    at += unit.length;
  }
  return false;
}

void Composer::Append(std::string_view text, std::string* out,
                      std::vector<std::pair<size_t, size_t>>* borders) {
  const UnicodeClasses& classes = UnicodeClasses::Get();
  const size_t begin = out->size();
  for (size_t at = 0; at < text.size();) {
    if (borders != nullptr) borders->emplace_back(at, out->size() - begin);
    const size_t end = SpanEnd(classes, text, at);
    AppendSpan(text.substr(at, end - at), out);
    at = end;
  }
}

size_t Composer::LastSpan(std::string_view text) {
  const UnicodeClasses& classes = UnicodeClasses::Get();
  // Backwards, from one first byte of a character to the one before it. A character cut short at
  // the end may turn out to be any.
  for (size_t at = text.size(); at-- > 0;) {
    if ((static_cast<uint8_t>(text[at]) & 0xC0) == 0x80) continue;
    const CharUnit unit = ReadChar(classes, text.substr(at));
    if (!unit.incomplete && BeginsSpan(unit)) return at;
  }
  return 0;
}

#if LMP_HAVE_UTF8PROC

bool Composer::Available() { return true; }

void Composer::AppendSpan(std::string_view span, std::string* out) {
  const UnicodeClasses& classes = UnicodeClasses::Get();
  const CharUnit first = ReadChar(classes, span);
  if (first.length == span.size() && BeginsSpan(first)) {
    out->append(span);
    return;
  }
  code_points_.clear();
  size_t at = 0;
  for (; at < span.size();) {
    const CharUnit unit = ReadChar(classes, span.substr(at));
    if (!unit.well_formed) {  // only as the first one
      out->append(span.substr(at, unit.length));
      at += unit.length;
      continue;
    }
    constexpr size_t kPartsMax = 32;  // of one character; Unicode has at most 4
    int32_t parts[kPartsMax];
    int boundary = 0;
    const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(unit.code_point),
                                               parts, kPartsMax, UTF8PROC_DECOMPOSE, &boundary);
    LMP_CHECK(count > 0 && count <= static_cast<utf8proc_ssize_t>(kPartsMax));
    code_points_.insert(code_points_.end(), parts, parts + count);
    at += unit.length;
  }
  // Canonical order. (utf8proc_decompose would do it too, in quadratic time.)
  const auto weight = [](int32_t c) { return utf8proc_get_property(c)->combining_class; };
  for (auto run = code_points_.begin(); run != code_points_.end();) {
    if (weight(*run) == 0) {
      ++run;
      continue;
    }
    const auto end =
        std::find_if(run, code_points_.end(), [&](int32_t c) { return weight(c) == 0; });
    std::stable_sort(run, end, [&](int32_t a, int32_t b) { return weight(a) < weight(b); });
    run = end;
  }
  const auto count = utf8proc_normalize_utf32(
      code_points_.data(), static_cast<utf8proc_ssize_t>(code_points_.size()),
      static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  for (utf8proc_ssize_t i = 0; i < count; ++i) {
    utf8proc_uint8_t bytes[4];
    const auto length = utf8proc_encode_char(code_points_[static_cast<size_t>(i)], bytes);
    out->append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(length));
  }
}

#else

bool Composer::Available() { return false; }

void Composer::AppendSpan(std::string_view, std::string*) { LMP_CHECK(Available()); }

#endif

}  // namespace lmp::text
