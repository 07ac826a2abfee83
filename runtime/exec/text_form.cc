#include "runtime/exec/text_form.h"

#include <memory>
#include <string>
#include <utility>

#include "runtime/constrain/token_trie.h"

namespace lmp::exec {

TextForm FormOfJsonSchema(std::string_view schema) {
  constrain::SchemaGrammar made = constrain::CompileJsonSchema(schema);
  if (!made.refused.empty()) return {nullptr, std::move(made.refused)};
  if (const Status status = TryStart(made.grammar); !status.ok()) {
    return {nullptr, {{constrain::SchemaProblemKind::kImpossible, "", "", status.message()}}};
  }
  return {std::move(made.grammar), {}};
}

TextForm FormOfJsonObject() {
  constrain::SchemaGrammar made = constrain::AnyJsonObject();
  return {std::move(made.grammar), std::move(made.refused)};
}

Status TryStart(constrain::GrammarRef grammar) {
  std::vector<std::string> pieces;
  for (int byte = 0; byte < 256; ++byte) pieces.emplace_back(1, static_cast<char>(byte));
  const constrain::Matcher matcher(std::move(grammar),
                                   std::make_shared<const constrain::TokenTrie>(std::move(pieces)));
  constrain::TokenMask mask;
  return matcher.Mask({}, &mask);
}

}  // namespace lmp::exec
