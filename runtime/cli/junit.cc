#include "runtime/cli/junit.h"

#include <cstdio>

namespace lmp::cli {

namespace {

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\n') {
      out += "&#10;";
    } else if (byte >= 0x20 || c == '\t') {
      out += c;  // other control characters cannot stand in XML
    }
  }
  return out;
}

std::string Seconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", seconds);
  return text;
}

std::string Failure(const char* element, const Diagnostic& d, const std::vector<Source>& sources) {
  return std::string("      <") + element + " type=\"" + Escaped(d.code) + "\" message=\"" +
         Escaped(d.title) + "\">" + Escaped(RenderDiagnostic(d, sources)) + "</" + element + ">\n";
}

std::string Case(const std::string& file, const std::string& name, double seconds,
                 const std::string& failure) {
  return "    <testcase classname=\"" + Escaped(file) + "\" name=\"" + Escaped(name) +
         "\" time=\"" + Seconds(seconds) +
         (failure.empty() ? "\"/>\n" : "\">\n" + failure + "    </testcase>\n");
}

}  // namespace

std::string JUnitXml(const std::vector<TestedFile>& files) {
  std::string suites;
  for (const TestedFile& tested : files) {
    std::string cases;
    size_t failures = 0, errors = 0, count = tested.outcome.tests.size();
    for (const TestReport& test : tested.outcome.tests) {
      failures += test.ok ? 0 : 1;
      cases += Case(tested.file, test.name, test.seconds,
                    test.ok ? "" : Failure("failure", test.failure, tested.outcome.sources));
    }
    if (!tested.outcome.status.ok()) {
      Diagnostic d;
      d.code = "internal";
      d.title = tested.outcome.status.message();
      cases += Case(tested.file, "(run)", 0, Failure("error", d, {}));
      ++errors, ++count;
    }
    if (HasErrors(tested.outcome.diagnostics)) {
      std::string all;
      for (const Diagnostic& d : tested.outcome.diagnostics) {
        if (d.severity == Severity::kError) all += Failure("error", d, tested.outcome.sources);
      }
      cases += Case(tested.file, "(compile)", 0, all);
      ++errors, ++count;
    }
    suites += "  <testsuite name=\"" + Escaped(tested.file) + "\" tests=\"" +
              std::to_string(count) + "\" failures=\"" + std::to_string(failures) + "\" errors=\"" +
              std::to_string(errors) + "\">\n" + cases + "  </testsuite>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n" + suites + "</testsuites>\n";
}

}  // namespace lmp::cli
