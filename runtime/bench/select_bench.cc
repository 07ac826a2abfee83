// select: how far `confidence` can be believed. Choices of a file of tasks are made by running a
// program with `select`, as users do; on every second task a temperature is fitted, on the others
// the calibration error is reported without and with it.
#include <fstream>
#include <future>
#include <map>
#include <utility>

#include "ir/parse.h"
#include "ir/plan.h"
#include "runtime/base/json.h"
#include "runtime/bench/bench.h"
#include "runtime/bench/calibration.h"
#include "runtime/bench/quality_metrics.h"
#include "runtime/bench/subject.h"
#include "runtime/engine/local_engine.h"
#include "runtime/engine/model_digest.h"
#include "runtime/exec/bind/bound_plan.h"
#include "runtime/exec/loop.h"
#include "runtime/exec/select_temperatures.h"

namespace lmp::bench {
namespace {

using exec::SelectMethod;

constexpr int kSamples = 200;  // of each task, where none is asked for

struct SelectTask {
  std::string task, system, user;
  std::vector<std::string> options;
  size_t right = 0;
};

Result<std::string> TextOf(const Json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || !at->is_string()) {
    return InvalidArgument(std::string("\"") + name + "\" is not a string");
  }
  return at->get<std::string>();
}

Result<SelectTask> ParseTask(std::string_view line) {
  LMP_TRY(const Json object, ParseJson(line));
  if (!object.is_object()) return InvalidArgument("a task is a JSON object");
  SelectTask out;
  LMP_TRY(out.task, TextOf(object, "task"));
  LMP_TRY(out.system, TextOf(object, "system"));
  LMP_TRY(out.user, TextOf(object, "user"));
  LMP_TRY(const std::string answer, TextOf(object, "answer"));
  const auto options = object.find("options");
  if (options == object.end() || !options->is_array()) {
    return InvalidArgument("\"options\" is not a list");
  }
  for (const Json& option : *options) {
    if (!option.is_string()) return InvalidArgument("an option is not a string");
    if (option.get_ref<const std::string&>() == answer) out.right = out.options.size();
    out.options.push_back(option.get<std::string>());
  }
  const bool there = out.right < out.options.size() && out.options[out.right] == answer;
  if (!there) return InvalidArgument("\"answer\" is none of the options");
  return out;
}

Result<std::vector<SelectTask>> ReadTasks(const std::string& path, int most) {
  std::ifstream in(path);
  if (!in) return NotFound("there is no file of tasks " + path);
  std::vector<SelectTask> out;
  std::map<std::string, int> count;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    Result<SelectTask> task = ParseTask(line);
    if (!task.ok()) {
      return InvalidArgument(path + ":" + std::to_string(number) + ": " + task.status().message());
    }
    if (++count[task->task] <= most) out.push_back(*std::move(task));
  }
  if (out.size() < 2) return InvalidArgument(path + " has fewer than two tasks");
  return out;
}

// A program that chooses, with and without a system message.
std::string ProgramText(SelectMethod method) {
  const std::string ask =
      "  %u = ctx.open %s {role=user}\n  %u.1 = ctx.text %u, %user\n"
      "  %u.2 = ctx.close %u.1 {role=user}\n  %a = ctx.open %u.2 {role=assistant}\n"
      "  %pick: str, %p: list<f64>, %a.1 = select %a, %options {site=\"SITE.pick#0\", method=\"" +
      std::string(exec::SelectMethodName(method)) +
      "\"}\n  %a.2 = ctx.close %a.1 {role=assistant}\n  return %p\n}\n";
  const auto at = [&](const std::string& function) {
    std::string text = ask;
    return text.replace(text.find("SITE"), 4, function);
  };
  return "program \"choose\"\n\nfn @plain(%user: str, %options: list<str>) -> list<f64> {\n"
         "  %s = ctx.empty\n" +
         at("plain") +
         "\nfn @system(%system: str, %user: str, %options: list<str>) -> list<f64> {\n"
         "  %c = ctx.empty\n  %c.1 = ctx.open %c {role=system}\n"
         "  %c.2 = ctx.text %c.1, %system\n  %s = ctx.close %c.2 {role=system}\n" +
         at("system");
}

class ResultSink final : public exec::RunSink {
 public:
  void OnEmit(const exec::Piece&) override {}
  void OnDone(exec::RunResult result) override { done_.set_value(std::move(result)); }
  exec::RunResult Wait() { return done_.get_future().get(); }

 private:
  std::promise<exec::RunResult> done_;
};

// Runs tasks on one model, one way of weighing after the other.
class Chooser {
 public:
  static Result<std::unique_ptr<Chooser>> Open(const BenchOptions& options) {
    LMP_TRY(model::OpenedModel opened, OpenSubjectModel(options, "demo"));
    std::unique_ptr<Chooser> out(new Chooser);
    LMP_TRY(out->tokenizer_, text::MakeTokenizer(std::move(opened.tokenizer)));
    out->context_max_ = opened.model->config().context_max;
    LMP_TRY(auto engine, engine::MakeLocalEngine(std::move(opened.model), out->tokenizer_, nullptr,
                                                 engine::EngineOptions()));
    out->loop_ = std::make_unique<exec::Loop>(std::move(engine));
    return out;
  }

  Result<std::vector<Choice>> Choose(const std::vector<SelectTask>& tasks, SelectMethod method) {
    ir::ParseOutcome parsed = ir::Parse(ProgramText(method));
    LMP_CHECK(parsed.program.has_value());
    LMP_TRY(auto plan,
            ir::MakePlan(std::make_shared<const ir::Program>(std::move(*parsed.program)), {}));
    const exec::BindResult bound = exec::Bind(std::move(plan), tokenizer_, context_max_);
    if (bound.plan == nullptr) return Unsupported(bound.diagnostics.front().title);
    std::vector<Choice> out;
    for (const SelectTask& task : tasks) {
      LMP_TRY(Choice choice, ChooseOne(bound.plan, task));
      out.push_back(std::move(choice));
    }
    return out;
  }

 private:
  Chooser() = default;

  Result<Choice> ChooseOne(const std::shared_ptr<const exec::BoundPlan>& plan,
                           const SelectTask& task) {
    auto sink = std::make_shared<ResultSink>();
    exec::Request request;
    request.plan = plan;
    request.function = task.system.empty() ? "plain" : "system";
    if (!task.system.empty()) request.arguments.push_back(ir::Value::Str(task.system));
    request.arguments.push_back(ir::Value::Str(task.user));
    std::vector<ir::Value> options;
    for (const std::string& option : task.options) options.push_back(ir::Value::Str(option));
    request.arguments.push_back(ir::Value::List(std::move(options)));
    request.sink = sink;
    LMP_RETURN_IF_ERROR(loop_->Submit(std::move(request)).status());
    const exec::RunResult result = sink->Wait();
    if (!result.ok) return Internal(result.failure.message);
    Choice out;
    for (const ir::Value& p : result.value.as_list()) out.probabilities.push_back(p.as_float());
    out.right = task.right;
    return out;
  }

  std::shared_ptr<const text::Tokenizer> tokenizer_;
  int context_max_ = 0;
  std::unique_ptr<exec::Loop> loop_;
};

struct Fit {
  exec::SelectFit row;
  double accuracy = 0;
  Interval gain;  // of nll, per choice: before - after
};

// Fits on every second choice, measures on the others.
Fit FitOf(const std::vector<Choice>& choices, SelectMethod method) {
  std::vector<Choice> fitted, held;
  for (size_t i = 0; i < choices.size(); ++i) (i % 2 == 0 ? fitted : held).push_back(choices[i]);
  Fit out;
  out.row.method = method;
  out.row.temperature = FitTemperature(fitted);
  const Calibration before = Calibrate(held, 1), after = Calibrate(held, out.row.temperature);
  out.row.ece_before = before.ece;
  out.row.ece_after = after.ece;
  out.row.nll_before = before.nll;
  out.row.nll_after = after.nll;
  out.row.samples = static_cast<int>(held.size());
  out.accuracy = before.accuracy;
  std::vector<double> gains;
  for (const Choice& choice : held) {
    gains.push_back(Calibrate({&choice, 1}, 1).nll -
                    Calibrate({&choice, 1}, out.row.temperature).nll);
  }
  out.gain = BootstrapMean(gains);
  return out;
}

void AddRows(const Fit& fit, std::vector<BenchRow>* rows) {
  const std::string name = std::string(exec::SelectMethodName(fit.row.method));
  const auto add = [&](const std::string& row, const std::string& unit, double value,
                       std::string note) {
    BenchRow out = MakeRow(name + "/" + row, unit, {value});
    out.note = std::move(note);
    rows->push_back(std::move(out));
  };
  const std::string n = "n " + std::to_string(fit.row.samples);
  add("right", "%", 100 * fit.accuracy, n);
  add("temperature", "", fit.row.temperature, "fitted on as many others");
  add("ece_before", "", fit.row.ece_before, "10 bins");
  add("ece_after", "", fit.row.ece_after, "10 bins");
  add("nll_before", "nats", fit.row.nll_before, n);
  add("nll_after", "nats", fit.row.nll_after, n);
  BenchRow gain = MakeRow(name + "/nll_gain", "nats", {fit.gain.mean});
  gain.min = fit.gain.low;
  gain.max = fit.gain.high;
  gain.note = "95% interval; above 0 the temperature is kept";
  rows->push_back(std::move(gain));
}

Status WriteTable(const BenchOptions& options, const std::vector<Fit>& fits) {
  if (options.model.empty()) return InvalidArgument("--table needs --model");
  exec::SelectTemperatures table;
  LMP_TRY(table.weights, engine::ModelDigest(options.model));
  // What shows no gain on other choices stays as it is.
  for (const Fit& fit : fits) {
    if (fit.gain.low > 0 && fit.row.ece_after < fit.row.ece_before) table.rows.push_back(fit.row);
  }
  std::ofstream out(options.table, std::ios::binary);
  out << table.ToText();
  out.flush();
  return out ? OkStatus() : Unavailable("writing " + options.table + " failed");
}

}  // namespace

Result<std::vector<BenchRow>> RunSelectBench(const BenchOptions& options) {
  if (options.tasks.empty()) return NotFound("`select` needs --tasks: a file of tasks");
  LMP_TRY(const std::vector<SelectTask> tasks,
          ReadTasks(options.tasks, options.samples > 0 ? options.samples : kSamples));
  LMP_TRY(const std::unique_ptr<Chooser> chooser, Chooser::Open(options));
  std::vector<BenchRow> rows;
  std::vector<Fit> fits;
  for (const SelectMethod method : {SelectMethod::kGreedy, SelectMethod::kLikelihood}) {
    const std::string name(exec::SelectMethodName(method));
    if (!WantsRow(options, name + "/temperature")) continue;
    if (options.progress) options.progress("select: " + name);
    LMP_TRY(const std::vector<Choice> choices, chooser->Choose(tasks, method));
    fits.push_back(FitOf(choices, method));
    AddRows(fits.back(), &rows);
  }
  if (!options.table.empty()) LMP_RETURN_IF_ERROR(WriteTable(options, fits));
  return rows;
}

}  // namespace lmp::bench
