#include <utility>

#include "runtime/server/work.h"

namespace lmp::server {

namespace {

RunOptions OptionsOf(const std::shared_ptr<const RunAsk>& ask, RunPost* post,
                     const std::shared_ptr<RunInbox>& inbox) {
  const auto tell = [ask, post, inbox](const TextPiece& piece, bool emitted) {
    std::string event = ask->event(piece, emitted);
    if (!event.empty()) post->Put({inbox, std::move(event)});
  };
  RunOptions options;
  options.owner = ask->owner;
  if (ask->stream) {
    options.on_piece = [tell](const TextPiece& piece) { tell(piece, true); };
    if (ask->generations)
      options.on_generated = [tell](const TextPiece& piece) { tell(piece, false); };
  } else {
    options.on_text = [post, inbox](std::string_view text) {
      post->Put({inbox, std::string(text)});
    };
  }
  options.on_done = [post, inbox] { post->Put({.to = inbox, .done = true}); };
  return options;
}

class ProgramWork final : public Work {
 public:
  ProgramWork(std::shared_ptr<const RunAsk> ask, std::unique_ptr<Run> run)
      : ask_(std::move(ask)), run_(std::move(run)) {}

  bool streams() const override { return ask_->stream; }
  bool waits_for_first() const override { return ask_->waits_for_first; }
  bool has_limit() const override { return true; }
  void Cancel() override { run_->Cancel(); }
  void CutOff(Cut why) override {
    if (!cut_) cut_ = std::move(why);
    run_->Cancel();
  }
  bool failed() override { return !Report().ok; }
  Reply Finished(std::string_view emitted) override { return ask_->finished(Report(), emitted); }
  std::string LastEvents() override { return ask_->last_event(Report()); }
  uint64_t tokens() override {
    const RunStats& stats = Report().stats;
    return static_cast<uint64_t>(stats.prompt_tokens + stats.generated_tokens);
  }

 private:
  // When done. The engine knows only that the run was cancelled.
  const RunReport& Report() {
    const RunReport& report = run_->Wait();
    if (!cut_ || report.failure.kind != "cancelled") return report;
    if (!cut_report_) {
      cut_report_ = report;
      cut_report_->failure.kind = cut_->kind;
      cut_report_->failure.message = cut_->message;
    }
    return *cut_report_;
  }

  const std::shared_ptr<const RunAsk> ask_;
  const std::unique_ptr<Run> run_;
  std::optional<Cut> cut_;
  std::optional<RunReport> cut_report_;  // of a run that was cut off
};

}  // namespace

Result<std::unique_ptr<Work>> StartRun(RunPost* post, Engine* engine,
                                       const std::shared_ptr<RunInbox>& inbox, RunAsk ask) {
  auto kept = std::make_shared<const RunAsk>(std::move(ask));
  LMP_TRY(auto run, kept->start(engine, OptionsOf(kept, post, inbox)));
  return std::unique_ptr<Work>(std::make_unique<ProgramWork>(std::move(kept), std::move(run)));
}

}  // namespace lmp::server
