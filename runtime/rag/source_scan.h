// Which files the sources of a corpus name: files, folders with all that is in them, and patterns
// ("docs/**/*.md": ** is any number of folders, * and ? stay within one name).
//
// Hidden files and folders (".git") below a source are passed over. Links are followed, but no
// folder and no file is taken twice, so loops end. Blocks on the disk; any thread; nothing fails:
// what cannot be read is in the result.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace lmp::rag {

struct FoundFile {
  std::string name;  // relative to the base folder
  uint64_t size = 0;
  int64_t mtime_ns = 0;
  size_t source = 0;  // which source found it
};

struct SkippedFile {
  std::string name;
  std::string reason;
};

struct SourceScan {
  int64_t began_ns = 0;              // of the clock that file times are of
  std::vector<FoundFile> files;      // in the order of the sources, then of the names
  std::vector<SkippedFile> skipped;  // with links that lead nowhere or back
  std::vector<size_t> missing;       // sources of which nothing is there
  std::vector<std::string> unread;   // folders ("name/") whose content is not known
};

// `base` is an absolute folder, `sources` are relative to it or absolute. `ignore` says which paths
// are not to be seen at all (the corpus itself); `cancelled` (nullable) ends the scan early.
SourceScan ScanSources(const std::string& base, const std::vector<std::string>& sources,
                       const std::function<bool(const std::string& path)>& ignore,
                       const std::function<bool()>& cancelled);

// `name` or a pattern, as seen from the working directory, relative to `base`.
std::string NameFrom(const std::string& base, const std::string& name);
// True if `name` matches the pattern as a whole.
bool MatchesPattern(std::string_view pattern, std::string_view name);
bool IsPattern(std::string_view source);

}  // namespace lmp::rag
