// A process with a chunk store, to be killed, to hold the lock, or to be measured:
//   store_child write PATH FIRST   puts objects FIRST, FIRST + 1, ... until it is killed; prints
//   the
//                                  number of objects that are durable after each Sync
//   store_child hold PATH          opens the store, prints "open", waits for the end of its input
//   store_child fill PATH COUNT    puts COUNT objects of one token
//   store_child open PATH          prints the kilobytes of memory that opening the store took
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "runtime/store/rocksdb_store.h"
#include "tests/support/chunk_fixture.h"

namespace {

using namespace lmp;

long ResidentKilobytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word != "VmRSS:") continue;
    long kilobytes = 0;
    status >> kilobytes;
    return kilobytes;
  }
  return 0;
}

std::unique_ptr<cache::ChunkStore> Open(const std::string& path) {
  store::RocksDbStoreOptions options;
  options.path = path;
  options.write_buffer_bytes = 1u << 20;  // many flushes, so that a kill meets one
  options.sync_after = std::chrono::milliseconds(5);
  auto opened = store::OpenRocksDbChunkStore(test::SmallIdentity(), options);
  if (!opened.ok()) {
    std::printf("%s\n", opened.status().ToString().c_str());
    std::exit(2);
  }
  return std::move(opened).value();
}

void PutOrWait(cache::ChunkStore& store, const std::shared_ptr<cache::ChunkObject>& object) {
  if (!store.Put(object).ok()) static_cast<void>(store.Sync());  // the queue was full
}

[[noreturn]] void Write(const std::string& path, uint32_t first) {
  const auto store = Open(path);
  for (uint32_t n = first;; ++n) {
    PutOrWait(*store, test::ObjectOf(test::SmallIdentity(),
                                     test::KeyOf(test::SmallIdentity(), n, 1 + n % 5 * 200)));
    if (n % 8 != 0 || !store->Sync().ok()) continue;
    std::printf("%u\n", n + 1);
    std::fflush(stdout);
  }
}

void Fill(const std::string& path, uint32_t count) {
  const auto store = Open(path);
  const cache::ChunkIdentity identity = test::SmallIdentity();
  auto object = test::ObjectOf(identity, test::KeyOf(identity, 0, 1));
  for (uint32_t n = 0; n < count; ++n) {
    object = std::make_shared<cache::ChunkObject>(*object);
    for (size_t i = 0; i < 4; ++i)
      object->key.chunk.digest.bytes[i] = static_cast<uint8_t>(n >> (8 * i));
    PutOrWait(*store, object);
    if (n % 20000 == 0) static_cast<void>(store->Sync());
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 2 ? argv[1] : "";
  if (mode == "write" && argc > 3) Write(argv[2], static_cast<uint32_t>(std::atoi(argv[3])));
  if (mode == "hold") {
    const auto store = Open(argv[2]);
    std::printf("open\n");
    std::fflush(stdout);
    std::getchar();
    return 0;
  }
  if (mode == "fill" && argc > 3) {
    Fill(argv[2], static_cast<uint32_t>(std::atoi(argv[3])));
    return 0;
  }
  if (mode == "open") {
    const long before = ResidentKilobytes();
    const auto store = Open(argv[2]);
    std::printf("%ld KB for %llu objects\n", ResidentKilobytes() - before,
                static_cast<unsigned long long>(store->stats().objects));
    return 0;
  }
  return 64;
}
