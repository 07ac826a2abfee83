#include "ir/mock.h"

#include <algorithm>

#include "ir/holes.h"
#include "ir/regex.h"
#include "ir/verify.h"
#include "runtime/base/text.h"

namespace lmp::ir {
namespace {

std::string TargetOf(std::string_view site) { return std::string(site.substr(0, site.find('#'))); }

Status NotMocked(const std::string& name, const std::string& sample) {
  return NotFound("`" + name +
                  "` is not mocked, and nobody else answers in a test\nadd to the test: `mock " +
                  name + " = " + sample + "`");
}

// The line that a message proposes, in the words of the file that the test stands in.
class NewMock {
 public:
  NewMock(const TestCase& test, const Program& program) : test_(test), program_(program) {}

  Status For(std::string_view target, TypeId type) const { return For(target, Sample(type)); }
  Status For(std::string_view target, const std::string& sample) const {
    const std::string own = test_.function + ".";
    if (target.starts_with(own)) {
      const std::string name(target.substr(own.size()));
      return NotFound("`" + name +
                      "` is generated in the test itself, where no mock reaches it\nmove what asks "
                      "into a function `f`, and mock that: `mock f." +
                      name + " = " + sample + "`");
    }
    return NotMocked(Written(target), sample);
  }

 private:
  std::string Written(std::string_view name) const {
    for (const auto& [prefix, written] : test_.imports) {
      if (name.starts_with(prefix)) return written + std::string(name.substr(prefix.size()));
    }
    return std::string(name);
  }

  // A value of the type as one would begin to write it.
  std::string Sample(TypeId id) const {
    const Type& type = program_.types[id];
    switch (type.kind) {
      case TypeKind::kI64:
        return std::to_string(type.low.value_or(0));
      case TypeKind::kF64:
        return FormatDouble(type.low_f.value_or(0.5));
      case TypeKind::kBool:
        return "true";
      case TypeKind::kStr:
        return type.options && !type.options->empty() ? ToJsonText(Value::Str((*type.options)[0]))
                                                      : "\"...\"";
      case TypeKind::kList:
        return "[" + Sample(type.element) + "]";
      case TypeKind::kOptional:
        return "null";
      case TypeKind::kRecord:
        return Written(type.name) + "(...)";
      case TypeKind::kUnion:
        return Sample(type.members[0]);
      case TypeKind::kEnum:
        return Written(type.name) + "." + program_.FindEnum(type.name)->members[0].name;
      default:
        return "...";
    }
  }

  const TestCase& test_;
  const Program& program_;
};

// The bounds that ValueWithin leaves out: those of holes, with what fills them.
class BoundsCheck {
 public:
  explicit BoundsCheck(const Program& program) : program_(program) {}

  bool Keep(const Value& value, TypeId id, const HoleValues& holes) const {
    const Type type = Filled(program_.types[id], holes);
    switch (type.kind) {
      case TypeKind::kI64:
        return IsBetween(value.as_int(), type);
      case TypeKind::kF64:
        return (!type.low_f || value.as_float() >= *type.low_f) &&
               (!type.high_f || value.as_float() <= *type.high_f);
      case TypeKind::kStr: {
        if (type.options) {
          return std::find(type.options->begin(), type.options->end(), value.as_str()) !=
                 type.options->end();
        }
        return IsBetween(static_cast<int64_t>(Utf8Length(value.as_str())), type);
      }
      case TypeKind::kList:
        return IsBetween(static_cast<int64_t>(value.as_list().size()), type) &&
               std::all_of(value.as_list().begin(), value.as_list().end(),
                           [&](const Value& item) { return Keep(item, type.element, holes); });
      case TypeKind::kOptional:
        return value.is_null() || Keep(value, type.element, holes);
      case TypeKind::kRecord:
        return KeepRecord(value, type, holes);
      case TypeKind::kUnion:
        return std::any_of(type.members.begin(), type.members.end(), [&](TypeId member) {
          const Type& record = program_.types[member];
          return record.name == value.as_record().name && KeepRecord(value, record, holes);
        });
      default:
        return true;
    }
  }

 private:
  static bool IsBetween(int64_t number, const Type& type) {
    return (!type.low || number >= *type.low) && (!type.high || number <= *type.high);
  }
  bool KeepRecord(const Value& value, const Type& type, const HoleValues& holes) const {
    const HoleValues inside = ValuesInside(type, holes);
    const RecordDecl& declaration = *program_.FindRecord(type.name);
    const auto& fields = value.as_record().fields;
    for (size_t i = 0; i < fields.size(); ++i) {
      if (!Keep(fields[i].second, declaration.fields[i].type, inside)) return false;
    }
    return true;
  }

  const Program& program_;
};

}  // namespace

const Mock* FindMock(const std::vector<Mock>& mocks, std::string_view site) {
  const std::string target = TargetOf(site);
  const auto found = std::find_if(mocks.begin(), mocks.end(),
                                  [&](const Mock& mock) { return mock.target == target; });
  return found == mocks.end() ? nullptr : &*found;
}

Result<Value> MockedGeneration(const Mock& mock, const FakeRequest& request) {
  const Program& program = *request.program;
  const bool fits =
      ValueFits(program, mock.value, request.type) &&
      ValueWithin(program, mock.value, request.type) &&
      BoundsCheck(program).Keep(mock.value, request.type, HoleValuesOf(request.options));
  if (fits) return mock.value;
  return NotFound("`" + mock.target + "` is mocked with " + ToJsonText(mock.value) +
                  ", which is no " + UserType(program.types, request.type) + " here");
}

Result<size_t> MockedChoice(const Mock& mock, const std::vector<std::string>& options) {
  const auto found = std::find(options.begin(), options.end(), mock.value.as_str());
  if (found != options.end()) return static_cast<size_t>(found - options.begin());
  std::vector<Value> all;
  for (const std::string& option : options) all.push_back(Value::Str(option));
  return NotFound("`" + mock.target + "` is mocked with " + ToJsonText(mock.value) +
                  ", which is none of its options " + ToJsonText(Value::List(std::move(all))));
}

std::vector<Passage> MockedPassages(const Mock& mock) {
  std::vector<Passage> passages;
  for (const Value& value : mock.value.as_list()) {
    const auto& fields = value.as_record().fields;
    Passage& passage = passages.emplace_back();
    passage.id = fields[0].second.as_str();
    passage.document = fields[1].second.as_str();
    passage.line = fields[2].second.as_int();
    passage.heading = fields[3].second.as_str();
    passage.text = fields[4].second.as_str();
    passage.score = fields[5].second.as_float();
    passage.tokens = fields[6].second.as_int();
  }
  return passages;
}

Result<std::string> MockedLine(const Mock& mock, size_t index) {
  const std::vector<Value>& lines = mock.value.as_list();
  if (index < lines.size()) return lines[index].as_str();
  const std::string count = std::to_string(lines.size());
  return NotFound("`listen` is mocked with " + count + (lines.size() == 1 ? " line" : " lines") +
                  ", and the program listens once more: " + ToJsonText(mock.value) +
                  "\nadd what is said then, or let the program end before it");
}

Result<Value> MockModel::Gen(const FakeRequest& request) {
  const Mock* mock = FindMock(test_.mocks, request.site);
  if (mock != nullptr) return MockedGeneration(*mock, request);
  return NewMock(test_, *request.program).For(TargetOf(request.site), request.type);
}

Result<FakeChoice> MockModel::Select(const FakeRequest& request,
                                     const std::vector<std::string>& options) {
  const Mock* mock = FindMock(test_.mocks, request.site);
  if (mock == nullptr) {
    return NewMock(test_, *request.program)
        .For(TargetOf(request.site), ToJsonText(Value::Str(options[0])));
  }
  LMP_TRY(const size_t index, MockedChoice(*mock, options));
  FakeChoice choice{index, std::vector<double>(options.size(), 0.0)};
  choice.probabilities[index] = 1.0;
  return choice;
}

Result<std::vector<Passage>> MockModel::Retrieve(const std::string&, const PassageQuery& query) {
  const Mock* mock = FindMock(test_.mocks, "retrieve");
  if (mock == nullptr) return NotMocked("retrieve", "[passage(id: \"1\", text: \"...\")]");
  std::vector<Passage> passages = MockedPassages(*mock);
  if (static_cast<int64_t>(passages.size()) > query.k)
    passages.resize(static_cast<size_t>(query.k));
  return passages;
}

Result<std::string> MockModel::Listen(size_t index) {
  const Mock* mock = FindMock(test_.mocks, "listen");
  return mock != nullptr ? MockedLine(*mock, index) : NotMocked("listen", "[\"...\"]");
}

}  // namespace lmp::ir
