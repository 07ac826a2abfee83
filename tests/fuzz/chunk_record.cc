// Any bytes as a commit record and as group records: Corruption or what was written, never a crash.
// The first byte chooses, the second is the group.
#include <cstddef>
#include <cstdint>

#include "cache/chunk_record.h"
#include "runtime/base/check.h"
#include "tests/support/chunk_fixture.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lmp;
  if (size < 2) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(2);
  if (data[0] % 2 == 0) {
    const auto commit = cache::ParseCommitRecord(bytes);
    if (!commit.ok()) return 0;
    // What parses is what would be written.
    const std::string again = cache::EncodeCommitRecord(*commit);
    LMP_CHECK(again.size() == bytes.size() &&
              std::memcmp(again.data(), bytes.data(), again.size()) == 0);
    return 0;
  }
  static const cache::ChunkIdentity identity = test::SmallIdentity();
  static const cache::ChunkKey key = test::KeyOf(identity, 1);
  const cache::ChunkShape shape = cache::MakeChunkShape(identity, key.chunk.tokens);
  const auto groups = cache::LayerGroups(shape);
  const cache::LayerGroup group = groups[data[1] % groups.size()];
  const auto payload = cache::CheckGroupRecord(bytes, NameOf(key), shape, group);
  if (payload.ok()) static_cast<void>(RowsOfLayer(shape, group, group.first, *payload));
  return 0;
}
