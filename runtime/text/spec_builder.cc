#include "runtime/text/spec_builder.h"

#include <algorithm>

#include "runtime/base/limits.h"

namespace lmp::text {

Status SpecBuilder::Reserve(std::string_view field, int64_t id) {
  if (id < 0 || id >= static_cast<int64_t>(kVocabularyMax)) {
    return Corruption(std::string(field) + ": id " + std::to_string(id) + ", allowed are 0 to " +
                      std::to_string(kVocabularyMax - 1));
  }
  const size_t needed = static_cast<size_t>(id) + 1;
  if (needed > taken_.size()) {
    taken_.resize(needed);
    spec_.pieces.resize(needed);
    spec_.types.resize(needed, PieceType::kUnused);
  }
  return OkStatus();
}

Status SpecBuilder::AddPiece(std::string_view field, int64_t id, std::string_view text,
                             PieceType type) {
  LMP_RETURN_IF_ERROR(Reserve(field, id));
  const auto at = static_cast<size_t>(id);
  if (taken_[at]) {
    constexpr size_t kShown = 40;
    return Corruption(std::string(field) + ": id " + std::to_string(id) + " twice, for \"" +
                      spec_.pieces[at].substr(0, kShown) + "\" and \"" +
                      std::string(text.substr(0, kShown)) + "\"");
  }
  taken_[at] = true;
  ++count_;
  spec_.pieces[at] = text;
  spec_.types[at] = type;
  return OkStatus();
}

Status SpecBuilder::AddToken(std::string_view field, int64_t id, std::string_view text,
                             PieceType type) {
  LMP_RETURN_IF_ERROR(Reserve(field, id));
  const auto at = static_cast<size_t>(id);
  if (!taken_[at] || spec_.pieces[at] != text) return AddPiece(field, id, text, type);
  spec_.types[at] = type;
  return OkStatus();
}

TokenId SpecBuilder::Find(std::string_view text) const {
  const auto found = std::find(spec_.pieces.begin(), spec_.pieces.end(), text);
  return found == spec_.pieces.end() ? -1 : static_cast<TokenId>(found - spec_.pieces.begin());
}

Result<TokenizerSpec> SpecBuilder::Finish(std::string_view field) {
  const size_t holes = taken_.size() - count_;
  if (holes > count_) {
    return Corruption(std::string(field) + ": " + std::to_string(count_) +
                      " pieces, but ids up to " + std::to_string(taken_.size() - 1));
  }
  return std::move(spec_);
}

}  // namespace lmp::text
