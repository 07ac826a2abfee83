// Program: what the front end makes and a Plan is made from: functions, types, declarations of
// records and enums, config. Verified, then shared read-only: std::shared_ptr<const Program>.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "ir/http_call.h"

namespace lmp::ir {

struct FieldDecl {
  std::string name;
  TypeId type;
  bool has_default = false;
  Value default_value;
  std::string description;
};
// What a type that names the record must fill: the fields' types use it (type.h).
struct HoleDecl {
  std::string name;
  TypeId type;  // i64, f64 or list<str>
};
struct RecordDecl {
  std::string name;
  std::vector<FieldDecl> fields;
  std::vector<HoleDecl> holes = {};
};
struct EnumMember {
  std::string name;
  std::string text;  // the alias, or the name
  std::string description;
};
struct EnumDecl {
  std::string name;
  std::vector<EnumMember> members;
};

// Documents in which passages are found. The host resolves `source`: a file, folder or pattern seen
// from the program's file, or a corpus file.
struct CorpusDecl {
  std::string name;
  std::string source;
  std::optional<int64_t> chunk, overlap;  // tokens; none: as the host does it
  Span span;                              // not part of the text form
};

// What a tool may do: nothing, look at the world, change it.
enum class ToolEffect : uint8_t { kPure, kRead, kWrite };
std::string_view ToolEffectName(ToolEffect effect);

// A tool of the host. The op `tool` calls it; the function of the same name, which the front end
// makes, is what programs call.
struct ToolDecl {
  struct Param {
    std::string name;
    TypeId type;
  };
  std::string name;
  std::vector<Param> params;
  TypeId result;
  std::string host;              // what the host calls it; empty with `http`
  std::optional<HttpCall> http;  // what it asks of a server; its parts name `params`
  ToolEffect effect = ToolEffect::kWrite;
  std::optional<int64_t> timeout_ms;  // of one try; none: kToolTimeoutMsDefault
  int64_t retries = 0;
  bool idempotent = false;               // that it is asked twice is as once
  std::optional<int64_t> cache_ms = {};  // how long an answer is kept; not of one that writes
  Span span;                             // not part of the text form
};

// `config { ... }`: what the runtime reads; sema checks names and types.
struct ConfigEntry {
  std::string name;  // model, seed, temp, top_p, top_k, min_p, max, chat, allow
  Value value;
};

struct Program {
  std::string name;  // the file's stem
  TypeTable types;
  std::vector<RecordDecl> records;
  std::vector<EnumDecl> enums;
  std::vector<CorpusDecl> corpora;
  std::vector<ToolDecl> tools;
  std::vector<ConfigEntry> config;
  std::vector<Graph> functions;  // callees before callers

  const Graph* Find(std::string_view function) const;
  const RecordDecl* FindRecord(std::string_view record) const;
  const EnumDecl* FindEnum(std::string_view enumeration) const;
  const CorpusDecl* FindCorpus(std::string_view corpus) const;
  const ToolDecl* FindTool(std::string_view tool) const;
  const Value* FindConfig(std::string_view entry) const;
};
using ProgramRef = std::shared_ptr<const Program>;

// Whether values of the type hold a context: it is one, or a list, an optional, a record or a union
// with one inside.
bool HoldsContext(const Program& program, TypeId type);

}  // namespace lmp::ir
