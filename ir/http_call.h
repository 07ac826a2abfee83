// HttpCall: what a tool asks of a server, as a template that its arguments fill. The values of
// variables of the environment are not in it, only their names: a program, its text, its digest and
// its plans can be shown to anyone.
//
//   http.get(url=[env("SEARCH_URL"), "/search"], query={"q": $query, "k": $k})
//
// Plain values; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lmp::ir {

struct HttpPart {
  enum class Kind : uint8_t { kText, kParam, kEnv };
  Kind kind = Kind::kText;
  std::string text;  // itself; the name of a parameter of the tool; that of a variable
};

// What stands somewhere in a call: a text of parts, a map or a list. A text of one parameter alone
// keeps that parameter's type; of several parts, the parameters are texts.
struct HttpMember;
struct HttpValue {
  enum class Kind : uint8_t { kText, kMap, kList };
  Kind kind = Kind::kText;
  std::vector<HttpPart> parts = {};
  std::vector<HttpMember> members;
  std::vector<HttpValue> items;
};
struct HttpMember {
  std::string key;
  HttpValue value;
};

struct HttpCall {
  bool post = false;
  // In front, a parameter is taken as it is; further behind, it is one part of a path or a query.
  HttpValue url;
  std::optional<HttpValue> query = {}, headers = {};  // maps
  std::optional<HttpValue> body = {};                 // of a post; maps and lists are sent as JSON

  void ForEachPart(const std::function<void(const HttpPart&)>& visit) const;
};

// As the text form of a program has it.
std::string ToText(const HttpCall& call);

// In config `allow`, a host that a variable of the environment names: "${NAME}".
std::string AllowFromEnv(const std::string& variable);
// The variable of such an entry; none for a plain host.
std::optional<std::string> EnvOfAllow(const std::string& entry);

}  // namespace lmp::ir
