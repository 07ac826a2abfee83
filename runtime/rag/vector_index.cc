#include "runtime/rag/vector_index.h"

#include <fcntl.h>
#include <hnswlib/hnswlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <unordered_set>

#include "runtime/rag/digest.h"

namespace lmp::rag {
namespace {

constexpr size_t kLinks = 16, kBuildEffort = 200, kSearchEffort = 128;
constexpr double kGrowth = 1.25;  // room in a graph for vectors that come later

using Ranked = std::vector<std::pair<int64_t, float>>;

class ExactIndex final : public VectorIndex {
 public:
  explicit ExactIndex(size_t dimension) : dimension_(dimension) {}

  void Add(const LabelledVector& vector) {
    labels_.push_back(vector.label);
    values_.insert(values_.end(), vector.values.begin(), vector.values.end());
  }

  Ranked Nearest(std::span<const float> query, size_t k) const override {
    Ranked all;
    all.reserve(labels_.size());
    for (size_t i = 0; i < labels_.size(); ++i) {
      const float* row = values_.data() + i * dimension_;
      float sum = 0;
      for (size_t d = 0; d < dimension_; ++d) sum += row[d] * query[d];
      all.emplace_back(labels_[i], sum);
    }
    k = std::min(k, all.size());
    const auto better = [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    };
    std::partial_sort(all.begin(), all.begin() + static_cast<ptrdiff_t>(k), all.end(), better);
    all.resize(k);
    return all;
  }
  bool changed() const override { return false; }
  Result<std::string> Save(const std::string&) override {
    return Internal("an exact index is not saved");
  }

 private:
  const size_t dimension_;
  std::vector<int64_t> labels_;
  std::vector<float> values_;
};

// hnswlib throws what this turns into a Status.
class GraphIndex final : public VectorIndex {
 public:
  using Graph = hnswlib::HierarchicalNSW<float>;

  explicit GraphIndex(size_t dimension) : dimension_(dimension), space_(dimension) {}

  Status Fill(const Source& source) {
    try {
      bool ready = false;
      if (LoadSaved(source)) {
        LMP_TRY(ready, BringUpToDate(source));
      }
      if (!ready) {
        changed_ = true;
        graph_ = std::make_unique<Graph>(&space_, Room(source.count), kLinks, kBuildEffort);
        LMP_RETURN_IF_ERROR(source.read([&](const LabelledVector& v) { return Add(v); }));
      }
      graph_->setEf(kSearchEffort);
      return OkStatus();
    } catch (const std::exception& error) {
      return ResourceExhausted(std::string("the index of vectors cannot be built: ") +
                               error.what());
    }
  }

  Ranked Nearest(std::span<const float> query, size_t k) const override {
    Ranked out;
    try {
      graph_->ef_ = std::max(kSearchEffort, 2 * k);
      auto found = graph_->searchKnn(query.data(), k);
      for (; !found.empty(); found.pop()) {
        out.emplace_back(static_cast<int64_t>(found.top().second), 1 - found.top().first);
      }
    } catch (const std::exception&) {
      out.clear();  // out of memory for the visited list: as if nothing were near
    }
    std::reverse(out.begin(), out.end());
    return out;
  }

  bool changed() const override { return changed_; }

  Result<std::string> Save(const std::string& path) override {
    const std::string fresh = path + ".new";
    // Made before it is filled, so that only its owner reads it: vectors tell what the text was.
    unlink(fresh.c_str());
    const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return Unavailable(fresh + ": cannot be made");
    close(file);
    try {
      graph_->saveIndex(fresh);
    } catch (const std::exception& error) {
      return Unavailable(fresh + ": " + error.what());
    }
    Result<std::string> digest = FileSha256Hex(fresh);
    if (!digest.ok()) return digest.status();
    if (std::rename(fresh.c_str(), path.c_str()) != 0) {
      unlink(fresh.c_str());
      return Unavailable(path + ": cannot be written");
    }
    changed_ = false;
    return digest;
  }

 private:
  static size_t Room(size_t count) {
    return static_cast<size_t>(static_cast<double>(count) * kGrowth) + 1000;
  }

  Status Add(const LabelledVector& vector) {
    graph_->addPoint(vector.values.data(), static_cast<size_t>(vector.label));
    return OkStatus();
  }

  bool LoadSaved(const Source& source) {
    if (source.graph_digest.empty()) return false;
    const Result<std::string> digest = FileSha256Hex(source.graph_path);
    if (!digest.ok() || digest.value() != source.graph_digest) return false;
    try {
      graph_ = std::make_unique<Graph>(&space_, source.graph_path, false, Room(source.count));
    } catch (const std::exception&) {
      return false;  // of another version of the library
    }
    return true;
  }

  // False if so much was deleted that a new graph is better.
  Result<bool> BringUpToDate(const Source& source) {
    std::unordered_set<size_t> gone;
    for (const auto& [label, place] : graph_->label_lookup_) gone.insert(label);
    if (gone.size() > 2 * source.count) return false;
    if (graph_->max_elements_ < gone.size() + source.count) {
      graph_->resizeIndex(Room(gone.size() + source.count));
    }
    LMP_RETURN_IF_ERROR(source.read([&](const LabelledVector& v) {
      if (gone.erase(static_cast<size_t>(v.label)) > 0) return OkStatus();
      changed_ = true;
      return Add(v);
    }));
    for (const size_t label : gone) {
      if (!graph_->isMarkedDeleted(graph_->label_lookup_.at(label))) {
        changed_ = true;
        graph_->markDelete(label);
      }
    }
    return true;
  }

  const size_t dimension_;
  hnswlib::InnerProductSpace space_;
  std::unique_ptr<Graph> graph_;
  bool changed_ = false;
};

}  // namespace

Result<std::unique_ptr<VectorIndex>> VectorIndex::Load(const Source& source) {
  if (source.count > source.exact_max) {
    auto graph = std::make_unique<GraphIndex>(source.dimension);
    LMP_RETURN_IF_ERROR(graph->Fill(source));
    return std::unique_ptr<VectorIndex>(std::move(graph));
  }
  auto exact = std::make_unique<ExactIndex>(source.dimension);
  LMP_RETURN_IF_ERROR(source.read([&](const LabelledVector& vector) {
    exact->Add(vector);
    return OkStatus();
  }));
  return std::unique_ptr<VectorIndex>(std::move(exact));
}

std::string GraphPath(const std::string& corpus_path) { return corpus_path + ".hnsw"; }

}  // namespace lmp::rag
