#include "cache/chunk_digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdio>
#include <vector>

#ifdef LMP_CRYPTO
#include <openssl/evp.h>
#endif

namespace lmp::cache {

std::string Digest::Hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

#ifdef LMP_CRYPTO

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

bool Sha256Available() { return true; }

Sha256::Sha256() : state_(std::make_unique<State>()) {
  LMP_CHECK(state_->context != nullptr);
  LMP_CHECK(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

void Sha256::Add(std::span<const std::byte> bytes) {
  LMP_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Digest Sha256::Finish() {
  Digest digest;
  unsigned int size = 0;
  LMP_CHECK(EVP_DigestFinal_ex(state_->context, digest.bytes.data(), &size) == 1);
  LMP_CHECK(size == digest.bytes.size());
  return digest;
}

#else

struct Sha256::State {};
bool Sha256Available() { return false; }
Sha256::Sha256() { LMP_CHECK_MSG(false, "this build has no SHA-256 (LMP_CRYPTO)"); }
void Sha256::Add(std::span<const std::byte>) {}
Digest Sha256::Finish() { return {}; }

#endif

Sha256::~Sha256() = default;

void Sha256::AddU32(uint32_t value) {
  std::array<std::byte, 4> bytes;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(value >> (8 * i));
  Add(bytes);
}

void Sha256::AddU64(uint64_t value) {
  AddU32(static_cast<uint32_t>(value));
  AddU32(static_cast<uint32_t>(value >> 32));
}

void Sha256::AddText(std::string_view text) {
  AddU64(text.size());
  Add(std::as_bytes(std::span(text)));
}

Result<Digest> DigestFile(const std::string& path) {
  if (!Sha256Available()) return Unsupported("this build has no SHA-256 (LMP_CRYPTO)");
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return NotFound(path + ": cannot be opened");
  Sha256 sha;
  std::vector<std::byte> buffer(1u << 20);
  while (const size_t n = std::fread(buffer.data(), 1, buffer.size(), file)) {
    sha.Add(std::span(buffer).first(n));
  }
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  if (failed) return Unavailable(path + ": cannot be read");
  return sha.Finish();
}

uint64_t Checksum(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace lmp::cache
