#include "frontend/modules.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "frontend/std_modules.h"
#include "runtime/base/limits.h"

namespace lmp::frontend {
namespace {

constexpr size_t kModulesMax = 256;

class Loader {
 public:
  Loader(LoadedTexts* texts, const ReadImport& read, Report* report)
      : texts_(*texts), read_(read), report_(report) {}

  uint32_t Add(std::string name, std::string text, std::string prefix) {
    const auto unit = texts_.first + static_cast<uint32_t>(texts_.sources.size());
    texts_.sources.emplace_back(std::move(name), std::move(text));
    texts_.parsed.push_back(Parse(texts_.sources.back(), unit));
    texts_.prefixes.push_back(std::move(prefix));
    texts_.imports.emplace_back();
    return unit;
  }

  // The imports of a unit, depth first. `key` says which text it is.
  void Follow(uint32_t unit, const std::string& key) {
    path_.push_back(key);
    units_[key] = unit;
    const size_t at = unit - texts_.first;
    const std::string folder =
        std::filesystem::path(texts_.sources[at].name()).parent_path().string();
    FollowAll(texts_.parsed[at].file, folder, &texts_.imports[at]);
    path_.pop_back();
  }

  void FollowAll(const ast::File& file, const std::string& folder, Imports* imports) {
    for (const ast::ItemId id : file.items) {
      const auto* import = std::get_if<ast::ImportDecl>(&file[id].node);
      if (import == nullptr) continue;
      if (import->path && read_) (*imports)[id.index] = FollowPath(folder, *import->path);
      if (import->module) FollowStd(*import->module, id, imports);
    }
  }

  // What earlier pieces of a REPL have taken.
  void Know(const std::map<std::string, uint32_t>& units, const std::vector<std::string>& taken) {
    units_.insert(units.begin(), units.end());
    prefixes_.insert(taken.begin(), taken.end());
  }

 private:
  void FollowStd(const ast::QName& module, ast::ItemId id, Imports* imports) {
    if (module.parts.size() != 2 || module.parts[0].text != "std") return;
    const std::string& name = module.parts[1].text;
    const auto text = StdText(name);
    if (text)
      (*imports)[id.index] = Take("std." + name, "std/" + name + ".lmp", name, std::string(*text));
  }

  std::optional<uint32_t> FollowPath(const std::string& folder, const ast::Text& path) {
    namespace fs = std::filesystem;
    const std::string name = (fs::path(folder) / path.text).lexically_normal().string();
    std::error_code no_path;  // of an empty one: reading it says so
    const std::string key = fs::absolute(name, no_path).lexically_normal().string();
    if (std::find(path_.begin(), path_.end(), key) != path_.end()) {
      ReportCycle(path, key);
      return std::nullopt;
    }
    if (const auto known = units_.find(key); known != units_.end()) return known->second;
    if (texts_.sources.size() >= kModulesMax) {
      report_->Add(Mistake::kUnknownModule, path.span,
                   "a program of more than " + std::to_string(kModulesMax) + " files");
      return std::nullopt;
    }
    Result<std::string> text = read_(name);
    if (!text.ok() && !path.text.ends_with(".lmp") && read_(name + ".lmp").ok()) {
      Diagnostic& d = report_->Add(Mistake::kUnknownModule, path.span, text.status().message());
      d.helps.push_back("did you mean `\"" + path.text + ".lmp\"`?");
      d.fixes.push_back({path.span, "\"" + path.text + ".lmp\""});
      return std::nullopt;
    }
    if (!text.ok()) {
      report_->Add(Mistake::kUnknownModule, path.span, text.status().message())
          .helps.push_back("the path is seen from the folder of this file");
      return std::nullopt;
    }
    return Take(key, name, fs::path(name).stem().string(), std::move(text).value());
  }

  uint32_t Take(const std::string& key, std::string name, const std::string& stem,
                std::string text) {
    if (const auto known = units_.find(key); known != units_.end()) return known->second;
    const uint32_t unit = Add(std::move(name), std::move(text), PrefixOf(stem));
    Follow(unit, key);
    return unit;
  }

  std::string PrefixOf(const std::string& stem) {
    std::string name;
    for (const char c : stem) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    for (int n = 1;; ++n) {
      const std::string prefix = name + (n == 1 ? "" : std::to_string(n)) + ".";
      if (prefixes_.insert(prefix).second) return prefix;
    }
  }

  void ReportCycle(const ast::Text& path, const std::string& key) {
    std::string chain;
    for (auto at = std::find(path_.begin(), path_.end(), key); at != path_.end(); ++at)
      chain += std::filesystem::path(*at).filename().string() + " -> ";
    Diagnostic& d =
        report_->Add(Mistake::kImportCycle, path.span, "this file is imported from itself");
    d.notes.push_back("the imports are " + chain + std::filesystem::path(key).filename().string());
    d.helps.push_back("put what both need into a file of its own");
  }

  LoadedTexts& texts_;
  const ReadImport& read_;
  Report* report_;
  std::map<std::string, uint32_t> units_;  // by key
  std::vector<std::string> path_;          // keys, from the first text to the one being followed
  std::set<std::string> prefixes_;
};

}  // namespace

LoadedTexts LoadTexts(std::string name, std::string text, const ReadImport& read, Report* report) {
  LoadedTexts texts;
  Loader loader(&texts, read, report);
  const std::string key =
      std::filesystem::absolute(name.empty() ? "-" : name).lexically_normal().string();
  loader.Add(std::move(name), std::move(text), "");
  loader.Follow(0, key);
  return texts;
}

PieceImports LoadImports(const ast::File& piece, uint32_t first,
                         const std::map<std::string, uint32_t>& known,
                         const std::vector<std::string>& taken, const ReadImport& read,
                         Report* report) {
  PieceImports out;
  out.texts.first = first;
  Loader loader(&out.texts, read, report);
  loader.Know(known, taken);
  loader.FollowAll(piece, "", &out.imports);
  return out;
}

}  // namespace lmp::frontend
