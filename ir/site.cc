#include "ir/site.h"

namespace lmp::ir {
namespace {

// FNV-1a over the element's kind, text and number: each element is self-delimiting (a kind byte,
// then a text that ends in a zero byte, then eight bytes), so different paths never join to the
// same byte string.
uint64_t Mix(uint64_t hash, char byte) {
  return (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3ull;
}

uint64_t MixElement(uint64_t hash, char kind, std::string_view site, int64_t number) {
  hash = Mix(hash, kind);
  for (const char c : site) hash = Mix(hash, c);
  hash = Mix(hash, '\0');
  for (int shift = 0; shift < 64; shift += 8) {
    hash = Mix(hash, static_cast<char>((static_cast<uint64_t>(number) >> shift) & 0xff));
  }
  return hash;
}

// FNV's high bits are weak for short inputs; this finaliser spreads them (SplitMix64's).
uint64_t Finalise(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

}  // namespace

SitePath SitePath::With(Element element) const {
  SitePath longer = *this;
  longer.hash_ = MixElement(hash_, element.kind, element.site, element.number);
  longer.elements_.push_back(std::move(element));
  return longer;
}

SitePath SitePath::WithCall(std::string_view call_site) const {
  return With({'c', std::string(call_site), 0});
}

SitePath SitePath::WithIndex(int64_t index) const { return With({'i', "", index}); }

SitePath SitePath::WithAttempt(int64_t attempt) const {
  return attempt == 0 ? *this : With({'a', "", attempt});
}

std::string SitePath::ToText() const {
  std::string text;
  for (const Element& element : elements_) {
    if (!text.empty()) text.push_back('/');
    if (element.kind == 'a') text += "try";
    text += element.kind == 'c' ? element.site : std::to_string(element.number);
  }
  return text;
}

uint64_t SiteHash(const SitePath& path, std::string_view site) {
  return Finalise(MixElement(path.hash(), 's', site, 0));
}

std::string SiteText(const SitePath& path, std::string_view site) {
  const std::string prefix = path.ToText();
  return prefix.empty() ? std::string(site) : prefix + "/" + std::string(site);
}

}  // namespace lmp::ir
