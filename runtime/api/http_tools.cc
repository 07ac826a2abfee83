#include "runtime/api/http_tools.h"

#if LMP_HAVE_NET

#include <algorithm>
#include <chrono>
#include <optional>

#include "runtime/base/json.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"
#include "runtime/net/http_client.h"

namespace lmp::api {

namespace {

constexpr size_t kShownBytes = 300;  // of what a server says to an error
// The run gives up first, so that the failure is `timeout`.
constexpr std::chrono::milliseconds kGrace{1000};

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  if (from.empty()) return text;
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// One request, made from the tool's template.
class Filled {
 public:
  Filled(const ir::HttpCall& call, const Json& arguments, const HttpWorld& world)
      : call_(call), arguments_(arguments), world_(world) {}

  Result<net::HttpRequest> Request() const {
    LMP_TRY(const Url url, Address());
    net::HttpRequest request;
    request.method = call_.post ? "POST" : "GET";
    request.url = url.ToString();
    bool has_type = false;
    if (call_.headers) {
      for (const auto& [name, value] : call_.headers->members) {
        request.headers.push_back({name, Text(ValueOf(value))});
        has_type = has_type || IsContentType(name);
      }
    }
    if (call_.body) {
      const Json body = ValueOf(*call_.body);
      request.body = body.is_string() ? body.get<std::string>() : DumpJson(body);
      const char* type = body.is_string() ? "text/plain; charset=utf-8" : "application/json";
      if (!has_type) request.headers.push_back({"Content-Type", type});
    }
    return request;
  }

  // The values of variables by their names.
  std::string Redacted(std::string text) const {
    call_.ForEachPart([&](const ir::HttpPart& part) {
      if (part.kind != ir::HttpPart::Kind::kEnv) return;
      const std::string& value = world_.variables.at(part.text);
      const std::string name = "env(\"" + part.text + "\")";
      const std::string json = DumpJson(Json(value));
      text = Replaced(std::move(text), value, name);
      text = Replaced(std::move(text), PercentEncoded(value), name);
      text = Replaced(std::move(text), json.substr(1, json.size() - 2), name);
    });
    return text;
  }

  // Whether the URL has a part that is not to be told.
  bool url_is_secret() const {
    bool secret = false;
    const auto look = [&](const ir::HttpPart& part) {
      secret = secret || part.kind == ir::HttpPart::Kind::kEnv;
    };
    ir::HttpCall url;
    url.url = call_.url;
    url.query = call_.query;
    url.ForEachPart(look);
    return secret;
  }

 private:
  static bool IsContentType(std::string_view name) {
    constexpr std::string_view kName = "content-type";
    return std::equal(name.begin(), name.end(), kName.begin(), kName.end(),
                      [](unsigned char a, char b) { return std::tolower(a) == b; });
  }

  static std::string Text(const Json& value) {
    return value.is_string() ? value.get<std::string>() : DumpJson(value);
  }

  std::string PartText(const ir::HttpPart& part) const {
    if (part.kind == ir::HttpPart::Kind::kText) return part.text;
    if (part.kind == ir::HttpPart::Kind::kEnv) return world_.variables.at(part.text);
    return Text(arguments_.at(part.text));
  }

  Json ValueOf(const ir::HttpValue& value) const {
    if (value.kind == ir::HttpValue::Kind::kMap) {
      Json map = Json::object();
      for (const auto& [key, member] : value.members) map[key] = ValueOf(member);
      return map;
    }
    if (value.kind == ir::HttpValue::Kind::kList) {
      Json list = Json::array();
      for (const ir::HttpValue& item : value.items) list.push_back(ValueOf(item));
      return list;
    }
    if (value.parts.size() == 1 && value.parts[0].kind == ir::HttpPart::Kind::kParam)
      return arguments_.at(value.parts[0].text);
    std::string text;
    for (const ir::HttpPart& part : value.parts) text += PartText(part);
    return text;
  }

  Result<Url> Address() const {
    std::string text;
    for (size_t i = 0; i < call_.url.parts.size(); ++i) {
      const ir::HttpPart& part = call_.url.parts[i];
      const bool as_is = i == 0 || part.kind == ir::HttpPart::Kind::kText;
      text += as_is ? PartText(part) : PercentEncoded(PartText(part));
    }
    LMP_RETURN_IF_ERROR(CheckPath(text));
    LMP_TRY(Url url, ParseUrl(text));
    if (call_.query) {
      for (const auto& [key, member] : call_.query->members) {
        const Json value = ValueOf(member);
        const auto add = [&, name = &key](const Json& one) {
          url.target += url.target.find('?') == std::string::npos ? "?" : "&";
          url.target += PercentEncoded(*name) + "=" + PercentEncoded(Text(one));
        };
        if (value.is_array()) {
          for (const Json& one : value) add(one);
        } else if (!value.is_null()) {
          add(value);
        }
      }
    }
    return ParseUrl(url.ToString());  // which knows how long one may be
  }

  // A value must not lead out of the folder that it stands in.
  static Status CheckPath(std::string_view url) {
    const size_t scheme = url.find("://");
    const size_t begin = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
    if (begin == std::string_view::npos) return OkStatus();
    const std::string_view path = url.substr(begin, url.find_first_of("?#", begin) - begin);
    for (std::string part : SplitText(path, '/')) {
      part = Replaced(Replaced(std::move(part), "%2e", "."), "%2E", ".");
      if (part == "." || part == "..")
        return InvalidArgument("the path of the URL has a part `" + part + "`");
    }
    return OkStatus();
  }

  const ir::HttpCall& call_;
  const Json& arguments_;
  const HttpWorld& world_;
};

// What is wrong, without what the URL would tell.
Status Reworded(const Status& error, const Filled& filled, std::string_view doing) {
  if (!filled.url_is_secret()) return {error.code(), filled.Redacted(error.message())};
  const auto why = [&]() -> std::string {
    switch (error.code()) {
      case StatusCode::kInvalidArgument:
        return "the URL, or a header, is none that can be asked";
      case StatusCode::kNotFound:
        return "there is no such host";
      case StatusCode::kDeadlineExceeded:
        return "it does not answer in time";
      case StatusCode::kCorruption:
        return "its certificate, or its answer, is not as it should be";
      case StatusCode::kResourceExhausted:
        return "its answer is longer than " + std::to_string(kToolBytesMax) + " bytes";
      case StatusCode::kUnsupported:
        return "its answer is encoded in an unknown way";
      case StatusCode::kCancelled:
        return "nobody waits for it";
      default:
        return "it cannot be reached, or broke off";
    }
  };
  return {error.code(), std::string(doing) + ": " + why()};
}

Status CheckStatus(const net::HttpReply& reply, const Filled& filled) {
  if (reply.status >= 200 && reply.status < 300) return OkStatus();
  std::string message = "the server answers " + std::to_string(reply.status);
  if (!reply.reason.empty()) message += " " + PrintableText(filled.Redacted(reply.reason));
  std::string said = filled.Redacted(reply.body);
  said.resize(Utf8SafePrefix(std::string_view(said).substr(0, kShownBytes)));
  if (!said.empty() && said[0] != '<') message += ": " + PrintableText(said);
  return reply.status == 404 || reply.status == 410 ? NotFound(message) : Unavailable(message);
}

// Ends a call from the thread that no longer wants its answer.
class CancelledBy {
 public:
  CancelledBy(exec::Unwanted* unwanted, net::Cancellation* cancellation) : unwanted_(unwanted) {
    unwanted_->OnSet([cancellation] { cancellation->Cancel(); });
  }
  ~CancelledBy() { unwanted_->OnSet(nullptr); }
  CancelledBy(const CancelledBy&) = delete;
  CancelledBy& operator=(const CancelledBy&) = delete;

 private:
  exec::Unwanted* const unwanted_;
};

}  // namespace

struct HttpTools::State {
  // Without an environment: a proxy would see what only an allowed host may.
  net::HttpClient client{net::HttpClientOptions{}};
};

HttpTools::HttpTools() : state_(std::make_unique<State>()) {}
HttpTools::~HttpTools() = default;

Result<std::string> HttpTools::Ask(const exec::ToolRequest& request, bool wants_text,
                                   const HttpWorld& world) const {
  const ir::ToolDecl& tool = *request.tool;
  LMP_TRY(const Json arguments, ParseJson(request.arguments));
  const Filled filled(*tool.http, arguments, world);
  Result<net::HttpRequest> made = filled.Request();
  if (!made.ok()) return Reworded(made.status(), filled, "the request cannot be made");
  net::HttpRequest ask = std::move(made).value();
  const std::chrono::milliseconds time{tool.timeout_ms.value_or(kToolTimeoutMsDefault)};
  ask.timeouts = {.connect = time + kGrace, .idle = time + kGrace, .whole = time + kGrace};
  ask.headers_stay = true;
  ask.body_bytes_max = kToolBytesMax;
  Status refused;
  ask.allow = [&](const Url& to) {
    const bool allowed = std::any_of(world.allowed.begin(), world.allowed.end(),
                                     [&](const HostRule& rule) { return rule.Allows(to); });
    if (!allowed) {
      refused = Unsupported(filled.url_is_secret()
                                ? "the host that the URL names is not in `allow`"
                                : "the host `" + to.Authority() + "` is not in `allow`");
    }
    return refused;
  };
  net::Cancellation cancellation;
  const CancelledBy cancelled(request.unwanted.get(), &cancellation);
  ask.cancellation = &cancellation;
  const Result<net::HttpReply> reply = state_->client.Send(ask);
  if (!refused.ok()) return refused;
  if (!reply.ok()) return Reworded(reply.status(), filled, "asking the server");
  LMP_RETURN_IF_ERROR(CheckStatus(*reply, filled));
  if (wants_text) {
    if (!IsValidUtf8(reply->body)) return Corruption("the answer is not UTF-8 text");
    return DumpJson(Json(reply->body));
  }
  const Result<Json> json = ParseJson(reply->body);
  if (!json.ok())
    return Corruption("the answer is no JSON: " + filled.Redacted(json.status().message()));
  return reply->body;
}

}  // namespace lmp::api

#else

namespace lmp::api {

struct HttpTools::State {};
HttpTools::HttpTools() = default;
HttpTools::~HttpTools() = default;

Result<std::string> HttpTools::Ask(const exec::ToolRequest&, bool, const HttpWorld&) const {
  return Unsupported("this build of LMP asks no servers (LMP_NET is off)");
}

}  // namespace lmp::api

#endif
