#include "runtime/constrain/json_schema/formats.h"

#include <functional>
#include <map>

namespace lmp::constrain {
namespace {

using std::string;

string Either(const string& a, const string& b) { return "(?:" + a + "|" + b + ")"; }

// Real calendar dates; the year 0000 is left out because common readers do not know it.
string Date() {
  const string year = "(?:[1-9]\\d{3}|0[1-9]\\d\\d|00[1-9]\\d|000[1-9])";
  const string days =
      "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|"
      "(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))";
  const string leap_year =
      "(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|"
      "(?:0[48]|[2468][048]|[13579][26])00)";
  return "(?:" + year + "-" + days + "|" + leap_year + "-02-29)";
}

// Without leap seconds, which are seconds of some days only.
string Time() {
  return "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,12})?"
         "(?:[Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)";
}

string Duration() {
  const string n = "\\d{1,12}";
  const string time =
      "T(?:" + n + "H(?:" + n + "M(?:" + n + "S)?)?|" + n + "M(?:" + n + "S)?|" + n + "S)";
  const string date =
      "(?:" + n + "Y(?:" + n + "M(?:" + n + "D)?)?|" + n + "M(?:" + n + "D)?|" + n + "D)";
  return "P(?:" + n + "W|" + date + "(?:" + time + ")?|" + time + ")";
}

// Up to 253 characters with labels up to 62, and no label that could be a punycode one.
string Hostname() {
  const string label = "[A-Za-z0-9]{1,20}(?:-[A-Za-z0-9]{1,20}){0,2}";
  return "(?:" + label + "\\.){0,3}" + label;
}

string Email() {
  const string atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}";
  return atom + "(?:\\." + atom + "){0,2}@" + Hostname();
}

string Ipv4() {
  const string part = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  return "(?:" + part + "\\.){3}" + part;
}

string Ipv6() {
  const string h = "[0-9A-Fa-f]{1,4}";
  const string low = Either(h + ":" + h, Ipv4());
  const auto up_to = [&](int n) {
    return "(?:(?:" + h + ":){0," + std::to_string(n) + "}" + h + ")?::";
  };
  const auto then = [&](int n) { return "(?:" + h + ":){" + std::to_string(n) + "}"; };
  return "(?:" + then(6) + low + "|::" + then(5) + low + "|(?:" + h + ")?::" + then(4) + low + "|" +
         up_to(1) + then(3) + low + "|" + up_to(2) + then(2) + low + "|" + up_to(3) + then(1) +
         low + "|" + up_to(4) + low + "|" + up_to(5) + h + "|" + up_to(6) + ")";
}

// RFC 3986, or RFC 3987 with `wide`.
class Uri {
 public:
  explicit Uri(bool wide) {
    const string more =
        wide ? "\\u00a0-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\uffef\\u{10000}-\\u{1fffd}" : "";
    const string percent = "%[0-9A-Fa-f]{2}";
    const string set = "A-Za-z0-9._~!$&'()*+,;=\\-" + more;
    char_ = "(?:[" + set + ":@]|" + percent + ")";
    const string host = "(?:\\[" + Ipv6() + "\\]|(?:[" + set + "]|" + percent + ")*)";
    authority_ = "(?:(?:[" + set + ":]|" + percent + ")*@)?" + host + "(?::\\d{0,5})?";
    no_colon_ = "(?:[" + set + "@]|" + percent + ")";
    more_ = "(?:/" + char_ + "*)*";
    end_ = "(?:\\?(?:" + char_ + "|[/?])*)?(?:#(?:" + char_ + "|[/?])*)?";
  }
  string Absolute() const {
    return "[A-Za-z][A-Za-z0-9+.-]*:(?://" + authority_ + more_ + "|/(?:" + char_ + "+" + more_ +
           ")?|" + char_ + "+" + more_ + "|)" + end_;
  }
  string Reference() const {
    const string relative = "(?://" + authority_ + more_ + "|/(?:" + char_ + "+" + more_ + ")?|" +
                            no_colon_ + "+" + more_ + "|)" + end_;
    return Either(Absolute(), relative);
  }

 private:
  string char_, authority_, no_colon_, more_, end_;
};

string UriTemplate() {
  const string name = "[A-Za-z0-9_]+(?:\\.[A-Za-z0-9_]+)*(?::[1-9]\\d{0,3}|\\*)?";
  return "(?:[A-Za-z0-9._~:/?#@!$&()*+,;=\\[\\]-]|%[0-9A-Fa-f]{2}|\\{[+#./;?&]?" + name + "(?:," +
         name + ")*\\})*";
}

// Expressions that every dialect reads: groups nested up to two levels.
string Regex() {
  const string simple =
      "(?:[A-Za-z0-9 _<>=:;,@!#%&~'\"/-]|\\\\[dDwWsSnrt\\\\.*+?()\\[\\]{}|^$]|\\.|"
      "\\[\\^?(?:a-z|A-Z|0-9|[A-Za-z0-9_])+\\])";
  const string times = "(?:[*+?]|\\{\\d{1,3}\\})?";
  string level = "(?:" + simple + times + ")*";
  for (int i = 0; i < 2; ++i) {
    const string group = "\\((?:\\?:)?" + level + "(?:\\|" + level + ")*\\)";
    level = "(?:" + Either(simple, group) + times + ")*";
  }
  return "\\^?" + level + "(?:\\|" + level + ")*\\$?";
}

const string kPointer = "(?:/(?:[^~/]|~[01])*)*";

struct Row {
  std::function<string()> pattern;
  bool partial;
};

const std::map<string, Row, std::less<>>& Rows() {
  static const std::map<string, Row, std::less<>> kRows = {
      {"date", {Date, true}},
      {"time", {Time, true}},
      {"date-time", {[] { return Date() + "[Tt]" + Time(); }, true}},
      {"duration", {Duration, true}},
      {"email", {Email, true}},
      {"idn-email", {Email, true}},
      {"hostname", {Hostname, true}},
      {"idn-hostname", {Hostname, true}},
      {"ipv4", {Ipv4, false}},
      {"ipv6", {Ipv6, false}},
      {"uuid",
       {[] { return string("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"); }, false}},
      {"uri", {[] { return Uri(false).Absolute(); }, true}},
      {"uri-reference", {[] { return Uri(false).Reference(); }, true}},
      {"iri", {[] { return Uri(true).Absolute(); }, true}},
      {"iri-reference", {[] { return Uri(true).Reference(); }, true}},
      {"uri-template", {UriTemplate, true}},
      {"json-pointer", {[] { return kPointer; }, false}},
      {"relative-json-pointer", {[] { return "(?:0|[1-9]\\d*)(?:#|" + kPointer + ")"; }, false}},
      {"regex", {Regex, true}},
  };
  return kRows;
}

}  // namespace

Format FindFormat(std::string_view name) {
  Format format;
  if (name == "float" || name == "double") {
    format.kind = Format::Kind::kAnnotation;
  } else if (name == "int32" || name == "int64") {
    format.kind = Format::Kind::kInteger;
    format.bits = name == "int32" ? 32 : 64;
  } else if (const auto found = Rows().find(name); found != Rows().end()) {
    format.kind = Format::Kind::kString;
    format.pattern = "^(?:" + found->second.pattern() + ")$";
    format.partial = found->second.partial;
  }
  return format;
}

}  // namespace lmp::constrain
