// Renders chat templates: a small subset of Jinja, for finding out what a model file's template
// does (chat_probe.h). A template is as little trusted as the file it comes from: its size, the
// steps it takes, its output and its recursion are bounded, and it reaches nothing but its
// variables.
//
// Differences from Jinja: the case of letters beyond ASCII does not change, numbers are printed as
// C prints them. strftime_now is not defined: prompts do not depend on the day.
//
// Immutable after Parse, any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/text/jinja_value.h"

namespace lmp::text::jinja {

class Template {
 public:
  // Errors: Unsupported with the line.
  static Result<Template> Parse(std::string_view source);
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;
  ~Template();

  // `variables` is a dictionary. Errors: Unsupported, for what the subset lacks and for limits;
  // InvalidArgument with the template's own words, where it calls raise_exception.
  Result<std::string> Render(const Value& variables) const;

 private:
  explicit Template(std::unique_ptr<Node> root);
  std::unique_ptr<Node> root_;
};

}  // namespace lmp::text::jinja
