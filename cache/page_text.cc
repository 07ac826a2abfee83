#include "cache/page_text.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace lmp::cache {

namespace {

// A multiply-and-fold step as in the wyhash family: every input bit reaches every output bit.
uint64_t Mix(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

constexpr uint64_t kOddA = 0xa0761d6478bd642fu;
constexpr uint64_t kOddB = 0xe7037ed1a0b428dbu;
constexpr uint64_t kOddC = 0x8ebc6af09c88c6e3u;

}  // namespace

uint64_t ExtendDigest(uint64_t path, std::span<const TokenId> tokens) {
  // Two lanes, so that the multiplications overlap.
  uint64_t lane_a = path ^ kOddA;
  uint64_t lane_b = path + kOddB;
  size_t i = 0;
  for (; i + 8 <= tokens.size(); i += 8) {
    uint64_t words[4];
    std::memcpy(words, tokens.data() + i, sizeof(words));
    lane_a = Mix(words[0] ^ lane_a, words[1] ^ kOddB);
    lane_b = Mix(words[2] ^ lane_b, words[3] ^ kOddC);
  }
  for (; i < tokens.size(); ++i) lane_a = Mix(static_cast<uint32_t>(tokens[i]) ^ lane_a, kOddC);
  return Mix(lane_a ^ kOddA, lane_b ^ tokens.size() ^ kOddB);
}

PageText::PageText(uint32_t page_count, int page_tokens, uint64_t digest_bits)
    : page_tokens_(static_cast<size_t>(page_tokens)),
      digest_bits_(digest_bits),
      tokens_(page_count * page_tokens_),
      entries_(page_count),
      pending_(page_count) {
  LMP_CHECK(page_tokens >= 1);
}

void PageText::Write(PageId page, std::span<const TokenId> tokens, uint64_t path_digest) {
  LMP_DCHECK(tokens.size() <= page_tokens_);
  std::copy(tokens.begin(), tokens.end(), tokens_.data() + page.index * page_tokens_);
  entries_[page.index] = {Extend(path_digest, tokens), PageId(), PageId()};
}

void PageText::CutAfter(PageId page) {
  const PageId next = entries_[page.index].next;
  if (!next.valid()) return;
  entries_[page.index].next = PageId();
  entries_[next.index].prev = PageId();
}

size_t PageText::bytes_used() const {
  return tokens_.size() * sizeof(TokenId) + entries_.size() * sizeof(Entry) + pending_.size();
}

}  // namespace lmp::cache
