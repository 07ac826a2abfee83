#include "runtime/api/run_tools.h"

#include <cstdlib>
#include <set>
#include <utility>

#include "ir/reached.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"
#include "runtime/exec/value_json.h"

namespace lmp::api {

namespace {

// The tools that the function calls, by itself or through others.
std::set<std::string> ToolsOf(const ir::Program& program, std::string_view function) {
  std::set<std::string> tools;
  for (const ir::Graph* graph : ir::ReachedFunctions(program, function)) {
    for (const ir::Op& op : graph->ops) {
      if (op.kind == ir::OpKind::kTool) tools.insert(op.attributes.name);
    }
  }
  return tools;
}

Result<std::string> ReadVariable(const Environment& environment, const std::string& name,
                                 const std::string& who) {
  const std::optional<std::string> value = environment(name);
  const std::string variable = "the environment variable " + name + ", which " + who + " needs, ";
  if (!value) return InvalidArgument(variable + "is not set");
  if (!IsValidUtf8(*value)) return InvalidArgument(variable + "is not UTF-8 text");
  return *value;
}

// What a variable says: a host as in `allow`, or a URL.
Result<HostRule> RuleOf(const std::string& value) {
  if (value.find("://") == std::string::npos) return ParseHostRule(value);
  LMP_TRY(const Url url, ParseUrl(value));
  return HostRule{url.host, url.port};
}

}  // namespace

std::optional<std::string> SystemEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

Result<HttpWorld> ReadWorld(const ir::Program& program, std::string_view function,
                            const Environment& environment, const std::vector<ir::Mock>* mocks) {
  HttpWorld world;
  bool asks = false;
  Status wrong;
  for (const std::string& name : ToolsOf(program, function)) {
    const ir::ToolDecl* tool = program.FindTool(name);
    if (tool == nullptr || !tool->http) continue;
    if (mocks != nullptr && ir::FindMock(*mocks, name) != nullptr) continue;
    asks = true;
    tool->http->ForEachPart([&](const ir::HttpPart& part) {
      if (part.kind != ir::HttpPart::Kind::kEnv || !wrong.ok()) return;
      Result<std::string> value = ReadVariable(environment, part.text, "tool `" + name + "`");
      if (value.ok()) {
        world.variables[part.text] = *std::move(value);
      } else {
        wrong = value.status();
      }
    });
  }
  LMP_RETURN_IF_ERROR(wrong);
  const ir::Value* allow = program.FindConfig("allow");
  if (!asks || allow == nullptr) return world;
  for (const ir::Value& entry : allow->as_list()) {
    const std::optional<std::string> variable = ir::EnvOfAllow(entry.as_str());
    if (!variable) {
      LMP_TRY(HostRule rule, ParseHostRule(entry.as_str()));
      world.allowed.push_back(std::move(rule));
      continue;
    }
    LMP_TRY(const std::string value, ReadVariable(environment, *variable, "`allow`"));
    Result<HostRule> rule = RuleOf(value);
    if (!rule.ok()) {
      return InvalidArgument("the environment variable " + *variable +
                             ", which `allow` needs, holds neither a host nor a URL");
    }
    world.allowed.push_back(*std::move(rule));
  }
  return world;
}

RunTools::RunTools(const Shared& shared, ir::ProgramRef program, HttpWorld world,
                   std::string tenant)
    : shared_(shared),
      program_(std::move(program)),
      world_(std::make_shared<const HttpWorld>(std::move(world))),
      key_(std::move(tenant)) {
  key_ += '\0' + std::to_string(shared.cache->NumberOf(world_->variables)) + '\0';
  // An answer that one program may have is not for one that may not ask.
  for (const HostRule& rule : world_->allowed)
    key_ += rule.host + ":" + (rule.port ? std::to_string(*rule.port) : "") + " ";
}

void RunTools::Start(exec::ToolRequest request, std::function<void(Answer)> done) {
  ++calls_;
  const ir::ToolDecl& tool = *request.tool;
  if (!tool.cache_ms) return AskWorld(std::move(request), std::move(done));
  ToolCache::Question question;
  question.key = key_ + '\0' + (tool.http ? ir::ToText(*tool.http) : QuoteText(tool.host)) + '\0' +
                 program_->types.ToText(tool.result) + '\0' + request.arguments;
  question.kept_ms = *tool.cache_ms;
  question.request = std::move(request);
  const auto self = shared_from_this();
  question.ask = [self](exec::ToolRequest asked, ToolCache::Done answered) {
    self->AskWorld(std::move(asked), std::move(answered));
  };
  question.is_good = [self, &tool](const std::string& answer) {
    return (tool.http || answer.size() <= kToolBytesMax) &&
           exec::ValueFromJson(*self->program_, tool.result, answer, tool.http.has_value()).ok();
  };
  question.on_hit = [self] { ++self->hits_; };
  question.done = std::move(done);
  shared_.cache->Ask(std::move(question));
}

void RunTools::AskWorld(exec::ToolRequest request, std::function<void(Answer)> done) {
  if (!request.tool->http) return shared_.host->Start(std::move(request), std::move(done));
  if (shared_.http == nullptr)
    return done(Unsupported("whoever runs this program lets it ask no servers"));
  const bool wants_text = program_->types[request.tool->result].kind == ir::TypeKind::kStr;
  shared_.host->Start(
      [http = shared_.http, world = world_, wants_text](const exec::ToolRequest& asked) {
        return http->Ask(asked, wants_text, *world);
      },
      std::move(request), std::move(done));
}

}  // namespace lmp::api
