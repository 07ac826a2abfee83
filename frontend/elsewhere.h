// What other languages and libraries call the things LMP has. Constant tables; to teach LMP one
// more habit, add a row here and a program under tests/lang/newcomer/.
#pragma once

#include <string_view>

namespace lmp::frontend {

// The name LMP has for what `name` is elsewhere ("length" -> "len"), or "".
std::string_view FunctionElsewhere(std::string_view name);
std::string_view TypeElsewhere(std::string_view name);
std::string_view OptionElsewhere(std::string_view name);
std::string_view ConstantElsewhere(std::string_view name);
std::string_view RoleElsewhere(std::string_view name);

// Types of others that LMP has no single word for: what to write instead, or "".
std::string_view TypeAdvice(std::string_view name);
// Statement words of others that have no one-to-one form in LMP: what to write instead, or "".
std::string_view StatementAdvice(std::string_view word);

// A module or class whose functions belong to the language here: `Math.max`, `json.dumps`.
bool IsLibraryElsewhere(std::string_view name);
// A function of LMP that others write in front of its argument: `len xs`.
bool IsPlainFunction(std::string_view name);
// `Vec<T>`, `Sequence[T]`: a list of T. `Optional[T]`: a T or null.
bool IsListElsewhere(std::string_view name);
bool IsOptionalElsewhere(std::string_view name);
// The result type of functions without result: `void`, `None`.
bool IsNoResultElsewhere(std::string_view name);
// Words in front of a declaration: `pub`, `async`.
bool IsModifierElsewhere(std::string_view word);
// Statements that do nothing in LMP: `pass`, `del x`, `global x`.
bool IsEmptyStatementElsewhere(std::string_view word);

}  // namespace lmp::frontend
