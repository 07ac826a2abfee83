// Words for command lines that the parser refused: the bad word first, then what was likely meant.
#include <algorithm>
#include <numeric>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

// Levenshtein distance; the words are short.
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

std::string Nearest(const std::string& word, const std::vector<std::string>& known) {
  const auto nearer = [&](const std::string& a, const std::string& b) {
    return Distance(word, a) < Distance(word, b);
  };
  const auto best = std::min_element(known.begin(), known.end(), nearer);
  return best == known.end() ? "" : *best;
}

std::vector<std::string> Commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

// The first word that looks like a flag and is none of the command's; empty if there is none.
std::string UnknownFlag(const CLI::App& command, const std::vector<std::string>& words) {
  bool is_value = false;
  for (const std::string& word : words) {
    if (word == "--") break;
    if (is_value || word.size() < 2 || word[0] != '-') {
      is_value = false;
      continue;
    }
    const size_t equals = word.find('=');
    const CLI::Option* option = command.get_option_no_throw(word.substr(0, equals));
    if (option == nullptr) return word.substr(0, equals);
    is_value = equals == std::string::npos && option->get_items_expected() > 0;
  }
  return "";
}

std::vector<std::string> Flags(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

}  // namespace

const CLI::App* FindCommand(const CLI::App& app, const std::string& name) {
  const auto same = [&](const CLI::App* command) { return command->get_name() == name; };
  const std::vector<const CLI::App*> found = app.get_subcommands(same);
  return found.empty() ? nullptr : found[0];
}

std::string DescribeUsage(const CLI::App& app, const std::vector<std::string>& words,
                          const std::string& parser_message) {
  const std::vector<std::string> commands = Commands(app);
  std::string all;
  for (const std::string& name : commands) all += (all.empty() ? "" : ", ") + name;
  if (words.empty()) return "expected a command: " + all + "; `lmp --help` shows what they do";
  const CLI::App* command = FindCommand(app, words[0]);
  if (command == nullptr && words[0][0] != '-') {
    return "there is no command `" + words[0] + "`; did you mean `" + Nearest(words[0], commands) +
           "`? (there are: " + all + ")";
  }
  const std::string name = command == nullptr ? "lmp" : "lmp " + command->get_name();
  const std::string where = command == nullptr ? "" : command->get_name() + ": ";
  const CLI::App& parser = command == nullptr ? app : *command;
  const std::vector<std::string> rest(words.begin() + (command == nullptr ? 0 : 1), words.end());
  const std::string flag = UnknownFlag(parser, rest);
  if (!flag.empty()) {
    return where + "there is no flag " + flag + "; did you mean " + Nearest(flag, Flags(parser)) +
           "? (`" + name + " --help` lists them)";
  }
  return where + parser_message + " (`" + name + " --help` shows the usage)";
}

}  // namespace lmp::cli
