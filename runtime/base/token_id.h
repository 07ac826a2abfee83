// TokenId: an index into a model's vocabulary. Negative values are never valid tokens.
#pragma once

#include <cstdint>

namespace lmp {
using TokenId = int32_t;
}
