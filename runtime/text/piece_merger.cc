#include "runtime/text/piece_merger.h"

namespace lmp::text {

void PieceMerger::Add(std::string_view text, bool frozen) {
  const int index = static_cast<int>(symbols_.size());
  if (index > 0) symbols_.back().next = index;
  symbols_.push_back({index - 1, -1, text, frozen});
}

void PieceMerger::MergeAll() {
  for (size_t i = 1; i < symbols_.size(); ++i) {
    Queue(static_cast<int>(i) - 1, static_cast<int>(i));
  }
  while (!queue_.empty()) {
    const Pair pair = queue_.top();
    queue_.pop();
    Symbol& left = At(pair.left);
    Symbol& right = At(pair.right);
    if (left.text.empty() || right.text.empty() ||
        left.text.size() + right.text.size() != pair.bytes) {
      continue;
    }
    left.text = Joined(left, right);
    right.text = {};
    left.next = right.next;
    if (right.next >= 0) At(right.next).prev = pair.left;
    Queue(left.prev, pair.left);
    Queue(pair.left, left.next);
  }
}

void PieceMerger::Queue(int left, int right) {
  if (left < 0 || right < 0 || At(left).frozen || At(right).frozen) return;
  const std::string_view text = Joined(At(left), At(right));
  if (text.size() > pieces_.piece_bytes_max) return;
  const auto found = pieces_.ids.find(text);
  if (found == pieces_.ids.end()) return;
  const size_t id = static_cast<size_t>(found->second);
  queue_.push({pieces_.scores[id], left, right, text.size()});
  if (pieces_.types[id] == PieceType::kUnused) halves_[text] = {At(left).text, At(right).text};
}

void PieceMerger::TakePieces(std::vector<std::string_view>* out) {
  int next = symbols_.empty() ? -1 : 0;
  while (next >= 0) {
    Resegment(At(next).text, out);
    next = At(next).next;
  }
  symbols_.clear();
  halves_.clear();
}

void PieceMerger::Resegment(std::string_view text, std::vector<std::string_view>* out) const {
  const auto halves = halves_.find(text);
  if (halves == halves_.end()) {
    out->push_back(text);
    return;
  }
  Resegment(halves->second.first, out);
  Resegment(halves->second.second, out);
}

}  // namespace lmp::text
