#include "runtime/api/compile_bench.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "runtime/api/lmp.h"

namespace lmp::api {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr const char* kFolder = "examples";
constexpr int kRepeats = 20;
constexpr int kLines = 5000;

Result<double> CompileMs(const std::string& name, const std::string& text) {
  const Steady::time_point begin = Steady::now();
  const CompileOutcome compiled = lmp::Compile(name, text);
  const double ms = std::chrono::duration<double, std::milli>(Steady::now() - begin).count();
  if (compiled.program == nullptr) return Internal(name + " does not compile");
  return ms;
}

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// A program of so many lines in functions of the usual kind.
std::string LongProgram(int lines) {
  std::string out;
  int function = 0;
  for (int line = 0; line < lines; line += 10, ++function) {
    const std::string n = std::to_string(function);
    out += "record R" + n + " { name: string(max: 40)  weight: int(1..9) }\n";
    out += "fn f" + n + "(text: string, items: list<string>(0..8)) -> R" + n + " {\n";
    out += "  system \"You read texts of kind " + n + ".\"\n";
    out += "  user \"Text: ${text}\\nItems: ${bullets(items)}\\n${schema(R" + n + ")}\"\n";
    out += "  let short = [clip_chars(i, 20) for i in items if len(i) > 2]\n";
    out += "  gen r: R" + n + " with max: 80\n";
    out += "  if r.weight > 5 and len(short) > 0 { user \"Again: ${join(short, \", \")}\" }\n";
    out += "  gen again: R" + n + " with max: 80\n";
    out += "  return r.weight > again.weight ? r : again\n";
    out += "}\n";
  }
  return out;
}

}  // namespace

Result<std::vector<bench::BenchRow>> RunCompileBench(const bench::BenchOptions& options) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(kFolder, error)) {
    if (entry.path().extension() == ".lmp") files.push_back(entry.path());
  }
  if (files.empty())
    return NotFound("bench compile needs the folder `examples` of the source tree here");
  std::sort(files.begin(), files.end());
  std::vector<bench::BenchRow> rows;
  const auto add = [&](const std::string& name, std::vector<double> values, std::string note) {
    bench::BenchRow row = bench::MakeRow("compile_ms/" + name, "ms", std::move(values));
    row.note = std::move(note);
    if (bench::WantsRow(options, row.row)) rows.push_back(std::move(row));
  };
  // Before anything else is compiled: the parser's tables are made here.
  LMP_TRY(const double first, CompileMs(files[0].string(), ReadAll(files[0])));
  add("first", {first}, "the first program of the process, " + files[0].stem().string());
  for (const fs::path& file : files) {
    const std::string text = ReadAll(file);
    std::vector<double> values;
    for (int i = 0; i < kRepeats; ++i) {
      LMP_TRY(const double ms, CompileMs(file.string(), text));
      values.push_back(ms);
    }
    add(file.stem().string(), std::move(values), "");
  }
  const std::string text = LongProgram(kLines);
  std::vector<double> values;
  for (int rep = 0; rep < options.reps; ++rep) {
    LMP_TRY(const double ms, CompileMs("long.lmp", text));
    values.push_back(ms);
  }
  add("5000_lines", std::move(values), std::to_string(text.size() / 1000) + " KB, 500 functions");
  return rows;
}

}  // namespace lmp::api
