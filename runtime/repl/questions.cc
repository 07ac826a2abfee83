// Questions to documents: what a program with a corpus and std.rag does, entered for the user. What
// is found and said has names in the session, so it can be looked at and worked with.
#include <cctype>
#include <cstdio>
#include <filesystem>

#include "runtime/repl/console.h"

namespace lmp::repl {
namespace {

constexpr int kPassages = 5;

// As a string of LMP.
std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n' || c == '\r' || c == '\t') {
      out += ' ';
    } else if (c == '"' || c == '\\') {
      out += std::string("\\") + c;
    } else if (c == '$' && i + 1 < text.size() && text[i + 1] == '{') {
      out += "\\$";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// "my-docs/" is `my_docs`: the name of the corpus, and of the file that keeps it.
std::string NameFor(const std::string& place) {
  std::filesystem::path path = std::filesystem::path(place).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  if (path == "." || path == "..") {
    std::error_code error;
    path = std::filesystem::canonical(place, error);
  }
  std::string name;
  for (const char c : path.stem().string())
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  const bool usable = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0;
  return usable ? name : "documents" + name;
}

std::string Trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

}  // namespace

bool Console::OpenDocuments() {
  documents_ = NameFor(options_.documents);
  Enter("import std.rag\ncorpus " + documents_ + " from " + Quoted(options_.documents) + "\n");
  // Reads what is new now, and not at the first question.
  if (worst_ == ReplEnd::kDone) Enter("let hits = retrieve(\"\", from: " + documents_ + ")\n");
  documents_read_ = true;
  if (options_.on_documents_read) options_.on_documents_read();
  if (worst_ != ReplEnd::kDone) return false;
  if (reader_.terminal()) {
    std::printf("A line that ends with ? asks %s; the corpus is `%s`.\n",
                options_.documents.c_str(), documents_.c_str());
  }
  return true;
}

bool Console::IsQuestion(const std::string& line) const {
  const bool begins_code =
      line.find('{') != line.npos || line.find("\"\"\"") != line.npos || line.starts_with("fn ");
  return !documents_.empty() && entry_.empty() && Trimmed(line).ends_with('?') && !begins_code;
}

void Console::Ask(const std::string& question) {
  if (documents_.empty()) return Complain(":ask needs documents: lmp repl --corpus DIR");
  const std::string text = Quoted(Trimmed(question));
  Enter("let hits = retrieve(" + text + ", from: " + documents_ +
        ", k: " + std::to_string(kPassages) + ")\nlet reply = rag.answer(" + text +
        ", hits)\n"
        "if len(hits) == 0 { emit \"no passage has a word of the question\" } else { emit "
        "reply.text }\n"
        "for hit in hits {\n"
        "  if hit.id in reply.citations { emit \"\\n  [${hit.document}:${hit.line}]\" }\n"
        "}\n");
}

}  // namespace lmp::repl
