// Arguments of `lmp run`.
#include <set>

#include <nlohmann/json.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

using Json = nlohmann::ordered_json;

// Keeps what the parser says of the first mistake: "... at line 1, column 7: ...".
class FirstError : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(size_t) override {
    keys_.emplace_back();
    return Deeper();
  }
  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second && repeated_.empty()) repeated_ = name;
    return true;
  }
  bool end_object() override {
    keys_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(size_t) override { return Deeper(); }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(size_t position, const std::string&, const Json::exception& e) override {
    const std::string words = e.what();
    const size_t begin = words.find("at line ");
    error_ = " " + (begin == std::string::npos ? "at byte " + std::to_string(position)
                                               : words.substr(begin));
    return false;
  }
  const std::string& error() const { return error_; }
  // A key that stands twice in one object, of which one would be lost.
  const std::string& repeated() const { return repeated_; }

 private:
  static constexpr int kDepthMax = 100;
  // What is printed again later is printed by recursion.
  bool Deeper() {
    if (++depth_ <= kDepthMax) return true;
    error_ = ": nested deeper than " + std::to_string(kDepthMax);
    return false;
  }

  int depth_ = 0;
  std::vector<std::set<std::string>> keys_;
  std::string error_, repeated_;
};

Result<Json> ParseObject(const std::string& text) {
  FirstError errors;
  if (!Json::sax_parse(text, &errors)) {
    return InvalidArgument("--args-json: not JSON" + errors.error());
  }
  if (!errors.repeated().empty()) {
    return InvalidArgument("--args-json: \"" + errors.repeated() + "\" is given twice");
  }
  Json object = Json::parse(text, nullptr, false);
  if (!object.is_object()) {
    return InvalidArgument("--args-json: expected an object {\"name\": value}, found " +
                           std::string(object.type_name()));
  }
  return object;
}

}  // namespace

Result<std::string> MergeArguments(const std::string& arguments_json,
                                   const std::vector<std::string>& words, const Program& program,
                                   const std::string& function) {
  Json object = Json::object();
  if (!arguments_json.empty()) {
    LMP_TRY(object, ParseObject(arguments_json));
  }
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return InvalidArgument("--arg " + word + ": expected NAME=VALUE");
    }
    const std::string name = word.substr(0, equals);
    if (object.contains(name)) {
      return InvalidArgument("argument `" + name + "` is given twice");
    }
    LMP_TRY(const std::string value,
            ArgumentFromWord(program, function, name, word.substr(equals + 1)));
    object[name] = Json::parse(value, nullptr, false);
  }
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lmp::cli
