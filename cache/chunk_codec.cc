#include "cache/chunk_codec.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace lmp::cache {
namespace {

// Where a plane's rows and (int8) scales begin.
struct PlaneLayout {
  size_t row_elements;
  size_t heads;
  size_t head_dim;
  size_t scales_at;  // bytes
};

PlaneLayout LayoutOf(const ChunkShape& shape) {
  const size_t row = shape.row_elements();
  return {row, static_cast<size_t>(shape.geometry.kv_heads),
          static_cast<size_t>(shape.geometry.head_dim), row * static_cast<size_t>(shape.tokens)};
}

// The pool's rule for int8 (kernels/ops.h): scale = max|x| / 127, q = round_even(x / scale).
// Infinite where a value is not finite: such a row cannot be told by a scale.
float LargestMagnitude(std::span<const float> x) {
  float most = 0;
  for (const float value : x) {
    if (!std::isfinite(value)) return INFINITY;
    most = std::max(most, std::fabs(value));
  }
  return most;
}

void QuantizeRow(std::span<const float> x, float scale, std::byte* out) {
  const float inverse = scale > 0 ? 1.0f / scale : 0.0f;
  for (size_t i = 0; i < x.size(); ++i) {
    const float q = std::nearbyint(x[i] * inverse);
    out[i] = static_cast<std::byte>(static_cast<int8_t>(std::fmax(-127.0f, std::fmin(127.0f, q))));
  }
}

bool EqualWidened(std::span<const float> x, float scale, const std::byte* quantized) {
  for (size_t i = 0; i < x.size(); ++i) {
    if (static_cast<float>(static_cast<int8_t>(quantized[i])) * scale != x[i]) return false;
  }
  return true;
}

// One head of one row as int8. When `exact`, x came from an int8 pool: the scale that widens back
// to the same values is max / 127 or one of its two neighbours (the product was rounded once).
bool EncodeInt8(std::span<const float> x, bool exact, std::byte* out, std::byte* scale_at) {
  const float first = LargestMagnitude(x) / 127.0f;
  if (!std::isfinite(first)) return false;
  for (const float scale : {first, std::nextafter(first, 0.0f), std::nextafter(first, INFINITY)}) {
    QuantizeRow(x, scale, out);
    std::memcpy(scale_at, &scale, sizeof(scale));
    if (!exact || EqualWidened(x, scale, out)) return true;
  }
  return false;
}

bool EncodeBf16(std::span<const float> x, std::byte* out) {
  uint32_t lost = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const uint32_t bits = std::bit_cast<uint32_t>(x[i]);
    const uint16_t high = static_cast<uint16_t>(bits >> 16);
    lost |= bits & 0xffffu;
    std::memcpy(out + 2 * i, &high, sizeof(high));
  }
  return lost == 0;
}

// Writes rows [first, ...) of one plane; false where a value is none of the KV type's.
bool EncodeRows(const ChunkShape& shape, std::span<const float> rows, size_t first,
                std::byte* plane) {
  const PlaneLayout at = LayoutOf(shape);
  switch (shape.payload_type()) {
    case KvType::kF32:
      std::memcpy(plane + 4 * first * at.row_elements, rows.data(), rows.size_bytes());
      return true;
    case KvType::kBf16:
      return EncodeBf16(rows, plane + 2 * first * at.row_elements);
    case KvType::kInt8:
      break;
  }
  for (size_t i = 0; i < rows.size() / at.head_dim; ++i) {
    const size_t head_row = first * at.heads + i;
    if (!EncodeInt8(rows.subspan(i * at.head_dim, at.head_dim), shape.lossless(),
                    plane + head_row * at.head_dim,
                    plane + at.scales_at + sizeof(float) * head_row)) {
      return false;
    }
  }
  return true;
}

void Widen(const ChunkShape& shape, std::span<const std::byte> plane, int first, int count,
           std::span<float> out) {
  const PlaneLayout at = LayoutOf(shape);
  LMP_CHECK(first >= 0 && count >= 0 && first <= shape.tokens - count);
  const size_t begin = static_cast<size_t>(first) * at.row_elements;
  const size_t n = static_cast<size_t>(count) * at.row_elements;
  LMP_CHECK(out.size() == n && plane.size() == shape.plane_bytes());
  switch (shape.payload_type()) {
    case KvType::kF32:
      std::memcpy(out.data(), plane.data() + 4 * begin, 4 * n);
      return;
    case KvType::kBf16:
      for (size_t i = 0; i < n; ++i) {
        uint16_t high;
        std::memcpy(&high, plane.data() + 2 * (begin + i), sizeof(high));
        out[i] = std::bit_cast<float>(static_cast<uint32_t>(high) << 16);
      }
      return;
    case KvType::kInt8:
      break;
  }
  for (size_t i = 0; i < n; ++i) {
    float scale;
    std::memcpy(&scale, plane.data() + at.scales_at + sizeof(float) * ((begin + i) / at.head_dim),
                sizeof(scale));
    out[i] = static_cast<float>(static_cast<int8_t>(plane[begin + i])) * scale;
  }
}

}  // namespace

size_t ChunkObject::bytes() const {
  size_t sum = 0;
  for (const ChunkBytes& group : groups) sum += group.bytes.size();
  return sum;
}

ChunkBuilder::ChunkBuilder(const ChunkShape& shape)
    : shape_(shape),
      groups_(LayerGroups(shape)),
      rows_of_layer_(static_cast<size_t>(shape.geometry.layers), 0) {
  LMP_CHECK(shape.tokens > 0);
  for (const LayerGroup& group : groups_) {
    group_of_layer_.insert(group_of_layer_.end(), static_cast<size_t>(group.count),
                           static_cast<int>(payloads_.size()));
    payloads_.push_back(std::make_shared<std::vector<std::byte>>(shape.group_bytes(group)));
  }
}

Status ChunkBuilder::AddRows(int layer, std::span<const float> k, std::span<const float> v,
                             int rows) {
  LMP_CHECK(layer >= 0 && layer < shape_.geometry.layers && !payloads_.empty());
  int& done = rows_of_layer_[static_cast<size_t>(layer)];
  LMP_CHECK(rows >= 0 && rows <= shape_.tokens - done);
  const size_t elements = static_cast<size_t>(rows) * shape_.row_elements();
  LMP_CHECK(k.size() == elements && v.size() == elements);
  const size_t g = static_cast<size_t>(group_of_layer_[static_cast<size_t>(layer)]);
  std::byte* planes =
      payloads_[g]->data() + static_cast<size_t>(layer - groups_[g].first) * shape_.layer_bytes();
  const size_t first = static_cast<size_t>(done);
  if (!EncodeRows(shape_, k, first, planes) ||
      !EncodeRows(shape_, v, first, planes + shape_.plane_bytes())) {
    return InvalidArgument("chunk: layer " + std::to_string(layer) +
                           " has values that are not of the KV type");
  }
  done += rows;
  return OkStatus();
}

bool ChunkBuilder::complete() const {
  for (const int rows : rows_of_layer_) {
    if (rows != shape_.tokens) return false;
  }
  return !payloads_.empty();
}

std::vector<ChunkBytes> ChunkBuilder::TakeGroups() {
  LMP_CHECK(complete());
  std::vector<ChunkBytes> groups;
  for (auto& payload : payloads_) {
    const std::span<const std::byte> bytes(*payload);
    groups.push_back({std::move(payload), bytes});
  }
  payloads_.clear();
  return groups;
}

void LayerRows::WidenK(int first, int count, std::span<float> out) const {
  Widen(shape, k, first, count, out);
}

void LayerRows::WidenV(int first, int count, std::span<float> out) const {
  Widen(shape, v, first, count, out);
}

LayerRows RowsOfLayer(const ChunkShape& shape, const LayerGroup& group, int layer,
                      std::span<const std::byte> group_bytes) {
  LMP_CHECK(layer >= group.first && layer < group.first + group.count);
  LMP_CHECK(group_bytes.size() == shape.group_bytes(group));
  const size_t at = static_cast<size_t>(layer - group.first) * shape.layer_bytes();
  const size_t plane = shape.plane_bytes();
  return {shape, group_bytes.subspan(at, plane), group_bytes.subspan(at + plane, plane)};
}

}  // namespace lmp::cache
