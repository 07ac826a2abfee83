#include "runtime/text/stream_decoder.h"

#include "runtime/text/utf8_scan.h"

namespace lmp::text {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

}  // namespace

StreamDecoder::StreamDecoder(const Tokenizer& tokenizer, FragmentStart start)
    : tokenizer_(&tokenizer),
      drop_space_(start == FragmentStart::kMessage && tokenizer.spec().add_space_prefix) {}

std::string StreamDecoder::Push(TokenId id) {
  std::string_view bytes = tokenizer_->Bytes(id);
  if (bytes.empty()) return {};
  if (drop_space_ && bytes.front() == ' ') bytes.remove_prefix(1);
  drop_space_ = false;
  return PushBytes(bytes);
}

std::string StreamDecoder::PushBytes(std::string_view bytes) {
  held_.append(bytes);
  std::string out;
  size_t at = 0;
  while (at < held_.size()) {
    const Utf8Unit unit = ScanUtf8(std::string_view(held_).substr(at));
    if (unit.form == Utf8Form::kIncomplete) break;
    if (unit.form == Utf8Form::kComplete) {
      out.append(held_, at, unit.length);
    } else {
      out.append(kReplacement);
    }
    at += unit.length;
  }
  held_.erase(0, at);
  return out;
}

std::string StreamDecoder::Finish() {
  std::string out;
  for (size_t i = 0; i < held_.size(); ++i) out.append(kReplacement);
  held_.clear();
  drop_space_ = false;
  return out;
}

}  // namespace lmp::text
