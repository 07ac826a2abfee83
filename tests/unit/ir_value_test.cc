#include <doctest/doctest.h>

#include <set>
#include <string>
#include <thread>
#include <utility>

#include "ir/site.h"
#include "ir/value.h"
#include "runtime/base/limits.h"

namespace lmp::ir {
namespace {

Value Claim() {
  return Value::Record("Claim", {{"text", Value::Str("a\"b\n\x01")},
                                 {"n", Value::Float(2)},
                                 {"v", Value::Null()},
                                 {"e", Value::Enum("E", "big", "very big")}});
}

}  // namespace

TEST_CASE("values: JSON text and prompt text") {
  CHECK(ToJsonText(Claim()) == R"({"text":"a\"b\n\u0001","n":2.0,"v":null,"e":"very big"})");
  CHECK(ToPromptText(Value::Str("a\"b")).value() == "a\"b");
  CHECK(ToPromptText(Value::Enum("E", "big", "very big")).value() == "very big");
  CHECK(ToPromptText(Value::List({Value::Int(-1), Value::Bool(true)})).value() == "[-1,true]");
  CHECK(ToPromptText(Value::Null()).status().code() == StatusCode::kInvalidArgument);
  CHECK(ToPromptText(Value::Effect()).status().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("values: equality is deep, ints are no floats, contexts are equal by identity") {
  CHECK(Claim() == Claim());
  CHECK(Value::List({Claim()}) == Value::List({Claim()}));
  CHECK_FALSE(Value::List({Claim()}) == Value::List({Claim(), Claim()}));
  CHECK_FALSE(Value::Int(1) == Value::Float(1));
  CHECK_FALSE(Value::Int(0) == Value::Null());
  const auto context = std::make_shared<ContextBase>();
  CHECK(Value::Context(context) == Value::Context(context));
  CHECK_FALSE(Value::Context(context) == Value::Context(std::make_shared<ContextBase>()));
  CHECK_THROWS_AS(static_cast<void>(Value::Int(1).as_str()), InvariantFailure);
}

TEST_CASE("values: the size counts shared storage once for each item") {
  Value v = Value::Str(std::string(1000, 'x'));
  for (int i = 0; i < 30; ++i) v = Value::List({v, v});
  CHECK(ValueBytes(v) > (size_t{1000} << 30));
  CHECK(CheckValueBytes(v).code() == StatusCode::kResourceExhausted);
  for (int i = 0; i < 60; ++i) v = Value::List({v, v});
  CHECK(ValueBytes(v) == SIZE_MAX);  // saturates instead of wrapping
}

TEST_CASE("values: an account knows what is made while it is in use, and what lives") {
  const ValueAccount account(10'000);
  const ValueAccount other;
  const Value before = Value::Str(std::string(5000, 'x'));
  CHECK(account.live() == 0);
  Value kept;
  {
    const ValueAccount::Use use(account);
    kept = Value::Str(std::string(1000, 'x'));
    CHECK(account.live() >= 1000);
    const size_t one = account.live();
    const Value twice = Value::List({kept, kept, before});  // what it holds is there already
    CHECK(account.live() - one < 500);
    {
      const ValueAccount::Use inner(other);
      const Value elsewhere = Value::Record("R", {{"text", Value::Str(std::string(3000, 'x'))}});
      CHECK(other.live() >= 3000);
      CHECK(account.live() - one < 500);
    }
    CHECK(other.live() == 0);
    CHECK(other.made() >= 3000);
    const size_t two = account.live();
    ValueCharge charge(200);
    CHECK(account.live() == two + 200);
    charge = ValueCharge(300);
    CHECK(account.live() == two + 300);
    ValueCharge moved = std::move(charge);
    CHECK(moved.any());
    CHECK(account.live() == two + 300);
  }
  CHECK(!ValueCharge(100).any());  // in use nowhere
  CHECK(account.live() >= 1000);
  CHECK(account.live() < 1500);
  std::thread([value = std::move(kept)]() mutable { value = Value(); }).join();
  CHECK(account.live() == 0);
  CHECK(account.made() > 1000);
}

TEST_CASE("values: an account has a limit, which single values have too") {
  const ValueAccount account(10'000);
  const ValueAccount::Use use(account);
  CHECK(OneValueBytesMax() == 10'000);
  const auto of_bytes = [](size_t bytes) {
    return Value::Str(std::string(bytes - ValueBytes(Value::Str("")), 'x'));
  };
  CHECK(CheckValueBytes(of_bytes(10'000)).ok());
  CHECK(CheckValueBytes(of_bytes(10'001)).message() ==
        "a value of more than 10000 bytes (limit of one value)");
  const ValueCharge rest(10'000 - account.live());
  CHECK(!account.over());
  const ValueCharge more(1);
  CHECK(account.over());
  CHECK(!ValueAccount().over());
  const ValueAccount::Use without{ValueAccount()};
  CHECK(OneValueBytesMax() == kValueBytesMax);
}

TEST_CASE("sites: a path tells apart every place and survives what passes do") {
  const SitePath root;
  CHECK(SiteText(root, "main.a#0") == "main.a#0");
  const SitePath deep = root.WithCall("main.solve#0").WithIndex(3);
  CHECK(SiteText(deep, "solve.steps#0") == "main.solve#0/3/solve.steps#0");
  CHECK(SiteText(root.WithIndex(1).WithAttempt(2), "f.x#0") == "1/try2/f.x#0");
  CHECK(root.WithAttempt(0).hash() == root.hash());
  // Equal paths built apart are equal; the value is fixed, because samples depend on it.
  CHECK(SiteHash(root.WithCall("main.solve#0").WithIndex(3), "s#0") == SiteHash(deep, "s#0"));
  std::set<uint64_t> hashes;
  int count = 0;
  for (int64_t i = 0; i < 40; ++i) {
    for (int64_t j = 0; j < 40; ++j) {
      const SitePath path = root.WithIndex(i).WithIndex(j);
      for (const char* site : {"f.a#0", "f.a#1", "f.b#0"})
        hashes.insert(SiteHash(path, site)), ++count;
      hashes.insert(SiteHash(path.WithCall("f.a#0"), "g.x#0")), ++count;
      hashes.insert(SiteHash(root.WithIndex(i).WithCall("c").WithIndex(j), "f.a#0")), ++count;
    }
  }
  CHECK(hashes.size() == static_cast<size_t>(count));
}

}  // namespace lmp::ir
