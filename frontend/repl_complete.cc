// Completion in the REPL: what may stand where an unfinished text ends, by the names of the session
// and their types.
#include <algorithm>
#include <cctype>
#include <optional>

#include "frontend/library.h"
#include "frontend/repl_state.h"
#include "frontend/token.h"

namespace lmp::frontend {
namespace {

bool IsPart(char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; }

// True if the text ends inside a string or a comment, and not in a `${` of it.
bool EndsInText(std::string_view text) {
  // Open strings and interpolations, the innermost last; braces of code are counted per level.
  struct Level {
    std::string_view quote;  // "" is code
    int braces = 0;
  };
  std::vector<Level> levels = {{}};
  for (size_t i = 0; i < text.size(); ++i) {
    Level& level = levels.back();
    const std::string_view rest = text.substr(i);
    if (level.quote.empty() && rest.starts_with("//")) {
      i = text.find('\n', i);
      if (i == std::string_view::npos) return true;
    } else if (level.quote.empty() && rest[0] == '"') {
      levels.push_back({rest.starts_with("\"\"\"") ? "\"\"\"" : "\"", 0});
      i += levels.back().quote.size() - 1;
    } else if (level.quote.empty() && rest[0] == '{') {
      ++level.braces;
    } else if (level.quote.empty() && rest[0] == '}') {
      if (level.braces > 0) {
        --level.braces;
      } else if (levels.size() > 1) {
        levels.pop_back();
      }
    } else if (!level.quote.empty() && rest[0] == '\\') {
      ++i;
    } else if (!level.quote.empty() && rest.starts_with("${")) {
      levels.push_back({});
      ++i;
    } else if (!level.quote.empty() && rest.starts_with(level.quote)) {
      i += level.quote.size() - 1;
      levels.pop_back();
    }
  }
  return !levels.back().quote.empty();
}

constexpr const char* kIndex = "[]";  // in a path: an element

// Where the bracket that closes in front of `end` opens; npos if it does not.
size_t OpeningBracket(std::string_view text, size_t end) {
  int depth = 0;
  for (size_t i = end; i-- > 0;) {
    if (text[i] == ']') ++depth;
    if (text[i] == '[' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

// "a.b[0]." in front of the word at `begin`: {"a", "b", "[]"}; the path that leads to it.
std::vector<std::string> LeadingTo(std::string_view text, size_t begin) {
  std::vector<std::string> path;
  while (begin > 0 && text[begin - 1] == '.') {
    size_t end = begin - 1;
    while (end > 0 && text[end - 1] == ']') {
      end = OpeningBracket(text, end);
      if (end == std::string_view::npos) return {""};
      path.insert(path.begin(), kIndex);
    }
    size_t first = end;
    while (first > 0 && IsPart(text[first - 1])) --first;
    path.insert(path.begin(), std::string(text.substr(first, end - first)));
    begin = first;
  }
  return path;
}

// A type, and the table that it is of.
struct Known {
  const ir::TypeTable* table = nullptr;
  TypeId type;
};

std::optional<Known> FieldOf(const ir::Program* program, const Known& of, const std::string& name) {
  const ir::Type& type = (*of.table)[of.type];
  if (name == kIndex) {
    const bool list = type.kind == ir::TypeKind::kList;
    return list ? std::optional(Known{of.table, type.element}) : std::nullopt;
  }
  const auto* record = program != nullptr && type.kind == ir::TypeKind::kRecord
                           ? program->FindRecord(type.name)
                           : nullptr;
  if (record == nullptr) return std::nullopt;
  for (const auto& field : record->fields) {
    if (field.name == name) return Known{&program->types, field.type};
  }
  return std::nullopt;
}

std::vector<std::string> FieldNames(const ir::Program* program, const Known& of) {
  std::vector<std::string> names;
  const ir::Type& type = (*of.table)[of.type];
  if (program == nullptr || type.kind != ir::TypeKind::kRecord) return names;
  if (const auto* record = program->FindRecord(type.name)) {
    for (const auto& field : record->fields) names.push_back(field.name);
  }
  return names;
}

// The declaration of a name, in the text that holds it.
template <typename Decl>
const Decl* Find(const ReplSession::State& state, const std::string& name) {
  for (size_t i = state.texts.size(); i-- > 0;) {
    if (state.texts[i]->is_module) continue;
    const ast::File& file = state.texts[i]->parsed.file;
    for (const ast::ItemId id : state.items[i]) {
      const auto* decl = std::get_if<Decl>(&file[id].node);
      const std::optional<ast::Name> taken = DeclaredName(file[id]);
      if (decl != nullptr && taken && taken->text == name) return decl;
    }
  }
  return nullptr;
}

// What the module behind an alias declares.
std::vector<std::string> ModuleNames(const ReplSession::State& state, const std::string& alias) {
  for (size_t i = state.texts.size(); i-- > 0;) {
    const ast::File& file = state.texts[i]->parsed.file;
    if (state.texts[i]->is_module) continue;
    for (const ast::ItemId id : state.items[i]) {
      const auto* import = std::get_if<ast::ImportDecl>(&file[id].node);
      const std::optional<ast::Name> taken = DeclaredName(file[id]);
      if (import == nullptr || !taken || taken->text != alias) continue;
      const auto target = state.texts[i]->imports.find(id.index);
      if (target == state.texts[i]->imports.end())
        return import->module ? StdFunctions(import->module->parts.back().text)
                              : std::vector<std::string>();
      std::vector<std::string> names;
      if (!target->second) return names;
      const ast::File& module = state.texts[*target->second]->parsed.file;
      for (const ast::ItemId item : module.items) {
        if (const auto name = DeclaredName(module[item])) names.push_back(name->text);
      }
      return names;
    }
  }
  return {};
}

std::vector<std::string> MembersBehind(const ReplSession::State& state,
                                       const std::vector<std::string>& names) {
  if (names.size() == 1 && names[0] == "std") return StdModules();
  std::optional<Known> known;
  for (const ReplName& name : state.names) {
    if (name.name == names[0]) known = Known{&state.types, name.type};
  }
  for (size_t i = 1; known && i < names.size(); ++i)
    known = FieldOf(state.program.get(), *known, names[i]);
  if (known) return FieldNames(state.program.get(), *known);
  if (names.size() > 1) return {};
  if (const auto* enumeration = Find<ast::EnumDecl>(state, names[0])) {
    std::vector<std::string> members;
    for (const auto& member : enumeration->members) members.push_back(member.name.text);
    return members;
  }
  return ModuleNames(state, names[0]);
}

std::vector<std::string> AllNames(const ReplSession::State& state) {
  const std::set<std::string> declared = state.DeclaredNames();
  std::vector<std::string> names(declared.begin(), declared.end());
  for (const ReplName& name : state.names) {
    if (name.name.find('.') == std::string::npos) names.push_back(name.name);
  }
  for (int kind = 0; kind < static_cast<int>(TokenKind::kEof); ++kind) {
    if (IsReserved(static_cast<TokenKind>(kind)))
      names.emplace_back(Spelling(static_cast<TokenKind>(kind)));
  }
  for (std::string& name : CallableBuiltins()) names.push_back(std::move(name));
  for (std::string& name : LanguageTypes()) names.push_back(std::move(name));
  for (const char* word : {"matches", "true", "false", "null"}) names.emplace_back(word);
  return names;
}

}  // namespace

ReplSession::Completion ReplSession::Complete(std::string_view text) const {
  Completion out;
  out.begin = text.size();
  while (out.begin > 0 && IsPart(text[out.begin - 1])) --out.begin;
  const std::string_view word = text.substr(out.begin);
  const bool number = !word.empty() && std::isdigit(static_cast<unsigned char>(word[0])) != 0;
  if (number || EndsInText(text)) return out;
  const std::vector<std::string> leading = LeadingTo(text, out.begin);
  // A dot alone, and all words of the language, help nobody.
  if (leading.empty() && word.empty()) return out;
  out.words = leading.empty() ? AllNames(*state_) : MembersBehind(*state_, leading);
  std::erase_if(out.words, [&](const std::string& name) { return !name.starts_with(word); });
  std::sort(out.words.begin(), out.words.end());
  out.words.erase(std::unique(out.words.begin(), out.words.end()), out.words.end());
  return out;
}

}  // namespace lmp::frontend
