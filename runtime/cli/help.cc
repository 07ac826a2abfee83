// Help that fits a screen: flags that most people never need are in groups of their own, which only
// --help-all shows.
#include <sstream>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

constexpr size_t kColumns = 80;

class ShortFormatter final : public CLI::Formatter {
 public:
  ShortFormatter() { column_width(27); }

  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    if (mode == CLI::AppFormatMode::Sub) return Formatter::make_help(app, std::move(name), mode);
    return make_description(app) + make_usage(app, std::move(name)) + make_positionals(app) +
           Groups(app, mode) + make_subcommands(app, mode) + "\n" + make_footer(app);
  }

  // The description in lines of its own column.
  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    std::string out = "  " + make_option_name(option, is_positional) + make_option_opts(option);
    const size_t indent = get_column_width();
    size_t column = out.size();
    if (column + 1 > indent) {
      out += "\n";
      column = 0;
    }
    out += std::string(indent - column, ' ');
    column = indent;
    std::istringstream words(make_option_desc(option));
    for (std::string word; words >> word; column += word.size()) {
      if (column > indent && column + 1 + word.size() > kColumns) {
        out += "\n" + std::string(indent, ' ');
        column = indent;
      } else if (column > indent) {
        out += " ";
        ++column;
      }
      out += word;
    }
    return out + "\n";
  }

  // Which flags exclude each other is said where somebody gives both.
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0) return "";
    std::string out;
    if (!option->get_type_name().empty()) out = " " + option->get_type_name();
    if (!option->get_default_str().empty()) out += "=" + option->get_default_str();
    if (option->get_expected_max() == CLI::detail::expected_max_vector_size) out += " ...";
    return out;
  }

 private:
  std::string Groups(const CLI::App* app, CLI::AppFormatMode mode) const {
    std::string out;
    const std::vector<std::string> groups = app->get_groups();
    const bool has_more = groups.size() > 1 || app->get_parent() == nullptr;
    for (const std::string& group : groups) {
      if (group.empty() || (mode == CLI::AppFormatMode::Normal && group != groups.front()))
        continue;
      const std::vector<const CLI::Option*> options =
          app->get_options([&](const CLI::Option* option) {
            return option->get_group() == group && option->nonpositional() &&
                   (has_more || option != app->get_help_all_ptr());
          });
      if (!options.empty()) out += make_group(group, false, options);
    }
    return out;
  }
};

}  // namespace

void ShortenHelp(CLI::App* app) {
  app->formatter(std::make_shared<ShortFormatter>());
  app->set_help_flag("-h,--help", "print this");
  app->set_help_all_flag("--help-all", "print all flags");
}

void AddHelp(CLI::App* app, Action* action) {
  auto names = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app->add_subcommand("help", "Show what a command does and its flags");
  command->group("");  // the help of `lmp` names it in its last lines
  command->footer("Example:  lmp help run");
  command->add_option("COMMAND", *names, "which, or exit-codes; without it, the list");
  command->callback([app, names, action] {
    *action = [app, names] {
      if (names->empty()) {
        // App::help() would show the help of the command that is parsed, this one.
        WriteOut(app->get_formatter()->make_help(app, "lmp", CLI::AppFormatMode::Normal));
        return kDone;
      }
      if (names->front() == "exit-codes") {
        WriteOut(ExitCodeTable());
        return kDone;
      }
      const CLI::App* asked = app;
      std::string above;
      for (const std::string& name : *names) {
        above += (above.empty() ? "" : " ") + (asked == app ? "lmp" : asked->get_name());
        asked = FindCommand(*asked, name);
        if (asked == nullptr) return PrintFailure(kUsage, DescribeUsage(*app, *names, ""));
      }
      WriteOut(asked->help(above));
      return kDone;
    };
  });
}

}  // namespace lmp::cli
