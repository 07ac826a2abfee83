// Mocks: values that stand in for what a model writes and for what a corpus finds, while a test
// runs. MockModel is the model of tests without one: it answers what is mocked and nothing else.
// Values; MockModel on one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/fake_model.h"
#include "ir/program.h"

namespace lmp::ir {

struct Mock {
  std::string target;  // "function.name" of a gen or select, with any ordinal; "retrieve", "listen"
  Value value;
  Span span;
};

struct TestCase {
  std::string name;
  std::string function;  // of the program: what to run
  Span span;             // of the name
  std::vector<Mock> mocks;
};

// `site` is that of an op ("answer.a#0"), or "retrieve" or "listen".
const Mock* FindMock(const std::vector<Mock>& mocks, std::string_view site);

// The mocked value of a generation. Errors of these four: NotFound (no mock, with the line to add;
// or a value that cannot stand here, such as one outside of what fills the type's holes).
Result<Value> MockedGeneration(const std::vector<Mock>& mocks, const FakeRequest& request);
// The index of the mocked option of a select.
Result<size_t> MockedChoice(const std::vector<Mock>& mocks, const std::string& site,
                            const std::vector<std::string>& options);
Result<std::vector<Passage>> MockedPassages(const std::vector<Mock>& mocks);
// One line of the mock for each time a program listens.
Result<std::string> MockedLine(const std::vector<Mock>& mocks, size_t index);

class MockModel final : public FakeModel {
 public:
  // The mocks must outlive this object.
  explicit MockModel(const std::vector<Mock>* mocks) : mocks_(*mocks) {}
  Result<Value> Gen(const FakeRequest& request) override {
    return MockedGeneration(mocks_, request);
  }
  Result<FakeChoice> Select(const FakeRequest& request,
                            const std::vector<std::string>& options) override;
  Result<std::vector<Passage>> Retrieve(const std::string& corpus,
                                        const PassageQuery& query) override;
  Result<std::string> Listen(size_t index) override { return MockedLine(mocks_, index); }

 private:
  const std::vector<Mock>& mocks_;
};

}  // namespace lmp::ir
