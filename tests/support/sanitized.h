// Whether a test runs under the address or thread sanitizer, which slow it by about ten: there it
// takes fewer seeds and gives more time. The release run has them all.
#pragma once

namespace lmp::testing {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace lmp::testing
