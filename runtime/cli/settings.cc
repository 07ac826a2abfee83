// Options from the environment and from a file. The options of the command are the only table: what
// they are called, take and allow.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

using Json = nlohmann::ordered_json;

// "api-key-file"; "files" of the words behind the flags.
std::string NameOf(const CLI::Option& option) {
  return option.get_lnames().empty() ? "files" : option.get_lnames().front();
}

std::vector<CLI::Option*> Settable(CLI::App* command) {
  std::vector<CLI::Option*> options;
  for (CLI::Option* option : command->get_options()) {
    if (option != command->get_help_ptr() && option != command->get_help_all_ptr())
      options.push_back(option);
  }
  return options;
}

std::string VariableOf(const std::string& prefix, const CLI::Option& option) {
  std::string name = prefix + NameOf(option);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
    return c == '-' ? '_' : static_cast<char>(std::toupper(c));
  });
  return name;
}

bool IsList(const CLI::Option& option) { return option.get_items_expected_max() > 1; }

// Errors: InvalidArgument, what the option says of them, behind `where`.
Status Set(CLI::Option* option, const std::vector<std::string>& words, const std::string& where) {
  try {
    option->clear();
    for (const std::string& word : words) option->add_result(word);
    option->run_callback();
  } catch (const CLI::Error& error) {
    const std::string message = error.what();
    // "--port: expected ...": the place says which one it is.
    const std::string own = option->get_name() + ": ";
    return InvalidArgument(where + ": " +
                           (message.starts_with(own) ? message.substr(own.size()) : message));
  }
  return OkStatus();
}

// The words for an option. Errors: InvalidArgument.
Result<std::vector<std::string>> WordsOf(const CLI::Option& option, const Json& value,
                                         const std::string& where) {
  const bool flag = option.get_items_expected_max() == 0;
  const auto word = [](const Json& one) {
    return one.is_string() ? one.get<std::string>() : one.dump();
  };
  if (flag && value.is_boolean()) return std::vector<std::string>{word(value)};
  if (flag) return InvalidArgument(where + ": expected true or false");
  std::vector<std::string> words;
  const Json list = value.is_array() && IsList(option) ? value : Json::array({value});
  for (const Json& one : list) {
    if (!one.is_string() && !one.is_number_integer())
      return InvalidArgument(where + ": expected " +
                             (IsList(option) ? "a list of texts" : "a text or a whole number"));
    words.push_back(word(one));
  }
  if (words.empty()) return InvalidArgument(where + ": expected a list with something in it");
  return words;
}

Status FillFromEnvironment(CLI::App* command, const std::string& prefix) {
  std::vector<std::string> known;
  for (CLI::Option* option : Settable(command)) known.push_back(VariableOf(prefix, *option));
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string entry = *at;
    const std::string name = entry.substr(0, entry.find('='));
    if (!name.starts_with(prefix)) continue;
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end())
      return InvalidArgument("the environment: there is no " + name + Suggestion(name, known, "`"));
    CLI::Option* const option = Settable(command)[static_cast<size_t>(found - known.begin())];
    if (option->count() > 0) continue;
    const std::string value = entry.substr(name.size() + 1);
    std::vector<std::string> words;
    for (size_t begin = 0; begin <= value.size();) {
      const size_t end =
          IsList(*option) ? std::min(value.find(',', begin), value.size()) : value.size();
      words.push_back(value.substr(begin, end - begin));
      begin = end + 1;
    }
    if (Status status = Set(option, words, "the environment: " + name); !status.ok()) return status;
  }
  return OkStatus();
}

// "serve.json:3:5" of a byte of that file.
std::string PlaceOf(const std::string& path, const std::string& text, size_t at) {
  const std::string before = text.substr(0, at);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const size_t column = before.size() - (before.rfind('\n') + 1);  // npos + 1 is 0
  return path + ":" + std::to_string(lines + 1) + ":" + std::to_string(column + 1);
}

// Where the text that ends behind `end` begins, with its quotes.
size_t BeginOfText(const std::string& text, size_t end) {
  size_t at = text.rfind('"', end - 2);
  while (at > 0 && text[at - 1] == '\\') at = text.rfind('"', at - 1);
  return at;
}

struct FileOption {
  std::string name, where;  // "serve.json:3:5: "port""
  Json value;
};

// In the order of the file. Errors: InvalidArgument, with the place.
Result<std::vector<FileOption>> ReadOptions(const std::string& path, const std::string& text) {
  std::istringstream in(text);
  std::map<std::string, size_t> begins;
  std::optional<Status> twice;
  const auto on_part = [&](int depth, Json::parse_event_t event, const Json& name) {
    if (event != Json::parse_event_t::key || depth != 1 || twice) return true;
    const auto end = static_cast<size_t>(in.rdbuf()->pubseekoff(0, std::ios::cur, std::ios::in));
    const auto [known, is_new] = begins.emplace(name.get<std::string>(), BeginOfText(text, end));
    if (!is_new) {
      twice = InvalidArgument(PlaceOf(path, text, BeginOfText(text, end)) + ": \"" + known->first +
                              "\" stands twice, first at " +
                              PlaceOf(path, text, known->second).substr(path.size() + 1));
    }
    return true;
  };
  Json file;
  try {
    file = Json::parse(in, on_part);
  } catch (const Json::parse_error& error) {
    // "[...] parse error at line 3, column 5: syntax error while parsing value - unexpected ..."
    const std::string_view said = error.what();
    const size_t why = said.rfind(" - ");
    return InvalidArgument(
        PlaceOf(path, text, std::min(text.size(), std::max<size_t>(1, error.byte) - 1)) +
        ": this is no JSON: " + std::string(why == said.npos ? said : said.substr(why + 3)));
  }
  if (twice) return *std::move(twice);
  if (!file.is_object()) {
    const size_t begin = std::min(text.size(), text.find_first_not_of(" \t\r\n"));
    return InvalidArgument(PlaceOf(path, text, begin) +
                           ": expected a JSON object of options, found JSON of the type " +
                           file.type_name());
  }
  std::vector<FileOption> options;
  for (const auto& [name, value] : file.items())
    options.push_back({name, PlaceOf(path, text, begins[name]) + ": \"" + name + "\"", value});
  return options;
}

Status FillFromFile(CLI::App* command, const std::string& path) {
  LMP_TRY(const std::string text, ReadTextFile(path));
  LMP_TRY(const std::vector<FileOption> options, ReadOptions(path, text));
  std::vector<std::string> known;
  for (CLI::Option* option : Settable(command)) known.push_back(NameOf(*option));
  for (const auto& [name, where, value] : options) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end() || name == "config")
      return InvalidArgument(where + ": there is no such option" + Suggestion(name, known, "`"));
    CLI::Option* const option = Settable(command)[static_cast<size_t>(found - known.begin())];
    LMP_TRY(const std::vector<std::string> words, WordsOf(*option, value, where));
    if (option->count() > 0) continue;
    if (Status status = Set(option, words, where); !status.ok()) return status;
  }
  return OkStatus();
}

}  // namespace

Status FillOptions(CLI::App* command, const std::string& prefix, const std::string* path) {
  if (Status status = FillFromEnvironment(command, prefix); !status.ok()) return status;
  return path->empty() ? OkStatus() : FillFromFile(command, *path);
}

}  // namespace lmp::cli
