#include "runtime/base/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "runtime/base/text.h"

namespace lmp {
namespace {

constexpr size_t kUrlBytesMax = 8192;  // what servers take as a request line
constexpr size_t kHostBytesMax = 253;  // of a name in the domain name system

uint16_t PortOf(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

bool IsLetterOrDigit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool IsIpv4(const std::string& host) {
  in_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool IsIpv6(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

Status Malformed(std::string_view text, const std::string& what) {
  return InvalidArgument("the URL " + QuoteText(text.substr(0, 200)) + ": " + what);
}

// Without brackets.
Result<std::string> Ipv6Host(std::string_view text, std::string_view url) {
  std::string host = Lower(text);
  if (!IsIpv6(host)) return Malformed(url, "\"" + host + "\" is no IPv6 address");
  // One spelling of each address.
  in6_addr address;
  std::array<char, INET6_ADDRSTRLEN> spelled;
  inet_pton(AF_INET6, host.c_str(), &address);
  inet_ntop(AF_INET6, &address, spelled.data(), spelled.size());
  return std::string(spelled.data());
}

Result<std::string> NamedHost(std::string_view text, std::string_view url) {
  std::string host = Lower(text);
  if (host.ends_with('.')) host.pop_back();
  if (host.empty()) return Malformed(url, "no host is named");
  if (host.size() > kHostBytesMax) return Malformed(url, "the host's name is too long");
  for (const char c : host) {
    if (IsLetterOrDigit(c) || c == '-' || c == '.' || c == '_') continue;
    if (static_cast<unsigned char>(c) >= 0x80)
      return Malformed(url, "the host's name is not ASCII; write it as xn--...");
    return Malformed(url, "the host's name cannot have " + QuoteText({&c, 1}));
  }
  // "127.1", "0x7f000001" and "2130706433" are addresses to the system's resolver.
  const std::string last = host.substr(host.rfind('.') + 1);
  const bool number =
      last.starts_with("0x") || (!last.empty() && std::all_of(last.begin(), last.end(), [](char c) {
        return std::isdigit(static_cast<unsigned char>(c)) != 0;
      }));
  if (number && !IsIpv4(host))
    return Malformed(url, "the address \"" + host + "\" is not four decimal numbers");
  return host;
}

// "user@host", "host:8080", "[::1]:8080" into host and port.
Status ReadAuthority(std::string_view text, std::string_view whole, Url* url) {
  if (text.find('@') != std::string_view::npos) {
    // Not quoted: what stands there is a secret.
    return InvalidArgument("a URL with a user name or password is not taken; use a header");
  }
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return Malformed(whole, "the bracket is not closed");
    LMP_TRY(url->host, Ipv6Host(text.substr(1, close - 1), whole));
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && rest[0] != ':') return Malformed(whole, "text behind the address");
    has_port = !rest.empty();
    port = has_port ? rest.substr(1) : rest;
  } else {
    const size_t colon = text.find(':');
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
    LMP_TRY(url->host, NamedHost(text.substr(0, colon), whole));
  }
  url->port = PortOf(url->scheme);
  if (!has_port || port.empty()) return OkStatus();
  const auto read = std::from_chars(port.data(), port.data() + port.size(), url->port);
  const bool all = read.ec == std::errc() && read.ptr == port.data() + port.size();
  if (!all || url->port == 0) return Malformed(whole, "the port is not a number from 1 to 65535");
  return OkStatus();
}

constexpr std::string_view kHex = "0123456789ABCDEF";

std::string Encoded(std::string_view target) {
  constexpr std::string_view kUnsafe = " \"<>\\^`{|}";
  std::string out;
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && kUnsafe.find(c) == std::string_view::npos) {
      out += c;
      continue;
    }
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

// "/a/b/../c/./d" is "/a/c/d" (RFC 3986, section 5.2.4).
std::string WithoutDots(std::string_view path) {
  std::vector<std::string> kept;
  const std::vector<std::string> parts = SplitText(path, '/');
  for (size_t i = 1; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (parts[i] == "..") {
      if (!kept.empty()) kept.pop_back();
      if (last) kept.emplace_back();
    } else if (parts[i] == ".") {
      if (last) kept.emplace_back();
    } else {
      kept.push_back(parts[i]);
    }
  }
  return "/" + JoinText(kept, "/");
}

// Path and query as they are sent.
std::string TargetOf(std::string_view text) {
  const size_t question = std::min(text.find('?'), text.size());
  std::string path = WithoutDots(text.starts_with('/') ? text.substr(0, question) : "/");
  return Encoded(path) + Encoded(text.substr(question));
}

Status CheckCharacters(std::string_view text) {
  if (text.size() > kUrlBytesMax) {
    return Malformed(text, "longer than " + std::to_string(kUrlBytesMax) + " bytes");
  }
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return Malformed(text, "a control character");
  }
  return OkStatus();
}

}  // namespace

std::string Url::Authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == PortOf(scheme) ? name : name + ":" + std::to_string(port);
}

std::string Url::Origin() const { return scheme + "://" + Authority(); }

Result<Url> ParseUrl(std::string_view text) {
  LMP_RETURN_IF_ERROR(CheckCharacters(text));
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos)
    return Malformed(text, "expected https://HOST/PATH or http://HOST/PATH");
  Url url;
  url.scheme = Lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https")
    return Malformed(text, "the scheme is \"" + url.scheme + "\", expected http or https");
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const size_t end = std::min(rest.find_first_of("/?\\"), rest.size());
  // Some readers take it for '/', others for a part of the name.
  if (end < rest.size() && rest[end] == '\\') return Malformed(text, "a backslash behind the host");
  LMP_RETURN_IF_ERROR(ReadAuthority(rest.substr(0, end), text, &url));
  url.target = TargetOf(rest.substr(end));
  return url;
}

Result<Url> ResolveUrl(const Url& base, std::string_view reference) {
  LMP_RETURN_IF_ERROR(CheckCharacters(reference));
  const size_t scheme = reference.find(':');
  const bool absolute = scheme != std::string_view::npos && scheme > 0 &&
                        reference.substr(0, scheme).find_first_of("/?#") == std::string_view::npos;
  if (absolute) return ParseUrl(reference);
  if (reference.starts_with("//")) return ParseUrl(base.scheme + ":" + std::string(reference));
  Url url = base;
  reference = reference.substr(0, reference.find('#'));
  const std::string_view path = std::string_view(base.target).substr(0, base.target.find('?'));
  if (reference.empty()) return url;
  if (reference[0] == '/') {
    url.target = TargetOf(reference);
  } else if (reference[0] == '?') {
    url.target = TargetOf(std::string(path) + std::string(reference));
  } else {
    const std::string folder(path.substr(0, path.rfind('/') + 1));
    url.target = TargetOf(folder + std::string(reference));
  }
  return url;
}

bool IsAddress(const std::string& host) { return IsIpv4(host) || IsIpv6(host); }

std::string PercentEncoded(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (IsLetterOrDigit(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

bool HostRule::Allows(const Url& url) const {
  return host == url.host && port.value_or(PortOf(url.scheme)) == url.port;
}

Result<HostRule> ParseHostRule(std::string_view text) {
  const auto wrong = [&](const std::string& why) {
    return InvalidArgument("the host " + QuoteText(text.substr(0, 200)) + ": " + why);
  };
  if (text.empty()) return InvalidArgument("no host is named");
  if (text.find("://") != std::string_view::npos)
    return wrong("expected HOST or HOST:PORT, without a scheme");
  if (text.find('*') != std::string_view::npos) return wrong("each host is named; there is no `*`");
  if (text.find_first_of("/?#\\") != std::string_view::npos)
    return wrong("expected HOST or HOST:PORT, without a path");
  const Result<Url> url = ParseUrl("http://" + std::string(text));
  if (!url.ok()) return url.status();
  HostRule rule{url->host, {}};
  // A colon outside of brackets begins a port.
  const size_t bracket = text.rfind(']');
  const size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return rule;
  if (colon + 1 == text.size()) return wrong("no port stands behind the colon");
  rule.port = url->port;
  return rule;
}

}  // namespace lmp
