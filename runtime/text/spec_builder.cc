#include "runtime/text/spec_builder.h"

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
  const std::string where = std::string(field) + ": ";
  if (taken_[at]) {
    return Corruption(where + "id " + std::to_string(id) + " twice, for " +
                      ShownText(spec_.pieces[at]) + " and " + ShownText(text));
  }
  if (text.size() > kPieceBytesMax) {
    return Corruption(where + std::to_string(text.size()) + " bytes, at most " +
                      std::to_string(kPieceBytesMax) + " are allowed");
  }
  const auto [same, is_new] = ids_.emplace(text, static_cast<TokenId>(id));
  if (!is_new) {
    return Corruption(where + ShownText(text) + " has id " + std::to_string(id) + ", but also " +
                      std::to_string(same->second));
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
  const auto found = ids_.find(std::string(text));
  return found == ids_.end() ? -1 : found->second;
}

Result<TokenizerSpec> SpecBuilder::Finish(std::string_view field) {
  const size_t holes = taken_.size() - count_;
  if (holes > count_) {
    return Corruption(NameField(field, std::to_string(count_)) + " pieces, but ids up to " +
                      std::to_string(taken_.size() - 1));
  }
  return std::move(spec_);
}

}  // namespace lmp::text
