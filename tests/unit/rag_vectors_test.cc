// Vectors of the user: lines, nearest, fusion with words, the graph beside the corpus.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "runtime/base/clock_rng.h"
#include "runtime/rag/vector_index.h"
#include "tests/support/rag_folder.h"

namespace {

using lmp::Rng;
using lmp::StatusCode;
using lmp::testing::Must;
using lmp::testing::RagFolder;
using namespace lmp::rag;

std::unique_ptr<Corpus> ThreePassages(const RagFolder& folder) {
  auto corpus = folder.Open();
  Must(
      corpus->AddPassages("{\"id\": \"cat\", \"text\": \"Cats purr.\"}\n"
                          "{\"id\": \"dog\", \"title\": \"Dogs\", \"text\": \"Dogs bark.\"}\n"
                          "{\"id\": \"car\", \"text\": \"Cars honk and purr.\"}\n"));
  return corpus;
}

std::string Names(const std::vector<Hit>& hits) {
  std::string names;
  for (const Hit& hit : hits) names += (names.empty() ? "" : " ") + hit.document;
  return names;
}

TEST_CASE("vectors by id, by document and by text; search by vector and by both") {
  RagFolder folder;
  auto corpus = ThreePassages(folder);
  const std::string id = Must(corpus->Search({.text = "honk"}))[0].id;
  const VectorReport report =
      Must(corpus->AddVectors("{\"id\": \"" + id +
                              "\", \"embedding\": [0, 2]}\n"
                              "{\"text\": \"Cats purr.\", \"embedding\": [1, 0]}\n"
                              "{\"text\": \"Dogs\\n\\nDogs bark.\", \"embedding\": [0.9, 0.1]}\n"
                              "{\"id\": \"nobody\", \"embedding\": [1, 1]}\n"));
  CHECK(report.added == 3);
  CHECK(report.unknown == std::vector<std::string>{"nobody"});
  auto hits = Must(corpus->Search({.vector = {2, 0}}));
  CHECK(Names(hits) == "cat dog car");
  CHECK(hits[0].score == doctest::Approx(1));
  CHECK(hits[2].score == doctest::Approx(0));
  hits = Must(corpus->Search({.text = "purr", .vector = {1, 0.2F}}));
  CHECK(hits.size() == 3);
  CHECK(hits[0].document == "cat");  // first by words or vectors, found by both
  CHECK(hits[0].word_rank > 0);
  CHECK(hits[0].vector_rank > 0);
  CHECK(hits[2].word_rank == 0);
  CHECK(Names(Must(corpus->Search(
            {.text = "honk", .vector = {1, 0}, .mode = SearchMode::kWords}))) == "car");
  CHECK(corpus->Search({.vector = {1, 0, 0}}).status().code() == StatusCode::kInvalidArgument);
  CHECK(corpus->Search({.text = "x", .mode = SearchMode::kHybrid}).status().code() ==
        StatusCode::kInvalidArgument);
  CHECK(corpus->Search({.vector = {0, 0}}).status().code() == StatusCode::kInvalidArgument);
  CHECK(Must(corpus->AddVectors("{\"id\": \"cat\", \"embedding\": [1, 0]}")).unchanged == 1);
  // Replaced: the old one is not found any more.
  CHECK(Must(corpus->AddVectors("{\"id\": \"cat\", \"embedding\": [0, 1]}")).added == 1);
  CHECK(Names(Must(corpus->Search({.vector = {1, 0}, .k = 1}))) == "dog");
  Must(corpus->Remove({"dog"}));
  CHECK(Must(corpus->Stats()).vectors == 2);
  CHECK(Must(corpus->Search({.vector = {1, 0}})).size() == 2);
}

TEST_CASE("bad lines name themselves and add nothing") {
  RagFolder folder;
  auto corpus = ThreePassages(folder);
  const std::string good = "{\"id\": \"cat\", \"embedding\": [1, 2]}\n";
  for (const std::string bad :
       {"nothing", "{\"id\": \"cat\"}", "{\"id\": \"cat\", \"embedding\": [1]}", "[1]",
        "{\"id\": \"cat\", \"embedding\": [1, \"x\"]}", "{\"id\": \"cat\", \"embedding\": [0, 0]}",
        "{\"id\": \"cat\", \"embedding\": [1e400, 0]}", "{\"id\": \"cat\", \"embedding\": []}",
        "{\"embedding\": [1, 2]}"}) {
    CAPTURE(bad);
    const auto report = corpus->AddVectors(good + bad);
    CHECK(report.status().code() == StatusCode::kInvalidArgument);
    CHECK(report.status().message().starts_with("line 2"));
    CHECK(Must(corpus->Stats()).vectors == 0);
  }
  CHECK(corpus->Search({.vector = {1, 2}}).status().code() == StatusCode::kInvalidArgument);
}

struct Vectors {
  static constexpr size_t kDimension = 16;
  std::vector<int64_t> labels;
  std::vector<std::vector<float>> rows;

  void Add(int count, Rng* rng) {
    for (int i = 0; i < count; ++i) {
      std::vector<float> row(kDimension);
      float sum = 0;
      for (float& x : row) {
        x = static_cast<float>(rng->Unit() - 0.5);
        sum += x * x;
      }
      for (float& x : row) x /= std::sqrt(sum);
      labels.push_back(static_cast<int64_t>(rng->Next() >> 4));
      rows.push_back(row);
    }
  }
  VectorIndex::Source Source(const std::string& path, const std::string& digest,
                             size_t exact_max) const {
    VectorIndex::Source source{kDimension, rows.size(), {}, path, digest, exact_max};
    source.read = [this](const std::function<lmp::Status(const LabelledVector&)>& take) {
      for (size_t i = 0; i < rows.size(); ++i) LMP_RETURN_IF_ERROR(take({labels[i], rows[i]}));
      return lmp::OkStatus();
    };
    return source;
  }
};

// How many of the true ten nearest the index finds, of 1.
double Recall(const VectorIndex& index, const VectorIndex& exact, Rng* rng) {
  int found = 0;
  for (int q = 0; q < 50; ++q) {
    Vectors query;
    query.Add(1, rng);
    std::set<int64_t> truth;
    for (const auto& [label, score] : exact.Nearest(query.rows[0], 10)) truth.insert(label);
    for (const auto& [label, score] : index.Nearest(query.rows[0], 10))
      found += truth.contains(label) ? 1 : 0;
  }
  return found / 500.0;
}

TEST_CASE("the graph: near the exact answer, saved, loaded, brought up to date, never trusted") {
  RagFolder folder;
  const std::string path = folder / "graph";
  Rng rng(29);
  Vectors vectors;
  vectors.Add(2000, &rng);
  auto graph = Must(VectorIndex::Load(vectors.Source(path, "", 0)));
  auto exact = Must(VectorIndex::Load(vectors.Source(path, "", 10'000)));
  CHECK(Recall(*graph, *exact, &rng) > 0.95);
  CHECK(graph->changed());
  const std::string digest = Must(graph->Save(path));
  struct stat facts;
  REQUIRE(stat(path.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  auto loaded = Must(VectorIndex::Load(vectors.Source(path, digest, 0)));
  CHECK(!loaded->changed());
  CHECK(Recall(*loaded, *exact, &rng) > 0.95);
  // Later: some are gone, some are new.
  vectors.labels.erase(vectors.labels.begin(), vectors.labels.begin() + 300);
  vectors.rows.erase(vectors.rows.begin(), vectors.rows.begin() + 300);
  vectors.Add(900, &rng);
  exact = Must(VectorIndex::Load(vectors.Source(path, "", 10'000)));
  auto later = Must(VectorIndex::Load(vectors.Source(path, digest, 0)));
  CHECK(later->changed());
  CHECK(Recall(*later, *exact, &rng) > 0.95);
  // Another file, a cut one, none: built anew.
  for (const std::string& bytes : {std::string("rubbish"), folder.Read("graph").substr(0, 5000)}) {
    folder.Write("graph", bytes);
    auto anew = Must(VectorIndex::Load(vectors.Source(path, digest, 0)));
    CHECK(anew->changed());
    CHECK(Recall(*anew, *exact, &rng) > 0.95);
  }
  // A file whose digest is right but which is no graph.
  folder.Write("graph", "rubbish");
  std::filesystem::remove(path);
  CHECK(Must(VectorIndex::Load(vectors.Source(path, digest, 0)))->changed());
}

TEST_CASE("a removed vector is in no file") {
  RagFolder folder;
  auto corpus = ThreePassages(folder);
  Must(
      corpus->AddVectors("{\"id\": \"cat\", \"embedding\": [0.6, 0.8, 0]}\n"
                         "{\"id\": \"dog\", \"embedding\": [0, 0.6, 0.8]}\n"));
  const float values[3] = {0.6F, 0.8F, 0};
  const std::string_view bytes(reinterpret_cast<const char*>(values), sizeof values);
  folder.Write("c.corpus.hnsw", bytes);  // as if there were a graph
  CHECK(folder.FilesWith(bytes).find("hnsw") != std::string::npos);
  Must(corpus->Remove({"cat"}));
  CHECK(folder.FilesWith(bytes) == "");
}

}  // namespace
