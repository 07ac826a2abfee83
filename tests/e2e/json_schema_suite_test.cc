// JSON Schema against two public suites: the JSON-Schema-Test-Suite and a sample of MaskBench.
// Every schema is compiled and every instance matched; what counts is that no invalid instance is
// accepted, and that the counts in json_schema_baseline.json only get better.
//
// The outcome of a schema is the worst of its instances':
//   wrong      an instance that is invalid is accepted
//   narrow     an instance that is valid is not generated in this form (key order, spelling)
//   refused    the schema is refused, with its places
//   right      else
#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/json_schema/json_schema.h"
#include "tests/support/read_text_file.h"

namespace lmp::constrain {
namespace {

namespace fs = std::filesystem;

const std::string kData = "../shared/data/json/";

// Keeps the order of keys.
using Ordered = nlohmann::ordered_json;

// As the default style writes values.
void Write(const Ordered& value, std::string* out) {
  if (value.is_object()) {
    *out += '{';
    bool first = true;
    for (const auto& [key, item] : value.items()) {
      *out += (first ? "" : ", ") + Ordered(key).dump() + ": ";
      Write(item, out);
      first = false;
    }
    *out += '}';
  } else if (value.is_array()) {
    *out += '[';
    for (size_t i = 0; i < value.size(); ++i) {
      if (i > 0) *out += ", ";
      Write(value[i], out);
    }
    *out += ']';
  } else {
    *out += value.dump();
  }
}

struct Counts {
  std::map<std::string, int> by_outcome;
  std::map<std::string, int> reasons;
  int wrong_instances = 0, narrow_instances = 0, right_instances = 0;
  double compile_ms_max = 0;
};

bool Verbose() { return std::getenv("LMP_SCHEMA_VERBOSE") != nullptr; }

void Check(const std::string& name, const Ordered& schema, const Ordered& tests, Counts* counts) {
  static const auto trie = std::make_shared<const TokenTrie>(std::vector<std::string>(8));
  const auto begin = std::chrono::steady_clock::now();
  const SchemaGrammar compiled = CompileJsonSchema(schema.dump());
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  if (took.count() > counts->compile_ms_max) counts->compile_ms_max = took.count();
  if (Verbose() && took.count() > 200) std::printf("SLOW %s %.0f ms\n", name.c_str(), took.count());
  if (compiled.grammar == nullptr) {
    REQUIRE(!compiled.refused.empty());
    ++counts->by_outcome["refused"];
    const SchemaProblem& p = compiled.refused[0];
    ++counts->reasons[p.keyword + ": " + p.reason.substr(0, 60)];
    if (Verbose())
      std::printf("REFUSED %s %s\n", name.c_str(),
                  StatusOf(compiled.refused).message().substr(0, 200).c_str());
    return;
  }
  std::string outcome = "right";
  for (const Ordered& test : tests) {
    std::string text;
    Write(test["data"], &text);
    Matcher matcher(compiled.grammar, trie);
    const bool accepted = matcher.AcceptBytes(text) && matcher.Accepting();
    if (!matcher.status().ok() && Verbose())
      std::printf("LIMIT %s %s\n", name.c_str(), matcher.status().message().c_str());
    if (accepted == test["valid"].get<bool>()) {
      ++counts->right_instances;
      continue;
    }
    if (Verbose()) {
      std::printf("%s %s: %s\n", accepted ? "WRONG" : "NARROW", name.c_str(),
                  text.substr(0, 300).c_str());
    }
    if (accepted) ++counts->wrong_instances;
    if (!accepted) ++counts->narrow_instances;
    if (accepted || outcome == "right") outcome = accepted ? "wrong" : "narrow";
  }
  ++counts->by_outcome[outcome];
}

void Print(const std::string& suite, const Counts& counts) {
  std::printf("%s:", suite.c_str());
  for (const auto& [outcome, count] : counts.by_outcome)
    std::printf(" %s %d", outcome.c_str(), count);
  std::printf("; instances right %d, narrow %d, wrong %d; slowest compile %.1f ms\n",
              counts.right_instances, counts.narrow_instances, counts.wrong_instances,
              counts.compile_ms_max);
  if (!Verbose()) return;
  for (const auto& [reason, count] : counts.reasons)
    std::printf("  %5d %s\n", count, reason.c_str());
}

// Better is more right and fewer narrow ones.
void CheckBaseline(const std::string& suite, const Counts& counts) {
  const auto baseline = ParseJson(testing::ReadTextFile("tests/e2e/json_schema_baseline.json"));
  REQUIRE(baseline.ok());
  REQUIRE(baseline->contains(suite));
  const auto count = [&](const char* outcome) {
    const auto found = counts.by_outcome.find(outcome);
    return found == counts.by_outcome.end() ? 0 : found->second;
  };
  CHECK(count("wrong") == 0);
  CHECK(count("right") >= (*baseline)[suite]["right"].get<int>());
  CHECK(count("narrow") <= (*baseline)[suite]["narrow"].get<int>());
}

TEST_CASE("JSON-Schema-Test-Suite") {
  const fs::path root = kData + "JSON-Schema-Test-Suite/tests";
  if (!fs::exists(root)) {
    std::printf("SKIPPED: %s is absent\n", root.c_str());
    return;
  }
  const std::pair<const char*, const char*> drafts[] = {
      {"draft2020-12", "https://json-schema.org/draft/2020-12/schema"},
      {"draft7", "http://json-schema.org/draft-07/schema#"},
      {"draft4", "http://json-schema.org/draft-04/schema#"}};
  for (const auto& [draft, uri] : drafts) {
    CAPTURE(draft);
    Counts counts;
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(root / draft)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      // `content...` are annotations since 2019, and here.
      if (file.filename() == "content.json") continue;
      for (const Ordered& group : Ordered::parse(testing::ReadTextFile(file.string()))) {
        Ordered schema = group["schema"];
        if (schema.is_object() && !schema.contains("$schema")) schema["$schema"] = uri;
        Check(fs::relative(file, root).string() + " / " + group["description"].get<std::string>(),
              schema, group["tests"], &counts);
      }
    }
    Print(draft, counts);
    CheckBaseline(draft, counts);
  }
}

TEST_CASE("MaskBench sample") {
  const fs::path packed = kData + "maskbench-sample.tar.gz";
  if (!fs::exists(packed)) {
    std::printf("SKIPPED: %s is absent\n", packed.c_str());
    return;
  }
  const fs::path folder = fs::temp_directory_path() / ("lmp_maskbench_" + std::to_string(getpid()));
  fs::create_directories(folder);
  const std::string command = "tar -xzf " + packed.string() + " -C " + folder.string();
  if (std::system(command.c_str()) != 0) {
    std::printf("SKIPPED: tar cannot unpack %s\n", packed.c_str());
    return;
  }
  Counts counts;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    const Ordered content = Ordered::parse(testing::ReadTextFile(file.string()), nullptr, false);
    if (content.is_discarded()) continue;
    Check(file.stem().string(), content["schema"], content["tests"], &counts);
  }
  fs::remove_all(folder);
  Print("maskbench", counts);
  CheckBaseline("maskbench", counts);
}

}  // namespace
}  // namespace lmp::constrain
