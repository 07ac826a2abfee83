#include "ir/reuse.h"

#include <charconv>

namespace lmp::ir {
namespace {

constexpr int64_t kLinkRowsMax = 1 << 20;

// The number between the parentheses behind `name`; `otherwise` without parentheses.
template <typename T>
std::optional<T> Argument(std::string_view text, std::string_view name, T otherwise) {
  text.remove_prefix(name.size());
  if (text.empty()) return otherwise;
  if (text.size() < 3 || text.front() != '(' || text.back() != ')') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Reuse> ParseReuse(std::string_view text) {
  Reuse reuse;
  if (text.empty() || text == "prefix") return reuse;
  if (text == "auto") {
    reuse.kind = ReuseKind::kAuto;
    return reuse;
  }
  if (text.starts_with("link")) {
    const auto rows = Argument<int64_t>(text, "link", reuse.rows);
    if (!rows.has_value() || *rows < 0 || *rows > kLinkRowsMax) return std::nullopt;
    reuse.kind = ReuseKind::kLink;
    reuse.rows = *rows;
    return reuse;
  }
  if (!text.starts_with("blend")) return std::nullopt;
  const auto ratio = Argument<double>(text, "blend", reuse.ratio);
  if (!ratio.has_value() || !(*ratio >= 0.0 && *ratio <= 1.0)) return std::nullopt;
  reuse.kind = ReuseKind::kBlend;
  reuse.ratio = *ratio;
  return reuse;
}

}  // namespace lmp::ir
