// What is compiled for one tenant is compiled again for another, whose time would tell of it.
#include <doctest/doctest.h>

#include <string>

#include "runtime/server/openai_request.h"

namespace lmp::server {

TEST_CASE("recent: each tenant has its own, in one list") {
  Recent<int> recent(3);
  int made = 0;
  const auto get = [&](size_t tenant, const std::string& text) {
    return recent.Get(tenant, text, [&] { return ++made; });
  };
  CHECK(get(1, "a") == 1);
  CHECK(get(1, "a") == 1);
  CHECK(get(2, "a") == 2);
  CHECK(recent.Of(2).Get("a", [&] { return ++made; }) == 2);
  CHECK(get(1, "1/a") == 3);
  CHECK(get(11, "/a") == 4);  // the fourth: that of 1 goes, which was not used for longest
  CHECK(get(2, "a") == 2);
  CHECK(get(1, "a") == 5);
}

TEST_CASE("tools of a chat are compiled for each tenant") {
  int compiled = 0;
  OpenAiReader reader("m", "fp", [&](const ToolRules&) -> Result<ToolsOutcome> {
    ++compiled;
    return InvalidArgument("not here");
  });
  const std::string body =
      R"({"messages": [{"role": "user", "content": "?"}], "tools": [{"type": "function", "function": {"name": "f"}}]})";
  for (const auto& [tenant, count] : {std::pair<size_t, int>{1, 1}, {1, 1}, {2, 2}, {1, 2}}) {
    CHECK(std::holds_alternative<Reply>(reader.Read(true, body, {.tenant = tenant})));
    CHECK(compiled == count);
  }
}

}  // namespace lmp::server
