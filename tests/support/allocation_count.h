// Counts calls of operator new in programs that link allocation_count.cc, which replaces it.
#pragma once

namespace lmp::testing {
long AllocationCount();
}
