// What a program asks of the stored KV of an inserted passage (decision 11): the text of the
// attribute `reuse` of ctx.insert, and what it means. A policy never changes a token, only how KV
// is made; all but `prefix` may make it approximate. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lmp::ir {

enum class ReuseKind : uint8_t { kPrefix, kLink, kBlend, kAuto };

struct Reuse {
  ReuseKind kind = ReuseKind::kPrefix;
  int64_t rows = 8;     // link: first rows of the passage that are computed again
  double ratio = 0.15;  // blend: share of its rows

  bool operator==(const Reuse&) const = default;
};

// "prefix" (or nothing), "link", "link(8)", "blend", "blend(0.15)", "auto"; nullopt for other
// texts.
std::optional<Reuse> ParseReuse(std::string_view text);

}  // namespace lmp::ir
