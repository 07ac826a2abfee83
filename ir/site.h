// Site paths: which generation of a run this is (decision 6). A site names a `gen`, `select` or
// `call` of the source ("function.name#ordinal"); the path adds where in the run it stands: the
// call sites and the indices of enclosing forks and loops, outermost first. Sampling is keyed by
// SiteHash, so the same program, inputs and seed give the same samples whatever the schedule.
//
// A fork index and a loop round are the same kind of element, and an `if` is none: the pass that
// makes a fork of a `for` changes no sample.
//
//   main.solve#0 / 3 / solve.steps#0      the `steps` of solve, called in round 3 of a loop of main
//
// A SitePath is a value; With* returns a longer one. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lmp::ir {

class SitePath {
 public:
  SitePath WithCall(std::string_view call_site) const;
  SitePath WithIndex(int64_t index) const;  // fork index or loop round, from 0
  // A further attempt of the same block; attempt 0 adds nothing.
  SitePath WithAttempt(int64_t attempt) const;

  uint64_t hash() const { return hash_; }
  // Elements joined by "/", for people; empty at the entry function.
  std::string ToText() const;

 private:
  struct Element {
    char kind;         // 'c' call, 'i' index, 'a' attempt
    std::string site;  // of a call
    int64_t number = 0;
  };
  SitePath With(Element element) const;

  uint64_t hash_ = 0xcbf29ce484222325ull;  // FNV-1a offset basis
  std::vector<Element> elements_;
};

// The key of a generation: path and site, well mixed. Equal on every machine and in every release
// of the same site-hash version; changing it changes every sampled output.
uint64_t SiteHash(const SitePath& path, std::string_view site);
// "main.solve#0/3/solve.steps#0"
std::string SiteText(const SitePath& path, std::string_view site);

}  // namespace lmp::ir
