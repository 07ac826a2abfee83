// Which proxy the environment names for a URL, in the usual way: http_proxy, https_proxy (or
// HTTPS_PROXY), all_proxy (or ALL_PROXY), and no_proxy (or NO_PROXY), a list of host names whose
// sub-domains count too, addresses, or "*". HTTP_PROXY is not read: a web server sets it from what
// a client sends.
#pragma once

#include <functional>
#include <optional>

#include "runtime/base/url.h"

namespace lmp::net {

// None: straight. Errors: InvalidArgument (what the variable holds, which it names).
Result<std::optional<Url>> ProxyFor(const Url& url,
                                    const std::function<const char*(const char*)>& environment);

}  // namespace lmp::net
