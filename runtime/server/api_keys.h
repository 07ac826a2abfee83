// ApiKeys: who may ask, for which tenant and within which limits. docs/SERVER.md has the file of
// --api-key-file that says so.
//
// Plain values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace lmp::server {

// 0: none.
struct TenantLimits {
  uint64_t requests = 0;             // that are answered at one time
  uint64_t requests_per_minute = 0;  // that begin
  uint64_t tokens_per_minute = 0;    // of prompts and written, of answers that have ended
};

// Whose keys share the cache and the limits.
struct Tenant {
  std::string name;  // empty: that of one key
  TenantLimits limits;
  // By which its KV is known, in stores that outlive the process too: of the name, or of the key.
  // The same wherever its lines stand in the file.
  std::string cache_name = {};
};

struct ApiKey {
  std::string key;
  size_t tenant = 0;         // its place in ApiKeys::tenants
  bool is_operator = false;  // sees what is counted of all tenants
};

struct ApiKeys {
  std::vector<Tenant> tenants;
  std::vector<ApiKey> keys;
};

// Of the text of the file `path`. Errors: InvalidArgument that names the line and what was
// expected, and never a key.
Result<ApiKeys> ParseApiKeys(std::string_view text, std::string_view path);

}  // namespace lmp::server
