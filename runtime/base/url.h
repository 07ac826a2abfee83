// URLs of the schemes http and https, as they stand in programs, on command lines and in redirects.
//
// What is accepted is what is compared: a Url names its host in one spelling (lower case, no dot at
// the end, an IPv4 address only as four decimal numbers), so that a list of allowed hosts cannot be
// passed by another spelling of the same place. Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace lmp {

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // of an IPv6 literal the address, without brackets
  uint16_t port = 0;
  std::string target;  // path and query, percent-encoded, begins with '/'

  bool secure() const { return scheme == "https"; }
  // "example.org:8080", "[::1]"; the port only where it is not that of the scheme.
  std::string Authority() const;
  // "https://example.org"
  std::string Origin() const;
  std::string ToString() const { return Origin() + target; }
};

// A fragment is dropped; spaces and bytes beyond ASCII in path and query are percent-encoded.
// Errors: InvalidArgument, which quotes the text; a URL with a user name or a password is one.
Result<Url> ParseUrl(std::string_view text);

// What a redirect from `base` to `reference` names (RFC 3986, section 5.2).
Result<Url> ResolveUrl(const Url& base, std::string_view reference);

// True for an IPv4 or IPv6 address in its usual spelling.
bool IsAddress(const std::string& host);

// A value as one part of a path or query: all but letters, digits and "-._~" is percent-encoded, so
// that it ends no part and begins none.
std::string PercentEncoded(std::string_view value);

// One entry of a list of hosts that may be asked: exactly this host, no sub-domains.
struct HostRule {
  std::string host;                   // as in Url
  std::optional<uint16_t> port = {};  // none: that of the scheme, 80 or 443
  bool Allows(const Url& url) const;
};

// "example.org", "localhost:8080", "[::1]:8080". Errors: InvalidArgument, which quotes the text.
Result<HostRule> ParseHostRule(std::string_view text);

}  // namespace lmp
