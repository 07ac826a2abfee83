// URLs: one spelling of each host, what is refused, and what redirects name; proxies of the
// environment.
#include <doctest/doctest.h>

#include <map>

#include "runtime/base/url.h"
#include "runtime/net/proxy.h"

namespace lmp::net {
namespace {

std::string Read(const std::string& text) {
  const Result<Url> url = ParseUrl(text);
  return url.ok() ? url->ToString() : url.status().ToString();
}

std::string Resolved(const std::string& base, const std::string& reference) {
  const Result<Url> url = ResolveUrl(ParseUrl(base).value(), reference);
  return url.ok() ? url->ToString() : url.status().ToString();
}

TEST_CASE("a host has one spelling") {
  CHECK(Read("HTTP://Example.ORG.") == "http://example.org/");
  CHECK(Read("https://example.org:443/a?b#c") == "https://example.org/a?b");
  CHECK(Read("https://example.org:80/") == "https://example.org:80/");
  CHECK(Read("http://h:/x") == "http://h/x");
  CHECK(Read("http://h?q=1/2") == "http://h/?q=1/2");
  CHECK(Read("http://[0:0::1]:8080/") == "http://[::1]:8080/");
  CHECK(ParseUrl("http://[::1]/")->host == "::1");
  CHECK(Read("http://127.0.0.1:1/") == "http://127.0.0.1:1/");
}

TEST_CASE("paths and queries are sent encoded, and without dots") {
  CHECK(Read("http://h/a b/\xC3\xA9?x=\"1\"") == "http://h/a%20b/%C3%A9?x=%221%22");
  CHECK(Read("http://h/a%20b") == "http://h/a%20b");
  CHECK(Read("http://h/a/./b/../c/..") == "http://h/a/");
  CHECK(Read("http://h/../../x") == "http://h/x");
  CHECK(Read("http://h/a//b/") == "http://h/a//b/");
  CHECK(Read("http://h/x?a/../b") == "http://h/x?a/../b");
}

TEST_CASE("what is no URL is refused, saying why") {
  const std::map<std::string, std::string> wrong = {
      {"example.org", "expected https://HOST/PATH"},
      {"ftp://h/", "the scheme is \"ftp\""},
      {"http:///x", "no host"},
      {"http://h:99999/", "the port"},
      {"http://h:8x/", "the port"},
      {"http://h:0/", "the port"},
      {"http://[::1/", "not closed"},
      {"http://[::1]x/", "behind the address"},
      {"http://[fe80::1%25eth0]/", "no IPv6 address"},
      {"http://a b/", "cannot have"},
      {"http://b\xC3\xBC"
       "cher.example/",
       "not ASCII"},
      {"http://127.1/", "four decimal numbers"},
      {"http://0x7f000001/", "four decimal numbers"},
      {"http://2130706433/", "four decimal numbers"},
      {"http://1.2.3.256/", "four decimal numbers"},
      {"http://good.example\\@evil.example/", "backslash"},
      {"http://h/\r\nX: y", "control character"},
      {"http://" + std::string(300, 'a') + "/", "too long"},
      {"http://h/" + std::string(9000, 'a'), "longer than"},
  };
  for (const auto& [text, part] : wrong) {
    CAPTURE(text);
    CHECK(Read(text).find("invalid_argument") == 0);
    CHECK(Read(text).find(part) != std::string::npos);
  }
  // What stands before @ is a secret: it is not repeated.
  CHECK(Read("https://anna:geheim@h/").find("geheim") == std::string::npos);
  CHECK(Read("https://anna:geheim@h/").find("password") != std::string::npos);
}

TEST_CASE("redirects name URLs in every form") {
  const std::string base = "https://h:8443/a/b?c=d";
  CHECK(Resolved(base, "e") == "https://h:8443/a/e");
  CHECK(Resolved(base, "../e?f#g") == "https://h:8443/e?f");
  CHECK(Resolved(base, "/e") == "https://h:8443/e");
  CHECK(Resolved(base, "?e") == "https://h:8443/a/b?e");
  CHECK(Resolved(base, "//other/e") == "https://other/e");
  CHECK(Resolved(base, "http://other") == "http://other/");
  CHECK(Resolved(base, "") == base);
  CHECK(Resolved(base, "file:///etc/passwd").find("invalid_argument") == 0);
  CHECK(Resolved(base, "javascript:1").find("invalid_argument") == 0);
}

TEST_CASE("one entry of a list of hosts allows one host, on its port") {
  const auto allows = [](const std::string& rule, const std::string& url) {
    const Result<HostRule> parsed = ParseHostRule(rule);
    REQUIRE_MESSAGE(parsed.ok(), parsed.status().message());
    return parsed->Allows(ParseUrl(url).value());
  };
  for (const char* url : {"http://example.org", "https://EXAMPLE.org./x", "http://example.org:80"})
    CHECK(allows("Example.org", url));
  for (const char* url :
       {"http://example.org:443", "https://example.org:80", "http://example.org:8080",
        "http://a.example.org", "http://example.org.evil.net", "http://xample.org"})
    CHECK_FALSE(allows("example.org", url));
  CHECK(allows("localhost:8080", "http://localhost:8080/"));
  CHECK(allows("localhost:8080", "https://localhost:8080/"));
  CHECK_FALSE(allows("localhost:8080", "http://localhost/"));
  CHECK(allows("example.org:80", "http://example.org/"));
  CHECK_FALSE(allows("example.org:80", "https://example.org/"));
  CHECK(allows("[::1]:8080", "http://[0:0::1]:8080/"));
  CHECK(allows("[::1]", "http://[::1]/"));
  CHECK_FALSE(allows("127.0.0.1", "http://localhost/"));
  for (const char* rule : {"", "*", "*.example.org", "http://example.org", "example.org/", "a b",
                           "user@example.org", "example.org:", "example.org:0", "example.org:99999",
                           "127.1", "ex\u00e4mple.org", "[::1", "a?b", "a#b", "a\\b"}) {
    CAPTURE(rule);
    CHECK_FALSE(ParseHostRule(rule).ok());
  }
}

TEST_CASE("a value is one part of a path or query, whatever it holds") {
  CHECK(PercentEncoded("aZ09-._~") == "aZ09-._~");
  CHECK(PercentEncoded("a/b?c&d=e#f%g h+\u00e9") == "a%2Fb%3Fc%26d%3De%23f%25g%20h%2B%C3%A9");
  CHECK(Read("http://h/" + PercentEncoded("../x?y#z")) == "http://h/..%2Fx%3Fy%23z");
}

std::string Through(const std::string& url, const std::map<std::string, std::string>& variables) {
  const auto environment = [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
  const auto proxy = ProxyFor(ParseUrl(url).value(), environment);
  if (!proxy.ok()) return proxy.status().ToString();
  return *proxy ? (*proxy)->Authority() : "straight";
}

TEST_CASE("proxies of the environment") {
  CHECK(Through("http://h/", {}) == "straight");
  CHECK(Through("http://h/", {{"http_proxy", "http://p:3128"}}) == "p:3128");
  CHECK(Through("http://h/", {{"http_proxy", "p:3128"}}) == "p:3128");
  CHECK(Through("http://h/", {{"HTTP_PROXY", "p:3128"}}) == "straight");
  CHECK(Through("https://h/", {{"http_proxy", "p:1"}, {"HTTPS_PROXY", "q:2"}}) == "q:2");
  CHECK(Through("https://h/", {{"ALL_PROXY", "p:1"}}) == "p:1");
  const std::string list = "example.org, .net,127.0.0.1,::1,other:81";
  for (const char* url : {"http://example.org/", "http://a.example.org/", "http://x.net/",
                          "http://127.0.0.1/", "http://[::1]/", "http://other:81/"}) {
    CAPTURE(url);
    CHECK(Through(url, {{"http_proxy", "p:1"}, {"no_proxy", list}}) == "straight");
  }
  for (const char* url : {"http://notexample.org/", "http://other/", "http://27.0.0.1/"}) {
    CAPTURE(url);
    CHECK(Through(url, {{"http_proxy", "p:1"}, {"NO_PROXY", list}}) == "p:1");
  }
  CHECK(Through("http://h/", {{"http_proxy", "p:1"}, {"no_proxy", "*"}}) == "straight");
  CHECK(Through("https://h/", {{"https_proxy", "https://p"}}).find("https_proxy") !=
        std::string::npos);
  CHECK(Through("http://h/", {{"http_proxy", "socks5://p"}}).find("http_proxy") !=
        std::string::npos);
}

}  // namespace
}  // namespace lmp::net
