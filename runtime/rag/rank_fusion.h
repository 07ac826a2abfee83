// Reciprocal rank fusion: several rankings as one, by the sum of what each place is worth. Pure.
#pragma once

#include <algorithm>
#include <cstddef>

namespace lmp::rag {

// What the place (from 0) in one ranking adds. 60 is the constant of the method's authors.
inline double PlaceScore(size_t place) { return 1 / (60.0 + static_cast<double>(place + 1)); }

// How deep rankings are read for the `k` best of their sum: deeper places hardly add to it.
inline size_t FusionDepth(size_t k) { return std::max<size_t>(100, 2 * k); }

}  // namespace lmp::rag
