// Words for command lines that the parser refused: the bad word first, then what was likely meant.
#include <algorithm>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

// Levenshtein distance where two exchanged neighbours are one mistake; the words are short.
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> of(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        of[i][j] = i + j;
        continue;
      }
      const size_t replaced = of[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      of[i][j] = std::min({of[i - 1][j] + 1, of[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        of[i][j] = std::min(of[i][j], of[i - 2][j - 2] + 1);
      }
    }
  }
  return of[a.size()][b.size()];
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

// One mistake per three letters is near, and one in a shorter word.
std::string Suggestion(const std::string& word, const std::vector<std::string>& known,
                       const char* quote) {
  const auto nearer = [&](const std::string& a, const std::string& b) {
    return Distance(word, a) < Distance(word, b);
  };
  const auto best = std::min_element(known.begin(), known.end(), nearer);
  if (best == known.end() || Distance(word, *best) > std::max<size_t>(1, word.size() / 3))
    return "";
  return std::string("; did you mean ") + quote + *best + quote + "?";
}

const CLI::App* FindCommand(const CLI::App& app, const std::string& name) {
  const auto same = [&](const CLI::App* command) { return command->get_name() == name; };
  const std::vector<const CLI::App*> found = app.get_subcommands(same);
  return found.empty() ? nullptr : found[0];
}

std::string DescribeUsage(const CLI::App& app, const std::vector<std::string>& words,
                          const std::string& parser_message) {
  // `lmp corpus add` is a command of a command.
  const CLI::App* parser = &app;
  std::string name;
  size_t at = 0;
  for (; at < words.size(); ++at) {
    const CLI::App* command = FindCommand(*parser, words[at]);
    if (command == nullptr) break;
    parser = command;
    name += (name.empty() ? "" : " ") + words[at];
  }
  const std::string command_help = "`lmp " + name + (name.empty() ? "" : " ") + "--help";
  const std::string help = command_help + "`";
  const std::string where = name.empty() ? "" : name + ": ";
  const std::vector<std::string> commands = Commands(*parser);
  if (!commands.empty()) {
    std::string all;
    for (const std::string& command : commands) all += (all.empty() ? "" : ", ") + command;
    if (at == words.size()) {
      return where + "expected a command: " + all + "; " + help + " shows what they do";
    }
    if (words[at].empty() || words[at][0] != '-') {
      return where + "there is no command `" + words[at] + "`" +
             Suggestion(words[at], commands, "`") + " (there are: " + all + ")";
    }
  }
  const std::vector<std::string> rest(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  const std::string flag = UnknownFlag(*parser, rest);
  if (!flag.empty()) {
    return where + "there is no flag " + flag + Suggestion(flag, Flags(*parser), "") + " (" +
           command_help + "-all` lists them)";
  }
  return where + parser_message + " (" + help + " shows the usage)";
}

}  // namespace lmp::cli
