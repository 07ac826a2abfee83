// ReusePolicy: what a sequence may do with the stored KV of a chunk that stands somewhere in its
// prompt (decision 11). Plain values; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace lmp::engine {

enum class ReuseKind : uint8_t {
  kPrefix,  // exact: nothing beyond the longest exact prefix
  kLink,    // EPIC: the first rows of each chunk are computed again
  kBlend,   // CacheBlend: the rows whose V at layer 1 deviates most, and the first two
  kFull,    // re-positioned only; for benches
  kAuto,    // one of the first three, chosen per passage (reuse_chooser.h)
};

inline constexpr int kLinkHead = -1;

struct ReusePolicy {
  ReuseKind kind = ReuseKind::kPrefix;
  // kLink: rows per chunk; at least the chunk's length: exact. kLinkHead stands for the head of the
  // passage (passage_class.h), in a table of losses only.
  int link_rows = 8;
  double blend_ratio = 0.15;  // kBlend: of each chunk's rows, rounded up; 1 or more: exact

  static ReusePolicy Prefix() { return {}; }
  static ReusePolicy Link(int rows) { return {.kind = ReuseKind::kLink, .link_rows = rows}; }
  static ReusePolicy Blend(double ratio) {
    return {.kind = ReuseKind::kBlend, .blend_ratio = ratio};
  }
  static ReusePolicy Full() { return {.kind = ReuseKind::kFull}; }
  static ReusePolicy Auto() { return {.kind = ReuseKind::kAuto}; }

  bool operator==(const ReusePolicy&) const = default;
};

// Tokens [begin, end) of a prompt are a chunk: a passage whose KV may be stored and reused wherever
// it stands.
struct ChunkSpan {
  int begin = 0;
  int end = 0;
  ReusePolicy policy = {};
  std::string document = {};  // of which it is a part, if known: for removing all of a document
};

}  // namespace lmp::engine
