// Any bytes as a JSON Schema: refused with a reason, or a grammar in which every walk of allowed
// tokens goes on until it is accepted or a limit is met.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/constrain/constraint.h"
#include "runtime/constrain/json_schema/json_schema.h"
#include "tests/support/walk_masks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using lmp::TokenId;
  namespace constrain = lmp::constrain;
  const auto require = [](bool holds) {
    if (!holds) std::abort();
  };
  static const auto trie = std::make_shared<const constrain::TokenTrie>(std::vector<std::string>{
      "{", "}",    "[",    "]",     ", ", ": ", "\"",       "a",   "1",        "-",
      ".", "true", "null", "false", "\\", "e",  "{\"a\": ", "\"}", "\xc3\xa4", "\xc3"});
  constrain::ConstraintLimits limits;
  limits.expr_nodes = 20'000;
  limits.emptiness_steps = 5'000;
  limits.mask_steps = 20'000;
  limits.symbols = 20'000;
  constrain::JsonSchemaOptions options;
  options.lenient = size % 2 == 0;
  const constrain::SchemaGrammar made = constrain::CompileJsonSchema(
      std::string_view(reinterpret_cast<const char*>(data), size), options, limits);
  require((made.grammar == nullptr) == !made.refused.empty());
  if (made.grammar == nullptr) {
    for (const constrain::SchemaProblem& problem : made.refused) require(!problem.reason.empty());
    return 0;
  }
  lmp::testing::WalkMasks(made.grammar, trie, 24, size, require);
  return 0;
}
