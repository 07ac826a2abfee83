#include "runtime/constrain/json_schema/schema_document.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "runtime/base/text.h"

namespace lmp::constrain {
namespace {

struct Uri {
  std::string scheme, authority, path, query;  // with ':', "//", and '?'
};

Uri Split(std::string_view text) {
  Uri uri;
  text = text.substr(0, text.find('#'));
  const size_t stop = text.find_first_of(":/?");
  if (stop != std::string_view::npos && stop > 0 && text[stop] == ':') {
    uri.scheme = text.substr(0, stop + 1);
    text.remove_prefix(stop + 1);
  }
  if (text.substr(0, 2) == "//") {
    const size_t end = std::min(text.find_first_of("/?", 2), text.size());
    uri.authority = text.substr(0, end);
    text.remove_prefix(end);
  }
  const size_t query = std::min(text.find('?'), text.size());
  uri.path = text.substr(0, query);
  uri.query = text.substr(query);
  return uri;
}

std::string WithoutDots(const std::string& path) {
  std::vector<std::string> out;
  const std::vector<std::string> parts = SplitText(path, '/');
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (parts[i] == "..") {
      if (out.size() > 1) out.pop_back();
      if (last) out.emplace_back();
    } else if (parts[i] == ".") {
      if (last) out.emplace_back();
    } else {
      out.push_back(parts[i]);
    }
  }
  return JoinText(out, "/");
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string WithoutPercents(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = high >= 0 ? HexValue(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

enum class Place { kNone, kSchema, kSchemas, kMap };  // Schemas: one or an array of them

Place PlaceOf(std::string_view keyword) {
  constexpr std::array<std::string_view, 6> kMaps = {"properties",   "patternProperties",
                                                     "definitions",  "$defs",
                                                     "dependencies", "dependentSchemas"};
  constexpr std::array<std::string_view, 16> kSchemas = {"items",
                                                         "additionalItems",
                                                         "prefixItems",
                                                         "contains",
                                                         "additionalProperties",
                                                         "propertyNames",
                                                         "unevaluatedItems",
                                                         "unevaluatedProperties",
                                                         "allOf",
                                                         "anyOf",
                                                         "oneOf",
                                                         "not",
                                                         "if",
                                                         "then",
                                                         "else",
                                                         "contentSchema"};
  if (std::find(kMaps.begin(), kMaps.end(), keyword) != kMaps.end()) return Place::kMap;
  if (std::find(kSchemas.begin(), kSchemas.end(), keyword) != kSchemas.end()) {
    return Place::kSchemas;
  }
  return Place::kNone;
}

Dialect DialectOf(const JsonTree& tree) {
  const JsonId name = tree.Find(tree.root(), "$schema");
  if (!name.valid() || !tree.IsString(name)) return Dialect::kNotSaid;
  const std::string& text = tree.text(name);
  const std::pair<std::string_view, Dialect> known[] = {{"draft-04", Dialect::kDraft4},
                                                        {"draft-06", Dialect::kDraft6},
                                                        {"draft-07", Dialect::kDraft7},
                                                        {"2019-09", Dialect::kDraft2019},
                                                        {"2020-12", Dialect::kDraft2020}};
  for (const auto& [part, dialect] : known) {
    if (text.find(part) != std::string::npos) return dialect;
  }
  return Dialect::kNotSaid;
}

}  // namespace

std::string ResolveUri(std::string_view base_text, std::string_view reference) {
  const Uri base = Split(base_text);
  Uri uri = Split(reference);
  if (uri.scheme.empty()) {
    uri.scheme = base.scheme;
    if (uri.authority.empty()) {
      uri.authority = base.authority;
      if (uri.path.empty()) {
        uri.path = base.path;
        if (uri.query.empty()) uri.query = base.query;
      } else if (uri.path[0] != '/') {
        const size_t slash = base.path.rfind('/');
        const std::string folder = slash == std::string::npos ? (base.authority.empty() ? "" : "/")
                                                              : base.path.substr(0, slash + 1);
        uri.path = WithoutDots(folder + uri.path);
      } else {
        uri.path = WithoutDots(uri.path);
      }
    }
  }
  return uri.scheme + uri.authority + uri.path + uri.query;
}

SchemaDocument::SchemaDocument(const JsonTree& tree) : tree_(tree), dialect_(DialectOf(tree)) {
  resources_.emplace("", tree.root());
  Index();
}

// All schemas, from the root along the keywords that hold schemas.
void SchemaDocument::Index() {
  struct Pending {
    JsonId id;
    Place place;
  };
  std::vector<Pending> pending = {{tree_.root(), Place::kSchema}};
  while (!pending.empty()) {
    const Pending next = pending.back();
    pending.pop_back();
    if (tree_.IsArray(next.id) && next.place == Place::kSchemas) {
      for (const JsonId item : tree_.children(next.id)) pending.push_back({item, Place::kSchema});
    }
    if (!tree_.IsObject(next.id)) continue;
    if (next.place != Place::kMap) {
      schemas_.push_back(next.id);
      IndexSchema(next.id, BaseOf(next.id));
    }
    for (size_t i = 0; i < tree_.keys(next.id).size(); ++i) {
      const Place place =
          next.place == Place::kMap ? Place::kSchema : PlaceOf(tree_.keys(next.id)[i]);
      if (place != Place::kNone) pending.push_back({tree_.children(next.id)[i], place});
    }
  }
}

void SchemaDocument::IndexSchema(JsonId schema, std::string_view base) {
  const auto string = [&](std::string_view key) -> const std::string* {
    const JsonId value = tree_.Find(schema, key);
    return value.valid() && tree_.IsString(value) ? &tree_.text(value) : nullptr;
  };
  const bool old =
      dialect_ == Dialect::kDraft4 || dialect_ == Dialect::kDraft6 || dialect_ == Dialect::kDraft7;
  const std::string* id = string("$id");
  if (id == nullptr && (dialect_ == Dialect::kDraft4 || dialect_ == Dialect::kNotSaid)) {
    id = string("id");
  }
  std::string own(base);
  if (id != nullptr && !(old && string("$ref") != nullptr)) {
    if (!id->empty() && (*id)[0] == '#') {
      anchors_.emplace(own + *id, schema);
    } else {
      own = ResolveUri(base, *id);
      resources_.emplace(own, schema);
      bases_.emplace(schema.index, own);
      const size_t hash = id->find('#');
      if (hash != std::string::npos && hash + 1 < id->size()) {
        anchors_.emplace(own + id->substr(hash), schema);
      }
    }
  }
  for (const std::string_view keyword : {"$anchor", "$dynamicAnchor"}) {
    if (const std::string* name = string(keyword)) anchors_.emplace(own + "#" + *name, schema);
  }
}

std::string_view SchemaDocument::BaseOf(JsonId id) const {
  for (; id.valid(); id = tree_.parent(id)) {
    const auto found = bases_.find(id.index);
    if (found != bases_.end()) return found->second;
  }
  return "";
}

Result<JsonId> SchemaDocument::Resolve(JsonId from, std::string_view reference) const {
  const size_t hash = reference.find('#');
  const std::string fragment =
      hash == std::string_view::npos ? "" : WithoutPercents(reference.substr(hash + 1));
  const std::string uri = ResolveUri(BaseOf(from), reference);
  const auto resource = resources_.find(uri);
  if (resource == resources_.end()) {
    return Unsupported("it leads to another document (" + QuoteText(uri) + ")");
  }
  if (fragment.empty()) return resource->second;
  if (fragment[0] != '/') {
    const auto anchor = anchors_.find(uri + "#" + fragment);
    if (anchor != anchors_.end()) return anchor->second;
    return InvalidArgument("there is no anchor " + QuoteText(fragment));
  }
  JsonId target = tree_.At(resource->second, fragment);
  // Identifiers inside a document that were never meant as new documents are common.
  if (!target.valid()) target = tree_.At(tree_.root(), fragment);
  if (!target.valid()) return InvalidArgument("there is nothing at " + QuoteText(fragment));
  return target;
}

}  // namespace lmp::constrain
