// How `select` weighs its options (decision 10), from the log-probability of every token of each.
// Pure; any thread.
//
//   likelihood   softmax over the sums of whole options and of what ends them
//   greedy       what constrained decoding would write: at every place where options part, softmax
//                over the next tokens that some option has there; an option's probability is the
//                product. Where first tokens differ, the first token alone decides.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/base/token_id.h"

namespace lmp::exec {

enum class SelectMethod : uint8_t { kGreedy, kLikelihood };
std::string_view SelectMethodName(SelectMethod method);

// Tokens to score, with what ends the option, and their log-probabilities.
struct ScoredOption {
  std::vector<TokenId> tokens;
  std::vector<double> logprobs;  // as many
};

// Each gives one probability per option; they sum to 1. At least one option.
std::vector<double> LikelihoodOf(const std::vector<ScoredOption>& options);
// An option that is over where others go on (nothing is known to end it) has what the next tokens
// of the others leave there.
std::vector<double> GreedyOf(const std::vector<ScoredOption>& options);
// Softmax over the logarithms of the probabilities over a temperature: flatter above 1, sharper
// below, in the same order.
std::vector<double> Tempered(std::vector<double> probabilities, double temperature);

}  // namespace lmp::exec
