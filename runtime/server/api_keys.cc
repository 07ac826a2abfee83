#include "runtime/server/api_keys.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "runtime/net/sha256.h"

namespace lmp::server {

namespace {

constexpr uint64_t kLimitMax = 1'000'000'000'000;
constexpr size_t kTenantNameBytesMax = 64;

// A line as it is written.
struct KeyLine {
  size_t number = 0;
  std::string key, tenant;
  TenantLimits limits;
  bool is_operator = false, plain = true;  // plain: a key and nothing else
};

struct LimitName {
  std::string_view name;
  uint64_t TenantLimits::*limit;
};
constexpr LimitName kLimitNames[] = {
    {"requests", &TenantLimits::requests},
    {"requests-per-minute", &TenantLimits::requests_per_minute},
    {"tokens-per-minute", &TenantLimits::tokens_per_minute},
};

std::vector<std::string_view> WordsOf(std::string_view line) {
  constexpr std::string_view kSpace = " \t\r";
  std::vector<std::string_view> words;
  for (size_t at = line.find_first_not_of(kSpace); at != std::string_view::npos;
       at = line.find_first_not_of(kSpace, at)) {
    const size_t end = std::min(line.find_first_of(kSpace, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

bool IsTenantName(std::string_view name) {
  return !name.empty() && name.size() <= kTenantNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '_' || c == '-' || c == '.';
         });
}

// A word behind the key. Errors: what was expected. A word that is not known may be a part of a key
// and is not told.
Status ReadWord(std::string_view word, size_t number, KeyLine* line) {
  if (word == "operator") {
    line->is_operator = true;
    return OkStatus();
  }
  const size_t sign = word.find('=');
  const std::string_view name = word.substr(0, sign);
  const std::string_view value = sign == std::string_view::npos ? "" : word.substr(sign + 1);
  if (sign != std::string_view::npos && name == "tenant") {
    if (!line->tenant.empty()) return InvalidArgument("tenant stands there twice");
    line->tenant = value;
    if (IsTenantName(value)) return OkStatus();
    return InvalidArgument("tenant: expected a name of 1 to " +
                           std::to_string(kTenantNameBytesMax) +
                           " letters, digits, `_`, `-` and `.`");
  }
  const auto* limit = std::find_if(std::begin(kLimitNames), std::end(kLimitNames),
                                   [&](const LimitName& one) { return one.name == name; });
  if (sign == std::string_view::npos || limit == std::end(kLimitNames)) {
    return InvalidArgument("word " + std::to_string(number) +
                           ": expected tenant=NAME, requests=N, requests-per-minute=N, "
                           "tokens-per-minute=N or operator behind the key");
  }
  uint64_t& count = line->limits.*limit->limit;
  if (count != 0) return InvalidArgument(std::string(name) + " stands there twice");
  const auto read = std::from_chars(value.data(), value.data() + value.size(), count);
  if (read.ec == std::errc() && read.ptr == value.data() + value.size() && count >= 1 &&
      count <= kLimitMax)
    return OkStatus();
  return InvalidArgument(std::string(name) + ": expected a whole number from 1 to " +
                         std::to_string(kLimitMax));
}

std::string CacheName(const KeyLine& line) {
  if (!line.tenant.empty()) return "tenant " + line.tenant;
  net::Sha256 digest;
  digest.Add("lmp tenant of a key\n");
  digest.Add(line.key);
  return "key " + digest.Hex();
}

class KeyFile {
 public:
  explicit KeyFile(std::string_view path) : path_(path) {}

  Status Add(KeyLine line) {
    for (const KeyLine& before : lines_) {
      if (before.key != line.key) continue;
      if (before.plain && line.plain) return OkStatus();
      return Wrong(line.number, "the key of line " + std::to_string(before.number) + " again");
    }
    LMP_TRY(const size_t tenant, TenantOf(line));
    out_.keys.push_back({line.key, tenant, line.is_operator});
    lines_.push_back(std::move(line));
    return OkStatus();
  }
  Status Wrong(size_t line, const std::string& what) const {
    return InvalidArgument(path_ + ":" + std::to_string(line) + ": " + what);
  }
  ApiKeys Take() { return std::move(out_); }

 private:
  // Its limits may stand on any line of its keys, but no two of one kind that differ.
  Result<size_t> TenantOf(const KeyLine& line) {
    const auto found = std::find_if(
        out_.tenants.begin(), out_.tenants.end(),
        [&](const Tenant& tenant) { return !line.tenant.empty() && tenant.name == line.tenant; });
    const auto place = static_cast<size_t>(found - out_.tenants.begin());
    if (found == out_.tenants.end()) {
      out_.tenants.push_back({line.tenant, line.limits, CacheName(line)});
      return place;
    }
    for (const LimitName& one : kLimitNames) {
      uint64_t& limit = found->limits.*one.limit;
      const uint64_t given = line.limits.*one.limit;
      if (limit != 0 && given != 0 && limit != given) {
        return Wrong(line.number, std::string(one.name) + "=" + std::to_string(given) +
                                      ": a line before gives the tenant `" + line.tenant + "` " +
                                      std::to_string(limit));
      }
      limit = std::max(limit, given);
    }
    return place;
  }

  const std::string path_;
  std::vector<KeyLine> lines_;
  ApiKeys out_;
};

}  // namespace

Result<ApiKeys> ParseApiKeys(std::string_view text, std::string_view path) {
  KeyFile file(path);
  size_t number = 0;
  for (size_t begin = 0; begin < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::vector<std::string_view> words = WordsOf(text.substr(begin, end - begin));
    begin = end + 1;
    if (words.empty()) continue;
    KeyLine line;
    line.number = number + 1;
    line.key = words.front();
    line.plain = words.size() == 1;
    for (size_t i = 1; i < words.size(); ++i) {
      const Status read = ReadWord(words[i], i + 1, &line);
      if (!read.ok()) return file.Wrong(line.number, read.message());
    }
    LMP_RETURN_IF_ERROR(file.Add(std::move(line)));
  }
  ApiKeys keys = file.Take();
  if (keys.keys.empty())
    return InvalidArgument(std::string(path) + " has no key: expected one a line");
  return keys;
}

}  // namespace lmp::server
