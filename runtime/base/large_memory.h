// Memory for arrays that are read again and again, as weights are: in huge pages where the system
// has them. With pages of 4 KiB a core waits for address translation a quarter of the time that it
// reads weights (docs/KERNELS.md).
#pragma once

#include <cstddef>
#include <memory>

namespace lmp {

// `bytes` zeros, aligned to 64; null where there is no memory. Arrays of less than a few MiB share
// chunks of memory, which go back to the system when the last array in them is gone. Any thread.
std::shared_ptr<std::byte> AllocateLarge(size_t bytes);

}  // namespace lmp
