// Parts of the language that parse and are not there yet: one diagnostic each.
#include "frontend/check.h"

namespace lmp::frontend {

void Checker::Refuse(Span span, std::string_view what) {
  report_->Add(Mistake::kNotYetSupported, span, std::string(what) + " is not yet supported");
}

}  // namespace lmp::frontend
