#include "tests/support/outcome_ratchet.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "tests/support/read_text_file.h"

namespace lmp::testing {
namespace {

using Kept = nlohmann::ordered_json;

const std::string kPath = "tests/e2e/json_schema_baseline.json";
const std::string kWorstFirst = "wxn.";

size_t Rank(char outcome) { return kWorstFirst.find(outcome); }

std::string NameOf(char outcome) {
  static const std::map<char, std::string> names = {
      {'w', "wrong"}, {'x', "refused"}, {'n', "narrow"}, {'.', "right"}};
  return names.at(outcome);
}

bool AllAre(char letter, const std::string& outcomes) {
  return outcomes.find_first_not_of(letter) == std::string::npos;
}

std::string Squeezed(const std::string& outcomes) {
  return AllAre(outcomes[0], outcomes) ? outcomes.substr(0, 1) : outcomes;
}

// Of test `i`; what is not kept is right.
char KeptOf(const std::vector<std::string>& groups, size_t group, size_t i) {
  if (group >= groups.size() || groups[group].empty()) return '.';
  return groups[group].size() == 1 ? groups[group][0] : groups[group].at(i);
}

}  // namespace

void OutcomeRatchet::Add(const std::string& file, const std::string& name,
                         const std::string& outcomes) {
  if (outcomes.empty()) throw std::invalid_argument(file + " has a group without tests");
  files_[file].push_back({name, outcomes});
  ++groups_;
}

bool OutcomeRatchet::Finish() const {
  std::map<char, int> groups, tests;
  for (const auto& [file, rows] : files_) {
    for (const Group& group : rows) {
      const char worst = *std::min_element(group.outcomes.begin(), group.outcomes.end(),
                                           [](char a, char b) { return Rank(a) < Rank(b); });
      ++groups[worst];
      for (const char outcome : group.outcomes) ++tests[outcome];
    }
  }
  std::printf("%s: schemas", suite_.c_str());
  for (const char outcome : kWorstFirst)
    std::printf(" %s %d", NameOf(outcome).c_str(), groups[outcome]);
  std::printf("; tests");
  for (const char outcome : kWorstFirst)
    std::printf(" %s %d", NameOf(outcome).c_str(), tests[outcome]);
  std::printf("\n");
  const std::string kept_json = ReadTextFile(kPath);
  const bool update = std::getenv("LMP_UPDATE") != nullptr;
  const bool same = Compare(kept_json);
  if (update && tests['w'] == 0) Rewrite(kept_json);
  return tests['w'] == 0 && (same || update);
}

bool OutcomeRatchet::Compare(const std::string& kept_json) const {
  const Kept kept = Kept::parse(kept_json).value(suite_, Kept::object());
  if (kept.value("schemas", 0) != groups_) {
    std::printf("%s has %d schemas, %s knows %d: after `./dev update` read the difference\n",
                suite_.c_str(), groups_, kPath.c_str(), kept.value("schemas", 0));
    return false;
  }
  const Kept not_right = kept.value("not right", Kept::object());
  int worse = 0, better = 0;
  for (const auto& [file, rows] : files_) {
    const auto old = SplitAt(not_right.value(file, ""), " ");
    for (size_t g = 0; g < rows.size(); ++g) {
      for (size_t i = 0; i < rows[g].outcomes.size(); ++i) {
        const char now = rows[g].outcomes[i], before = KeptOf(old, g, i);
        if (Rank(now) > Rank(before)) ++better;
        if (Rank(now) >= Rank(before)) continue;
        std::printf("WORSE %s %s, schema %zu \"%s\", test %zu: %s, was %s\n", suite_.c_str(),
                    file.c_str(), g, rows[g].name.c_str(), i, NameOf(now).c_str(),
                    NameOf(before).c_str());
        ++worse;
      }
    }
  }
  if (better > 0) {
    std::printf("%s: %d tests are better than what is kept; `./dev update` keeps it\n",
                suite_.c_str(), better);
  }
  return worse == 0;
}

void OutcomeRatchet::Rewrite(const std::string& kept_json) const {
  Kept not_right = Kept::object();
  for (const auto& [file, rows] : files_) {
    std::string text;
    for (const Group& group : rows) text += (text.empty() ? "" : " ") + Squeezed(group.outcomes);
    if (text.find_first_not_of(". ") != std::string::npos) not_right[file] = text;
  }
  Kept kept = Kept::parse(kept_json);
  kept[suite_] = Kept{{"schemas", groups_}, {"not right", not_right}};
  std::ofstream out(kPath, std::ios::binary | std::ios::trunc);
  out << kept.dump(1) << "\n";
  if (!out.flush()) throw std::runtime_error("cannot write " + kPath);
}

}  // namespace lmp::testing
