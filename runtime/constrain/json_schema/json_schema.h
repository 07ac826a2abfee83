// JSON Schema (draft 4 to 2020-12) to a grammar of JSON texts.
//
// What is generated is always valid. What a schema says and cannot be kept to is refused, with
// every place, never skipped silently:
//   kInvalid       it is no schema (`type: "stsring"`, a `$ref` to nowhere, no JSON at all)
//   kUnsupported   a keyword, format or combination that this compiler does not enforce
//   kImpossible    nothing can fulfil it, or a limit is exceeded
// With `lenient` places of the second kind are left out of the constraint and reported as warnings.
//
// Texts: keys in the order of `properties`, then of `required`, then further keys; each declared
// key at most once. (Further keys are not compared with each other, except as far as minProperties
// needs that.) Separators by JsonStyle.
// Strings and numbers in one spelling each, json_text.h and number_set.h; integers without a point.
// No white space before or after the value. `additionalProperties` is true unless given. `$ref` and
// its siblings both hold, in every draft. `format` is enforced. Names that no draft knows are
// annotations.
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/constrain/grammar_builder.h"
#include "runtime/constrain/limits.h"

namespace lmp::constrain {

struct JsonStyle {
  // Between items, and between key and value, without the commas' and colons' own characters.
  std::string after_comma = " ";
  std::string after_colon = " ";
  // If not 0: instead of the two, any white space of at most one line break and so many blanks,
  // also inside the brackets.
  uint32_t flexible_blanks_max = 0;
};

struct JsonSchemaOptions {
  bool lenient = false;
  JsonStyle style;
};

enum class SchemaProblemKind { kInvalid, kUnsupported, kImpossible };

struct SchemaProblem {
  SchemaProblemKind kind = SchemaProblemKind::kInvalid;
  std::string pointer;  // RFC 6901: of the schema that has the keyword
  std::string keyword;  // may be empty
  std::string reason;

  bool operator==(const SchemaProblem&) const = default;
  std::string ToText() const;  // `/properties/a: "format": ...`
};

// All problems in one message; the code is that of the first. Precondition: not empty.
Status StatusOf(const std::vector<SchemaProblem>& problems);

// Adds the schema to a grammar: what `symbol` derives is what the schema allows. Only if `refused`
// is empty does the symbol count.
struct SchemaSymbol {
  Symbol symbol;
  std::vector<SchemaProblem> refused, warnings;
};
SchemaSymbol AddJsonSchema(GrammarBuilder* builder, std::string_view schema,
                           const JsonSchemaOptions& options = {});

// The same as a grammar of its own; null if refused.
struct SchemaGrammar {
  GrammarRef grammar;
  std::vector<SchemaProblem> refused, warnings;
};
SchemaGrammar CompileJsonSchema(std::string_view schema, const JsonSchemaOptions& options = {},
                                const ConstraintLimits& limits = {});

// Any JSON object (the response format `json_object`).
SchemaGrammar AnyJsonObject(const JsonStyle& style = {});

}  // namespace lmp::constrain
