// A syntax tree as one line of text without places, for tests that compare trees.
#pragma once

#include <string>

#include "frontend/ast.h"

namespace lmp::testing {

std::string TreeText(const ast::File& file);
std::string TreeText(const ast::File& file, ast::ItemId id);
std::string TreeText(const ast::File& file, ast::StmtId id);
std::string TreeText(const ast::File& file, ast::ExprId id);
std::string TreeText(const ast::File& file, ast::TypeId id);

}  // namespace lmp::testing
