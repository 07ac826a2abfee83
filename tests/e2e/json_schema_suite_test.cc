// JSON Schema against two public suites: the JSON-Schema-Test-Suite and a sample of MaskBench.
// Every schema is compiled and every instance matched; no invalid instance may be accepted, and no
// test may get a worse outcome than json_schema_baseline.json keeps (outcome_ratchet.h).
//
// All files of a draft are run, those of optional/ and optional/format/ as if they were obligatory:
// formats are enforced. One file is read otherwise: optional/content.json of draft 7 lets
// `contentMediaType` and `contentEncoding` forbid values; they are annotations in every later draft
// and here, so there every instance counts as valid.
//
// A schema that is refused because nothing fulfils it is right if all its instances are invalid,
// and wrong if one is valid.
#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/constrain/constraint.h"
#include "runtime/constrain/json_schema/json_schema.h"
#include "tests/support/outcome_ratchet.h"
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

bool Verbose() { return std::getenv("LMP_SCHEMA_VERBOSE") != nullptr; }

// A letter for each test, or one for a schema without tests. `known_valid`: of every instance,
// whatever the test says.
std::string Outcomes(const std::string& name, const Ordered& schema, const Ordered& tests,
                     bool known_valid = false) {
  static const auto trie = std::make_shared<const TokenTrie>(std::vector<std::string>(8));
  const SchemaGrammar compiled = CompileJsonSchema(schema.dump());
  std::string why;
  if (compiled.grammar == nullptr) {
    REQUIRE(!compiled.refused.empty());
    why = StatusOf(compiled.refused).message();
    if (Verbose()) std::printf("REFUSED %s %s\n", name.c_str(), why.substr(0, 200).c_str());
  }
  const bool empty = why.find("nothing can fulfil it") != std::string::npos;
  if (tests.empty()) return compiled.grammar == nullptr ? "x" : ".";
  std::string outcomes;
  for (const Ordered& test : tests) {
    const bool valid = known_valid || test["valid"].get<bool>();
    if (compiled.grammar == nullptr) {
      outcomes += !empty ? 'x' : valid ? 'w' : '.';
      continue;
    }
    std::string text;
    Write(test["data"], &text);
    Matcher matcher(compiled.grammar, trie);
    const bool accepted = matcher.AcceptBytes(text) && matcher.Accepting();
    outcomes += accepted == valid ? '.' : accepted ? 'w' : 'n';
    if (accepted != valid && Verbose()) {
      std::printf("%s %s: %s %s\n", accepted ? "WRONG" : "NARROW", name.c_str(),
                  text.substr(0, 300).c_str(), matcher.status().message().c_str());
    }
  }
  return outcomes;
}

TEST_CASE("JSON-Schema-Test-Suite") {
  const fs::path root = kData + "JSON-Schema-Test-Suite/tests";
  if (!fs::exists(root)) {
    std::printf("SKIPPED: %s is absent\n", root.c_str());
    return;
  }
  const std::pair<const char*, const char*> drafts[] = {
      {"draft2020-12", "https://json-schema.org/draft/2020-12/schema"},
      {"draft2019-09", "https://json-schema.org/draft/2019-09/schema"},
      {"draft7", "http://json-schema.org/draft-07/schema#"},
      {"draft6", "http://json-schema.org/draft-06/schema#"},
      {"draft4", "http://json-schema.org/draft-04/schema#"}};
  for (const auto& [draft, uri] : drafts) {
    CAPTURE(draft);
    testing::OutcomeRatchet ratchet(draft);
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(root / draft)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      const std::string name = fs::relative(file, root / draft).replace_extension().string();
      const bool annotation = draft == std::string("draft7") && name == "optional/content";
      for (const Ordered& group : Ordered::parse(testing::ReadTextFile(file.string()))) {
        Ordered schema = group["schema"];
        if (schema.is_object() && !schema.contains("$schema")) schema["$schema"] = uri;
        const auto description = group["description"].get<std::string>();
        ratchet.Add(name, description,
                    Outcomes(name + " / " + description, schema, group["tests"], annotation));
      }
    }
    CHECK(ratchet.Finish());
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
  testing::OutcomeRatchet ratchet("maskbench");
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    const Ordered content = Ordered::parse(testing::ReadTextFile(file.string()), nullptr, false);
    if (content.is_discarded()) continue;
    const std::string name = file.stem().string();
    ratchet.Add(name, "", Outcomes(name, content["schema"], content["tests"]));
  }
  fs::remove_all(folder);
  CHECK(ratchet.Finish());
}

}  // namespace
}  // namespace lmp::constrain
