#include "cache/chunk_store.h"

#include <utility>

namespace lmp::cache {

ChunkRead::ChunkRead(const ChunkShape& shape, double compute_seconds, ReadNotify notify)
    : shape_(shape),
      groups_(LayerGroups(shape)),
      compute_seconds_(compute_seconds),
      notify_(std::move(notify)) {
  bytes_.reserve(groups_.size());
}

GroupState ChunkRead::state(int group) const {
  LMP_CHECK(group >= 0 && group < group_count());
  std::lock_guard lock(mutex_);
  if (!failure_.ok()) return GroupState::kFailed;
  return static_cast<size_t>(group) < bytes_.size() ? GroupState::kReady : GroupState::kPending;
}

bool ChunkRead::complete() const {
  std::lock_guard lock(mutex_);
  return failure_.ok() && bytes_.size() == groups_.size();
}

Result<std::span<const std::byte>> ChunkRead::Wait(int group,
                                                   std::chrono::nanoseconds timeout) const {
  LMP_CHECK(group >= 0 && group < group_count());
  const size_t g = static_cast<size_t>(group);
  std::unique_lock lock(mutex_);
  const auto decided = [&] { return g < bytes_.size() || !failure_.ok(); };
  if (!decided()) arrived_.wait_for(lock, timeout, decided);
  if (!failure_.ok()) return failure_;
  if (g < bytes_.size()) return bytes_[g].bytes;
  return DeadlineExceeded("chunk read: layer group " + std::to_string(group) + " is late");
}

Result<std::vector<ChunkBytes>> ChunkRead::All() const {
  std::lock_guard lock(mutex_);
  if (!failure_.ok()) return failure_;
  if (bytes_.size() < groups_.size()) return DeadlineExceeded("chunk read: not complete yet");
  return bytes_;
}

void ChunkRead::Deliver(ChunkBytes group_bytes) {
  int group = 0;
  {
    std::lock_guard lock(mutex_);
    LMP_CHECK(failure_.ok() && bytes_.size() < groups_.size());
    LMP_CHECK(group_bytes.bytes.size() == shape_.group_bytes(groups_[bytes_.size()]));
    group = static_cast<int>(bytes_.size());
    bytes_.push_back(std::move(group_bytes));
  }
  arrived_.notify_all();
  if (notify_) notify_(group);
}

void ChunkRead::Fail(Status why) {
  LMP_CHECK(!why.ok());
  {
    std::lock_guard lock(mutex_);
    if (!failure_.ok() || bytes_.size() == groups_.size()) return;
    failure_ = std::move(why);
  }
  arrived_.notify_all();
  if (notify_) notify_(-1);
}

Status CheckChunkObject(const ChunkObject& object, const ChunkIdentity& identity,
                        const Digest& identity_digest) {
  if (object.provenance != ChunkProvenance::kExactRun) {
    return InvalidArgument("chunk store: only exact runs may be stored");
  }
  if (object.key.identity != identity_digest) {
    return InvalidArgument("chunk store: the chunk is of another model, tokenizer or format");
  }
  const uint32_t tokens = object.key.chunk.tokens;
  if (tokens == 0 || tokens > kChunkTokensMax) {
    return InvalidArgument("chunk store: a chunk of " + std::to_string(tokens) +
                           " tokens, allowed are 1 to " + std::to_string(kChunkTokensMax));
  }
  if (object.key.tenant.size() > kTenantBytesMax || object.document.size() > kTenantBytesMax) {
    return InvalidArgument("chunk store: the name of a tenant or document is longer than " +
                           std::to_string(kTenantBytesMax) + " bytes");
  }
  if (!(object.compute_seconds >= 0 && object.compute_seconds < 1e9)) {
    return InvalidArgument("chunk store: compute_seconds is out of range");
  }
  const ChunkShape shape = MakeChunkShape(identity, tokens);
  const std::vector<LayerGroup> groups = LayerGroups(shape);
  bool fits = shape == object.shape && groups.size() == object.groups.size();
  for (size_t g = 0; fits && g < groups.size(); ++g) {
    fits = object.groups[g].bytes.size() == shape.group_bytes(groups[g]);
  }
  if (!fits) return InvalidArgument("chunk store: the payload does not fit the chunk's shape");
  return OkStatus();
}

}  // namespace lmp::cache
