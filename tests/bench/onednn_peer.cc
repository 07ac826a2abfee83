// The matrix products of a prompt by oneDNN, weights in its own layout: what `lmp bench prefill` is
// compared with. Not part of the build:
//
//   g++ -std=c++20 -O2 tests/bench/onednn_peer.cc -ldnnl -o onednn_peer   (Debian: libdnnl-dev)
//   OMP_NUM_THREADS=2 ./onednn_peer ROWS WIDTH KV_WIDTH FFN_WIDTH [REPS]
//   OMP_NUM_THREADS=2 ./onednn_peer 512 576 192 1536        (the 135M shape)
//
// One layer: Q, K and V as one matrix, the output, gate and up as one, down. Activations and
// results of bf16 by weights of bf16, and activations of u8 by weights of s8 to s32, without
// scales. Prints the median rate of REPS passes of 30 layers, each layer with weights of its own,
// as in a model.
#include <dnnl.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unordered_map>
#include <vector>

using dnnl::memory;

namespace {

constexpr int kLayers = 30;

struct Product {
  dnnl::matmul op;
  std::unordered_map<int, memory> args;
  double operations;
};

memory Filled(const memory::desc& what, const dnnl::engine& engine) {
  memory m(what, engine);
  std::memset(m.get_data_handle(), 0x3f, what.get_size());  // 0.75 as bf16
  return m;
}

Product MakeProduct(const dnnl::engine& engine, dnnl::stream& stream, long rows, long k, long n,
                    memory::data_type x, memory::data_type w, memory::data_type y) {
  const memory::desc source({rows, k}, x, memory::format_tag::ab);
  const memory::desc plain({k, n}, w, memory::format_tag::ab);
  const memory::desc any({k, n}, w, memory::format_tag::any);
  const memory::desc result({rows, n}, y, memory::format_tag::ab);
  const dnnl::matmul::primitive_desc chosen({source, any, result}, engine);
  memory weights(chosen.weights_desc(), engine), from = Filled(plain, engine);
  dnnl::reorder(from, weights).execute(stream, from, weights);
  stream.wait();
  return {dnnl::matmul(chosen),
          {{DNNL_ARG_SRC, Filled(source, engine)},
           {DNNL_ARG_WEIGHTS, weights},
           {DNNL_ARG_DST, memory(result, engine)}},
          2.0 * static_cast<double>(rows) * static_cast<double>(k) * static_cast<double>(n)};
}

void Measure(const char* name, const std::vector<long>& size, int reps, memory::data_type x,
             memory::data_type w, memory::data_type y) {
  dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const long rows = size[0], width = size[1], kv = size[2], ffn = size[3];
  std::vector<Product> products;
  double operations = 0;
  for (int layer = 0; layer < kLayers; ++layer) {
    for (const auto& [k, n] : {std::pair{width, width + 2 * kv}, std::pair{width, width},
                               std::pair{width, 2 * ffn}, std::pair{ffn, width}}) {
      products.push_back(MakeProduct(engine, stream, rows, k, n, x, w, y));
      operations += products.back().operations;
    }
  }
  std::vector<double> rates;
  for (int rep = 0; rep <= reps; ++rep) {
    const auto begin = std::chrono::steady_clock::now();
    for (Product& product : products) product.op.execute(stream, product.args);
    stream.wait();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    if (rep > 0) rates.push_back(operations / took.count() / 1e9);  // the first warms up
  }
  std::sort(rates.begin(), rates.end());
  std::printf("%s, %ld rows: %.0f GOP/s (%.0f to %.0f), %.1f GOP of products\n", name, rows,
              rates[rates.size() / 2], rates.front(), rates.back(), operations / 1e9);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: onednn_peer ROWS WIDTH KV_WIDTH FFN_WIDTH [REPS]\n");
    return 2;
  }
  std::vector<long> size;
  for (int i = 1; i < 5; ++i) size.push_back(std::atol(argv[i]));
  const int reps = argc > 5 ? std::max(1, std::atoi(argv[5])) : 9;
  using type = memory::data_type;
  Measure("bf16", size, reps, type::bf16, type::bf16, type::bf16);
  Measure("u8 x s8", size, reps, type::u8, type::s8, type::s32);
}
