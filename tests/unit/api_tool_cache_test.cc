// What is kept of tools' answers: for how long, how much, and who asks again when the one that
// asked is gone.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "runtime/api/tool_cache.h"

namespace lmp::api {
namespace {

struct Asker {
  FakeClock clock;
  ToolCache cache{&clock, 4096};
  int hits = 0;
  std::vector<ToolCache::Done> asked;  // not answered yet
  std::vector<std::string> told;       // in order
  std::vector<std::shared_ptr<exec::Unwanted>> unwanted;

  void Ask(const std::string& key, int64_t kept_ms = 1000) {
    ToolCache::Question question;
    question.key = key;
    question.kept_ms = kept_ms;
    question.request.unwanted = std::make_shared<exec::Unwanted>();
    unwanted.push_back(question.request.unwanted);
    question.ask = [this](const exec::ToolRequest&, ToolCache::Done done) {
      asked.push_back(std::move(done));
    };
    question.is_good = [](const std::string& answer) { return answer != "bad"; };
    question.on_hit = [this] { ++hits; };
    question.done = [this, key](const ToolCache::Answer& answer) {
      told.push_back(key + "=" + (answer.ok() ? answer->substr(0, 8) : answer.status().message()));
    };
    cache.Ask(std::move(question));
  }
  void Answer(size_t i, ToolCache::Answer answer) {
    const ToolCache::Done done = std::move(asked[i]);
    done(std::move(answer));
  }
};

TEST_CASE("an answer is used until its time is over") {
  Asker a;
  a.Ask("k");
  a.Answer(0, std::string("one"));
  a.clock.Advance(999'999'999);
  a.Ask("k");
  CHECK(a.asked.size() == 1);
  a.clock.Advance(1);
  a.Ask("k");
  CHECK(a.asked.size() == 2);
  a.Answer(1, std::string("two"));
  a.Ask("k");
  CHECK(a.told == std::vector<std::string>{"k=one", "k=one", "k=two", "k=two"});
  CHECK(a.hits == 2);
}

TEST_CASE("failures and wrong answers are told and not kept") {
  Asker a;
  a.Ask("k");
  a.Ask("k");
  a.Answer(0, Unavailable("closed"));
  a.Ask("k");
  a.Answer(1, std::string("bad"));
  a.Ask("k");
  CHECK(a.asked.size() == 3);
  CHECK(a.told == std::vector<std::string>{"k=closed", "k=closed", "k=bad"});
}

TEST_CASE("when the one that asks gives up, another who waits asks") {
  Asker a;
  a.Ask("k");
  a.Ask("k");
  a.Ask("k");
  a.Ask("k");
  a.unwanted[0]->Set();
  a.unwanted[1]->Set();
  a.Answer(0, Cancelled("nobody waits"));
  REQUIRE(a.asked.size() == 2);
  a.Answer(1, std::string("one"));
  CHECK(a.told == std::vector<std::string>{"k=nobody waits", "k=one", "k=one"});
  // Given up, but answered all the same.
  a.Ask("l");
  a.Ask("l");
  a.unwanted[4]->Set();
  a.Answer(2, std::string("two"));
  CHECK(a.told.back() == "l=two");
}

TEST_CASE("memory is bounded: what was not used for longest goes") {
  Asker a;
  const std::string big(1500, 'x');
  for (const char* key : {"a", "b"}) {
    a.Ask(key);
    a.Answer(a.asked.size() - 1, big);
  }
  a.Ask("a");  // used now
  a.Ask("c");
  a.Answer(a.asked.size() - 1, big);
  CHECK(a.asked.size() == 3);
  a.Ask("a");
  CHECK(a.asked.size() == 3);
  a.Ask("b");
  CHECK(a.asked.size() == 4);
  a.Answer(3, std::string(5000, 'y'));  // more than there is room for
  a.Ask("b");
  CHECK(a.asked.size() == 5);
  a.Ask("a");
  CHECK(a.asked.size() == 5);
}

TEST_CASE("values of variables have numbers, never the same for others") {
  FakeClock clock;
  ToolCache cache(&clock);
  const uint64_t one = cache.NumberOf({{"K", "1"}});
  CHECK(cache.NumberOf({{"K", "2"}}) != one);
  CHECK(cache.NumberOf({{"K", "1"}}) == one);
  for (int i = 0; i < 200; ++i) CHECK(cache.NumberOf({{"L", std::to_string(i)}}) != one);
}

}  // namespace
}  // namespace lmp::api
