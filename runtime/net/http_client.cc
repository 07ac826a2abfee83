#include "runtime/net/http_client.h"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <optional>

#include "runtime/base/text.h"
#include "runtime/net/proxy.h"
#include "runtime/net/response_reader.h"
#include "runtime/net/socket.h"
#include "runtime/net/tls.h"

namespace lmp::net {
namespace {

constexpr size_t kShownBytes = 300;  // of what a server says to an error

bool SameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

bool IsOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view each) { return SameName(name, each); });
}

bool IsToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           kMarks.find(c) != std::string_view::npos;
  });
}

// A line break in a header would begin another one.
Status CheckHeaders(const HttpRequest& request) {
  if (!IsOneOf(request.method, {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"}) ||
      !std::all_of(request.method.begin(), request.method.end(),
                   [](unsigned char c) { return std::isupper(c) != 0; }))
    return InvalidArgument("there is no method " + QuoteText(request.method));
  for (const HttpHeader& header : request.headers) {
    if (!IsToken(header.name))
      return InvalidArgument("no name of a header: " + QuoteText(header.name));
    if (IsOneOf(header.name, {"Host", "Content-Length", "Transfer-Encoding", "Connection"}))
      return InvalidArgument("the header " + header.name + " is written by the client");
    const bool controls =
        std::any_of(header.value.begin(), header.value.end(),
                    [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
    if (controls) return InvalidArgument("the header " + header.name + " has a control character");
  }
  return OkStatus();
}

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// What is asked next, as a redirect says.
void GoTo(const Url& to, const Url& from, int status, HttpRequest* request) {
  const bool to_get = status == 303 || (status <= 302 && request->method == "POST");
  if (to_get && request->method != "HEAD") {
    request->method = "GET";
    request->body.clear();
    std::erase_if(request->headers, [](const HttpHeader& header) {
      return header.name.size() > 8 && SameName(header.name.substr(0, 8), "Content-");
    });
  }
  if (to.Origin() == from.Origin()) return;
  if (request->headers_stay) return request->headers.clear();
  std::erase_if(request->headers, [](const HttpHeader& header) {
    return IsOneOf(header.name, {"Authorization", "Cookie", "Proxy-Authorization"});
  });
}

}  // namespace

const std::string* HttpHead::Find(std::string_view name) const {
  for (const HttpHeader& header : headers) {
    if (SameName(header.name, name)) return &header.value;
  }
  return nullptr;
}

Status ExpectSuccess(const HttpReply& reply) {
  if (reply.status >= 200 && reply.status < 300) return OkStatus();
  std::string message = reply.url + ": the server answers " + std::to_string(reply.status);
  if (!reply.reason.empty()) message += " " + PrintableText(reply.reason);
  const std::string_view said =
      std::string_view(reply.body).substr(0, Utf8SafePrefix(reply.body.substr(0, kShownBytes)));
  if (!said.empty() && said[0] != '<') message += ": " + PrintableText(said);
  if (reply.status == 404 || reply.status == 410) return NotFound(message);
  return Unavailable(message);
}

struct HttpClient::State {
  const HttpClientOptions options;
  std::once_flag loaded;
  std::optional<Result<std::unique_ptr<const TlsTrust>>> trust;

  // Reading the authorities of the system takes longer than a call nearby, so it is done once, and
  // not for calls without TLS.
  Result<const TlsTrust*> Trust() {
    std::call_once(loaded, [this] { trust.emplace(TlsTrust::Load(options.ca_file)); });
    if (!trust->ok()) return trust->status();
    return trust->value().get();
  }

  Result<std::unique_ptr<Stream>> Open(const Url& url, const std::optional<Url>& proxy,
                                       const Patience& patience, const HttpRequest& request);
  Result<HttpReply> Ask(const HttpRequest& request, const Url& url, const Patience& patience,
                        std::vector<HttpHead>* redirects);
  std::string RequestText(const HttpRequest& request, const Url& url, bool whole_url) const;
};

HttpClient::HttpClient(HttpClientOptions options)
    : state_(new State{.options = std::move(options), .loaded = {}, .trust = {}}) {}

HttpClient::~HttpClient() = default;

// A connection to where the URL points, through the proxy if there is one.
Result<std::unique_ptr<Stream>> HttpClient::State::Open(const Url& url,
                                                        const std::optional<Url>& proxy,
                                                        const Patience& patience,
                                                        const HttpRequest& request) {
  const Url& next = proxy ? *proxy : url;
  LMP_TRY(std::unique_ptr<Socket> socket, Socket::Connect(next.host, next.port, patience));
  if (!url.secure()) {
    socket->SetConnected();
    return std::unique_ptr<Stream>(std::move(socket));
  }
  if (proxy) {
    const std::string to =
        (url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]") + ":" +
        std::to_string(url.port);
    LMP_RETURN_IF_ERROR(socket->Write("CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n\r\n"));
    ResponseReader reader(socket.get(), "the proxy " + next.Authority(),
                          {request.head_bytes_max, request.body_bytes_max});
    LMP_TRY(const HttpHead head, reader.ReadHead(true));
    if (head.status != 200) {
      return Unavailable("the proxy " + next.Authority() + " does not connect to " + to + ": " +
                         std::to_string(head.status) + " " + PrintableText(head.reason));
    }
  }
  LMP_TRY(const TlsTrust* trusted, Trust());
  return TlsStream::Open(std::move(socket), *trusted, url.host);
}

std::string HttpClient::State::RequestText(const HttpRequest& request, const Url& url,
                                           bool whole_url) const {
  std::string text = request.method + " " + (whole_url ? url.ToString() : url.target) +
                     " HTTP/1.1\r\nHost: " + url.Authority() + "\r\nConnection: close\r\n";
  const auto add_default = [&](std::string_view name, const std::string& value) {
    const bool given = std::any_of(request.headers.begin(), request.headers.end(),
                                   [&](const HttpHeader& h) { return SameName(h.name, name); });
    if (!given) text += std::string(name) + ": " + value + "\r\n";
  };
  add_default("User-Agent", options.user_agent);
  add_default("Accept", "*/*");
  add_default("Accept-Encoding", "identity");
  for (const HttpHeader& header : request.headers)
    text += header.name + ": " + header.value + "\r\n";
  const bool has_body = !request.body.empty() || IsOneOf(request.method, {"POST", "PUT", "PATCH"});
  if (has_body) text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return text + "\r\n" + request.body;
}

// One request and its reply; the body only where that is no redirect to follow.
Result<HttpReply> HttpClient::State::Ask(const HttpRequest& request, const Url& url,
                                         const Patience& patience,
                                         std::vector<HttpHead>* redirects) {
  LMP_TRY(const std::optional<Url> proxy, ProxyFor(url, options.proxy_environment));
  LMP_TRY(const std::unique_ptr<Stream> stream, Open(url, proxy, patience, request));
  LMP_RETURN_IF_ERROR(stream->Write(RequestText(request, url, proxy && !url.secure())));
  ResponseReader reader(stream.get(), url.Origin(),
                        {request.head_bytes_max, request.body_bytes_max});
  HttpReply reply;
  LMP_TRY(static_cast<HttpHead&>(reply), reader.ReadHead(request.method == "HEAD"));
  reply.url = url.ToString();
  reply.redirects = std::move(*redirects);
  const bool follow =
      IsRedirect(reply.status) && request.redirects_max > 0 && reply.Find("Location") != nullptr;
  if (follow) return reply;
  if (request.on_head) LMP_RETURN_IF_ERROR(request.on_head(reply));
  LMP_RETURN_IF_ERROR(reader.ReadBody([&](std::string_view piece) {
    if (request.on_body) return request.on_body(piece);
    reply.body += piece;
    return OkStatus();
  }));
  return reply;
}

Result<HttpReply> HttpClient::Send(const HttpRequest& first) const {
  LMP_RETURN_IF_ERROR(CheckHeaders(first));
  LMP_TRY(Url url, ParseUrl(first.url));
  Patience patience;
  patience.connect = first.timeouts.connect;
  patience.idle = first.timeouts.idle;
  patience.first = first.timeouts.first;
  patience.whole = first.timeouts.whole;
  patience.cancellation = first.cancellation;
  if (patience.whole.count() > 0) patience.end = std::chrono::steady_clock::now() + patience.whole;
  HttpRequest request = first;
  std::vector<HttpHead> redirects;
  for (int followed = 0;; ++followed) {
    if (request.allow) LMP_RETURN_IF_ERROR(request.allow(url));
    LMP_TRY(HttpReply reply, state_->Ask(request, url, patience, &redirects));
    const std::string* location = reply.Find("Location");
    if (!IsRedirect(reply.status) || location == nullptr || first.redirects_max == 0) return reply;
    if (followed >= first.redirects_max) {
      return Unavailable(first.url + ": more than " + std::to_string(first.redirects_max) +
                         " redirects, the last to " + PrintableText(*location));
    }
    Result<Url> to = ResolveUrl(url, *location);
    if (!to.ok()) return to.status().WithPrefix(reply.url + " redirects");
    if (url.secure() && !to->secure()) {
      return Unavailable(reply.url + " redirects to " + to->ToString() +
                         ", which is not protected by TLS as it is");
    }
    GoTo(*to, url, reply.status, &request);
    url = std::move(to).value();
    redirects = std::move(reply.redirects);
    redirects.push_back(std::move(static_cast<HttpHead&>(reply)));
  }
}

}  // namespace lmp::net
