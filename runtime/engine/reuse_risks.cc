#include "runtime/engine/reuse_risks.h"

#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>

#include "runtime/engine/model_digest.h"

namespace lmp::engine {
namespace {

constexpr std::string_view kHead = "lmp reuse risks 1";

Result<PassageClass> ParseClass(const std::string& name) {
  for (const auto c : {PassageClass::kShort, PassageClass::kDangling, PassageClass::kPlain}) {
    if (PassageClassName(c) == name) return c;
  }
  return InvalidArgument("\"" + name + "\" is no class of passages");
}

Result<ReuseRisk> ParseRow(const std::string& line) {
  std::istringstream in(line);
  std::string passages, policy, loss, high, kl, samples;
  ReuseRisk row;
  in >> passages >> policy >> loss >> row.loss >> high >> row.loss_high >> kl >> row.kl >>
      samples >> row.samples;
  std::string rest;
  if (!in || in >> rest || loss != "loss" || high != "high" || kl != "kl" || samples != "samples") {
    return InvalidArgument("expected `CLASS POLICY loss X high Y kl Z samples N`, not \"" + line +
                           "\"");
  }
  LMP_TRY(row.passages, ParseClass(passages));
  LMP_TRY(row.policy, ParseReusePolicy(policy));
  return row;
}

}  // namespace

std::string ReusePolicyText(const ReusePolicy& policy) {
  char ratio[48];
  switch (policy.kind) {
    case ReuseKind::kPrefix:
      return "prefix";
    case ReuseKind::kLink:
      if (policy.link_rows == kLinkHead) return "link(head)";
      return "link(" + std::to_string(policy.link_rows) + ")";
    case ReuseKind::kBlend:
      std::snprintf(ratio, sizeof ratio, "blend(%g)", policy.blend_ratio);
      return ratio;
    case ReuseKind::kFull:
      return "full";
    case ReuseKind::kAuto:
      return "auto";
  }
  return "?";
}

Result<ReusePolicy> ParseReusePolicy(std::string_view text) {
  const std::string line(text);
  ReusePolicy policy;
  int end = -1;
  if (text == "prefix") return ReusePolicy::Prefix();
  if (text == "link(head)") return ReusePolicy::Link(kLinkHead);
  if (text == "full") return ReusePolicy::Full();
  std::sscanf(line.c_str(), "link(%d)%n", &policy.link_rows, &end);
  if (end == static_cast<int>(line.size()) && policy.link_rows >= 0) {
    return ReusePolicy::Link(policy.link_rows);
  }
  end = -1;
  std::sscanf(line.c_str(), "blend(%lf)%n", &policy.blend_ratio, &end);
  if (end == static_cast<int>(line.size()) && policy.blend_ratio >= 0) {
    return ReusePolicy::Blend(policy.blend_ratio);
  }
  return InvalidArgument("\"" + line + "\" is no reuse policy");
}

std::string ReuseRisks::ToText() const {
  std::string out = std::string(kHead) + "\nweights " + weights + "\n";
  for (const ReuseRisk& row : rows) {
    char numbers[160];
    std::snprintf(numbers, sizeof numbers, " loss %.2f high %.2f kl %.4f samples %d\n", row.loss,
                  row.loss_high, row.kl, row.samples);
    out +=
        std::string(PassageClassName(row.passages)) + " " + ReusePolicyText(row.policy) + numbers;
  }
  return out;
}

Result<ReuseRisks> ReuseRisks::FromText(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::string line;
  if (!std::getline(in, line) || line != kHead) {
    return InvalidArgument("line 1: expected \"" + std::string(kHead) + "\"");
  }
  ReuseRisks out;
  constexpr std::string_view kWeights = "weights ";
  if (!std::getline(in, line) || !line.starts_with(kWeights)) {
    return InvalidArgument("line 2: expected \"weights DIGEST\"");
  }
  out.weights = line.substr(kWeights.size());
  for (int number = 3; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    Result<ReuseRisk> row = ParseRow(line);
    if (!row.ok()) {
      return InvalidArgument("line " + std::to_string(number) + ": " +
                             std::string(row.status().message()));
    }
    out.rows.push_back(std::move(row).value());
  }
  return out;
}

std::string ReuseRisksPath(const std::string& model_path) {
  return BesideModel(model_path, "reuse");
}

Result<std::shared_ptr<const ReuseRisks>> LoadReuseRisks(const std::string& model_path) {
  const std::string path = ReuseRisksPath(model_path);
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::shared_ptr<const ReuseRisks>();
  std::ostringstream text;
  text << in.rdbuf();
  Result<ReuseRisks> risks = ReuseRisks::FromText(text.str());
  if (!risks.ok()) {
    return InvalidArgument(
        path + " is no table of measured losses: " + std::string(risks.status().message()));
  }
  LMP_TRY(const std::string digest, ModelDigest(model_path));
  if (digest != risks.value().weights) {
    return InvalidArgument(path + " was measured on another model file than " + model_path +
                           "; `reuse: auto` computes everything");
  }
  return std::make_shared<const ReuseRisks>(std::move(risks).value());
}

}  // namespace lmp::engine
