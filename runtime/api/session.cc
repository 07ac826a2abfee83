// Session of lmp.h: pieces of a REPL, each a function from the values so far to the values after
// it.
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "frontend/compile.h"
#include "ir/explain.h"
#include "runtime/api/context_parts.h"
#include "runtime/api/engine_impl.h"
#include "runtime/api/state.h"

namespace lmp {

namespace {

// The session behind one entered piece: what is declared, the record of values it left, and the
// newest program with the function of the piece that ran last in it.
struct Point {
  frontend::ReplSession session;
  ir::Value record;
  ProgramRef program = nullptr, ran_program = nullptr;
  std::string ran = {};
};

// Sites of the generations whose values reach what the function emits, as far as can be told before
// it runs: too many rather than too few.
std::set<std::string, std::less<>> EmittedSites(const ir::Program& program,
                                                const ir::Graph& graph) {
  std::set<std::string, std::less<>> sites;
  std::vector<ir::ValueId> open;
  std::vector<bool> seen(graph.values.size());
  const auto visit = [&](const std::vector<ir::ValueId>& values) {
    for (const ir::ValueId value : values) {
      const ir::TypeKind kind = program.types[graph.value(value).type].kind;
      if (kind == ir::TypeKind::kEffect || kind == ir::TypeKind::kCtx || seen[value.index])
        continue;
      seen[value.index] = true;
      open.push_back(value);
    }
  };
  const auto visit_regions = [&](const ir::Op& op) {
    visit(op.operands);
    for (const ir::RegionId region : op.regions) visit(graph.region(region).yields);
  };
  for (const ir::Op& op : graph.ops) {
    if (op.kind == ir::OpKind::kEmit) visit(op.operands);
  }
  while (!open.empty()) {
    const ir::ValueDef& def = graph.value(open.back());
    open.pop_back();
    if (def.op.valid()) {
      const ir::Op& op = graph.op(def.op);
      if (op.kind == ir::OpKind::kGen || op.kind == ir::OpKind::kSelect)
        sites.insert(op.attributes.site);
      visit_regions(op);
    } else if (const ir::OpId owner = graph.region(def.region).owner; owner.valid()) {
      visit_regions(graph.op(owner));
    }
  }
  return sites;
}

class SessionImpl final : public Session {
 public:
  explicit SessionImpl(api::EngineImpl* engine) : engine_(engine), points_(1) {}
  SessionImpl(api::EngineImpl* engine, std::vector<Point> points, std::vector<std::string> mocks)
      : engine_(engine), points_(std::move(points)), mocks_(std::move(mocks)) {}

  Outcome Enter(const std::string& piece, const RunOptions& options) override {
    {
      std::lock_guard lock(mutex_);
      cancelled_ = false;
    }
    Outcome outcome;
    const Result<bool> entered = api::Wall<bool>([&]() -> Result<bool> {
      EnterPiece(piece, options, &outcome);
      return true;
    });
    if (!entered.ok()) SetInternal(entered.status(), &outcome);
    return outcome;
  }

  bool Undo() override {
    if (points_.size() <= 1) return false;
    points_.pop_back();
    return true;
  }

  std::unique_ptr<Session> Fork() const override {
    return std::make_unique<SessionImpl>(engine_, points_, mocks_);
  }

  void GoTo(const Session& other) override {
    points_ = static_cast<const SessionImpl&>(other).points_;
  }

  TypeOutcome TypeOf(const std::string& expression) const override {
    TypeOutcome out;
    const Result<bool> found = api::Wall<bool>([&]() -> Result<bool> {
      frontend::ReplPiece compiled = Compile(expression);
      out.diagnostics = std::move(compiled.diagnostics);
      out.sources = std::move(compiled.sources);
      if (compiled.program == nullptr || !compiled.has_value) return false;
      const ir::Program& program = *compiled.program;
      const ir::Graph& piece = *program.Find(compiled.function);
      const ir::Type& record = program.types[piece.result];
      out.type = ir::UserType(program.types, program.FindRecord(record.name)->fields.back().type);
      return true;
    });
    if (!found.ok()) out.diagnostics.push_back(InternalDiagnostic(found.status()));
    return out;
  }

  MockOutcome SetMock(const std::string& mock) override {
    MockOutcome out;
    const std::vector<std::string> before = mocks_;
    RemoveMock(NameOf(mock));
    mocks_.push_back(mock);
    const Result<bool> checked = api::Wall<bool>([&]() -> Result<bool> {
      frontend::ReplPiece compiled = Compile("");
      out.diagnostics = std::move(compiled.diagnostics);
      out.sources = std::move(compiled.sources);
      return true;
    });
    if (!checked.ok()) out.diagnostics.push_back(InternalDiagnostic(checked.status()));
    if (HasErrors(out.diagnostics)) mocks_ = before;
    return out;
  }

  bool RemoveMock(const std::string& name) override {
    return std::erase_if(mocks_, [&](const std::string& mock) { return NameOf(mock) == name; }) > 0;
  }

  std::vector<std::string> Mocks() const override { return mocks_; }

  std::vector<std::string> Variables() const override {
    std::vector<std::string> out;
    for (const auto& v : points_.back().session.variables()) out.push_back(v.name + ": " + v.type);
    return out;
  }

  std::vector<ContextPart> Context() const override {
    const ir::Value& record = points_.back().record;
    if (!record.is_record()) return {};
    const ir::Value& context = record.as_record().fields.front().second;
    return api::PartsOf(*std::static_pointer_cast<const exec::ContextValue>(context.as_context()),
                        engine_->tokenizer());
  }

  Completion Complete(std::string_view entry) const override {
    frontend::ReplSession::Completion found = points_.back().session.Complete(entry);
    return {found.begin, std::move(found.words)};
  }

  Result<std::string> Explain(const std::string& function) const override {
    const Point& point = points_.back();
    const ProgramRef& program = function.empty() ? point.ran_program : point.program;
    if (program == nullptr && function.empty())
      return NotFound("nothing was entered yet that runs");
    const std::string text =
        program == nullptr
            ? ""
            : ir::ExplainFunction(*program->state().plan, function.empty() ? point.ran : function);
    if (text.empty()) return NotFound("there is no function `" + function + "`");
    return text;
  }

  void CancelCurrent() override {
    std::lock_guard lock(mutex_);
    cancelled_ = true;  // a piece that is still compiled is cancelled when it starts
    if (current_ != nullptr) current_->Cancel();
  }

 private:
  frontend::ReplPiece Compile(const std::string& piece) const {
    return points_.back().session.Compile(
        piece, {.lints = true, .read = api::ReadSource, .mocks = mocks_});
  }

  // Of "reply = 3": what stands before the sign.
  static std::string NameOf(const std::string& mock) {
    const size_t end = std::min(mock.find_first_of(" =\t\r\n"), mock.size());
    return mock.substr(0, end);
  }

  static Diagnostic InternalDiagnostic(const Status& status) {
    Diagnostic d;
    d.code = "E0000";
    d.title = status.message();
    return d;
  }

  static void SetInternal(const Status& status, Outcome* outcome) {
    outcome->ran = true;
    outcome->report = {};
    outcome->report.failure = {"internal", status.message(), "", ""};
  }

  void EnterPiece(const std::string& piece, const RunOptions& options, Outcome* out) {
    Outcome& outcome = *out;
    frontend::ReplPiece compiled = Compile(piece);
    outcome.incomplete = compiled.incomplete;
    outcome.diagnostics = std::move(compiled.diagnostics);
    outcome.sources = std::move(compiled.sources);
    if (compiled.incomplete || HasErrors(outcome.diagnostics)) return;
    outcome.ran = !compiled.function.empty();
    outcome.has_value = compiled.has_value;
    const Status status = TakePiece(compiled, options, &outcome);
    if (!status.ok()) SetInternal(status, &outcome);
  }

  // Checks what only the model tells, also of declarations: one that is wrong under this model
  // would make every later piece wrong. Then runs what there is to run.
  Status TakePiece(frontend::ReplPiece& piece, const RunOptions& options, Outcome* outcome) {
    auto state = std::make_shared<Program::State>();
    state->lowered = piece.program;
    state->sources = outcome->sources;
    LMP_TRY(state->plan, api::MakePlan(piece.program, {}));
    if (!piece.mocks.empty()) {
      state->tests.push_back({"", piece.function, {}, std::move(piece.mocks)});
    }
    const auto program = std::make_shared<const Program>(std::move(state));
    LMP_TRY(std::vector<Diagnostic> findings, engine_->Check(program, {}));
    // What the types of generations tell without a model; of that, binding says only the errors.
    for (Diagnostic& d : exec::CheckTypes(*program->state().plan->program)) {
      if (d.severity == Severity::kLint) findings.push_back(std::move(d));
    }
    // Lints of earlier pieces have been said.
    std::erase_if(findings, [&](const Diagnostic& d) {
      return d.severity == Severity::kLint && d.span.source != piece.source;
    });
    outcome->diagnostics.insert(outcome->diagnostics.end(), findings.begin(), findings.end());
    if (HasErrors(findings)) {
      outcome->ran = false;
      return OkStatus();
    }
    if (outcome->ran) return RunPiece(piece, program, options, outcome);
    Point point = points_.back();
    point.session = std::move(piece.next);
    point.program = program;
    points_.push_back(std::move(point));
    return OkStatus();
  }

  static RunOptions HearingOnly(const frontend::ReplPiece& piece, RunOptions options) {
    if (piece.has_value) {
      options.on_generated = nullptr;
    } else if (options.on_generated) {
      options.on_generated =
          [function = piece.function,
           emitted = EmittedSites(*piece.program, *piece.program->Find(piece.function)),
           hear = std::move(options.on_generated)](const TextPiece& text) {
            const std::string_view site = text.site.substr(text.site.rfind('/') + 1);
            if (text.function == function && !emitted.contains(site)) hear(text);
          };
    }
    return options;
  }

  Status RunPiece(frontend::ReplPiece& piece, const ProgramRef& program, const RunOptions& options,
                  Outcome* outcome) {
    outcome->program = program;
    std::vector<ir::Value> arguments;
    if (piece.argument_count > 0) {
      const auto& fields = points_.back().record.as_record().fields;
      for (size_t i = 0; i < piece.argument_count; ++i) arguments.push_back(fields[i].second);
    }
    LMP_TRY(std::unique_ptr<api::ValueRun> run,
            engine_->StartValues(program, piece.function, std::move(arguments),
                                 HearingOnly(piece, options)));
    {
      std::lock_guard lock(mutex_);
      current_ = run.get();
      if (cancelled_) run->Cancel();
    }
    outcome->report = run->Wait();
    {
      std::lock_guard lock(mutex_);
      current_ = nullptr;
    }
    if (!outcome->report.ok) return OkStatus();
    outcome->report.value_json.clear();
    outcome->report.value_text.clear();
    if (piece.has_value) {
      const ir::Value& last = run->value().as_record().fields.back().second;
      outcome->report.value_json = ir::ToJsonText(last);
      const Result<std::string> text = ir::ToPromptText(last);
      outcome->report.value_text = text.ok() ? text.value() : ir::ToJsonText(last);
    }
    points_.push_back({std::move(piece.next), run->value(), program, program, piece.function});
    return OkStatus();
  }

  api::EngineImpl* engine_;
  std::vector<Point> points_;
  std::vector<std::string> mocks_;
  std::mutex mutex_;
  Run* current_ = nullptr;
  bool cancelled_ = false;  // CancelCurrent was called since the piece was entered
};

}  // namespace

std::unique_ptr<Session> Session::Make(Engine* engine) {
  return std::make_unique<SessionImpl>(static_cast<api::EngineImpl*>(engine));
}

}  // namespace lmp
