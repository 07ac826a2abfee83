#include "runtime/net/sha256.h"

#include <openssl/evp.h>

#include <array>

#include "runtime/base/check.h"

namespace lmp::net {

Sha256::Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  LMP_CHECK(context_ != nullptr);
  LMP_CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256::Add(std::string_view bytes) {
  LMP_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::Hex() const {
  constexpr std::string_view kHex = "0123456789abcdef";
  Sha256 copy;
  LMP_CHECK(EVP_MD_CTX_copy_ex(copy.context_.get(), context_.get()) == 1);
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned int count = 0;
  LMP_CHECK(EVP_DigestFinal_ex(copy.context_.get(), bytes.data(), &count) == 1);
  std::string text;
  for (unsigned int i = 0; i < count; ++i) {
    text += kHex[bytes[i] >> 4];
    text += kHex[bytes[i] & 15];
  }
  return text;
}

}  // namespace lmp::net
