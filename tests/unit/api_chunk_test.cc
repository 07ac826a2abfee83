// Engines with a chunk store, through lmp.h.
#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "runtime/api/lmp.h"
#include "tests/support/api_model.h"

namespace lmp {
namespace {

struct Folder {
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path = std::string(testing::TempFile({}).path()) + ".chunks";
};

EngineConfig ConfigOf(const testing::TempFile& file) {
  EngineConfig config;
  config.model = file.path();
  config.threads = 1;
  config.kv_bytes = 1 << 20;
  return config;
}

TEST_CASE("a chunk store in a folder belongs to one engine, and is made anew for another model") {
  const testing::TempFile file(testing::ApiModelBytes());
  const Folder folder;
  EngineConfig config = ConfigOf(file);
  config.chunk_store = folder.path;
  config.chunk_memory_bytes = 1 << 20;
  std::vector<std::string> log;
  config.on_log = [&](std::string_view line) { log.emplace_back(line); };
  {
    const auto engine = Engine::Load(config);
    REQUIRE_MESSAGE(engine.ok(), engine.status().ToString());
    CHECK(std::filesystem::exists(folder.path));
    CHECK(log.empty());
    const auto second = Engine::Load(config);
    REQUIRE(!second.ok());
    CHECK(second.status().code() == StatusCode::kUnavailable);
    CHECK(second.status().message().find("another process has it open") != std::string::npos);
  }
  std::vector<std::byte> bytes = testing::ApiModelBytes();
  bytes.back() ^= std::byte{1};  // one other weight
  const testing::TempFile other(bytes);
  config.model = other.path();
  REQUIRE(Engine::Load(config).ok());
  REQUIRE(log.size() == 1);
  CHECK(log[0].find("it was made for another weights") != std::string::npos);
}

TEST_CASE("a folder that holds something else is an error, not a store") {
  const testing::TempFile file(testing::ApiModelBytes());
  EngineConfig config = ConfigOf(file);
  config.chunk_store = file.path();
  const auto engine = Engine::Load(config);
  REQUIRE(!engine.ok());
  CHECK(engine.status().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("memory alone needs no folder") {
  const testing::TempFile file(testing::ApiModelBytes());
  EngineConfig config = ConfigOf(file);
  config.chunk_memory_bytes = 1 << 20;
  CHECK(Engine::Load(config).ok());
}

}  // namespace
}  // namespace lmp
