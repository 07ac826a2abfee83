// Recall against PyPI's bm25s on public questions. docs/RAG.md has the figures of both and says how
// those of bm25s were made; the numbers below are those of bm25s as it comes.
#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "tests/support/rag_folder.h"

namespace {

using lmp::Json;
using lmp::testing::Must;
using lmp::testing::RagFolder;
using namespace lmp::rag;

constexpr char kFolder[] = "../shared/data/rag/hipporag/";

Json Read(const std::string& name) {
  std::ifstream in(kFolder + name, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return text.empty() ? Json() : Must(lmp::ParseJson(text));
}

struct Question {
  std::string text;
  std::set<std::string> documents;
};

// Percent of the documents wanted that are among the first five, mean over the questions.
double RecallAtFive(Corpus* corpus, const std::vector<Question>& questions) {
  double sum = 0;
  for (const Question& question : questions) {
    std::set<std::string> found;
    for (const Hit& hit : Must(corpus->Search({.text = question.text, .k = 5}))) {
      if (question.documents.contains(hit.document)) found.insert(hit.document);
    }
    sum += static_cast<double>(found.size()) / static_cast<double>(question.documents.size());
  }
  return 100 * sum / static_cast<double>(questions.size());
}

// Passages as documents "0", "1", ...; each one chunk, as for bm25s.
std::unique_ptr<Corpus> MakeCorpus(const RagFolder& folder, const Json& passages) {
  std::string lines;
  for (size_t i = 0; i < passages.size(); ++i) {
    lines += lmp::DumpJson(Json{{"id", std::to_string(i)},
                                {"title", passages[i]["title"]},
                                {"text", passages[i]["text"]}}) +
             "\n";
  }
  CorpusOptions options;
  options.limits = ChunkLimits{4096, 0};
  auto corpus = folder.Open(options);
  Must(corpus->AddPassages(lines));
  return corpus;
}

TEST_CASE("MuSiQue: questions over several documents") {
  const Json passages = Read("musique_train_corpus.json"), questions = Read("musique_train.json");
  if (passages.empty() || questions.empty()) {
    std::puts("SKIPPED: no ../shared/data/rag");
    return;
  }
  std::map<std::pair<std::string, std::string>, std::string> ids;
  for (size_t i = 0; i < passages.size(); ++i) {
    ids.emplace(
        std::pair(passages[i]["title"].get<std::string>(), passages[i]["text"].get<std::string>()),
        std::to_string(i));
  }
  std::vector<Question> all;
  for (const Json& q : questions) {
    Question question{q["question"].get<std::string>(), {}};
    for (const Json& p : q["paragraphs"]) {
      if (!p["is_supporting"].get<bool>()) continue;
      question.documents.insert(
          ids.at({p["title"].get<std::string>(), p["paragraph_text"].get<std::string>()}));
    }
    all.push_back(question);
  }
  RagFolder folder;
  const double recall = RecallAtFive(MakeCorpus(folder, passages).get(), all);
  std::printf("recall@5 MuSiQue: %.2f\n", recall);
  CHECK(recall >= 50.92 - 1);
}

// The data has no questions for 2Wiki, only its passages: a question is the four words in the
// middle of a passage, and the passage is to be found.
TEST_CASE("2Wiki: passages by four words of theirs") {
  const Json passages = Read("2wikimultihopqa_corpus.json");
  if (passages.empty()) {
    std::puts("SKIPPED: no ../shared/data/rag");
    return;
  }
  std::vector<Question> all;
  for (size_t i = 0; i < passages.size(); i += 20) {
    const std::string text = passages[i]["text"].get<std::string>();
    std::vector<std::string> words;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find_first_of(" \n\t", begin), text.size());
      if (end > begin) words.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    if (words.size() < 8) continue;
    Question question{"", {std::to_string(i)}};
    for (size_t w = words.size() / 2; w < words.size() / 2 + 4; ++w)
      question.text += words[w] + " ";
    all.push_back(question);
  }
  RagFolder folder;
  const double recall = RecallAtFive(MakeCorpus(folder, passages).get(), all);
  std::printf("recall@5 2Wiki, %zu passages by four words: %.2f\n", all.size(), recall);
  CHECK(recall >= 85.28 - 1);
}

}  // namespace
