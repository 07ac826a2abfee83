// `lmp bench tokenize`: encoding English text.
//
//   mbps/FAMILY   10 MB of English prose in messages of about 4 kB, MB per second of
//                 thread-CPU time
// The families are those whose files are at hand.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "runtime/base/json.h"
#include "runtime/bench/bench.h"
#include "runtime/model/tokenizer_file.h"
#include "runtime/text/tokenizer.h"

namespace lmp::bench {
namespace {

// Test data, fetched separately; without it the bench does not run.
const std::string kTokenizers = "../shared/data/tokenizers/";
constexpr const char* kProse = "../shared/data/prompts/gsm8k_test.jsonl";
constexpr size_t kTextBytes = 10'000'000;
constexpr size_t kMessageBytes = 4096;

struct Family {
  const char* name;
  const char* path;
};
constexpr Family kFamilies[] = {
    {"gpt-2", "gpt2"}, {"llama-3", "llama3"}, {"qwen2.5", "qwen2.5"}, {"llama-2", "llama2"}};

// Questions and answers, one after the other, again and again.
Result<std::vector<std::string>> Messages() {
  std::ifstream in(kProse);
  if (!in) return NotFound(std::string(kProse) + " is absent");
  std::vector<std::string> paragraphs;
  for (std::string line; std::getline(in, line);) {
    const Result<Json> row = ParseJson(line);
    if (!row.ok()) return row.status();
    for (const char* field : {"question", "answer"}) {
      if (row->contains(field)) paragraphs.push_back((*row)[field].get<std::string>());
    }
  }
  if (paragraphs.empty()) return NotFound(std::string(kProse) + " has no text");
  std::vector<std::string> messages(1);
  size_t bytes = 0;
  for (size_t i = 0; bytes < kTextBytes; ++i) {
    const std::string& next = paragraphs[i % paragraphs.size()];
    if (messages.back().size() + next.size() > kMessageBytes) messages.emplace_back();
    messages.back() += next + "\n\n";
    bytes += next.size() + 2;
  }
  return messages;
}

}  // namespace

Result<std::vector<BenchRow>> RunTokenizeBench(const BenchOptions& options) {
  LMP_TRY(const std::vector<std::string> messages, Messages());
  size_t bytes = 0;
  for (const std::string& message : messages) bytes += message.size();
  std::vector<BenchRow> rows;
  for (const Family& family : kFamilies) {
    const std::string row = "mbps/" + std::string(family.name);
    const std::string path = kTokenizers + family.path;
    if (!WantsRow(options, row) || !std::filesystem::exists(path)) continue;
    if (options.progress) options.progress("tokenize: " + std::string(family.name));
    LMP_TRY(text::TokenizerSpec spec, model::ReadTokenizerFile(path, ""));
    LMP_TRY(const auto tokenizer, text::MakeTokenizer(std::move(spec)));
    std::vector<double> rates;
    size_t tokens = 0;
    for (int rep = -1; rep < std::max(options.reps, 1); ++rep) {
      std::vector<TokenId> ids;
      tokens = 0;
      const double begin = ThreadCpuMicros();
      for (const std::string& message : messages) {
        ids.clear();
        tokenizer->Encode(message, text::FragmentStart::kMessage, &ids);
        tokens += ids.size();
      }
      const double took = std::max(ThreadCpuMicros() - begin, 1.0);
      // The first round fills caches.
      if (rep >= 0) rates.push_back(static_cast<double>(bytes) / took);
    }
    rows.push_back(MakeRow(row, "MB/s", std::move(rates)));
    rows.back().note = std::to_string(tokens) + " tokens";
  }
  if (rows.empty()) return NotFound("no tokenizer files in " + kTokenizers);
  return rows;
}

}  // namespace lmp::bench
