// Programs on the disk: found in folders, and replaced.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace fs = std::filesystem;

Result<std::vector<std::string>> FindPrograms(const std::vector<std::string>& words) {
  std::vector<std::string> found;
  for (const std::string& word : words) {
    std::error_code error;
    if (!fs::is_directory(word, error)) {
      found.push_back(word);
      continue;
    }
    const size_t before = found.size();
    for (fs::recursive_directory_iterator it(word, error), end; !error && it != end;
         it.increment(error)) {
      std::error_code ignored;
      if (it->path().extension() == ".lmp" && it->is_regular_file(ignored)) {
        found.push_back(it->path().string());
      }
    }
    if (error) return NotFound("cannot read the folder " + word + ": " + error.message());
    if (found.size() == before) return NotFound("there is no .lmp file in " + word);
    std::sort(found.begin() + static_cast<std::ptrdiff_t>(before), found.end());
  }
  return found;
}

Status ReplaceFile(const std::string& path, std::string_view content) {
  std::error_code error;
  const fs::path target = fs::canonical(path, error);
  if (error) return NotFound("cannot write " + path + ": " + error.message());
  const fs::path fresh = target.string() + ".new-" + std::to_string(getpid());
  const fs::perms mode = fs::status(target, error).permissions();
  std::ofstream out(fresh, std::ios::binary);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  bool done = !out.fail() && !error;
  if (done) fs::permissions(fresh, mode, error);
  if (done && !error) fs::rename(fresh, target, error);
  done = done && !error;
  if (done) return Status();
  std::error_code ignored;
  fs::remove(fresh, ignored);
  return NotFound("cannot write " + path + (error ? ": " + error.message() : std::string()));
}

Status WriteResult(const std::string& path, std::string_view what, std::string_view text) {
  if (path.empty()) return Status();
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  return file.good() ? Status() : NotFound("cannot write the " + std::string(what) + " " + path);
}

}  // namespace lmp::cli
