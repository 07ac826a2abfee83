// Removing: no byte of a removed document is left in any file, and what was computed from it is
// purged.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "runtime/base/clock_rng.h"
#include "runtime/rag/sqlite.h"
#include "tests/support/rag_folder.h"

namespace {

using lmp::StatusCode;
using lmp::testing::Must;
using lmp::testing::RagFolder;
using namespace lmp::rag;

// Words that stand nowhere else and begin with letters that no other word has, for FTS5 stores only
// the end of a word that differs from the word before.
constexpr char kSecret[] = "Zyxwvut qqjqkqz";
constexpr char kWord[] = "yxwvut";

// So many documents that pages of the file split and merge.
void WriteMany(const RagFolder& folder, int count) {
  lmp::Rng rng(17);
  for (int i = 0; i < count; ++i) {
    std::string text;
    for (int w = 0; w < 120; ++w) text += "word" + std::to_string(rng.Below(3000)) + " ";
    if (i % 10 == 3) text += std::string(kSecret) + " number " + std::to_string(i);
    folder.Write("d/" + std::to_string(i) + ".txt", text);
  }
}

TEST_CASE("after a removal no file has the text, its words or its name's chunks") {
  RagFolder folder;
  WriteMany(folder, 300);
  auto corpus = folder.Open();
  Must(corpus->Update({folder / "d"}));
  CHECK(folder.FilesWith(kSecret) != "");  // the search itself works
  CHECK(folder.FilesWith(kWord) != "");
  // Some are removed by name, some edited, some vanish.
  std::vector<std::string> names;
  for (int i = 3; i < 100; i += 10) names.push_back("d/" + std::to_string(i) + ".txt");
  const RemoveReport removed = Must(corpus->Remove(names));
  CHECK(removed.documents == 10);
  CHECK(folder.FilesWith(kSecret) != "");  // the other twenty
  for (int i = 103; i < 200; i += 10) folder.Write("d/" + std::to_string(i) + ".txt", "edited", 50);
  for (int i = 203; i < 300; i += 10)
    std::filesystem::remove(folder / ("d/" + std::to_string(i) + ".txt"));
  const UpdateReport report = Must(corpus->Update({}));
  CHECK(report.files_changed == 10);
  CHECK(report.files_removed == 10);
  CHECK(report.skipped.size() == 10);  // removed by hand: they stay out
  CHECK(folder.FilesWith(kSecret) == "");
  CHECK(folder.FilesWith(kWord) == "");
  CHECK(folder.FilesWith("qqjqkqz") == "");
  CHECK(Must(corpus->Search({.text = kSecret})).empty());
  CHECK(!Must(corpus->Stats()).residue);
  CHECK(!Must(corpus->Search({.text = "edited"})).empty());
}

TEST_CASE("without erasing the corpus says that something is left, and the next change erases") {
  RagFolder folder;
  WriteMany(folder, 40);
  auto corpus = folder.Open();
  Must(corpus->Update({folder / "d"}));
  for (int i = 3; i < 40; i += 10)
    std::filesystem::remove(folder / ("d/" + std::to_string(i) + ".txt"));
  UpdateOptions keep;
  keep.erase = false;
  Must(corpus->Update({}, keep));
  CHECK(Must(corpus->Stats()).residue);
  Must(corpus->Update({}));
  CHECK(!Must(corpus->Stats()).residue);
  CHECK(folder.FilesWith(kWord) == "");
}

TEST_CASE("a reader of another process delays erasing, and the corpus says so") {
  RagFolder folder;
  folder.Write("a.txt", kSecret);
  folder.Write("b.txt", "other");
  CorpusOptions options;
  options.busy_ms = 100;
  auto corpus = folder.Open(options);
  Must(corpus->Update({folder / "a.txt", folder / "b.txt"}));
  {
    auto reader = Must(Database::Open(folder.corpus(), 0));
    auto snapshot = Must(Transaction::Begin(reader.get(), Access::kRead));
    CHECK(Must(reader->Number("SELECT count(*) FROM documents")) == 2);
    const auto removed = corpus->Remove({"a.txt"});
    CHECK(removed.status().code() == StatusCode::kUnavailable);
    CHECK(Must(corpus->Stats()).residue);
    CHECK(Must(corpus->Search({.text = kSecret})).empty());  // gone for searches nevertheless
  }
  CHECK(corpus->Erase().ok());
  CHECK(folder.FilesWith(kWord) == "");
  CHECK(!Must(corpus->Stats()).residue);
}

TEST_CASE("names: documents, folders, sources, and what is unknown") {
  RagFolder folder;
  for (const char* name : {"d/a.txt", "d/x/b.txt", "d/x/c.txt", "e/f.txt"})
    folder.Write(name, name);
  auto corpus = folder.Open();
  Must(corpus->Update({folder / "d", folder / "e"}));
  CHECK(corpus->Remove({"d/a.txt", "nothing"}).status().code() == StatusCode::kNotFound);
  CHECK(Must(corpus->Stats()).documents == 4);  // all or none
  CHECK(Must(corpus->Remove({folder / "d/x"})).documents == 2);
  folder.Write("d/x/new.txt", "new");
  CHECK(Must(corpus->Update({})).files_added == 0);  // the folder stays out
  CHECK(Must(corpus->Update({folder / "d/x/b.txt"})).files_added == 1);
  CHECK(Must(corpus->Update({folder / "d/x"})).files_added == 2);
  CHECK(Must(corpus->Remove({"e"})).documents == 1);
  CHECK(Must(corpus->Update({})).files_added == 0);  // no source any more
  CHECK(Must(corpus->Update({folder / "e"})).files_added == 1);
}

TEST_CASE("KV is purged for what was removed or edited, at least once, also after a failure") {
  RagFolder folder;
  for (const char* name : {"d/a.txt", "d/b.txt", "d/c.txt"})
    folder.Write(name, std::string(name) + " old");
  std::vector<std::string> purged;
  bool fail = false;
  CorpusOptions options;
  options.on_gone = [&](const std::string& document) {
    if (fail) return lmp::Unavailable("the store is away");
    purged.push_back(document);
    return lmp::OkStatus();
  };
  auto corpus = folder.Open(options);
  Must(corpus->Update({folder / "d"}));
  CHECK(purged.empty());
  folder.Write("d/a.txt", "new text", 50);
  Must(corpus->Update({}));
  CHECK(purged == std::vector<std::string>{"d/a.txt"});
  fail = true;
  const auto failed = corpus->Remove({"d/b.txt"});
  CHECK(failed.status().code() == StatusCode::kUnavailable);
  CHECK(failed.status().message().find("d/b.txt") != std::string::npos);
  CHECK(Must(corpus->Stats()).purges_waiting == 1);
  fail = false;
  corpus.reset();
  auto without = folder.Open();  // one that knows of no KV keeps what is to be purged
  CHECK(Must(without->Remove({"d/c.txt"})).purges_waiting == 2);
  without.reset();
  corpus = folder.Open(options);
  Must(corpus->Update({}));
  CHECK(purged == std::vector<std::string>{"d/a.txt", "d/b.txt", "d/c.txt"});
  CHECK(Must(corpus->Stats()).purges_waiting == 0);
}

TEST_CASE("killed at any time: the corpus opens, is whole, and goes on") {
  RagFolder folder;
  WriteMany(folder, 120);
  lmp::Rng rng(23);
  for (int round = 0; round < 12; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      auto corpus = Corpus::Open(folder.corpus(), OpenMode::kCreate);
      if (corpus.ok()) {
        static_cast<void>((*corpus)->Update({folder / "d"}).ok());
        static_cast<void>((*corpus)->Remove({"d/13.txt", "d/23.txt"}).ok());
      }
      _exit(0);
    }
    REQUIRE(child > 0);
    usleep(static_cast<useconds_t>(rng.Below(40'000)));
    kill(child, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    if (!std::filesystem::exists(folder.corpus())) continue;
    auto corpus = folder.Open();
    const auto hits = Must(corpus->Search({.text = "word7 word77 word777", .k = 50}));
    for (const Hit& hit : hits) CHECK(hit.text.find("word7") != std::string::npos);
  }
  auto corpus = folder.Open();
  Must(corpus->Update({folder / "d"}));
  static_cast<void>(corpus->Remove({"d/13.txt"}).ok());
  CHECK(Must(corpus->Stats()).documents + 2 >= 120);
  auto check = Must(Database::Open(folder.corpus(), 1000));
  CHECK(Must(check->Number("SELECT count(*) FROM chunks WHERE document NOT IN "
                           "(SELECT id FROM documents)")) == 0);
  CHECK(check->Run("INSERT INTO words(words) VALUES('integrity-check')").ok());
}

}  // namespace
