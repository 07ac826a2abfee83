// Members: reads the members of a JSON object that a client sent. The first mistake is kept, names
// the member and what was expected; what is read behind it is the given default. A member that is
// null is one that is not given.
//
// Includes the JSON library: only .cc files include this header. One thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/json.h"
#include "runtime/server/service.h"

namespace lmp::server {

class Members {
 public:
  // `path`: what stands before the names of members: "", "response_format.", "messages[3].".
  // `object` and `error` outlive it; `error` is shared with the members of members.
  Members(const Json& object, std::string path, std::optional<Reply>* error)
      : object_(object), path_(std::move(path)), error_(error) {}

  bool failed() const { return error_->has_value(); }
  void Fail(std::string_view name, std::string_view message, std::string_view code = "");
  // "`name`: expected ..., found ...".
  void Wrong(std::string_view name, std::string_view expected);
  // The same of a value that lies below a member ("prompt[2]").
  void Wrong(std::string_view name, const Json& found, std::string_view expected);

  // Null if it is not given.
  const Json* Find(std::string_view name) const;
  bool Bool(std::string_view name, bool otherwise);
  double Number(std::string_view name, double low, double high, double otherwise);
  int64_t Integer(std::string_view name, int64_t low, int64_t high, int64_t otherwise);
  // At most so many bytes.
  std::optional<std::string> Text(std::string_view name, size_t bytes_max);
  // The same of one that must be given.
  std::string RequiredText(std::string_view name, size_t bytes_max);
  std::optional<uint64_t> Seed(std::string_view name);
  // Fails for a member that is none of these. `expected`: their names in words.
  void Only(std::initializer_list<std::string_view> known, std::string_view expected);
  // Members of the object `name`; fails if it is none.
  std::optional<Members> Object(std::string_view name);

  // Members of an object that lies below `name` ("tools[2]").
  Members Of(const Json& object, std::string_view name) const {
    return Members(object, PathOf(name) + ".", error_);
  }

  std::string PathOf(std::string_view name) const { return path_ + std::string(name); }

 private:
  const Json& object_;
  const std::string path_;
  std::optional<Reply>* const error_;
};

// The object that a body is; else `error` says why it is none.
std::optional<Json> ReadObject(std::string_view body, std::optional<Reply>* error);

}  // namespace lmp::server
