// Parser of the Jinja subset: statements if, for, break, continue, set and macro; expressions with
// filters, tests, slices, calls and inline if; tuples are lists. What else Jinja has is refused
// with its line.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/text/jinja_value.h"

namespace lmp::text::jinja {

struct Node {
  enum class Kind {
    // Statements.
    kText,      // text
    kPrint,     // [expression]
    kBlock,     // statements
    kIf,        // [condition, then, else], each but the first a kBlock
    kFor,       // names; [items, filter (kNothing if none), body, else]
    kSet,       // names (a, or namespace and field); [value]
    kSetBlock,  // names; [body]
    kBreak,
    kContinue,
    kMacro,  // text: its name; names: parameters; [default or kNothing ..., body]
    kNothing,
    // Expressions.
    kLiteral,  // literal
    kName,     // text
    kField,    // text; [of]
    kIndex,    // [of, index]
    kSlice,    // [of, begin, end, step], absent ones kNothing
    kCall,     // [callee, arguments...]; names: of keyword arguments, "" for the others
    kFilter,   // text; [value, arguments...]; names as in kCall
    kTest,     // text; [value, arguments...]
    kList,     // items
    kDict,     // key, value, key, value ...
    kNot,
    kNegative,
    kBinary,     // text: the operator; [left, right]
    kCondition,  // [condition, then, else]
  };
  Kind kind = Kind::kNothing;
  size_t line = 0;
  int depth = 1;  // of the tree from here
  std::string text;
  std::vector<std::string> names;
  Value literal;
  std::vector<std::unique_ptr<Node>> children;
};
using NodePtr = std::unique_ptr<Node>;

// The template as a kBlock. Errors: Unsupported with the line.
Result<NodePtr> ParseTemplate(std::string_view source);

}  // namespace lmp::text::jinja
