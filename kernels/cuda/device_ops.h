// The ops of kernels/ops.h as launches on a CUDA stream: asynchronous, in the order of the stream.
//
// Shapes and meanings are those of kernels/ops.h, but every pointer in the arguments is one of the
// device, as are a view's panels, rows and pages. They stay valid until the stream has passed the
// launch. The KV pool's base is aligned to 16 bytes, and so are panels.
//
// Threads: one at a time per stream. Errors: Unavailable, with CUDA's text, also for what earlier
// work of the device has met; Unsupported never, as the formats and KV types are all there.
//
// Compiled, and run by tests/cuda_emulation on the CPU; not yet run on a device. Nothing in the
// engine calls it yet (docs/adr/0024-cuda-backend.md).
#pragma once

#include "kernels/cuda/device_plan.h"
#include "kernels/ops.h"

struct CUstream_st;  // cudaStream_t points to it

namespace lmp::kernels::cuda {

using DeviceStream = CUstream_st*;

// bf16 rows of a stored chunk, K before rotation: rotated and stored as kv_write does. A chunk so
// goes to the device in the bytes that it is stored in.
struct StoredKv {
  const uint16_t* k = nullptr;  // [rows][kv_heads * head_dim]
  const uint16_t* v = nullptr;
  int64_t rows = 0;
  const int32_t* positions = nullptr;  // [rows]
  const PageId* pages = nullptr;       // [rows], page of each row's slot
  RopeView table;
};

// AttentionArgs with a plan that lies on the device.
struct DeviceAttention {
  DevicePlan plan;
  KvLayerView kv;
  const float* q = nullptr;  // [rows][q_stride]
  int64_t q_stride = 0;
  float* out = nullptr;  // [rows][out_stride]
  int64_t out_stride = 0;
  float scale = 1.0f;
};

// LogitsArgs of several rows.
struct LogitRows {
  const float* x = nullptr;  // [rows][x_stride]
  int64_t x_stride = 0;
  int64_t n = 0;  // of a row
  int64_t rows = 0;
  const uint64_t* masks = nullptr;  // [rows][mask_stride] words, nullable
  int64_t mask_stride = 0;
};

// ExpWeightsArgs of several rows; all of the device.
struct WeightRows {
  const float* max = nullptr;    // [rows]
  const float* rate = nullptr;   // [rows]
  const float* least = nullptr;  // [rows]
  float* weights = nullptr;      // [rows][weights_stride]
  int64_t weights_stride = 0;
  float* sums = nullptr;  // [rows][sums_stride], one for kLogitBlock logits
  int64_t sums_stride = 0;
};

Status Matmul(DeviceStream stream, const MatmulArgs& a);
Status Embed(DeviceStream stream, const EmbedArgs& a);
Status RmsNorm(DeviceStream stream, const RmsNormArgs& a);
Status Add(DeviceStream stream, const AddArgs& a);
Status Swiglu(DeviceStream stream, const SwigluArgs& a);
Status Rope(DeviceStream stream, const RopeArgs& a);
Status KvWrite(DeviceStream stream, const KvWriteArgs& a);

// The pool is of kBf16.
Status KvLoad(DeviceStream stream, const StoredKv& a, const KvLayerView& pool);

Status Attention(DeviceStream stream, const DeviceAttention& a);

Status ArgmaxRows(DeviceStream stream, const LogitRows& a, Argmax* out);  // [rows]
Status ExpWeightsRows(DeviceStream stream, const LogitRows& a, const WeightRows& w);

}  // namespace lmp::kernels::cuda
