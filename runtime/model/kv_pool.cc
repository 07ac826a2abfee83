#include "runtime/model/kv_pool.h"

#include <sys/mman.h>

#include <cstring>
#include <string>

#include "runtime/base/check.h"

namespace lmp::model {

Result<std::unique_ptr<HeapKvPool>> HeapKvPool::Make(const KvGeometry& geometry,
                                                     uint32_t page_count) {
  const size_t page_bytes = geometry.page_bytes();
  LMP_CHECK(page_bytes > 0);
  if (page_count == 0 || page_count > SIZE_MAX / 2 / page_bytes) {
    return ResourceExhausted("a KV pool of " + std::to_string(page_count) + " pages of " +
                             std::to_string(page_bytes) + " bytes is not possible");
  }
  const size_t bytes = page_bytes * page_count;
  void* const memory =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return ResourceExhausted("no memory for a KV pool of " + std::to_string(page_count) +
                             " pages, " + std::to_string(bytes) + " bytes");
  }
  return std::unique_ptr<HeapKvPool>(
      new HeapKvPool(geometry, page_count, static_cast<std::byte*>(memory), bytes));
}

HeapKvPool::~HeapKvPool() { ::munmap(base_, bytes_); }

KvLayerView HeapKvPool::layer(int index) const {
  LMP_DCHECK(index >= 0 && index < geometry_.layers);
  const size_t layer_bytes = geometry_.page_layer_bytes() * page_count_;
  return {base_ + static_cast<size_t>(index) * layer_bytes, geometry_};
}

void HeapKvPool::CopyTokens(PageId from, PageId to, int count) {
  LMP_CHECK(from.index < page_count_ && to.index < page_count_);
  LMP_CHECK(count >= 0 && count <= kPageTokens);
  const size_t tokens = static_cast<size_t>(count);
  const size_t heads = static_cast<size_t>(geometry_.kv_heads);
  const size_t dims = static_cast<size_t>(geometry_.head_dim);
  const size_t element = geometry_.element_bytes();
  const size_t scales_at = heads * dims * kPageTokens * element;
  // The first `tokens` of each run of kPageTokens things of `size` bytes.
  const auto copy = [tokens](const std::byte* source, std::byte* target, size_t runs, size_t size) {
    if (tokens == kPageTokens) {
      std::memcpy(target, source, runs * kPageTokens * size);
      return;
    }
    for (size_t run = 0; run < runs; ++run) {
      const size_t at = run * kPageTokens * size;
      std::memcpy(target + at, source + at, tokens * size);
    }
  };
  for (int l = 0; l < geometry_.layers; ++l) {
    std::byte* const base = layer(l).base;
    for (const bool is_value : {false, true}) {
      const size_t offset = is_value ? geometry_.half_page_bytes() : 0;
      const std::byte* source = base + from.index * geometry_.page_layer_bytes() + offset;
      std::byte* target = base + to.index * geometry_.page_layer_bytes() + offset;
      if (is_value) {
        copy(source, target, heads, dims * element);
      } else {
        copy(source, target, heads * dims, element);
      }
      if (geometry_.type == KvType::kInt8) {
        copy(source + scales_at, target + scales_at, heads, sizeof(float));
      }
    }
  }
}

}  // namespace lmp::model
