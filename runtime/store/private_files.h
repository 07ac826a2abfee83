// Files that only their owner may read: an Env that gives every file it makes mode 0600. RocksDB
// makes files with 0644; the folder's mode (0700) protects them until the mode is changed.
#pragma once

#include <memory>

namespace rocksdb {
class Env;
}

namespace lmp::store {

// `base` is not owned and must outlive the result.
std::unique_ptr<rocksdb::Env> MakePrivateEnv(rocksdb::Env* base);

}  // namespace lmp::store
