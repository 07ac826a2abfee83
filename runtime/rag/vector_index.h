// The nearest of many vectors of length 1, by their inner product: exact for a few, by a graph
// (hnswlib) for many. Labels name vectors for ever: a label never means another vector later.
//
// Belongs to one thread at a time. The graph is saved in a file beside the corpus, whose digest is
// in the corpus. It is only a copy of what the corpus has: a file of another digest is not read,
// and one that is out of date is brought up to date vector by vector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/status.h"

namespace lmp::rag {

// Up to so many vectors each query compares with all, and there is no graph to keep.
inline constexpr size_t kExactVectorsMax = 20000;

struct LabelledVector {
  int64_t label;
  std::span<const float> values;
};

class VectorIndex {
 public:
  // Calls its argument with every vector of the corpus; views are valid during the call.
  using Reader = std::function<Status(const std::function<Status(const LabelledVector&)>&)>;

  struct Source {
    size_t dimension = 0, count = 0;  // of the vectors that `read` gives
    Reader read;
    std::string graph_path, graph_digest;  // the digest is empty if nothing was saved
    size_t exact_max = kExactVectorsMax;
  };
  // Above exact_max vectors: the graph, loaded or built. Errors: those of `read`,
  // ResourceExhausted (memory).
  static Result<std::unique_ptr<VectorIndex>> Load(const Source& source);
  virtual ~VectorIndex() = default;

  // At most k (label, inner product), the best first.
  virtual std::vector<std::pair<int64_t, float>> Nearest(std::span<const float> query,
                                                         size_t k) const = 0;
  // True if the file of the graph is not there or out of date.
  virtual bool changed() const = 0;
  // Writes the graph; the file's digest. Errors: Unavailable. An exact index is never saved.
  virtual Result<std::string> Save(const std::string& path) = 0;
};

// The file of the graph of a corpus.
std::string GraphPath(const std::string& corpus_path);

}  // namespace lmp::rag
