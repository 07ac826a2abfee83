// HeapKvPool: the pages of one transformer's KV cache in host memory (kernels/kv_layout.h). Memory
// is reserved at once and becomes resident as pages are first used; it is zero at first. Owned by
// the engine; engine thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "kernels/kv_layout.h"
#include "runtime/base/status.h"
#include "runtime/model/model.h"

namespace lmp::model {

class HeapKvPool final : public KvPool {
 public:
  // Errors: ResourceExhausted.
  static Result<std::unique_ptr<HeapKvPool>> Make(const KvGeometry& geometry, uint32_t page_count);
  ~HeapKvPool() override;
  HeapKvPool(const HeapKvPool&) = delete;
  HeapKvPool& operator=(const HeapKvPool&) = delete;

  uint32_t page_count() const override { return page_count_; }
  size_t page_bytes() const override { return geometry_.page_bytes(); }
  void CopyTokens(PageId from, PageId to, int count) override;

  const KvGeometry& geometry() const { return geometry_; }
  KvLayerView layer(int index) const;

 private:
  HeapKvPool(const KvGeometry& geometry, uint32_t page_count, std::byte* base, size_t bytes)
      : geometry_(geometry), page_count_(page_count), base_(base), bytes_(bytes) {}

  KvGeometry geometry_;
  uint32_t page_count_;
  std::byte* base_;
  size_t bytes_;
};

}  // namespace lmp::model
