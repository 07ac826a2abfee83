// Mocks: values that stand in for what a model writes and for what a corpus finds, while a test
// runs. MockModel is the model of tests without one: it answers what is mocked and nothing else.
// Values; MockModel on one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
  // What its file imports: how names of the program begin, and how the file writes that ("words.",
  // "w.").
  std::vector<std::pair<std::string, std::string>> imports = {};
};

// `site` is that of an op ("answer.a#0"), or "retrieve" or "listen".
const Mock* FindMock(const std::vector<Mock>& mocks, std::string_view site);

// The mocked value of a generation. Errors of these: NotFound (a value that cannot stand here,
// such as one outside of what fills the type's holes).
Result<Value> MockedGeneration(const Mock& mock, const FakeRequest& request);
// The index of the mocked option of a select.
Result<size_t> MockedChoice(const Mock& mock, const std::vector<std::string>& options);
std::vector<Passage> MockedPassages(const Mock& mock);
// One line of the mock for each time a program listens.
Result<std::string> MockedLine(const Mock& mock, size_t index);

// What is not mocked is NotFound, with the line to add to the test.
class MockModel final : public FakeModel {
 public:
  // The test must outlive this object.
  explicit MockModel(const TestCase* test) : test_(*test) {}
  Result<Value> Gen(const FakeRequest& request) override;
  Result<FakeChoice> Select(const FakeRequest& request,
                            const std::vector<std::string>& options) override;
  Result<std::vector<Passage>> Retrieve(const std::string& corpus,
                                        const PassageQuery& query) override;
  Result<std::string> Listen(size_t index) override;

 private:
  const TestCase& test_;
};

}  // namespace lmp::ir
