// What comes from servers: events in any pieces, and JSON that may be anything.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "runtime/remote/answers.h"
#include "runtime/remote/event_stream.h"

namespace lmp::remote {
namespace {

std::vector<std::string> Events(std::string_view bytes, size_t piece) {
  EventStream stream;
  std::vector<std::string> out;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    const Status status = stream.Push(bytes.substr(at, piece), [&](std::string_view data) {
      out.emplace_back(data);
      return OkStatus();
    });
    REQUIRE(status.ok());
  }
  return out;
}

TEST_CASE("events do not depend on how their bytes are cut") {
  const std::string bytes =
      ": a comment\n\ndata: one\n\nevent: x\nid: 5\ndata:two\ndata: lines\n\n\r\ndata: "
      "three\r\n\r\n"
      "data: four\r\rdata\n\ndata:  five \n\nother: no\n\ndata: unfinished\n";
  const std::vector<std::string> wanted = {"one", "two\nlines", "three", "four", "", " five "};
  for (size_t piece = 1; piece <= bytes.size(); ++piece) CHECK(Events(bytes, piece) == wanted);
}

TEST_CASE("an event has a limit") {
  const auto ignore = [](std::string_view) { return OkStatus(); };
  EventStream stream;
  CHECK(stream.Push("data:" + std::string(EventStream::kEventBytesMax - 5, 'x'), ignore).ok());
  CHECK(stream.inside());
  CHECK(stream.Push("x", ignore).code() == StatusCode::kResourceExhausted);
  EventStream lines;  // also of many lines
  Status status;
  for (int i = 0; i < 6 && status.ok(); ++i)
    status = lines.Push("data: " + std::string(1 << 20, 'x') + "\n", ignore);
  CHECK(status.code() == StatusCode::kResourceExhausted);
}

TEST_CASE("an error of who takes events ends the stream") {
  EventStream stream;
  int seen = 0;
  const Status status = stream.Push("data: a\n\ndata: b\n\n", [&](std::string_view) {
    ++seen;
    return Corruption("enough");
  });
  CHECK(status.message() == "enough");
  CHECK(seen == 1);
}

TEST_CASE("an event of a completion") {
  const auto delta = ReadDelta(
      R"({"choices": [{"text": "Hi", "finish_reason": "stop", "token_ids": [5, 7]}],
          "usage": {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}})");
  REQUIRE(delta.ok());
  CHECK(delta->text == "Hi");
  CHECK(delta->finish == "stop");
  CHECK(delta->ids == std::vector<TokenId>{5, 7});
  CHECK(delta->usage->prompt_tokens == 9);
  CHECK(delta->usage->cached_tokens == 4);
  const auto empty =
      ReadDelta(R"({"choices": [{"text": null, "finish_reason": null}], "usage": null})");
  REQUIRE(empty.ok());
  CHECK((empty->text.empty() && empty->finish.empty() && !empty->usage));
  for (const char* wrong :
       {"", "[]", "{}", R"({"choices": {}})", R"({"choices": [1]})", R"({"choices": [{}, {}]})",
        R"({"choices": [{"text": 5}]})", R"({"choices": [{"token_ids": [-1]}]})",
        R"({"choices": [{"token_ids": [2147483648]}]})", R"({"choices": [], "usage": 5})",
        R"({"choices": [], "usage": {"prompt_tokens": 1.5}})"}) {
    CAPTURE(wrong);
    CHECK(ReadDelta(wrong).status().code() == StatusCode::kCorruption);
  }
  CHECK(ReadDelta(R"({"error": {"message": "no memory"}})").status().message() ==
        "the server failed: no memory");
}

TEST_CASE("scores, models, refusals") {
  const char* body = R"({"choices": [{"logprobs": {"token_logprobs": [null, -1, -2.5]}}]})";
  CHECK(ReadScores(body, 1, 3)->logprobs == std::vector<double>{-1, -2.5});
  CHECK(!ReadScores(body, 0, 2).ok());
  CHECK(!ReadScores(body, 2, 4).ok());
  CHECK(!ReadScores(R"({"choices": [{"logprobs": null}]})", 0, 1).ok());
  const auto models = ReadModels(
      R"({"data": [{"id": "a", "owned_by": "vllm", "max_model_len": 99}, {"id": "b"}]})");
  REQUIRE(models.ok());
  CHECK((models->size() == 2 && (*models)[0].context_max == 99 && (*models)[1].owner.empty()));
  CHECK(!ReadModels(R"({"data": []})").ok());
  CHECK(ReadRefusal(R"({"detail": "Not Found"})") == "Not Found");
  CHECK(ReadRefusal(R"({"object": "error", "message": "too long"})") == "too long");
  CHECK(ReadRefusal("<html>").empty());
  CHECK(ReadRefusal(std::string(5000, 'x')).size() == 400);
}

TEST_CASE("tokens that a server lists") {
  const auto written = ReadTokens(
      R"({"choices": [{"logprobs": {"content": [{"id": 5, "logprob": -1.5, "top_logprobs": [{}]},
                                                {"id": 6, "logprob": 0, "top_logprobs": []}]}}]})");
  REQUIRE(written.ok());
  CHECK((written->tokens[0].id == 5 && written->tokens[0].logprob == -1.5));
  CHECK_FALSE(written->tokens[1].logprob.has_value());  // guessed: nothing is known of it
  const auto echoed = ReadTokens(R"({"choices": [{"logprobs": {
      "tokens": ["a", "b"], "token_logprobs": [null, -2]}}], "usage": {"completion_tokens": 1}})");
  REQUIRE(echoed.ok());
  CHECK((echoed->tokens[1].text == "b" && echoed->tokens[1].logprob == -2));
  CHECK((!echoed->tokens[0].logprob && !echoed->tokens[0].id));
  CHECK(echoed->usage.completion_tokens == 1);
  for (const char* wrong :
       {"null", "5", "{}", R"({"content": 5})", R"({"content": [5]})",
        R"({"content": [{"id": -1}]})", R"({"content": [{"logprob": 1}]})",
        R"({"content": [{"id": 1, "logprob": "x"}]})", R"({"tokens": ["a"]})",
        R"({"tokens": ["a"], "token_logprobs": []})", R"({"tokens": [1], "token_logprobs": [1]})",
        R"({"tokens": ["a"], "token_logprobs": ["b"]})"}) {
    CAPTURE(wrong);
    const std::string body = R"({"choices": [{"logprobs": )" + std::string(wrong) + "}]}";
    CHECK(ReadTokens(body).status().code() == StatusCode::kCorruption);
  }
  CHECK(ReadTokens(R"({"choices": []})").status().code() == StatusCode::kCorruption);
}

TEST_CASE("how a server counts priorities") {
  CHECK(ReadOrder("{}")->enabled);
  CHECK_FALSE(ReadOrder("{}")->less_first);
  const auto said = ReadOrder(R"({"enable_priority_scheduling": false,
                                  "schedule_low_priority_values_first": true, "other": []})");
  REQUIRE(said.ok());
  CHECK_FALSE(said->enabled);
  CHECK(said->less_first);
  CHECK(ReadOrder("[]").status().code() == StatusCode::kCorruption);
  CHECK(ReadOrder(R"({"enable_priority_scheduling": "yes"})").status().message() ==
        "`enable_priority_scheduling`: expected true or false");
}

}  // namespace
}  // namespace lmp::remote
