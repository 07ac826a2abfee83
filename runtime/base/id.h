// Id<Tag>: a typed 32-bit index into a vector. Inside ir, cache and engine things are named by ids,
// never by pointers, so that vectors may grow and states can be compared and printed.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace lmp {

template <typename Tag>
struct Id {
  static constexpr uint32_t kNone = 0xffffffffu;
  uint32_t index = kNone;

  constexpr Id() = default;
  constexpr explicit Id(uint32_t i) : index(i) {}
  constexpr explicit Id(size_t i) : index(static_cast<uint32_t>(i)) {}
  constexpr explicit Id(int i) : index(static_cast<uint32_t>(i)) {}
  constexpr bool valid() const { return index != kNone; }
  constexpr auto operator<=>(const Id&) const = default;
};

}  // namespace lmp

template <typename Tag>
struct std::hash<lmp::Id<Tag>> {
  size_t operator()(lmp::Id<Tag> id) const noexcept { return std::hash<uint32_t>()(id.index); }
};
