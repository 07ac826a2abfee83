// A ratchet over the outcomes of a public test suite: a file keeps the outcome of every test that
// is not right, and no test may get a worse one. Outcomes, the worst first:
//   w  wrong    an invalid instance is accepted; never allowed, never kept
//   x  refused  the schema is refused, with its places
//   n  narrow   a valid instance is not generated in this form (key order, spelling)
//   .  right
// A group is one schema with its tests; its text has a letter per test, or one for all of them.
// With LMP_UPDATE in the environment the file is rewritten instead (./dev update does).
//
// One object per suite and run; one thread. Throws if the file cannot be read.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace lmp::testing {

class OutcomeRatchet {
 public:
  explicit OutcomeRatchet(std::string suite) : suite_(std::move(suite)) {}

  // Groups of a file come in their order; not empty.
  void Add(const std::string& file, const std::string& name, const std::string& outcomes);

  // Prints counts and what changed. False if something got worse, is wrong, or the suite is not the
  // one that was kept.
  bool Finish() const;

 private:
  struct Group {
    std::string name, outcomes;
  };
  bool Compare(const std::string& kept_json) const;
  void Rewrite(const std::string& kept_json) const;

  const std::string suite_;
  std::map<std::string, std::vector<Group>> files_;
  int groups_ = 0;
};

}  // namespace lmp::testing
