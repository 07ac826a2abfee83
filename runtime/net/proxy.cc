#include "runtime/net/proxy.h"

#include <initializer_list>
#include <string>

#include "runtime/base/text.h"

namespace lmp::net {
namespace {

struct Setting {
  std::string name, value;
};

Setting FirstOf(const std::function<const char*(const char*)>& environment,
                std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = environment(name);
    if (value != nullptr && *value != 0) return {name, value};
  }
  return {};
}

bool IsExempt(const Url& url, const std::string& list) {
  for (std::string entry : SplitText(list, ',')) {
    std::erase(entry, ' ');
    if (entry == "*") return true;
    if (entry.starts_with('.')) entry.erase(0, 1);
    if (entry.empty()) continue;
    for (char& c : entry) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (url.host == entry || url.host + ":" + std::to_string(url.port) == entry ||
        "[" + url.host + "]" == entry)
      return true;
    if (!IsAddress(url.host) && url.host.ends_with("." + entry)) return true;
  }
  return false;
}

}  // namespace

Result<std::optional<Url>> ProxyFor(const Url& url,
                                    const std::function<const char*(const char*)>& environment) {
  if (!environment) return std::optional<Url>();
  const Setting proxy =
      url.secure() ? FirstOf(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                   : FirstOf(environment, {"http_proxy", "all_proxy", "ALL_PROXY"});
  if (proxy.value.empty()) return std::optional<Url>();
  if (IsExempt(url, FirstOf(environment, {"no_proxy", "NO_PROXY"}).value))
    return std::optional<Url>();
  const bool has_scheme = proxy.value.find("://") != std::string::npos;
  Result<Url> parsed = ParseUrl(has_scheme ? proxy.value : "http://" + proxy.value);
  if (!parsed.ok()) return parsed.status().WithPrefix(proxy.name);
  if (parsed->secure()) {
    return InvalidArgument(proxy.name +
                           ": the proxy is asked over https, expected http://HOST:PORT");
  }
  return std::optional<Url>(std::move(parsed).value());
}

}  // namespace lmp::net
