#include "runtime/rag/source_scan.h"

#include <dirent.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

namespace lmp::rag {
namespace {

namespace fs = std::filesystem;

// `*` and `?` within one name.
bool MatchesName(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, star = std::string_view::npos, retry = 0;
  while (n < name.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n]) && pattern[p] != '*') {
      ++p;
      ++n;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<std::string_view> Segments(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    if (slash > 0) out.push_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return out;
}

class Scanner {
 public:
  Scanner(const std::string& base, const std::function<bool(const std::string&)>& ignore,
          const std::function<bool()>& cancelled)
      : base_(base), ignore_(ignore), cancelled_(cancelled) {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    scan_.began_ns = int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  }

  void Take(size_t index, const std::string& source) {
    source_ = index;
    pattern_ = IsPattern(source) ? source : "";
    std::string root = source;
    if (!pattern_.empty()) {
      // The folders before the first wildcard.
      const size_t wild = source.find_first_of("*?");
      const size_t slash = source.rfind('/', wild);
      root = slash == std::string::npos ? "." : source.substr(0, std::max<size_t>(slash, 1));
    }
    struct stat facts;
    if (stat(PathOf(root).c_str(), &facts) != 0) {
      scan_.missing.push_back(index);
    } else if (S_ISDIR(facts.st_mode)) {
      folders_.clear();  // each source walks on its own; files are taken once over all
      TakeFolder(root, facts);
    } else {
      TakeFile(root, facts);
    }
  }

  SourceScan Finish() { return std::move(scan_); }

 private:
  using Identity = std::pair<dev_t, ino_t>;

  std::string PathOf(const std::string& name) const {
    return name.starts_with('/') ? name : base_ + "/" + name;
  }

  // Folders wait in a list, so that depth costs no stack.
  void TakeFolder(const std::string& root, const struct stat& facts) {
    std::vector<std::pair<std::string, Identity>> waiting;
    waiting.emplace_back(root, Identity(facts.st_dev, facts.st_ino));
    while (!waiting.empty()) {
      if (cancelled_ && cancelled_()) return;
      const auto [name, identity] = std::move(waiting.back());
      waiting.pop_back();
      if (const auto seen = folders_.find(identity); seen != folders_.end()) {
        scan_.skipped.push_back({name, "is the folder " + seen->second + " again (a link)"});
        continue;
      }
      folders_.emplace(identity, name);
      std::vector<std::pair<std::string, Identity>> below;
      ListFolder(name, &below);
      waiting.insert(waiting.end(), below.rbegin(), below.rend());
    }
  }

  void ListFolder(const std::string& name, std::vector<std::pair<std::string, Identity>>* below) {
    DIR* folder = opendir(PathOf(name).c_str());
    if (folder == nullptr) {
      scan_.skipped.push_back({name + "/", std::string("cannot be read: ") + std::strerror(errno)});
      scan_.unread.push_back(name == "." ? "" : name + "/");
      return;
    }
    std::vector<std::string> names;
    while (const dirent* entry = readdir(folder)) {
      if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    }
    closedir(folder);
    std::sort(names.begin(), names.end());
    for (const std::string& entry : names) {
      const std::string full = name == "."           ? entry
                               : name.ends_with('/') ? name + entry
                                                     : name + "/" + entry;
      struct stat facts;
      if (stat(PathOf(full).c_str(), &facts) != 0) {
        scan_.skipped.push_back({full, std::string("cannot be read: ") + std::strerror(errno)});
      } else if (S_ISDIR(facts.st_mode)) {
        below->emplace_back(full, Identity(facts.st_dev, facts.st_ino));
      } else if (pattern_.empty() || MatchesPattern(pattern_, full)) {
        TakeFile(full, facts);
      }
    }
  }

  void TakeFile(const std::string& name, const struct stat& facts) {
    if (ignore_ && ignore_(PathOf(name))) return;
    const auto [at, fresh] = files_.emplace(Identity(facts.st_dev, facts.st_ino), name);
    if (!fresh) {
      if (at->second != name) {
        scan_.skipped.push_back({name, "is the file " + at->second + " again (a link)"});
      }
      return;
    }
    if (!S_ISREG(facts.st_mode)) {
      scan_.skipped.push_back({name, "is not a regular file"});
      return;
    }
    const int64_t mtime = int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
    scan_.files.push_back({name, static_cast<uint64_t>(facts.st_size), mtime, source_});
  }

  const std::string& base_;
  const std::function<bool(const std::string&)>& ignore_;
  const std::function<bool()>& cancelled_;
  size_t source_ = 0;
  std::string pattern_;
  std::map<Identity, std::string> folders_, files_;
  SourceScan scan_;
};

bool MatchesSegments(const std::vector<std::string_view>& pattern, size_t p,
                     const std::vector<std::string_view>& name, size_t n) {
  // Like MatchesName, with ** for *: only the last ** ever needs to be tried again.
  size_t star = pattern.size(), retry = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == "**") {
      star = p++;
      retry = n;
    } else if (p < pattern.size() && MatchesName(pattern[p], name[n])) {
      ++p;
      ++n;
    } else if (star < pattern.size()) {
      p = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == "**") ++p;
  return p == pattern.size();
}

}  // namespace

bool IsPattern(std::string_view source) {
  return source.find_first_of("*?") != std::string_view::npos;
}

bool MatchesPattern(std::string_view pattern, std::string_view name) {
  return MatchesSegments(Segments(pattern), 0, Segments(name), 0);
}

std::string NameFrom(const std::string& base, const std::string& name) {
  std::error_code error;
  const fs::path absolute = fs::absolute(name.empty() ? "." : name, error).lexically_normal();
  std::string out = absolute.lexically_relative(fs::path(base).lexically_normal()).string();
  while (out.size() > 1 && out.ends_with('/')) out.pop_back();
  return out.empty() ? absolute.string() : out;
}

SourceScan ScanSources(const std::string& base, const std::vector<std::string>& sources,
                       const std::function<bool(const std::string& path)>& ignore,
                       const std::function<bool()>& cancelled) {
  Scanner scanner(base, ignore, cancelled);
  for (size_t i = 0; i < sources.size(); ++i) scanner.Take(i, sources[i]);
  return scanner.Finish();
}

}  // namespace lmp::rag
