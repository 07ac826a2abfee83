// Splitter: cuts text into the pieces that byte-level BPE merges within ("pre-tokenizer"). Pieces
// are not empty, lie side by side and cover the text.
//
// Immutable, any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace lmp::text {

class Splitter {
 public:
  virtual ~Splitter() = default;
  // Replaces `ends` by the ends of the next pieces of `text` from `at` on: at least one, some
  // hundreds where there are so many. `at` is 0 or the last end of the call before.
  virtual void Split(std::string_view text, size_t at, std::vector<size_t>* ends) const = 0;
  // Appends places where `text` may be cut: ends of pieces that are the same whatever text follows,
  // and behind which the pieces are those of a text that begins there.
  virtual void SplitStable(std::string_view text, std::vector<size_t>* ends) const = 0;
  // Whether `text` cut at the last of `ends`, which SplitStable gave, has pieces with these ends:
  // where a piece ended because of what came next, it may not.
  virtual bool SplitsAlone(std::string_view text, std::span<const size_t> ends) const;

 protected:
  static constexpr size_t kBatch = 512;
};

// The families whose splitters are written by hand (family_splitter.h).
enum class SplitFamily { kGpt2, kLlama3, kQwen2, kSmollm };

// What a name of "tokenizer.ggml.pre" stands for.
struct PreTokenizer {
  SplitFamily family = SplitFamily::kGpt2;
  bool ignore_merges = false;  // a piece of the vocabulary is taken whole, however it merges
  bool nfc = false;            // the model's own tokenizer normalises text to NFC
  bool add_bos = false;        // where the file does not say
};
// Empty if the name is not known.
std::optional<PreTokenizer> FindPreTokenizer(std::string_view name);
std::string PreTokenizerNames();  // for messages
// The name for these settings; empty if there is none.
std::string_view FindPreTokenizerName(SplitFamily family, bool ignore_merges, bool nfc);

// The regular expression of a family, as its models' tokenizer.json writes it; digits are split off
// before it in kSmollm.
std::string_view FamilyPattern(SplitFamily family);

// The family that splits as these expressions do, one after the other; empty if there is none.
std::optional<SplitFamily> FindFamily(std::span<const std::string_view> patterns);
inline constexpr std::string_view kLoneDigitsPattern = R"(\p{N})";

std::unique_ptr<const Splitter> MakeFamilySplitter(SplitFamily family);

// A regular expression whose matches are pieces, as are the texts between them. `field` names it in
// errors. Errors: Unsupported, where the expression looks behind or this build has no PCRE2;
// Corruption, where it is malformed or too long.
Result<std::unique_ptr<const Splitter>> MakeRegexSplitter(std::string_view field,
                                                          std::string_view pattern);
// Each stage splits the pieces of the stage before it.
std::unique_ptr<const Splitter> MakeSequenceSplitter(
    std::vector<std::unique_ptr<const Splitter>> stages);

}  // namespace lmp::text
