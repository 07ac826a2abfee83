// Quoted: a JSON string as DumpJson writes it, without a Json: streams write one for every token.
//
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace lmp::server {

// With its quotation marks. Invalid UTF-8 becomes U+FFFD.
std::string Quoted(std::string_view text);

}  // namespace lmp::server
