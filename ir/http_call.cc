#include "ir/http_call.h"

#include "runtime/base/text.h"

namespace lmp::ir {

namespace {

void VisitParts(const HttpValue& value, const std::function<void(const HttpPart&)>& visit) {
  for (const HttpPart& part : value.parts) visit(part);
  for (const auto& [key, member] : value.members) VisitParts(member, visit);
  for (const HttpValue& item : value.items) VisitParts(item, visit);
}

std::string PartText(const HttpPart& part) {
  if (part.kind == HttpPart::Kind::kParam) return "$" + part.text;
  const std::string text = QuoteText(part.text);
  return part.kind == HttpPart::Kind::kEnv ? "env(" + text + ")" : text;
}

std::string HttpText(const HttpValue& value) {
  std::string out;
  if (value.kind == HttpValue::Kind::kText) {
    if (value.parts.empty()) return "\"\"";
    if (value.parts.size() == 1) return PartText(value.parts[0]);
    for (const HttpPart& part : value.parts) out += (out.empty() ? "" : ", ") + PartText(part);
    return "cat(" + out + ")";
  }
  if (value.kind == HttpValue::Kind::kList) {
    for (const HttpValue& item : value.items) out += (out.empty() ? "" : ", ") + HttpText(item);
    return "[" + out + "]";
  }
  for (const auto& [key, member] : value.members)
    out += (out.empty() ? "" : ", ") + QuoteText(key) + ": " + HttpText(member);
  return "{" + out + "}";
}

}  // namespace

std::string ToText(const HttpCall& call) {
  std::string out = (call.post ? "http.post(url=" : "http.get(url=") + HttpText(call.url);
  if (call.query) out += ", query=" + HttpText(*call.query);
  if (call.headers) out += ", headers=" + HttpText(*call.headers);
  if (call.body) out += ", body=" + HttpText(*call.body);
  return out + ")";
}

void HttpCall::ForEachPart(const std::function<void(const HttpPart&)>& visit) const {
  VisitParts(url, visit);
  for (const auto* value : {&query, &headers, &body}) {
    if (value->has_value()) VisitParts(**value, visit);
  }
}

std::string AllowFromEnv(const std::string& variable) { return "${" + variable + "}"; }

std::optional<std::string> EnvOfAllow(const std::string& entry) {
  if (!entry.starts_with("${") || !entry.ends_with("}")) return std::nullopt;
  return entry.substr(2, entry.size() - 3);
}

}  // namespace lmp::ir
