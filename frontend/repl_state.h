// What a session of the REPL knows: its pieces, what they import, and the names that live on.
// Immutable once a ReplSession holds it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "frontend/compile.h"
#include "frontend/model.h"
#include "frontend/modules.h"
#include "frontend/parse.h"

namespace lmp::frontend {

// A piece, or a module that a piece imports.
struct ReplText {
  Source source{"", ""};
  ReplParse parsed;
  bool is_module = false;
  std::string prefix = {};  // of a module: "rag."
  Imports imports = {};
};

struct ReplSession::State {
  std::vector<std::shared_ptr<const ReplText>> texts;
  std::vector<std::vector<ast::ItemId>> items;  // of each text: those not replaced by later ones
  std::map<std::string, uint32_t> std_modules;  // "std.rag": its text
  std::vector<ReplName> names;
  ir::TypeTable types;
  ir::ProgramRef program;  // of the last piece: records and enums by name; null at the beginning
  bool has_past = false;
  int pieces = 0;

  std::set<std::string> DeclaredNames() const;
  // A new declaration replaces the old one of its name, and a new config all old settings.
  void Replace(const ast::File& file);
  void AddText(std::shared_ptr<const ReplText> text);
  // The modules of a piece, which is the last text. False if one has syntax errors, which are
  // added to `syntax`.
  bool AddModules(LoadedTexts modules, std::vector<Diagnostic>* syntax);
  Function MakePiece(const ReplText& text, uint32_t unit) const;
  // What a checked piece leaves, also for whoever runs it.
  void Remember(const Function& function, const ir::TypeTable& table, ReplPiece* piece);
};

// The name that a declaration takes.
std::optional<ast::Name> DeclaredName(const ast::Item& item);

}  // namespace lmp::frontend
