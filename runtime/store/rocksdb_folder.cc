#include "runtime/store/rocksdb_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace lmp::store {
namespace {

constexpr char kFreshSuffix[] = ".new";

std::string FirstLine() {
  return "lmp chunk store " + std::to_string(cache::kChunkFormatVersion) + '\n';
}

Status DiskRefuses(const std::string& path) {
  return Unavailable("chunk store " + path + ": " + std::strerror(errno));
}

// Says which line of the two texts differs first.
std::string Difference(const std::string& found, const std::string& expected) {
  std::istringstream found_lines(found), expected_lines(expected);
  std::string a, b;
  while (std::getline(expected_lines, b)) {
    if (!std::getline(found_lines, a)) return "its marker is cut off";
    if (a == b) continue;
    if (a.starts_with("lmp chunk store")) return "it has another format (" + a + ")";
    return "it was made for another " + b.substr(0, b.find(' '));
  }
  return "its marker is damaged";
}

}  // namespace

Result<FolderState> InspectFolder(const std::string& path, const cache::ChunkIdentity& identity) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::exists(path, error)) {
    const fs::path parent = fs::path(path).parent_path();
    if (!parent.empty()) fs::create_directories(parent, error);
    if (mkdir(path.c_str(), S_IRWXU) != 0) return DiskRefuses(path);
  } else if (!fs::is_directory(path, error)) {
    return InvalidArgument("chunk store " + path + ": it is not a folder");
  }
  const std::string marker = path + '/' + kMarkerName;
  if (!fs::exists(marker, error)) {
    for (const auto& entry : fs::directory_iterator(path, error)) {
      // A process that was killed while it made the store leaves the marker under its first name.
      if (entry.path().filename() == std::string(kMarkerName) + kFreshSuffix) continue;
      return InvalidArgument("chunk store " + path +
                             ": the folder holds other files; name an empty or new one");
    }
    if (error) return Unavailable("chunk store " + path + ": " + error.message());
    if (chmod(path.c_str(), S_IRWXU) != 0) return DiskRefuses(path);
    LMP_RETURN_IF_ERROR(WriteMarker(path, identity.ToText()));
    return FolderState{};
  }
  if (chmod(path.c_str(), S_IRWXU) != 0) return DiskRefuses(path);
  std::ifstream in(marker, std::ios::binary);
  const std::string found((std::istreambuf_iterator<char>(in)), {});
  const std::string expected = FirstLine() + identity.ToText();
  if (found == expected) return FolderState{};
  return FolderState{true, "chunk store " + path + ": " + Difference(found, expected) +
                               "; it is emptied and written anew"};
}

Result<cache::ChunkIdentity> ReadFolderIdentity(const std::string& path) {
  std::ifstream in(path + '/' + kMarkerName, std::ios::binary);
  if (!in) return NotFound("there is no chunk store at " + path);
  const std::string found((std::istreambuf_iterator<char>(in)), {});
  if (!found.starts_with(FirstLine()))
    return Unsupported("chunk store " + path + ": it has another format");
  auto identity =
      cache::ChunkIdentity::FromText(std::string_view(found).substr(FirstLine().size()));
  if (!identity.ok()) return Corruption("chunk store " + path + ": its marker is damaged");
  return identity;
}

Status WriteMarker(const std::string& path, const std::string& identity_text) {
  const std::string marker = path + '/' + kMarkerName;
  const std::string fresh = marker + kFreshSuffix;
  const std::string text = FirstLine() + identity_text;
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return DiskRefuses(path);
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       fsync(file) == 0;
  const int why = errno;
  close(file);
  errno = why;
  if (!written || std::rename(fresh.c_str(), marker.c_str()) != 0) return DiskRefuses(path);
  return OkStatus();
}

}  // namespace lmp::store
