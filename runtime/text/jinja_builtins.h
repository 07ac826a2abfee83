// Filters, tests and methods of the Jinja subset. Pure, any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/text/jinja_value.h"

namespace lmp::text::jinja {

// Bounds every text and value of a rendering.
inline constexpr size_t kTextBytesMax = 1u << 20;

// Errors: Unsupported, naming what is not there. `arguments` are those behind the value.
Result<Value> ApplyFilter(const std::string& name, const Value& value,
                          std::span<const Value> arguments);
Result<bool> ApplyTest(const std::string& name, const Value& value,
                       std::span<const Value> arguments);
Result<Value> CallMethod(const std::string& name, const Value& of,
                         std::span<const Value> arguments);

}  // namespace lmp::text::jinja
