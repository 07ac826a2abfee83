#include "runtime/rag/digest.h"

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <memory>

#include "runtime/base/check.h"

namespace lmp::rag {
namespace {

class Hash {
 public:
  Hash() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    LMP_CHECK(context_ != nullptr);
    LMP_CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void Add(const void* bytes, size_t size) {
    LMP_CHECK(EVP_DigestUpdate(context_.get(), bytes, size) == 1);
  }
  std::string Finish() {
    std::array<uint8_t, EVP_MAX_MD_SIZE> bytes;
    unsigned int count = 0;
    LMP_CHECK(EVP_DigestFinal_ex(context_.get(), bytes.data(), &count) == 1);
    std::string text;
    for (unsigned int i = 0; i < count; ++i) {
      text += "0123456789abcdef"[bytes[i] >> 4];
      text += "0123456789abcdef"[bytes[i] & 15];
    }
    return text;
  }

 private:
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

}  // namespace

std::string Sha256Hex(std::initializer_list<std::string_view> parts) {
  Hash hash;
  for (const std::string_view part : parts) {
    std::array<uint8_t, 8> size;
    for (size_t i = 0; i < size.size(); ++i) size[i] = static_cast<uint8_t>(part.size() >> (8 * i));
    hash.Add(size.data(), size.size());
    hash.Add(part.data(), part.size());
  }
  return hash.Finish();
}

Result<std::string> FileSha256Hex(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return NotFound(path + ": cannot be opened");
  Hash hash;
  std::array<char, 1 << 16> buffer;
  while (file.read(buffer.data(), buffer.size()) || file.gcount() > 0) {
    hash.Add(buffer.data(), static_cast<size_t>(file.gcount()));
  }
  if (file.bad()) return Unavailable(path + ": cannot be read");
  return hash.Finish();
}

}  // namespace lmp::rag
