// The reference back end: every op as its formula says, in fp64, one output at a time.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "kernels/implementations.h"
#include "kernels/number.h"

namespace lmp::kernels {
namespace {

bool Allowed(const uint64_t* mask, int64_t i) {
  return mask == nullptr || ((mask[i >> 6] >> (i & 63)) & 1u) != 0;
}

void Matmul(const MatmulArgs& a, ThreadPool& pool) {
  pool.For(a.w.n, [&](int64_t begin, int64_t end, int) {
    std::vector<float> row(static_cast<size_t>(a.w.k));
    for (int64_t j = begin; j < end; ++j) {
      WidenRow(a.w, j, row.data());
      for (int64_t m = 0; m < a.rows; ++m) {
        const float* x = a.x + m * a.x_stride;
        double sum = 0;
        for (int64_t k = 0; k < a.w.k; ++k) {
          sum += static_cast<double>(x[k]) * static_cast<double>(row[static_cast<size_t>(k)]);
        }
        if (a.bias != nullptr) sum += static_cast<double>(a.bias[j]);
        a.y[m * a.y_stride + j] = static_cast<float>(sum);
      }
    }
  });
}

void Embed(const EmbedArgs& a, ThreadPool&) {
  for (int64_t m = 0; m < a.rows; ++m) {
    WidenRow(a.w, a.ids[m], a.y + m * a.y_stride);
  }
}

void RmsNorm(const RmsNormArgs& a, ThreadPool&) {
  for (int64_t m = 0; m < a.rows; ++m) {
    const float* x = a.x + m * a.x_stride;
    double sum = 0;
    for (int64_t i = 0; i < a.width; ++i) {
      sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    }
    const double scale =
        1.0 / std::sqrt(sum / static_cast<double>(a.width) + static_cast<double>(a.eps));
    for (int64_t i = 0; i < a.width; ++i) {
      a.y[m * a.y_stride + i] =
          static_cast<float>(static_cast<double>(x[i]) * scale * static_cast<double>(a.weight[i]));
    }
  }
}

void Add(const AddArgs& a, ThreadPool&) {
  for (int64_t m = 0; m < a.rows; ++m) {
    for (int64_t i = 0; i < a.width; ++i) a.y[m * a.y_stride + i] += a.x[m * a.x_stride + i];
  }
}

void Swiglu(const SwigluArgs& a, ThreadPool&) {
  for (int64_t m = 0; m < a.rows; ++m) {
    for (int64_t i = 0; i < a.width; ++i) {
      const double g = static_cast<double>(a.gate[m * a.in_stride + i]);
      const double u = static_cast<double>(a.up[m * a.in_stride + i]);
      a.y[m * a.y_stride + i] = static_cast<float>(g / (1.0 + std::exp(-g)) * u);
    }
  }
}

// x has table.dims elements or more; those behind are not rotated.
void RotateHead(const RopeView& table, int32_t position, float* x) {
  const int half = table.dims / 2;
  const float* cosine = table.rows + int64_t{position} * table.dims;
  const float* sine = cosine + half;
  for (int i = 0; i < half; ++i) {
    const bool adjacent = table.layout == RopeLayout::kAdjacent;
    float& first = x[adjacent ? 2 * i : i];
    float& second = x[adjacent ? 2 * i + 1 : i + half];
    const double p = static_cast<double>(first), q = static_cast<double>(second);
    const double c = static_cast<double>(cosine[i]), s = static_cast<double>(sine[i]);
    first = static_cast<float>(p * c - q * s);
    second = static_cast<float>(p * s + q * c);
  }
}

void Rope(const RopeArgs& a, ThreadPool&) {
  for (int64_t m = 0; m < a.rows; ++m) {
    for (int h = 0; h < a.heads; ++h) {
      RotateHead(a.table, a.positions[m], a.x + m * a.x_stride + int64_t{h} * a.head_dim);
    }
  }
}

// One head's K or V of one token in the pool.
struct Slot {
  std::byte* values;  // of element 0
  size_t stride;      // elements from one to the next
  std::byte* scale;   // kInt8 only
};

Slot SlotOf(const KvLayerView& kv, PageId page, bool is_value, int head, int32_t position) {
  const KvGeometry& g = kv.geometry;
  std::byte* half = kv.base + static_cast<size_t>(page.index) * g.page_layer_bytes() +
                    (is_value ? g.half_page_bytes() : 0);
  const int token = position % kPageTokens;
  const auto element = [&](int d) {
    return static_cast<size_t>(is_value ? ValueElement(token, d, g.head_dim)
                                        : KeyElement(token, d));
  };
  const size_t head_bytes =
      size_t{kPageTokens} * static_cast<size_t>(g.head_dim) * g.element_bytes();
  return {half + static_cast<size_t>(head) * head_bytes + element(0) * g.element_bytes(),
          element(1) - element(0),
          half + static_cast<size_t>(g.kv_heads) * head_bytes +
              static_cast<size_t>(head * kPageTokens + token) * sizeof(float)};
}

uint32_t LargestMagnitudeBits(const float* x, int count) {
  uint32_t largest = 0;
  for (int i = 0; i < count; ++i) {
    largest = std::max(largest, std::bit_cast<uint32_t>(x[i]) & 0x7fffffffu);
  }
  return largest;
}

// Rounds x to the KV type in place and, where a slot is given, stores it.
void RoundTo(KvType type, float* x, int count, const Slot* slot) {
  const float scale = type == KvType::kInt8 ? Int8Scale(LargestMagnitudeBits(x, count)) : 0.0f;
  const float inverse = scale > 0 ? 1.0f / scale : 0.0f;
  if (slot != nullptr && type == KvType::kInt8) std::memcpy(slot->scale, &scale, sizeof(scale));
  for (int i = 0; i < count; ++i) {
    const size_t at = slot == nullptr ? 0 : static_cast<size_t>(i) * slot->stride;
    if (type == KvType::kF32) {
      if (slot != nullptr) std::memcpy(slot->values + 4 * at, &x[i], 4);
    } else if (type == KvType::kBf16) {
      const uint16_t bits = Bf16FromF32(x[i]);
      if (slot != nullptr) std::memcpy(slot->values + 2 * at, &bits, 2);
      x[i] = F32FromBf16(bits);
    } else {
      const float q = inverse > 0 ? std::clamp(std::nearbyint(x[i] * inverse), -127.0f, 127.0f) : 0;
      const int8_t byte = static_cast<int8_t>(q);
      if (slot != nullptr) std::memcpy(slot->values + at, &byte, 1);
      x[i] = q * scale;
    }
  }
}

void KvWrite(const KvWriteArgs& a, ThreadPool&) {
  const KvGeometry& g = a.kv.geometry;
  std::vector<float> rotated(static_cast<size_t>(g.head_dim));
  for (int64_t m = 0; m < a.rows; ++m) {
    for (int h = 0; h < g.kv_heads; ++h) {
      float* k = a.k + m * a.k_stride + int64_t{h} * g.head_dim;
      float* v = a.v + m * a.v_stride + int64_t{h} * g.head_dim;
      RoundTo(g.type, k, g.head_dim, nullptr);
      std::copy(k, k + g.head_dim, rotated.begin());
      RotateHead(a.table, a.positions[m], rotated.data());
      const Slot k_slot = SlotOf(a.kv, a.pages[m], false, h, a.positions[m]);
      const Slot v_slot = SlotOf(a.kv, a.pages[m], true, h, a.positions[m]);
      RoundTo(g.type, rotated.data(), g.head_dim, &k_slot);
      RoundTo(g.type, v, g.head_dim, &v_slot);
    }
  }
}

void ReadSlot(const KvLayerView& kv, const Slot& slot, std::vector<double>& out) {
  float scale = 0;
  if (kv.geometry.type == KvType::kInt8) std::memcpy(&scale, slot.scale, sizeof(scale));
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t at = i * slot.stride;
    float value = 0;
    if (kv.geometry.type == KvType::kF32) {
      std::memcpy(&value, slot.values + 4 * at, 4);
    } else if (kv.geometry.type == KvType::kBf16) {
      uint16_t bits;
      std::memcpy(&bits, slot.values + 2 * at, 2);
      value = F32FromBf16(bits);
    } else {
      int8_t byte;
      std::memcpy(&byte, slot.values + at, 1);
      value = static_cast<float>(byte) * scale;
    }
    out[i] = static_cast<double>(value);
  }
}

void AttendRow(const AttentionArgs& a, int64_t row, int head) {
  const AttentionPlanView& plan = a.plan;
  const int dim = plan.head_dim;
  const int kv_head = head / (plan.heads / plan.kv_heads);
  const PageId* pages = plan.row_tables[row];
  const float* q = a.q + row * a.q_stride + int64_t{head} * dim;
  std::vector<double> weights, slot(static_cast<size_t>(dim)), sum(static_cast<size_t>(dim), 0.0);
  double largest = -std::numeric_limits<double>::infinity();
  for (int32_t j = 0; j <= plan.positions[row]; ++j) {
    ReadSlot(a.kv, SlotOf(a.kv, pages[j / kPageTokens], false, kv_head, j), slot);
    double score = 0;
    for (int d = 0; d < dim; ++d) score += static_cast<double>(q[d]) * slot[static_cast<size_t>(d)];
    weights.push_back(score * static_cast<double>(a.scale));
    largest = std::max(largest, weights.back());
  }
  double total = 0;
  for (int32_t j = 0; j <= plan.positions[row]; ++j) {
    const double weight = std::exp(weights[static_cast<size_t>(j)] - largest);
    total += weight;
    ReadSlot(a.kv, SlotOf(a.kv, pages[j / kPageTokens], true, kv_head, j), slot);
    for (int d = 0; d < dim; ++d) {
      sum[static_cast<size_t>(d)] += weight * slot[static_cast<size_t>(d)];
    }
  }
  float* out = a.out + row * a.out_stride + int64_t{head} * dim;
  for (int d = 0; d < dim; ++d) out[d] = static_cast<float>(sum[static_cast<size_t>(d)] / total);
}

void Attention(const AttentionArgs& a, ThreadPool& pool) {
  pool.For(a.plan.rows * a.plan.heads, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      AttendRow(a, i / a.plan.heads, static_cast<int>(i % a.plan.heads));
    }
  });
}

Argmax ArgmaxOf(const LogitsArgs& a) {
  Argmax best;
  for (int64_t i = 0; i < a.n; ++i) {
    if (!Allowed(a.mask, i) || std::isnan(a.x[i])) continue;
    if (best.id < 0 || a.x[i] > best.value) best = {i, a.x[i]};
  }
  return best;
}

void ExpWeights(const LogitsArgs& a, const ExpWeightsArgs& w) {
  for (int64_t begin = 0; begin < a.n; begin += kLogitBlock) {
    double sum = 0;
    for (int64_t i = begin; i < std::min(begin + kLogitBlock, a.n); ++i) {
      float weight = 0;
      if (Allowed(a.mask, i) && a.x[i] <= w.max) {
        weight =
            static_cast<float>(std::exp((static_cast<double>(a.x[i]) - static_cast<double>(w.max)) *
                                        static_cast<double>(w.rate)));
      }
      w.weights[i] = weight < w.least ? 0 : weight;
      sum += static_cast<double>(w.weights[i]);
    }
    w.sums[begin / kLogitBlock] = static_cast<float>(sum);
  }
}

}  // namespace

constinit const Ops kReferenceOps = {"reference", Matmul,  Embed,     RmsNorm,  Add,       Swiglu,
                                     Rope,        KvWrite, Attention, ArgmaxOf, ExpWeights};

}  // namespace lmp::kernels
