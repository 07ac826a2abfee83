// Corpora: adding, updating, bad input, other processes.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "runtime/rag/process_lock.h"
#include "runtime/rag/sqlite.h"
#include "tests/support/rag_folder.h"

namespace {

using lmp::StatusCode;
using lmp::testing::Must;
using lmp::testing::RagFolder;
using namespace lmp::rag;

std::string Found(Corpus* corpus, const std::string& text) {
  std::string names;
  for (const Hit& hit : Must(corpus->Search({.text = text}))) {
    names += (names.empty() ? "" : " ") + hit.document;
  }
  return names;
}

std::map<std::string, std::string> Reasons(const UpdateReport& report) {
  std::map<std::string, std::string> reasons;
  for (const SkippedFile& file : report.skipped) reasons[file.name] = file.reason;
  return reasons;
}

TEST_CASE("files are found by their words, with place and heading") {
  RagFolder folder;
  folder.Write("docs/refunds.md", "# Refunds\n\n## How long\n\nMoney comes back within 14 days.\n");
  folder.Write("docs/code/a.py", "def area(r):\n    return 3.14 * r * r\n");
  folder.Write("docs/notes.txt", "Shipping is free above 50 euros.\n");
  folder.Write("docs/.hidden/x.md", "refunds refunds\n");
  auto corpus = folder.Open();
  const UpdateReport report = Must(corpus->Update({folder / "docs"}));
  CHECK(report.files_added == 3);
  CHECK(report.skipped.empty());
  const auto hits = Must(corpus->Search({.text = "when do I get my money back?"}));
  REQUIRE(!hits.empty());
  CHECK(hits[0].document == "docs/refunds.md");
  CHECK(hits[0].line == 1);
  CHECK(hits[0].text.find("14 days") != std::string::npos);
  CHECK(hits[0].word_rank == 1);
  CHECK(hits[0].score > 0);
  CHECK(Found(corpus.get(), "area") == "docs/code/a.py");
  CHECK(Found(corpus.get(), "free shipping") == "docs/notes.txt");
  CHECK(Found(corpus.get(), "notes") == "docs/notes.txt");  // a word of the name
  CHECK(Found(corpus.get(), "unheard-of") == "");
  CHECK(Found(corpus.get(), "") == "");
  const CorpusStats stats = Must(corpus->Stats());
  CHECK(stats.documents == 3);
  CHECK(stats.chunks == 3);
  CHECK(stats.sources == std::vector<std::string>{"docs"});
  struct stat facts;
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    REQUIRE(stat((folder.corpus() + suffix).c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
  }
}

TEST_CASE("an update reads what has changed and nothing else") {
  RagFolder folder;
  for (int i = 0; i < 20; ++i) {
    folder.Write("d/" + std::to_string(i) + ".txt", "document number" + std::to_string(i) + "\n");
  }
  auto corpus = folder.Open();
  CHECK(Must(corpus->Update({folder / "d"})).files_read == 20);
  UpdateReport report = Must(corpus->Update({}));
  CHECK(report.files_read == 0);
  CHECK(report.files_unchanged == 20);
  folder.Write("d/3.txt", "document number3\n", 50);  // another time, the same text
  folder.Write("d/4.txt", "another text entirely\n", 50);
  folder.Write("d/new.txt", "brand new\n");
  std::filesystem::remove(folder / "d/5.txt");
  report = Must(corpus->Update({}));
  CHECK(report.files_read == 3);
  CHECK(report.files_changed == 1);
  CHECK(report.files_added == 1);
  CHECK(report.files_removed == 1);
  CHECK(report.files_unchanged == 18);
  CHECK(Found(corpus.get(), "number5") == "");
  CHECK(Found(corpus.get(), "number4") == "");
  CHECK(Found(corpus.get(), "entirely") == "d/4.txt");
  // A file as young as the update may change within the same tick: it is read once more.
  folder.Write("d/young.txt", "young\n", 0);
  CHECK(Must(corpus->Update({})).files_read == 1);
  folder.Write("d/young.txt", "older\n", 60);
  CHECK(Must(corpus->Update({})).files_read == 1);
  CHECK(Must(corpus->Update({})).files_read == 0);
}

TEST_CASE("ids of chunks stay when other parts of a document change") {
  RagFolder folder;
  std::string text;
  for (int i = 0; i < 30; ++i) {
    text += "## Part " + std::to_string(i) + "\n\n";
    for (int w = 0; w < 40; ++w) text += "word" + std::to_string(i * 100 + w) + " ";
    text += "\n\n";
  }
  folder.Write("a.md", text + text.substr(0, 300));
  CorpusOptions options;
  options.limits = ChunkLimits{64, 0};
  auto corpus = folder.Open(options);
  const UpdateReport first = Must(corpus->Update({folder / "a.md"}));
  const std::string id = Must(corpus->Search({.text = "word2905"}))[0].id;
  folder.Write("a.md", "# New title line\n\nNew words.\n\n" + text, 50);
  const UpdateReport second = Must(corpus->Update({}));
  CHECK(second.files_changed == 1);
  // The new title stands above the parts, so it is checked on an edit inside a part.
  folder.Write("a.md", "# New title line\n\nOther words.\n\n" + text, 40);
  const UpdateReport third = Must(corpus->Update({}));
  CHECK(third.chunks.added <= 2);
  CHECK(third.chunks.kept + third.chunks.added >= first.chunks.added - 3);
  CHECK(third.chunks.kept > 20);
  CHECK(!id.empty());
}

TEST_CASE("what is no document is skipped with a reason") {
  RagFolder folder;
  folder.Write("d/empty.md", "");
  folder.Write("d/blank.md", " \n\t\n");
  folder.Write("d/binary.txt", std::string_view("a\0b", 3));
  folder.Write("d/latin1.txt", "caf\xE9");
  folder.Write("d/utf16.txt",
               "\xFF\xFE"
               "a b");
  folder.Write("d/bom.txt",
               "\xEF\xBB\xBF"
               "marked");
  folder.Write("d/secret.txt", "unreadable");
  chmod((folder / "d/secret.txt").c_str(), 0);
  folder.Write("d/long.txt", "x");
  std::filesystem::resize_file(folder / "d/long.txt", 1'000'000'000);  // sparse
  std::filesystem::create_directory_symlink(folder / "d", folder / "d/loop");
  std::filesystem::create_symlink(folder / "nowhere", folder / "d/dangling");
  std::filesystem::create_symlink(folder / "d/self", folder / "d/self");
  REQUIRE(mkfifo((folder / "d/pipe").c_str(), 0600) == 0);
  std::string deep = "d";
  for (int i = 0; i < 60; ++i) deep += "/deeper";
  folder.Write(deep + "/bottom.txt", "bottom");
  auto corpus = folder.Open();
  for (int round = 0; round < 2; ++round) {
    const UpdateReport report = Must(corpus->Update({folder / "d"}));
    auto reasons = Reasons(report);
    CHECK(reasons["d/empty.md"] == "is empty (0 bytes)");
    CHECK(reasons["d/blank.md"] == "has nothing but white space");
    CHECK(reasons["d/binary.txt"] == "is binary (a zero byte at offset 1)");
    CHECK(reasons["d/latin1.txt"] == "is not valid UTF-8");
    CHECK(reasons["d/utf16.txt"] == "is UTF-16, not UTF-8");
    CHECK(reasons["d/long.txt"] == "1.0 GB, at most 67 MB are read");
    CHECK(reasons["d/loop"] == "is the folder d again (a link)");
    CHECK(reasons["d/dangling"].starts_with("cannot be read"));
    CHECK(reasons["d/self"].starts_with("cannot be read"));
    CHECK(reasons["d/pipe"] == "is not a regular file");
    if (geteuid() != 0) CHECK(reasons["d/secret.txt"].starts_with("cannot be read"));
    CHECK(report.files_read == (round == 0 ? (geteuid() == 0 ? 3 : 2) : 0));
  }
  CHECK(Found(corpus.get(), "marked") == "d/bom.txt");
  CHECK(Found(corpus.get(), "bottom") == deep + "/bottom.txt");
  // What becomes no document is not found any more.
  folder.Write("d/bom.txt", std::string_view("now\0", 4), 50);
  CHECK(Must(corpus->Update({})).files_removed == 1);
  CHECK(Found(corpus.get(), "marked") == "");
}

TEST_CASE("sources: patterns, a source that is gone, one that never was") {
  RagFolder folder;
  folder.Write("d/a.md", "alpha");
  folder.Write("d/x/b.md", "beta");
  folder.Write("d/x/c.txt", "gamma");
  folder.Write("e/f.md", "delta");
  auto corpus = folder.Open();
  CHECK(Must(corpus->Update({folder / "d/**/*.md"})).files_added == 2);
  CHECK(Must(corpus->Update({folder / "e", folder / "d/a.md"})).files_added == 1);
  const auto missing = corpus->Update({folder / "never"});
  CHECK(missing.status().code() == StatusCode::kNotFound);
  std::filesystem::rename(folder / "e", folder / "away");
  const UpdateReport report = Must(corpus->Update({}));
  CHECK(report.missing == std::vector<std::string>{"e"});
  CHECK(report.files_removed == 0);
  CHECK(Found(corpus.get(), "delta") == "e/f.md");
  CHECK(MatchesPattern("a/**/b?.md", "a/b1.md"));
  CHECK(MatchesPattern("a/**/b?.md", "a/x/y/b1.md"));
  CHECK(!MatchesPattern("a/**/b?.md", "a/x/b.md"));
  CHECK(!MatchesPattern("*.md", "a/x.md"));
  CHECK(MatchesPattern("**", "a/b/c"));
  CHECK(MatchesPattern("a*b*c", "axxbyyc"));
  CHECK(!MatchesPattern("a*b*c", "axxbyy"));
}

TEST_CASE("passages without files") {
  RagFolder folder;
  auto corpus = folder.Open();
  const UpdateReport report = Must(corpus->AddPassages(
      "{\"id\": \"p1\", \"title\": \"Queen\", \"text\": \"She was a daughter of Boso.\"}\n"
      "\nnot json\n{\"id\": 3, \"text\": \"x\"}\n{\"id\": \"p2\"}\n"
      "{\"id\": \"p3\", \"text\": \"\"}\n{\"id\": \"p4\", \"text\": \"Another thing\"}\r\n"));
  CHECK(report.files_added == 2);
  const auto reasons = Reasons(report);
  CHECK(reasons.size() == 4);
  CHECK(reasons.at("line 4") == "has no string \"id\"");
  CHECK(reasons.at("line 5") == "has no string \"text\"");
  const auto hits = Must(corpus->Search({.text = "queen"}));
  REQUIRE(hits.size() == 1);
  CHECK(hits[0].document == "p1");
  CHECK(hits[0].heading == "Queen");
  CHECK(Must(corpus->Update({})).files_removed == 0);  // they are no files that could be gone
  CHECK(Must(corpus->AddPassages("{\"id\": \"p1\", \"text\": \"A king instead\"}")).files_changed ==
        1);
  CHECK(Found(corpus.get(), "daughter") == "");
}

TEST_CASE("cancel keeps what was done; progress counts") {
  RagFolder folder;
  for (int i = 0; i < 10; ++i) folder.Write("d/" + std::to_string(i), "text " + std::to_string(i));
  auto corpus = folder.Open();
  UpdateOptions options;
  int asked = 0;
  options.cancelled = [&] { return ++asked > 5; };
  std::vector<int64_t> done;
  options.on_progress = [&](const UpdateProgress& p) {
    done.push_back(p.files_done);
    CHECK(p.files_total == 10);
    CHECK(p.bytes_done <= p.bytes_total);
  };
  const UpdateReport report = Must(corpus->Update({folder / "d"}, options));
  CHECK(report.cancelled);
  CHECK(report.files_added > 0);
  CHECK(report.files_added < 10);
  CHECK(Must(corpus->Stats()).documents == report.files_added);
  CHECK(done.size() == static_cast<size_t>(report.files_added) + 1);
  CHECK(Must(corpus->Update({})).files_added == 10 - report.files_added);
}

TEST_CASE("another chunk size or counter cuts every document again") {
  RagFolder folder;
  std::string text;
  for (int i = 0; i < 100; ++i) text += "Sentence number " + std::to_string(i) + " is here.\n\n";
  folder.Write("a.txt", text);
  int64_t large = 0;
  {
    auto corpus = folder.Open();
    Must(corpus->Update({folder / "a.txt"}));
    large = Must(corpus->Stats()).chunks;
  }
  CorpusOptions options;
  options.limits = ChunkLimits{32, 4};
  options.count = [](std::string_view t) { return t.size() / 3; };
  options.counter = "thirds";
  auto corpus = folder.Open(options);
  CHECK(Must(corpus->Update({})).files_changed == 1);
  const CorpusStats stats = Must(corpus->Stats());
  CHECK(stats.chunks > large);
  CHECK(stats.limits == ChunkLimits{32, 4});
  CHECK(stats.counter == "thirds");
  CHECK(Must(corpus->Update({})).files_read == 0);
  corpus.reset();
  auto plain = folder.Open();
  const auto refused = plain->Update({});
  CHECK(refused.status().code() == StatusCode::kInvalidArgument);
  CHECK(refused.status().message().find("thirds") != std::string::npos);
  for (const ChunkLimits& wrong :
       {ChunkLimits{15, 0}, ChunkLimits{40000, 0}, ChunkLimits{100, 50}}) {
    options.limits = wrong;
    CHECK(Corpus::Open(folder.corpus(), OpenMode::kCreate, options).status().code() ==
          StatusCode::kInvalidArgument);
  }
}

TEST_CASE("files that are no corpus, damaged ones, other versions") {
  RagFolder folder;
  CHECK(Corpus::Open(folder.corpus(), OpenMode::kExisting).status().code() ==
        StatusCode::kNotFound);
  folder.Write("text", std::string(5000, 'x'));
  folder.Write("empty", "");
  const auto code = [&](const std::string& name, OpenMode mode = OpenMode::kExisting) {
    return Corpus::Open(folder / name, mode).status().code();
  };
  CHECK(code("text") == StatusCode::kCorruption);
  CHECK(code("empty") == StatusCode::kCorruption);
  CHECK(code("") == StatusCode::kInvalidArgument);  // the folder
  CHECK(code("no/such/folder.corpus", OpenMode::kCreate) == StatusCode::kUnavailable);
  folder.Write("other", "");
  {
    auto other = Must(Database::Open(folder / "other", 0));
    REQUIRE(other->Run("CREATE TABLE t(x)").ok());
  }
  CHECK(code("other", OpenMode::kCreate) == StatusCode::kCorruption);
  for (int i = 0; i < 50; ++i)
    folder.Write("d/" + std::to_string(i), std::string(3000, 'a') + " b");
  Must(folder.Open()->Update({folder / "d"}));
  {
    auto newer = Must(Database::Open(folder.corpus(), 0));
    REQUIRE(newer->Run("PRAGMA user_version = 99").ok());
  }
  CHECK(code("c.corpus") == StatusCode::kUnsupported);
  {
    auto back = Must(Database::Open(folder.corpus(), 0));
    REQUIRE(back->Run("PRAGMA user_version = 1").ok());
  }
  // Every page but the first overwritten or cut off: an error that says so, never a crash.
  const std::string whole = folder.Read("c.corpus");
  for (const bool cut : {false, true}) {
    std::string bytes = whole;
    if (cut) {
      bytes.resize(4096 + 100);
    } else {
      for (size_t i = 4096; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31);
    }
    folder.Write("c.corpus", bytes);
    auto opened = Corpus::Open(folder.corpus(), OpenMode::kExisting);
    lmp::Status status = opened.status();
    if (opened.ok()) status = (*opened)->Search({.text = "b"}).status();
    CHECK(status.code() == StatusCode::kCorruption);
    CHECK(status.message().find("c.corpus") != std::string::npos);
  }
}

TEST_CASE("two at once: one changes, all search") {
  RagFolder folder;
  folder.Write("a.txt", "alpha");
  auto first = folder.Open();
  Must(first->Update({folder / "a.txt"}));
  auto second = folder.Open();
  CHECK(Found(second.get(), "alpha") == "a.txt");
  {
    const auto held = Must(ProcessLock::Take(folder.corpus()));
    const auto refused = second->Update({});
    CHECK(refused.status().code() == StatusCode::kUnavailable);
    CHECK(refused.status().message().find("another process is changing") != std::string::npos);
    CHECK(second->Remove({"a.txt"}).status().code() == StatusCode::kUnavailable);
    CHECK(Found(second.get(), "alpha") == "a.txt");
  }
  folder.Write("b.txt", "beta");
  Must(second->Update({folder / "b.txt"}));
  CHECK(Found(first.get(), "beta") == "b.txt");
}

}  // namespace
