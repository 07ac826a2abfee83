// SpecBuilder: collects a vocabulary whose pieces come with ids, in any order, from files that
// nobody has checked. One thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/text/tokenizer.h"

namespace lmp::text {

class SpecBuilder {
 public:
  explicit SpecBuilder(std::string model) { spec_.model = std::move(model); }

  // Errors: Corruption naming `field`, where the id is out of range or has another piece already,
  // where the piece is too long or has another id already.
  Status AddPiece(std::string_view field, int64_t id, std::string_view text, PieceType type);
  // The same, but the id may have this piece already, whose type then changes.
  Status AddToken(std::string_view field, int64_t id, std::string_view text, PieceType type);
  // The id of a piece, -1 if there is none.
  TokenId Find(std::string_view text) const;
  // Ids without a piece become unused ones. Errors: Corruption naming `field`, where there are more
  // of them than pieces.
  Result<TokenizerSpec> Finish(std::string_view field);

  TokenizerSpec& spec() { return spec_; }
  const TokenizerSpec& spec() const { return spec_; }

 private:
  Status Reserve(std::string_view field, int64_t id);

  TokenizerSpec spec_;
  std::vector<bool> taken_;
  std::unordered_map<std::string, TokenId> ids_;
  size_t count_ = 0;
};

}  // namespace lmp::text
