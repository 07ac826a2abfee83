#include "runtime/rag/document_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "runtime/base/text.h"
#include "runtime/rag/units.h"

namespace lmp::rag {
namespace {

constexpr std::array<std::string_view, 4> kMarkdown = {"md", "markdown", "mdx", "mkd"};
constexpr std::array<std::string_view, 40> kCode = {
    "c",   "cc",    "cpp",   "cxx",   "h",     "hh",  "hpp", "hxx",  "cu",  "py",
    "pyi", "js",    "jsx",   "ts",    "tsx",   "go",  "rs",  "java", "kt",  "cs",
    "rb",  "php",   "pl",    "swift", "scala", "lua", "sh",  "bash", "sql", "lmp",
    "lir", "proto", "cmake", "zig",   "hs",    "ml",  "r",   "jl",   "css", "el"};

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}  // a pipe must not block
  ~OpenFile() {
    if (file_ >= 0) close(file_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return file_; }

 private:
  const int file_;
};

Status TooLong(uint64_t size, uint64_t bytes_max) {
  return ResourceExhausted(SizeText(size) + ", at most " + SizeText(bytes_max) + " are read");
}

}  // namespace

Format FormatOf(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || name.find('/', dot) != std::string_view::npos) {
    return Format::kText;
  }
  std::string extension(name.substr(dot + 1));
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto is = [&](std::string_view known) { return known == extension; };
  if (std::any_of(kMarkdown.begin(), kMarkdown.end(), is)) return Format::kMarkdown;
  return std::any_of(kCode.begin(), kCode.end(), is) ? Format::kCode : Format::kText;
}

std::string SizeText(uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " bytes";
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 999.5 && unit < 4) {
    value /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, value < 10 ? "%.1f %cB" : "%.0f %cB", value, " kMGT"[unit]);
  return text;
}

Status CheckDocument(std::string* text) {
  if (text->starts_with("\xEF\xBB\xBF")) text->erase(0, 3);
  if (text->starts_with("\xFF\xFE") || text->starts_with("\xFE\xFF")) {
    return InvalidArgument("is UTF-16, not UTF-8");
  }
  if (const size_t nul = text->find('\0'); nul != std::string::npos) {
    return InvalidArgument("is binary (a zero byte at offset " + std::to_string(nul) + ")");
  }
  if (!IsValidUtf8(*text)) return InvalidArgument("is not valid UTF-8");
  if (TrimSpace(*text).empty()) {
    return InvalidArgument(text->empty() ? "is empty (0 bytes)" : "has nothing but white space");
  }
  return OkStatus();
}

Result<std::string> ReadDocument(const std::string& path, uint64_t bytes_max) {
  const OpenFile file(path);
  if (file.get() < 0) {
    return Unavailable(std::string("cannot be read: ") + std::strerror(errno));
  }
  struct stat facts;
  if (fstat(file.get(), &facts) != 0) {
    return Unavailable(std::string("cannot be read: ") + std::strerror(errno));
  }
  if (!S_ISREG(facts.st_mode)) return InvalidArgument("is not a regular file");
  const uint64_t size = static_cast<uint64_t>(facts.st_size);
  if (size > bytes_max) return TooLong(size, bytes_max);
  std::string text;
  text.reserve(size);
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const ssize_t got = read(file.get(), buffer.data(), buffer.size());
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unavailable(std::string("cannot be read: ") + std::strerror(errno));
    text.append(buffer.data(), static_cast<size_t>(got));
    if (text.size() > bytes_max) return TooLong(text.size(), bytes_max);
  }
  LMP_RETURN_IF_ERROR(CheckDocument(&text));
  return text;
}

}  // namespace lmp::rag
