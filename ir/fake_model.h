// FakeModel: what the evaluator asks instead of an engine. A pure function of what it is given, so
// that a program's meaning can be computed without tokens, KV or scheduling.
//
// HashModel derives every answer from a hash of prompt, site and seed: two programs agree with it
// only if they ask the same questions in the same places. ScriptedModel answers from a list, for
// mocks and for tests that need certain values. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ir/passage.h"
#include "ir/program.h"

namespace lmp::ir {

// What a model writes for a value of a type: bare where that cannot be mistaken, else JSON.
std::string GeneratedText(const Type& type, const Value& value);

struct FakeRequest {
  const Program* program = nullptr;
  std::string prompt;                                  // everything before the answer, rendered
  TypeId type;                                         // gen: what to answer
  std::vector<std::pair<std::string, Value>> options;  // named operands
  std::string site;                                    // of the op: "main.reply#0"
  uint64_t site_hash = 0;                              // with its path (ir/site.h)
  uint64_t seed = 0;  // of the program, or the named operand `seed`
};

struct FakeChoice {
  size_t index = 0;
  std::vector<double> probabilities;  // one per option
};

class FakeModel {
 public:
  virtual ~FakeModel() = default;
  // A value of the request's type.
  virtual Result<Value> Gen(const FakeRequest& request) = 0;
  virtual Result<FakeChoice> Select(const FakeRequest& request,
                                    const std::vector<std::string>& options) = 0;
  // What a corpus answers; FakePassages unless a test wants others.
  virtual Result<std::vector<Passage>> Retrieve(const std::string& corpus,
                                                const PassageQuery& query);
  // What a person says to the program, the `index`th time it listens. Errors: NotFound (nobody
  // speaks in a test), Unavailable (nothing more is said).
  virtual Result<std::string> Listen(size_t index);
};

// Up to five passages, at times none: a function of the corpus's name and the queries.
std::vector<Passage> FakePassages(const std::string& corpus, const PassageQuery& query);

class HashModel final : public FakeModel {
 public:
  Result<Value> Gen(const FakeRequest& request) override;
  Result<FakeChoice> Select(const FakeRequest& request,
                            const std::vector<std::string>& options) override;
};

// Answers site by site in the order of the script, the last answer for ever; sites without a script
// go to `otherwise`, which must outlive this object.
class ScriptedModel final : public FakeModel {
 public:
  explicit ScriptedModel(FakeModel* otherwise) : otherwise_(otherwise) {}
  // For a select, the value is the option's text.
  void Script(std::string site, std::vector<Value> answers);
  Result<Value> Gen(const FakeRequest& request) override;
  Result<FakeChoice> Select(const FakeRequest& request,
                            const std::vector<std::string>& options) override;

 private:
  struct Answers {
    std::vector<Value> values;
    size_t next = 0;
  };
  const Value* Next(const std::string& site);

  FakeModel* otherwise_;
  std::map<std::string, Answers> scripts_;
};

}  // namespace lmp::ir
