#include "runtime/text/byte_level.h"

#include <algorithm>

#include "runtime/base/limits.h"
#include "runtime/text/byte_alphabet.h"
#include "runtime/text/composer.h"
#include "runtime/text/word_cache.h"
#include "runtime/text/word_merger.h"

namespace lmp::text {
namespace {

using Part = TokenizerOrigin::Part;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Bytes that no well-formed UTF-8 has.
bool IsNeverUtf8(size_t byte) { return byte == 0xC0 || byte == 0xC1 || byte >= 0xF5; }

}  // namespace

// What one Encode needs beside the tables.
struct ByteLevelTokenizer::Scratch {
  Scratch(const MergeTable& merges, size_t text_bytes) : merger(merges), cache(text_bytes) {}
  WordMerger merger;
  WordCache cache;
  Composer composer;
  std::string composed;
  std::vector<size_t> ends;
  std::vector<TokenId> word;
};

Result<std::shared_ptr<const ByteLevelTokenizer>> ByteLevelTokenizer::Make(TokenizerSpec spec) {
  std::shared_ptr<ByteLevelTokenizer> tokenizer(new ByteLevelTokenizer(std::move(spec)));
  LMP_RETURN_IF_ERROR(tokenizer->MakeSplitter());
  LMP_RETURN_IF_ERROR(tokenizer->IndexPieces());
  LMP_RETURN_IF_ERROR(tokenizer->CheckBytes());
  LMP_RETURN_IF_ERROR(tokenizer->IndexMerges());
  tokenizer->IndexWords();
  return std::shared_ptr<const ByteLevelTokenizer>(std::move(tokenizer));
}

Status ByteLevelTokenizer::MakeSplitter() {
  if (spec_.add_space_prefix) {
    return Unsupported(spec_.origin.Of(Part::kSpacePrefix) + ": true beside byte-level BPE");
  }
  if (!spec_.pre.empty()) {
    const auto pre = FindPreTokenizer(spec_.pre);
    if (!pre.has_value()) {
      return Unsupported(spec_.origin.Of(Part::kPre) + ": " + ShownText(spec_.pre) +
                         ", known are " + PreTokenizerNames());
    }
    splitter_ = MakeFamilySplitter(pre->family);
    nfc_ = pre->nfc;
    ignore_merges_ = pre->ignore_merges;
  } else {
    if (spec_.splits.empty()) {
      return Corruption(spec_.origin.Of(Part::kPre) + ": missing; known are " +
                        PreTokenizerNames());
    }
    LMP_RETURN_IF_ERROR(MakeSplitterOfExpressions());
    nfc_ = spec_.nfc;
    ignore_merges_ = spec_.ignore_merges;
  }
  if (nfc_ && !Composer::Available()) {
    return Unsupported(NameField(
        spec_.origin.file, "the tokenizer normalises text to NFC, this build has no utf8proc"));
  }
  return OkStatus();
}

Status ByteLevelTokenizer::MakeSplitterOfExpressions() {
  std::vector<std::string_view> patterns;
  for (const TokenizerSpec::Split& split : spec_.splits) patterns.push_back(split.pattern);
  if (const auto family = FindFamily(patterns)) {
    splitter_ = MakeFamilySplitter(*family);
    return OkStatus();
  }
  std::vector<std::unique_ptr<const Splitter>> stages;
  for (const TokenizerSpec::Split& split : spec_.splits) {
    LMP_TRY(auto stage,
            MakeRegexSplitter(NameField(spec_.origin.file, split.field), split.pattern));
    stages.push_back(std::move(stage));
  }
  splitter_ = MakeSequenceSplitter(std::move(stages));
  return OkStatus();
}

Status ByteLevelTokenizer::IndexPieces() {
  bytes_.resize(spec_.pieces.size());
  byte_ids_.fill(-1);
  by_bytes_.reserve(spec_.pieces.size());
  for (size_t i = 0; i < spec_.pieces.size(); ++i) LMP_RETURN_IF_ERROR(IndexPiece(i));
  user_defined_.Seal();
  return OkStatus();
}

Status ByteLevelTokenizer::IndexPiece(size_t id) {
  const std::string& piece = spec_.pieces[id];
  const TokenId token = static_cast<TokenId>(id);
  const PieceType type = spec_.types[id];
  if (type == PieceType::kByte) {
    return Corruption(spec_.origin.Piece(token, piece) + ": a byte, byte-level BPE has none");
  }
  if (type == PieceType::kControl && !piece.empty()) special_.emplace(piece, token);
  if (type == PieceType::kUserDefined && !piece.empty()) {
    bytes_[id] = piece;
    special_.emplace(piece, token);
    if (user_ids_.emplace(piece, token).second) user_defined_.Add(piece);
  }
  if (type != PieceType::kNormal) return OkStatus();
  auto bytes = BytesOfAlphabet(piece);
  if (!bytes.has_value() || bytes->empty()) {
    return Corruption(spec_.origin.Piece(token, piece) + ": " + ShownText(piece) +
                      (piece.empty() ? " is empty" : " is not written in the byte alphabet"));
  }
  bytes_[id] = *std::move(bytes);
  by_bytes_.emplace(bytes_[id], token);  // of pieces with the same text the first counts
  TokenId& slot = byte_ids_[static_cast<uint8_t>(bytes_[id][0])];
  if (bytes_[id].size() == 1 && slot < 0) slot = token;
  return OkStatus();
}

Status ByteLevelTokenizer::CheckBytes() {
  for (size_t byte = 0; byte < byte_ids_.size(); ++byte) {
    if (byte_ids_[byte] >= 0) continue;
    if (spec_.unknown >= 0 && !IsControl(spec_.unknown)) {  // text must not make control tokens
      byte_ids_[byte] = spec_.unknown;
    } else if (!IsNeverUtf8(byte)) {
      return Corruption(spec_.origin.Of(Part::kPieces) + ": no piece for byte " +
                        std::to_string(byte) +
                        " and no unknown piece, some text could not be tokenised");
    }
  }
  return OkStatus();
}

Status ByteLevelTokenizer::IndexMerges() {
  if (spec_.merges.size() > kMergesMax) {
    return Corruption(spec_.origin.Of(Part::kMerges) + ": " + std::to_string(spec_.merges.size()) +
                      " merges, at most " + std::to_string(kMergesMax) + " are allowed");
  }
  merges_ = MergeTable(spec_.merges.size());
  std::string joined;
  for (size_t rank = 0; rank < spec_.merges.size(); ++rank) {
    const std::string& merge = spec_.merges[rank];
    const auto wrong = [&](const char* why) {
      return Corruption(spec_.origin.Merge(rank) + ": " + ShownText(merge) + why);
    };
    const size_t space = merge.find(' ');
    if (space == std::string::npos || merge.find(' ', space + 1) != std::string::npos) {
      return wrong(" is not two pieces with a space between");
    }
    const auto left = BytesOfAlphabet(std::string_view(merge).substr(0, space));
    const auto right = BytesOfAlphabet(std::string_view(merge).substr(space + 1));
    if (!left.has_value() || !right.has_value()) {
      return wrong(" is not written in the byte alphabet");
    }
    joined = *left + *right;
    const auto left_id = by_bytes_.find(*left);
    const auto right_id = by_bytes_.find(*right);
    const auto joined_id = by_bytes_.find(joined);
    if (left_id == by_bytes_.end() || right_id == by_bytes_.end() || joined_id == by_bytes_.end()) {
      return wrong(": a part or what they join to is not a piece");
    }
    merges_.Add(left_id->second, right_id->second,
                {static_cast<uint32_t>(rank), joined_id->second});
  }
  return OkStatus();
}

void ByteLevelTokenizer::IndexWords() {
  words_ = WordTable(by_bytes_.size());
  WordMerger merger(merges_);
  std::vector<TokenId> parts;
  std::vector<TokenId> merged;
  for (const auto& [bytes, id] : by_bytes_) {
    if (!ignore_merges_) {
      parts.clear();
      merged.clear();
      for (const char c : bytes) parts.push_back(byte_ids_[static_cast<uint8_t>(c)]);
      merger.Merge(parts, &merged);
      if (merged.size() != 1 || merged[0] != id) continue;
    }
    words_.Add(bytes, id);
  }
}

void ByteLevelTokenizer::Encode(std::string_view text, FragmentStart,
                                std::vector<TokenId>* ids) const {
  if (text.empty()) return;
  Scratch scratch(merges_, text.size());
  size_t begin = 0;
  for (size_t at = 0; at < text.size() && !user_defined_.empty();) {
    const size_t length =
        user_defined_.BeginsWith(text[at]) ? user_defined_.LongestAt(text.substr(at)) : 0;
    if (length == 0) {
      ++at;
      continue;
    }
    EncodeSegment(text.substr(begin, at - begin), &scratch, ids);
    ids->push_back(user_ids_.at(text.substr(at, length)));
    at += length;
    begin = at;
  }
  EncodeSegment(text.substr(begin), &scratch, ids);
}

void ByteLevelTokenizer::EncodeSegment(std::string_view segment, Scratch* scratch,
                                       std::vector<TokenId>* ids) const {
  if (nfc_ && Composer::MayChange(segment)) {
    scratch->composed.clear();
    scratch->composer.Append(segment, &scratch->composed, nullptr);
    segment = scratch->composed;
  }
  for (size_t at = 0; at < segment.size();) {
    splitter_->Split(segment, at, &scratch->ends);
    for (const size_t end : scratch->ends) {
      EncodeWord(segment.substr(at, end - at), segment.size() - end, scratch, ids);
      at = end;
    }
  }
}

void ByteLevelTokenizer::EncodeWord(std::string_view word, size_t after, Scratch* scratch,
                                    std::vector<TokenId>* ids) const {
  if (word.size() > PackedWord::kBytesMax) {
    const TokenId id = words_.Find(word);
    if (id >= 0) {
      ids->push_back(id);
    } else {
      MergeWord(word, scratch, ids);
    }
    return;
  }
  const PackedWord packed = PackWord(word, after);
  const size_t hash = packed.Hash();
  if (scratch->cache.Append(packed, hash, ids)) return;
  const size_t begin = ids->size();
  const TokenId id = words_.Find(packed, hash);
  if (id >= 0) {
    ids->push_back(id);
  } else {
    MergeWord(word, scratch, ids);
  }
  scratch->cache.Put(packed, hash, std::span(*ids).subspan(begin));
}

void ByteLevelTokenizer::MergeWord(std::string_view word, Scratch* scratch,
                                   std::vector<TokenId>* ids) const {
  scratch->word.clear();
  for (const char c : word) {
    const TokenId id = byte_ids_[static_cast<uint8_t>(c)];
    if (id >= 0) {
      scratch->word.push_back(id);
      continue;
    }
    for (const char r : kReplacement) {
      scratch->word.push_back(byte_ids_[static_cast<uint8_t>(r)]);
    }
  }
  scratch->merger.Merge(scratch->word, ids);
}

size_t ByteLevelTokenizer::StableCut(std::string_view text, FragmentStart) const {
  size_t begin = 0;
  size_t end = text.size();
  for (size_t at = 0; at < text.size() && !user_defined_.empty();) {
    if (!user_defined_.BeginsWith(text[at])) {
      ++at;
      continue;
    }
    const std::string_view rest = text.substr(at);
    if (user_defined_.MayGrow(rest)) {
      end = at;  // a user-defined piece may begin here, and the segment end
      break;
    }
    const size_t length = user_defined_.LongestAt(rest);
    at += std::max<size_t>(length, 1);
    if (length > 0) begin = at;
  }
  return begin + StableInSegment(text.substr(begin, end - begin));
}

size_t ByteLevelTokenizer::StableInSegment(std::string_view segment) const {
  std::vector<size_t> ends;
  if (!nfc_) {
    splitter_->SplitStable(segment, &ends);
    return LastCut(segment, ends);
  }
  // The last span may change with what follows.
  const std::string_view known = segment.substr(0, Composer::LastSpan(segment));
  std::string composed;
  std::vector<std::pair<size_t, size_t>> borders;  // offsets in `known` and in `composed`
  Composer().Append(known, &composed, &borders);
  borders.emplace_back(known.size(), composed.size());
  splitter_->SplitStable(composed, &ends);
  // A cut must be a border between spans too.
  for (auto border = borders.rbegin(); border != borders.rend() && !ends.empty();) {
    if (ends.back() < border->second) {
      ++border;
    } else if (ends.back() == border->second && LastCut(composed, ends) == ends.back()) {
      return border->first;
    } else {
      ends.pop_back();
    }
  }
  return 0;
}

size_t ByteLevelTokenizer::LastCut(std::string_view text, std::span<const size_t> ends) const {
  constexpr int kTries = 8;  // the families need two at most
  for (int i = 0; i < kTries && !ends.empty(); ++i, ends = ends.first(ends.size() - 1)) {
    if (splitter_->SplitsAlone(text, ends)) return ends.back();
  }
  return 0;
}

std::string_view ByteLevelTokenizer::Bytes(TokenId id) const {
  if (id < 0 || id >= vocabulary()) return {};
  return bytes_[static_cast<size_t>(id)];
}

bool ByteLevelTokenizer::IsControl(TokenId id) const {
  return id >= 0 && id < vocabulary() &&
         spec_.types[static_cast<size_t>(id)] == PieceType::kControl;
}

std::optional<TokenId> ByteLevelTokenizer::FindSpecial(std::string_view piece) const {
  const auto found = special_.find(piece);
  if (found == special_.end()) return std::nullopt;
  return found->second;
}

std::string ByteLevelTokenizer::Decode(std::span<const TokenId> ids, FragmentStart) const {
  std::string out;
  for (const TokenId id : ids) out.append(Bytes(id));
  return out;
}

}  // namespace lmp::text
