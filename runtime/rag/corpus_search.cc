// Corpus: finding chunks.
#include <algorithm>
#include <map>

#include "runtime/rag/corpus.h"
#include "runtime/rag/rank_fusion.h"
#include "runtime/rag/words.h"

namespace lmp::rag {
namespace {

constexpr size_t kHitsMax = 1000;

}  // namespace

// A word in a heading counts twice (measured: docs/RAG.md).
Result<Corpus::Ranked> Corpus::RankByWords(std::string_view text, size_t k) {
  Ranked ranked;
  const std::string expression = MatchExpression(text);
  if (expression.empty()) return ranked;
  LMP_TRY(Statement find,
          database_->Prepare("SELECT rowid, bm25(words, 2.0, 1.0) AS score FROM words "
                             "WHERE words MATCH ? ORDER BY score, rowid LIMIT ?"));
  find.Bind(1, expression).Bind(2, static_cast<int64_t>(k));
  for (;;) {
    LMP_TRY(const bool row, find.Step());
    if (!row) return ranked;
    ranked.emplace_back(find.Number(0), -find.Real(1));
  }
}

Result<Hit> Corpus::ReadHit(int64_t chunk) {
  LMP_TRY(
      Statement read,
      database_->Prepare("SELECT c.key, d.name, c.line, c.heading, c.body, c.tokens FROM chunks c "
                         "JOIN documents d ON d.id = c.document WHERE c.id = ?"));
  LMP_TRY(const bool row, read.Bind(1, chunk).Step());
  if (!row) {
    return Corruption(path_ +
                      ": the corpus is damaged (a word of a chunk that is not there); "
                      "remove the file and add the documents again");
  }
  Hit hit;
  hit.id = std::string(read.Text(0));
  hit.document = std::string(read.Text(1));
  hit.line = read.Number(2);
  hit.heading = std::string(read.Text(3));
  hit.text = std::string(read.Text(4));
  hit.tokens = read.Number(5);
  return hit;
}

Result<std::vector<Hit>> Corpus::Search(const Query& query) {
  SearchMode mode = query.mode;
  if (mode == SearchMode::kAuto) {
    mode = query.vector.empty() ? SearchMode::kWords
           : query.text.empty() ? SearchMode::kVectors
                                : SearchMode::kHybrid;
  }
  if (mode != SearchMode::kWords && query.vector.empty()) {
    return InvalidArgument("a search by vectors needs the vector of the question");
  }
  const size_t k = std::min(query.k, kHitsMax);
  const bool hybrid = mode == SearchMode::kHybrid;
  const size_t depth = hybrid ? FusionDepth(k) : k;
  LMP_TRY(const auto snapshot, Transaction::Begin(database_.get(), Access::kRead));
  struct Sum {
    double score = 0;
    int word_rank = 0, vector_rank = 0;
  };
  std::map<int64_t, Sum> sums;
  const auto merge = [&](const Ranked& ranked, int Sum::*rank_of) {
    for (size_t i = 0; i < ranked.size(); ++i) {
      Sum& sum = sums[ranked[i].first];
      sum.*rank_of = static_cast<int>(i + 1);
      sum.score += hybrid ? PlaceScore(i) : ranked[i].second;
    }
  };
  if (mode != SearchMode::kVectors) {
    LMP_TRY(const Ranked ranked, RankByWords(query.text, depth));
    merge(ranked, &Sum::word_rank);
  }
  if (mode != SearchMode::kWords) {
    LMP_TRY(const Ranked ranked, RankByVector(query.vector, depth));
    merge(ranked, &Sum::vector_rank);
  }
  std::vector<std::pair<int64_t, Sum>> order(sums.begin(), sums.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second.score > b.second.score; });
  if (order.size() > k) order.resize(k);
  std::vector<Hit> hits;
  for (const auto& [chunk, sum] : order) {
    LMP_TRY(Hit hit, ReadHit(chunk));
    hit.score = sum.score;
    hit.word_rank = sum.word_rank;
    hit.vector_rank = sum.vector_rank;
    hits.push_back(std::move(hit));
  }
  return hits;
}

Status Corpus::ForEachChunk(const std::function<bool(const Hit&)>& on_chunk) {
  LMP_TRY(const auto snapshot, Transaction::Begin(database_.get(), Access::kRead));
  LMP_TRY(Statement read,
          database_->Prepare("SELECT c.id FROM chunks c JOIN documents d ON d.id = c.document "
                             "ORDER BY d.name, c.position"));
  for (;;) {
    LMP_TRY(const bool row, read.Step());
    if (!row) return OkStatus();
    LMP_TRY(const Hit hit, ReadHit(read.Number(0)));
    if (!on_chunk(hit)) return OkStatus();
  }
}

}  // namespace lmp::rag
