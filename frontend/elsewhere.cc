#include "frontend/elsewhere.h"

#include <algorithm>
#include <iterator>
#include <span>

namespace lmp::frontend {
namespace {

struct Elsewhere {
  std::string_view theirs, ours;
};

constexpr Elsewhere kFunctions[] = {{"print", "emit"},
                                    {"println", "emit"},
                                    {"printf", "emit"},
                                    {"puts", "emit"},
                                    {"echo", "emit"},
                                    {"log", "emit"},
                                    {"strlen", "len"},
                                    {"length", "len"},
                                    {"size", "len"},
                                    {"string", "str"},
                                    {"String", "str"},
                                    {"integer", "int"},
                                    {"parseInt", "int"},
                                    {"parse_int", "int"},
                                    {"atoi", "int"},
                                    {"parseFloat", "float"},
                                    {"Number", "float"},
                                    {"strip", "trim"},
                                    {"toString", "str"},
                                    {"to_string", "str"},
                                    {"sorted", "sort"},
                                    {"reversed", "reverse"},
                                    {"set", "unique"},
                                    {"distinct", "unique"},
                                    {"lowercase", "lower"},
                                    {"uppercase", "upper"},
                                    {"toLowerCase", "lower"},
                                    {"toUpperCase", "upper"},
                                    {"to_lowercase", "lower"},
                                    {"to_uppercase", "upper"},
                                    {"startswith", "starts_with"},
                                    {"endswith", "ends_with"},
                                    {"startsWith", "starts_with"},
                                    {"endsWith", "ends_with"},
                                    {"includes", "contains"},
                                    {"has", "contains"},
                                    {"flatten", "flat"},
                                    {"dumps", "json"},
                                    {"stringify", "json"},
                                    {"to_json", "json"},
                                    {"replaceAll", "replace"},
                                    {"splitlines", "split"},
                                    {"floor", "int"},
                                    {"maximum", "max"},
                                    {"minimum", "min"}};

constexpr Elsewhere kTypes[] = {
    {"str", "string"},   {"String", "string"},  {"text", "string"},  {"char", "string"},
    {"Text", "string"},  {"integer", "int"},    {"Int", "int"},      {"i64", "int"},
    {"i32", "int"},      {"i16", "int"},        {"i8", "int"},       {"u64", "int"},
    {"u32", "int"},      {"u16", "int"},        {"u8", "int"},       {"usize", "int"},
    {"isize", "int"},    {"int64", "int"},      {"int32", "int"},    {"uint", "int"},
    {"long", "int"},     {"short", "int"},      {"byte", "int"},     {"number", "int"},
    {"Integer", "int"},  {"boolean", "bool"},   {"Boolean", "bool"}, {"Bool", "bool"},
    {"double", "float"}, {"f64", "float"},      {"f32", "float"},    {"Float", "float"},
    {"Double", "float"}, {"real", "float"},     {"List", "list"},    {"array", "list"},
    {"Array", "list"},   {"vector", "list"},    {"Vec", "list"},     {"Sequence", "list"},
    {"ctx", "context"},  {"Context", "context"}};

constexpr Elsewhere kOptions[] = {{"temperature", "temp"},
                                  {"max_tokens", "max"},
                                  {"max_length", "max"},
                                  {"max_new_tokens", "max"},
                                  {"max_output_tokens", "max"},
                                  {"max_completion_tokens", "max"},
                                  {"maxTokens", "max"},
                                  {"num_predict", "max"},
                                  {"n_predict", "max"},
                                  {"maximum", "max"},
                                  {"limit", "max"},
                                  {"length", "max"},
                                  {"min_tokens", "min"},
                                  {"min_new_tokens", "min"},
                                  {"min_length", "min"},
                                  {"minTokens", "min"},
                                  {"stops", "stop"},
                                  {"stop_at", "stop"},
                                  {"until", "stop"},
                                  {"stop_sequences", "stop"},
                                  {"stopSequences", "stop"},
                                  {"stop_strings", "stop"},
                                  {"stop_words", "stop"},
                                  {"eos", "stop"},
                                  {"topp", "top_p"},
                                  {"topP", "top_p"},
                                  {"nucleus", "top_p"},
                                  {"topk", "top_k"},
                                  {"topK", "top_k"},
                                  {"minp", "min_p"},
                                  {"minP", "min_p"},
                                  {"random_seed", "seed"},
                                  {"parallel", "max_parallel"},
                                  {"max_workers", "max_parallel"},
                                  {"concurrency", "max_parallel"}};

constexpr Elsewhere kConstants[] = {{"True", "true"},      {"TRUE", "true"},   {"False", "false"},
                                    {"FALSE", "false"},    {"None", "null"},   {"nil", "null"},
                                    {"undefined", "null"}, {"NULL", "null"},   {"Null", "null"},
                                    {"nullptr", "null"},   {"Nothing", "null"}};

constexpr Elsewhere kRoles[] = {{"human", "user"},      {"User", "user"},
                                {"bot", "assistant"},   {"ai", "assistant"},
                                {"model", "assistant"}, {"Assistant", "assistant"},
                                {"System", "system"},   {"developer", "system"}};

constexpr std::string_view kMapAdvice =
    "there are no maps: fixed keys are the fields of a `record`, free ones a list of records";
constexpr std::string_view kTupleAdvice =
    "there are no tuples: declare a `record` with named fields";
constexpr std::string_view kAnyAdvice = "every value has one type: name it, or declare a `record`";
constexpr std::string_view kFunctionAdvice = "functions are no values: call them by their names";

constexpr Elsewhere kTypeAdvice[] = {
    {"dict", kMapAdvice},         {"Dict", kMapAdvice},    {"map", kMapAdvice},
    {"Map", kMapAdvice},          {"HashMap", kMapAdvice}, {"Record", kMapAdvice},
    {"object", kMapAdvice},       {"Object", kMapAdvice},  {"json", kMapAdvice},
    {"Mapping", kMapAdvice},      {"tuple", kTupleAdvice}, {"Tuple", kTupleAdvice},
    {"any", kAnyAdvice},          {"Any", kAnyAdvice},     {"unknown", kAnyAdvice},
    {"auto", kAnyAdvice},         {"dyn", kAnyAdvice},     {"Callable", kFunctionAdvice},
    {"Function", kFunctionAdvice}};

constexpr std::string_view kThrowAdvice =
    "a failure is made by a condition that does not hold: `check false, \"what is wrong\"`";
constexpr Elsewhere kStatementAdvice[] = {
    {"throw", kThrowAdvice},
    {"raise", kThrowAdvice},
    {"panic", kThrowAdvice},
    {"assert", "`assert` is written `check condition`"},
    {"expect", "`expect` is written `check condition`"},
    {"do", "there is no `do`: a loop with a condition is `while condition limit 100 { }`"},
    {"repeat", "a loop over a count is `for i in 0..n { }`"},
    {"goto", "there is no `goto`: leave a loop with `break`"},
    {"defer", "there is no `defer`: nothing needs to be closed"}};

constexpr std::string_view kLists[] = {"list",      "List",     "Vec",      "Array",      "array",
                                       "vector",    "Sequence", "Iterable", "Collection", "slice",
                                       "ArrayList", "set",      "Set",      "frozenset"};
constexpr std::string_view kLibraries[] = {"Math", "math", "JSON", "json", "string", "String"};
constexpr std::string_view kPlainFunctions[] = {
    "len",  "sum",     "min",   "max",   "str",   "int",       "float",
    "json", "words",   "lines", "upper", "lower", "sentences", "trim",
    "sort", "reverse", "first", "last",  "round", "abs",       "unique"};
constexpr std::string_view kOptionals[] = {"Optional", "Option", "Maybe", "Nullable", "optional"};
constexpr std::string_view kNoResults[] = {"void", "None",     "Void", "unit",  "Unit",
                                           "null", "NoneType", "nil",  "never", "undefined"};
constexpr std::string_view kModifiers[] = {"pub",      "export", "async",  "public",
                                           "private",  "static", "inline", "default",
                                           "override", "extern", "virtual"};
constexpr std::string_view kEmptyStatements[] = {"pass", "del", "delete", "global", "nonlocal"};

std::string_view Lookup(std::span<const Elsewhere> rows, std::string_view name) {
  for (const Elsewhere& row : rows) {
    if (row.theirs == name) return row.ours;
  }
  return "";
}

bool Has(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string_view FunctionElsewhere(std::string_view name) { return Lookup(kFunctions, name); }
std::string_view TypeElsewhere(std::string_view name) { return Lookup(kTypes, name); }
std::string_view OptionElsewhere(std::string_view name) { return Lookup(kOptions, name); }
std::string_view ConstantElsewhere(std::string_view name) { return Lookup(kConstants, name); }
std::string_view RoleElsewhere(std::string_view name) { return Lookup(kRoles, name); }
std::string_view TypeAdvice(std::string_view name) { return Lookup(kTypeAdvice, name); }
std::string_view StatementAdvice(std::string_view word) { return Lookup(kStatementAdvice, word); }
bool IsLibraryElsewhere(std::string_view name) { return Has(kLibraries, name); }
bool IsPlainFunction(std::string_view name) { return Has(kPlainFunctions, name); }
bool IsListElsewhere(std::string_view name) { return Has(kLists, name); }
bool IsOptionalElsewhere(std::string_view name) { return Has(kOptionals, name); }
bool IsNoResultElsewhere(std::string_view name) { return Has(kNoResults, name); }
bool IsModifierElsewhere(std::string_view word) { return Has(kModifiers, word); }
bool IsEmptyStatementElsewhere(std::string_view word) { return Has(kEmptyStatements, word); }

}  // namespace lmp::frontend
