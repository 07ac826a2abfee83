#include "runtime/text/sentencepiece.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "runtime/text/piece_merger.h"
#include "runtime/text/utf8_scan.h"
#include "runtime/text/word_cache.h"

namespace lmp::text {
namespace {

using Part = TokenizerOrigin::Part;

constexpr std::string_view kMark = "\xE2\x96\x81";           // U+2581
constexpr std::string_view kUnknownText = " \xE2\x81\x87 ";  // U+2047, as SentencePiece decodes it

void AppendMarked(std::string_view text, std::string* out) {
  for (const char c : text) {
    if (c == ' ') {
      out->append(kMark);
    } else {
      out->push_back(c);
    }
  }
}

std::string Unmarked(std::string_view piece) {
  std::string out;
  for (size_t i = 0; i < piece.size();) {
    if (piece.substr(i).starts_with(kMark)) {
      out.push_back(' ');
      i += kMark.size();
    } else {
      out.push_back(piece[i++]);
    }
  }
  return out;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// The byte of a piece "<0xNN>"; -1 if it is not of that form.
int ByteOfPiece(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece.back() != '>') return -1;
  const int high = HexDigit(piece[3]);
  const int low = HexDigit(piece[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

}  // namespace

Result<std::shared_ptr<const SentencePieceTokenizer>> SentencePieceTokenizer::Make(
    TokenizerSpec spec) {
  if (spec.scores.size() != spec.pieces.size()) {
    return Corruption(spec.origin.Of(Part::kScores) + ": " + std::to_string(spec.scores.size()) +
                      " scores for " + std::to_string(spec.pieces.size()) + " pieces");
  }
  std::shared_ptr<SentencePieceTokenizer> tokenizer(new SentencePieceTokenizer(std::move(spec)));
  LMP_RETURN_IF_ERROR(tokenizer->Index());
  return std::shared_ptr<const SentencePieceTokenizer>(std::move(tokenizer));
}

Status SentencePieceTokenizer::IndexByte(size_t id) {
  const int byte = ByteOfPiece(spec_.pieces[id]);
  if (byte < 0) {
    return Corruption(spec_.origin.Piece(static_cast<TokenId>(id), spec_.pieces[id]) +
                      ": a byte piece that is not of the form <0xNN>");
  }
  TokenId& slot = byte_ids_[static_cast<size_t>(byte)];
  if (slot < 0) slot = static_cast<TokenId>(id);
  bytes_[id] = std::string(1, static_cast<char>(byte));
  return OkStatus();
}

Status SentencePieceTokenizer::Index() {
  bytes_.resize(spec_.pieces.size());
  byte_ids_.fill(-1);
  for (size_t i = 0; i < spec_.pieces.size(); ++i) {
    const std::string& piece = spec_.pieces[i];
    const TokenId id = static_cast<TokenId>(i);
    if (std::isnan(spec_.scores[i])) {
      return Corruption(spec_.origin.Of(Part::kScores) + ": score " + std::to_string(i) +
                        " is not a number");
    }
    const PieceType type = spec_.types[i];
    if (type == PieceType::kByte) {
      LMP_RETURN_IF_ERROR(IndexByte(i));
      continue;
    }
    if (type == PieceType::kUnknown) bytes_[i] = kUnknownText;
    if (type == PieceType::kControl && !piece.empty()) special_.emplace(piece, id);
    if (type == PieceType::kUnknown || type == PieceType::kControl || piece.empty()) continue;
    IndexMergeable(i);
  }
  user_defined_.Seal();
  has_all_bytes_ = std::find(byte_ids_.begin(), byte_ids_.end(), -1) == byte_ids_.end();
  if (!has_all_bytes_ && spec_.unknown < 0) {
    return Corruption(
        spec_.origin.Of(Part::kPieces) +
        ": neither all 256 byte pieces nor an unknown piece, some text could not be tokenised");
  }
  if (!has_all_bytes_ && IsControl(spec_.unknown)) {
    return Corruption(spec_.origin.Of(Part::kUnknown) + ": piece " + std::to_string(spec_.unknown) +
                      " is a control token, text would make it");
  }
  FindBlockedBytes();
  return OkStatus();
}

void SentencePieceTokenizer::IndexMergeable(size_t id) {
  const std::string& piece = spec_.pieces[id];
  const PieceType type = spec_.types[id];
  bytes_[id] = Unmarked(piece);
  // Files write the spaces of user-defined pieces as spaces or as marks.
  std::string& marked = marked_.emplace_back();
  AppendMarked(piece, &marked);
  const std::string_view text = marked;
  // Of pieces with the same text the first counts.
  mergeable_.emplace(text, static_cast<TokenId>(id));
  piece_bytes_max_ = std::max(piece_bytes_max_, text.size());
  has_unused_ = has_unused_ || type == PieceType::kUnused;
  if (type != PieceType::kUserDefined) return;
  special_.emplace(piece, static_cast<TokenId>(id));
  user_defined_.Add(text);
}

void SentencePieceTokenizer::FindBlockedBytes() {
  // An unused piece is split again by the last merge that made its text, wherever that was; and a
  // run of unknown characters is one token. Both look across borders.
  if (has_unused_ || !has_all_bytes_) {
    blocked_.set();
    return;
  }
  for (const auto& [piece, id] : mergeable_) {
    for (size_t at = piece.find(kMark, 1); at != std::string_view::npos;
         at = piece.find(kMark, at + 1)) {
      if (!piece.substr(0, at).ends_with(kMark)) blocked_.set(static_cast<uint8_t>(piece[at - 1]));
    }
  }
}

bool SentencePieceTokenizer::IsSafeBorder(std::string_view marked, size_t at) const {
  return marked.substr(at).starts_with(kMark) && !marked.substr(0, at).ends_with(kMark) &&
         !blocked_.test(static_cast<uint8_t>(marked[at - 1]));
}

size_t SentencePieceTokenizer::StableCut(std::string_view text, FragmentStart) const {
  for (size_t at = text.size(); at-- > 1;) {
    const bool is_mark = text[at] == ' ' || text.substr(at).starts_with(kMark);
    if (!is_mark || text[at - 1] == ' ' || text.substr(0, at).ends_with(kMark)) continue;
    if (!blocked_.test(static_cast<uint8_t>(text[at - 1]))) return at;
  }
  return 0;
}

void SentencePieceTokenizer::Encode(std::string_view text, FragmentStart start,
                                    std::vector<TokenId>* ids) const {
  if (text.empty()) return;
  std::string marked;
  marked.reserve(text.size() + text.size() / 2 + kMark.size());
  if (start == FragmentStart::kMessage && spec_.add_space_prefix) marked.append(kMark);
  AppendMarked(text, &marked);
  const std::string_view all = marked;
  PieceMerger merger({mergeable_, spec_.scores, spec_.types, piece_bytes_max_});
  std::vector<std::string_view> pieces;
  WordCache cache(all.size());
  const auto encode_run = [&](size_t begin, size_t end) {
    const std::string_view run = all.substr(begin, end - begin);
    if (run.size() > PackedWord::kBytesMax) return EncodeRun(run, &merger, &pieces, ids);
    const PackedWord word = PackWord(run, all.size() - end);
    const size_t hash = word.Hash();
    if (cache.Append(word, hash, ids)) return;
    const size_t before = ids->size();
    EncodeRun(run, &merger, &pieces, ids);
    cache.Put(word, hash, std::span(*ids).subspan(before));
  };
  size_t begin = 0;
  for (size_t at = 1; at < all.size(); ++at) {
    if (all[at] != kMark[0] || !IsSafeBorder(all, at)) continue;
    encode_run(begin, at);
    begin = at;
  }
  encode_run(begin, all.size());
}

void SentencePieceTokenizer::EncodeRun(std::string_view run, PieceMerger* merger,
                                       std::vector<std::string_view>* pieces,
                                       std::vector<TokenId>* ids) const {
  for (size_t at = 0; at < run.size();) {
    size_t length = user_defined_.LongestAt(run.substr(at));
    const bool frozen = length > 0;
    if (!frozen) {
      const Utf8Unit unit = ScanUtf8(run.substr(at));
      length = unit.form == Utf8Form::kComplete ? unit.length : 1;
    }
    merger->Add(run.substr(at, length), frozen);
    at += length;
  }
  merger->MergeAll();
  pieces->clear();
  merger->TakePieces(pieces);
  bool after_unknown = false;
  for (const std::string_view piece : *pieces) {
    const auto found = mergeable_.find(piece);
    const bool unknown = found == mergeable_.end() && !has_all_bytes_;
    if (found != mergeable_.end()) {
      ids->push_back(found->second);
    } else if (has_all_bytes_) {
      for (const char c : piece) ids->push_back(byte_ids_[static_cast<uint8_t>(c)]);
    } else if (!after_unknown) {
      ids->push_back(spec_.unknown);
    }
    after_unknown = unknown;
  }
}

std::string_view SentencePieceTokenizer::Bytes(TokenId id) const {
  if (id < 0 || id >= vocabulary()) return {};
  return bytes_[static_cast<size_t>(id)];
}

bool SentencePieceTokenizer::IsControl(TokenId id) const {
  return id >= 0 && id < vocabulary() &&
         spec_.types[static_cast<size_t>(id)] == PieceType::kControl;
}

std::optional<TokenId> SentencePieceTokenizer::FindSpecial(std::string_view piece) const {
  const auto found = special_.find(piece);
  if (found == special_.end()) return std::nullopt;
  return found->second;
}

std::string SentencePieceTokenizer::Decode(std::span<const TokenId> ids,
                                           FragmentStart start) const {
  std::string out;
  bool drop_space = start == FragmentStart::kMessage && spec_.add_space_prefix;
  for (const TokenId id : ids) {
    std::string_view bytes = Bytes(id);
    if (bytes.empty()) continue;
    if (drop_space && bytes.front() == ' ') bytes.remove_prefix(1);
    drop_space = false;
    out.append(bytes);
  }
  return out;
}

}  // namespace lmp::text
