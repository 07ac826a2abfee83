// A chunk store over another one, for tests that change single functions of it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cache/chunk_store.h"

namespace lmp::test {

class ForwardingStore : public cache::ChunkStore {
 public:
  explicit ForwardingStore(std::shared_ptr<cache::ChunkStore> inner) : inner_(std::move(inner)) {}

  const cache::ChunkIdentity& identity() const override { return inner_->identity(); }
  const cache::Digest& identity_digest() const override { return inner_->identity_digest(); }
  bool Contains(const cache::ChunkKey& key) const override { return inner_->Contains(key); }
  std::shared_ptr<cache::ChunkRead> Get(const cache::ChunkKey& key,
                                        cache::ReadNotify notify) override {
    return inner_->Get(key, std::move(notify));
  }
  Status Put(std::shared_ptr<const cache::ChunkObject> object) override {
    return inner_->Put(std::move(object));
  }
  Status AddDocument(const cache::ChunkKey& key, const std::string& document) override {
    return inner_->AddDocument(key, document);
  }
  Status Remove(const cache::ChunkKey& key) override { return inner_->Remove(key); }
  Result<cache::ChunkRemoval> RemoveDocument(const std::string& tenant,
                                             const std::string& document) override {
    return inner_->RemoveDocument(tenant, document);
  }
  Result<cache::ChunkRemoval> PurgeTenant(const std::string& tenant) override {
    return inner_->PurgeTenant(tenant);
  }
  Status Sync() override { return inner_->Sync(); }
  cache::ChunkStoreStats stats() const override { return inner_->stats(); }
  std::vector<std::string> TakeWarnings() override { return inner_->TakeWarnings(); }

 protected:
  cache::ChunkStore& inner() { return *inner_; }

 private:
  std::shared_ptr<cache::ChunkStore> inner_;
};

}  // namespace lmp::test
