// Flags whose values are checked the same way in every command.
#include <charconv>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

bool ParseNumber(const std::string& word, NumberRange range, uint64_t* value) {
  const char* end = word.data() + word.size();
  const auto parsed = std::from_chars(word.data(), end, *value);
  return parsed.ec == std::errc() && parsed.ptr == end && *value >= range.low &&
         *value <= range.high;
}

template <typename Value>
CLI::Option* AddChecked(CLI::App* app, const std::string& flag, Value* value, NumberRange range,
                        const std::string& description) {
  const auto set = [value, range](const CLI::results_t& words) {
    uint64_t number = 0;
    if (words.size() != 1 || !ParseNumber(words[0], range, &number)) return false;
    *value = number;
    return true;
  };
  const auto check = [range](const std::string& word) {
    uint64_t number = 0;
    if (ParseNumber(word, range, &number)) return std::string();
    return "expected a whole number from " + std::to_string(range.low) + " to " +
           std::to_string(range.high) + ", found " + word;
  };
  return app->add_option(flag, set, description)
      ->type_name("N")
      ->expected(1)
      ->check(CLI::Validator(check, ""));
}

}  // namespace

CLI::Option* AddNumber(CLI::App* app, const std::string& flag, uint64_t* value, NumberRange range,
                       const std::string& description) {
  return AddChecked(app, flag, value, range, description)->default_str(std::to_string(*value));
}

CLI::Option* AddNumber(CLI::App* app, const std::string& flag, std::optional<uint64_t>* value,
                       NumberRange range, const std::string& description) {
  return AddChecked(app, flag, value, range, description);
}

void AddPasses(CLI::App* app, const std::string& flag, std::vector<std::string>* names,
               const std::string& description) {
  const auto check = [](const std::string& word) {
    std::string all;
    for (const std::string& name : PassNames()) {
      if (name == word) return std::string();
      all += (all.empty() ? "" : ", ") + name;
    }
    return "there is no pass " + word + "; there are: " + all;
  };
  app->add_option(flag, *names, description)
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->check(CLI::Validator(check, ""));
}

}  // namespace lmp::cli
