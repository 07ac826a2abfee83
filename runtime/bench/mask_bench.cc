// `lmp bench mask`: token masks of JSON Schemas on a sample of MaskBench, with the Llama-3
// vocabulary.
//
//   mask_{mean,p25,p50,p75,p90,p95,p99,p999,max}_us   one mask, thread-CPU time
//   first_mask_{mean,p50,p90,p99,max}_ms              from the schema's text to the first mask
//   schemas_right_pct     every valid instance is accepted, every invalid one is not
//   accepts_invalid, rejects_valid, refused           schemas
//
// Each instance is written as the default style writes it and tokenised canonically; a mask is
// computed before every token and must allow it, until one does not.
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include <nlohmann/json.hpp>

#include "runtime/bench/bench.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/json_schema/json_schema.h"
#include "runtime/model/tokenizer_file.h"

namespace lmp::bench {
namespace {

namespace fs = std::filesystem;
using constrain::Matcher;
using constrain::TokenMask;
using constrain::TokenTrie;
using Ordered = nlohmann::ordered_json;  // keeps the order of keys

// Test data, fetched separately; without it the bench does not run.
constexpr const char* kSample = "../shared/data/json/maskbench-sample.tar.gz";
constexpr const char* kVocabulary = "../shared/data/tokenizers/llama3";
constexpr int kRepsMax = 3;

struct Task {
  std::string schema;
  std::vector<std::pair<std::string, bool>> instances;  // text, valid
};

// As the default style writes values.
void Write(const Ordered& value, std::string* out) {
  if (!value.is_structured()) {
    *out += value.dump();
    return;
  }
  *out += value.is_object() ? '{' : '[';
  bool first = true;
  for (const auto& [key, item] : value.items()) {
    if (!first) *out += ", ";
    first = false;
    if (value.is_object()) *out += Ordered(key).dump() + ": ";
    Write(item, out);
  }
  *out += value.is_object() ? '}' : ']';
}

Result<std::vector<Task>> ReadFolder(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Task> tasks;
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    const Ordered content = Ordered::parse(in, nullptr, false);
    if (!content.is_object() || !content.contains("schema")) continue;
    Task task{content["schema"].dump(), {}};
    for (const Ordered& test : content.value("tests", Ordered::array())) {
      std::string text;
      Write(test.at("data"), &text);
      task.instances.emplace_back(std::move(text), test.at("valid").get<bool>());
    }
    tasks.push_back(std::move(task));
  }
  if (tasks.empty()) return NotFound("no schemas in " + std::string(kSample));
  return tasks;
}

// By the system's tar, without a shell between.
Status Unpack(std::string archive, std::string folder) {
  std::string tar = "tar", extract = "-xzf", into = "-C";
  char* const words[] = {tar.data(),  extract.data(), archive.data(),
                         into.data(), folder.data(),  nullptr};
  pid_t child = 0;
  int status = 0;
  if (posix_spawnp(&child, "tar", nullptr, nullptr, words, environ) != 0) {
    return Unavailable("there is no tar to unpack " + archive);
  }
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status == 0 ? OkStatus() : Unavailable("tar cannot unpack " + archive);
}

Result<std::vector<Task>> ReadTasks() {
  if (!fs::exists(kSample)) return NotFound(std::string(kSample) + " is absent");
  std::string folder = (fs::temp_directory_path() / "lmp-maskbench-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return Unavailable("no temporary folder");
  const Status unpacked = Unpack(kSample, folder);
  Result<std::vector<Task>> tasks =
      unpacked.ok() ? ReadFolder(folder) : Result<std::vector<Task>>(unpacked);
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  return tasks;
}

class MaskRun {
 public:
  MaskRun(std::shared_ptr<const text::Tokenizer> tokenizer, std::shared_ptr<const TokenTrie> trie)
      : tokenizer_(std::move(tokenizer)), trie_(std::move(trie)) {
    ends_ = {tokenizer_->spec().eos};
  }

  void Do(const Task& task) {
    const double begin = ThreadCpuMicros();
    const constrain::SchemaGrammar made = constrain::CompileJsonSchema(task.schema);
    if (made.grammar == nullptr) {
      ++refused_;
      return;
    }
    {
      TokenMask mask;
      if (!Matcher(made.grammar, trie_).Mask(ends_, &mask).ok()) {
        ++refused_;
        return;
      }
    }
    first_ms_.push_back((ThreadCpuMicros() - begin) * 1e-3);
    bool accepts = false, rejects = false;
    for (const auto& [text, valid] : task.instances) {
      const bool accepted = Follow(made.grammar, text);
      accepts = accepts || (accepted && !valid);
      rejects = rejects || (!accepted && valid);
    }
    accepts_invalid_ += accepts ? 1 : 0;
    rejects_valid_ += rejects && !accepts ? 1 : 0;
    right_ += accepts || rejects ? 0 : 1;
  }

  std::map<std::string, double> Figures(size_t tasks) {
    std::map<std::string, double> out;
    Summarise("mask_", "_us", &mask_us_, &out);
    Summarise("first_mask_", "_ms", &first_ms_, &out);
    out["schemas_right_pct"] = 100.0 * right_ / static_cast<double>(tasks);
    out["accepts_invalid"] = accepts_invalid_;
    out["rejects_valid"] = rejects_valid_;
    out["refused"] = refused_;
    out["masks"] = static_cast<double>(mask_us_.size());
    return out;
  }

 private:
  bool Follow(const constrain::GrammarRef& grammar, const std::string& text) {
    ids_.clear();
    tokenizer_->Encode(text, text::FragmentStart::kContinue, &ids_);
    ids_.push_back(ends_[0]);
    Matcher matcher(grammar, trie_);
    for (const TokenId id : ids_) {
      const double begin = ThreadCpuMicros();
      const Status status = matcher.Mask(ends_, &mask_);
      mask_us_.push_back(ThreadCpuMicros() - begin);
      if (!status.ok() || !mask_.Allows(id)) return false;
      if (id == ends_[0]) return true;
      if (!matcher.Accept(id)) return false;
    }
    return false;
  }

  static void Summarise(const std::string& prefix, const std::string& suffix,
                        std::vector<double>* values, std::map<std::string, double>* out) {
    if (values->empty()) return;
    std::sort(values->begin(), values->end());
    double sum = 0;
    for (const double value : *values) sum += value;
    (*out)[prefix + "mean" + suffix] = sum / static_cast<double>(values->size());
    const std::pair<const char*, double> shares[] = {{"p25", 0.25},   {"p50", 0.5},  {"p75", 0.75},
                                                     {"p90", 0.9},    {"p95", 0.95}, {"p99", 0.99},
                                                     {"p999", 0.999}, {"max", 1.0}};
    for (const auto& [name, share] : shares) {
      const auto at = static_cast<size_t>(share * static_cast<double>(values->size() - 1));
      (*out)[prefix + name + suffix] = (*values)[at];
    }
  }

  const std::shared_ptr<const text::Tokenizer> tokenizer_;
  const std::shared_ptr<const TokenTrie> trie_;
  std::vector<TokenId> ends_, ids_;
  TokenMask mask_;
  std::vector<double> mask_us_, first_ms_;
  int right_ = 0, refused_ = 0, accepts_invalid_ = 0, rejects_valid_ = 0;
};

std::string UnitOf(const std::string& row) {
  for (const char* unit : {"us", "ms", "pct"}) {
    if (row.ends_with("_" + std::string(unit))) return unit;
  }
  return row == "masks" ? "masks" : "schemas";
}

}  // namespace

Result<std::vector<BenchRow>> RunMaskBench(const BenchOptions& options) {
  LMP_TRY(const std::vector<Task> tasks, ReadTasks());
  LMP_TRY(text::TokenizerSpec spec, model::ReadTokenizerFile(kVocabulary, ""));
  LMP_TRY(const auto tokenizer, text::MakeTokenizer(std::move(spec)));
  const auto trie = std::make_shared<const TokenTrie>(*tokenizer);
  std::map<std::string, std::vector<double>> values;
  for (int rep = 0; rep < std::clamp(options.reps, 1, kRepsMax); ++rep) {
    if (options.progress) options.progress("mask: round " + std::to_string(rep + 1));
    MaskRun run(tokenizer, trie);
    for (const Task& task : tasks) run.Do(task);
    for (const auto& [row, value] : run.Figures(tasks.size())) values[row].push_back(value);
  }
  std::vector<BenchRow> rows;
  for (auto& [row, reps] : values) {
    if (!WantsRow(options, row)) continue;
    rows.push_back(MakeRow(row, UnitOf(row), std::move(reps)));
    if (row == "masks") {
      rows.back().note = std::to_string(tasks.size()) + " schemas, " +
                         std::to_string(trie->vocabulary()) + " tokens";
    }
  }
  return rows;
}

}  // namespace lmp::bench
