// A folder of documents for tests of corpora, gone at the end.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "runtime/rag/corpus.h"

namespace lmp::testing {

class RagFolder {
 public:
  RagFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "lmp-rag-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = std::filesystem::canonical(name).string();
  }
  ~RagFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  RagFolder(const RagFolder&) = delete;
  RagFolder& operator=(const RagFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::string corpus() const { return *this / "c.corpus"; }

  // `age` seconds old: files younger than two seconds are always read again.
  void Write(const std::string& name, std::string_view text, int age = 100) const {
    std::filesystem::create_directories(std::filesystem::path(*this / name).parent_path());
    std::ofstream(*this / name, std::ios::binary) << text;
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec -= age;
    const timespec times[2] = {now, now};
    REQUIRE(utimensat(AT_FDCWD, (*this / name).c_str(), times, 0) == 0);
  }
  std::string Read(const std::string& name) const {
    std::ifstream in(*this / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // Names of files of the corpus that hold the bytes.
  std::string FilesWith(std::string_view bytes) const {
    std::string found;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with("c.corpus")) continue;
      if (Read(name).find(bytes) != std::string::npos) found += name + " ";
    }
    return found;
  }

  std::unique_ptr<rag::Corpus> Open(rag::CorpusOptions options = {}) const {
    auto corpus = rag::Corpus::Open(this->corpus(), rag::OpenMode::kCreate, std::move(options));
    REQUIRE_MESSAGE(corpus.ok(), corpus.status().ToString());
    return std::move(corpus).value();
  }

 private:
  std::string path_;
};

template <typename T>
T Must(Result<T> result) {
  REQUIRE_MESSAGE(result.ok(), result.status().ToString());
  return std::move(result).value();
}

}  // namespace lmp::testing
