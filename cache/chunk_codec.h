// Chunk payloads from captured rows and back: ChunkBuilder takes what Model::Step's KvCapture
// gives, layer by layer and step by step; LayerRows reads one layer of a loaded group.
//
// A ChunkBuilder belongs to one thread at a time; LayerRows is a view, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cache/chunk.h"
#include "runtime/base/status.h"

namespace lmp::cache {

// Bytes and whatever keeps them alive.
struct ChunkBytes {
  std::shared_ptr<const void> owner = {};
  std::span<const std::byte> bytes = {};
};

// Who computed the rows. Nothing but kExactRun may be stored (invariant I3: no second-hand KV): a
// normal causal forward of compile context + chunk in which every row was fresh or came from the
// exact prefix cache. kUnstated is the default so that forgetting to say is refused.
enum class ChunkProvenance : uint8_t { kUnstated, kExactRun, kTaintedRun };

// One immutable object on its way into a store.
struct ChunkObject {
  ChunkKey key = {};
  ChunkShape shape = {};
  ChunkProvenance provenance = ChunkProvenance::kUnstated;
  double compute_seconds = 0;  // what computing it took: the stores keep what is dear per byte
  std::string document = {};   // of which document it is a part, in the tenant; empty: of none
  std::vector<ChunkBytes> groups = {};  // payloads, LayerGroups(shape) in order

  size_t bytes() const;  // of the payloads
};

// Collects the rows of one chunk. Rows of a layer are added in token order, in one or more pieces
// (chunked prefill); layers in any order.
class ChunkBuilder {
 public:
  explicit ChunkBuilder(const ChunkShape& shape);

  // k (before rotation), v: [rows][kv_heads * head_dim], as KvCapture::Layer gives them: rounded to
  // the KV type and widened. The rows continue those added to this layer before.
  // Errors: InvalidArgument where the codec is kRaw and a value is none of the KV type's (whoever
  // captured it did not round, and the stored rows would not equal the computed ones), or where
  // int8 meets a value that is not finite. A layer, row count or span length that does not fit the
  // shape fails a check.
  Status AddRows(int layer, std::span<const float> k, std::span<const float> v, int rows);

  bool complete() const;  // every layer has all rows

  // The object's payload; the builder is empty afterwards. Only when complete().
  std::vector<ChunkBytes> TakeGroups();

 private:
  ChunkShape shape_;
  std::vector<LayerGroup> groups_;
  std::vector<int> group_of_layer_;
  std::vector<int> rows_of_layer_;
  std::vector<std::shared_ptr<std::vector<std::byte>>> payloads_;
};

// One layer of a loaded group, without a copy.
struct LayerRows {
  ChunkShape shape = {};
  std::span<const std::byte> k = {};  // plane, see ChunkShape
  std::span<const std::byte> v = {};

  // Widens rows [first, first + count) to fp32: out = [count][kv_heads * head_dim]. K is not
  // rotated.
  void WidenK(int first, int count, std::span<float> out) const;
  void WidenV(int first, int count, std::span<float> out) const;
};

// group_bytes: what ChunkRead gave for `group`, which holds `layer`.
LayerRows RowsOfLayer(const ChunkShape& shape, const LayerGroup& group, int layer,
                      std::span<const std::byte> group_bytes);

}  // namespace lmp::cache
