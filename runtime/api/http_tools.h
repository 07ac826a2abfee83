// HttpTools: tools that ask a server, on the client of runtime/net. Only hosts that the program
// allows are asked, at redirects too; no proxy of the environment is used; what a redirect to
// another origin gets has none of the tool's headers.
//
// The values of variables go into requests and nowhere else: messages have the variable's name in
// their place.
//
// Any thread. In builds without LMP_NET every call is Unsupported.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/url.h"
#include "runtime/exec/toolbox.h"

namespace lmp::api {

// What one run may know and ask of the world.
struct HttpWorld {
  std::map<std::string, std::string> variables;  // of the environment; UTF-8
  std::vector<HostRule> allowed;
};

class HttpTools {
 public:
  HttpTools();
  ~HttpTools();
  HttpTools(const HttpTools&) = delete;
  HttpTools& operator=(const HttpTools&) = delete;

  // JSON of what the server gives: the text as a string where `wants_text`, else its JSON. Blocks
  // until then, until the time of the tool is over, or nobody wants the answer. Errors: as those of
  // HttpClient; Unavailable and NotFound for a status other than 2xx, with a piece of what the
  // server says.
  Result<std::string> Ask(const exec::ToolRequest& request, bool wants_text,
                          const HttpWorld& world) const;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace lmp::api
