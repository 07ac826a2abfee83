#include "runtime/api/tool_cache.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace lmp::api {

void ToolCache::Ask(Question question) {
  std::string answer;
  {
    std::unique_lock lock(mutex_);
    const auto kept = by_key_.find(question.key);
    if (kept != by_key_.end() && kept->second->until_ns <= clock_->NowNs()) Drop(kept->second);
    const auto found = by_key_.find(question.key);
    if (found == by_key_.end()) {
      const auto [waiting, first] = asked_.try_emplace(question.key);
      if (first) {
        lock.unlock();
        return Lead(std::move(question));
      }
      const auto on_hit = question.on_hit;
      waiting->second.push_back(std::move(question));
      lock.unlock();
      return on_hit();
    }
    kept_.splice(kept_.begin(), kept_, found->second);
    answer = found->second->answer;
  }
  question.on_hit();
  question.done(std::move(answer));
}

void ToolCache::Lead(Question question) {
  const auto leader = std::make_shared<Question>(std::move(question));
  leader->ask(leader->request,
              [this, leader](Answer answer) { Finish(*leader, std::move(answer)); });
}

void ToolCache::Finish(const Question& leader, Answer answer) {
  const bool good = answer.ok() && leader.is_good(answer.value());
  std::vector<Question> told;    // who gets this answer, too
  std::optional<Question> next;  // who asks again
  {
    std::lock_guard lock(mutex_);
    const auto asked = asked_.find(leader.key);
    std::vector<Question>& waiting = asked->second;
    std::erase_if(waiting, [](const Question& one) { return one.request.unwanted->load(); });
    // That one has given up says nothing of the others.
    const bool given_up = !answer.ok() && leader.request.unwanted->load();
    if (given_up && !waiting.empty()) {
      next = std::move(waiting.front());
      waiting.erase(waiting.begin());
    } else {
      told = std::move(waiting);
      asked_.erase(asked);
      if (good) Keep(leader, answer.value());
    }
  }
  leader.done(answer);
  for (const Question& one : told) one.done(answer);
  if (next) Lead(*std::move(next));
}

void ToolCache::Keep(const Question& question, const std::string& answer) {
  Kept kept{question.key, answer, clock_->NowNs() + question.kept_ms * 1'000'000};
  if (kept.bytes() > bytes_max_) return;
  if (const auto old = by_key_.find(question.key); old != by_key_.end()) Drop(old->second);
  bytes_ += kept.bytes();
  kept_.push_front(std::move(kept));
  by_key_[question.key] = kept_.begin();
  while (bytes_ > bytes_max_) Drop(std::prev(kept_.end()));
}

void ToolCache::Drop(std::list<Kept>::iterator kept) {
  bytes_ -= kept->bytes();
  by_key_.erase(kept->key);
  kept_.erase(kept);
}

uint64_t ToolCache::NumberOf(const std::map<std::string, std::string>& variables) {
  constexpr size_t kRemembered = 64;
  std::lock_guard lock(mutex_);
  const auto known = std::find(variables_.begin(), variables_.end(), variables);
  const auto at = static_cast<uint64_t>(known - variables_.begin());
  if (known != variables_.end()) return variables_before_ + at;
  if (variables_.size() == kRemembered) {
    variables_before_ += variables_.size();
    variables_.clear();
  }
  variables_.push_back(variables);
  return variables_before_ + variables_.size() - 1;
}

}  // namespace lmp::api
