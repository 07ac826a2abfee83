// Constant expressions: the value of a checked expression that needs no run. Built-ins are the same
// functions that the evaluator and the executor call, so a folded value is the value of a run.
#pragma once

#include <string>

#include "frontend/model.h"

namespace lmp::frontend {

struct ConstantResult {
  enum class Kind { kValue, kNotConstant, kFails, kTooBig };
  Kind kind = Kind::kValue;
  ir::Value value;
  Span span;            // the part that is not constant, fails, or uses up the budget
  std::string message;  // kFails
};

// `expr` of unit `unit` must be checked and free of mistakes; constants it names must be done.
// Takes from `model->constant_budget`.
ConstantResult EvaluateConstant(Model* model, uint32_t unit, ast::ExprId expr);

// The value as one of `type`: ints where floats are asked for become floats, at any depth.
ir::Value ConvertValue(const ir::TypeTable& types, ir::Value value, TypeId type);

}  // namespace lmp::frontend
