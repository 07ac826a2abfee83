// The built-in behind each operator of the syntax. `not in` is `in`, negated by whoever asks; `and`
// and `or` evaluate their right side only where it matters.
#pragma once

#include <string_view>

#include "frontend/ast.h"

namespace lmp::frontend {

inline std::string_view BuiltinOf(ast::UnaryOp op) {
  return op == ast::UnaryOp::kNegate ? "neg" : "not";
}

inline std::string_view BuiltinOf(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::kMultiply:
      return "mul";
    case ast::BinaryOp::kDivide:
      return "div";
    case ast::BinaryOp::kRemainder:
      return "mod";
    case ast::BinaryOp::kAdd:
      return "add";
    case ast::BinaryOp::kSubtract:
      return "sub";
    case ast::BinaryOp::kRange:
      return "range";
    case ast::BinaryOp::kEqual:
      return "eq";
    case ast::BinaryOp::kNotEqual:
      return "ne";
    case ast::BinaryOp::kLess:
      return "lt";
    case ast::BinaryOp::kLessEqual:
      return "le";
    case ast::BinaryOp::kGreater:
      return "gt";
    case ast::BinaryOp::kGreaterEqual:
      return "ge";
    case ast::BinaryOp::kIn:
    case ast::BinaryOp::kNotIn:
      return "in";
    case ast::BinaryOp::kAnd:
      return "and";
    case ast::BinaryOp::kOr:
      return "or";
  }
  return "";
}

inline std::string_view Spelling(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::kMultiply:
      return "*";
    case ast::BinaryOp::kDivide:
      return "/";
    case ast::BinaryOp::kRemainder:
      return "%";
    case ast::BinaryOp::kAdd:
      return "+";
    case ast::BinaryOp::kSubtract:
      return "-";
    case ast::BinaryOp::kRange:
      return "..";
    case ast::BinaryOp::kEqual:
      return "==";
    case ast::BinaryOp::kNotEqual:
      return "!=";
    case ast::BinaryOp::kLess:
      return "<";
    case ast::BinaryOp::kLessEqual:
      return "<=";
    case ast::BinaryOp::kGreater:
      return ">";
    case ast::BinaryOp::kGreaterEqual:
      return ">=";
    case ast::BinaryOp::kIn:
      return "in";
    case ast::BinaryOp::kNotIn:
      return "not in";
    case ast::BinaryOp::kAnd:
      return "and";
    case ast::BinaryOp::kOr:
      return "or";
  }
  return "";
}

}  // namespace lmp::frontend
