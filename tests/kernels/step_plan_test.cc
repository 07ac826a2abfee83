#include "kernels/step_plan.h"

#include <map>
#include <set>
#include <tuple>

#include "tests/kernels/kernel_testing.h"

namespace lmp::kernels {
namespace {

struct Sequences {
  std::vector<std::vector<int32_t>> positions;
  std::vector<std::vector<PageId>> pages;
  std::vector<PlanSequence> spans() const {
    std::vector<PlanSequence> out;
    for (size_t i = 0; i < positions.size(); ++i) out.push_back({positions[i], pages[i]});
    return out;
  }
};

// Every (row, kv head, split up to the row's own) must be computed exactly once, from the row's
// pages. Counted instead of checked one by one, for speed.
void CheckCovers(StepPlan& plan, const Sequences& s, int kv_heads, int group) {
  const AttentionPlanView v = plan.attention();
  std::map<std::tuple<int32_t, int32_t, int32_t>, int> seen;
  REQUIRE(v.part_begin[0] == 0);
  for (int p = 0; p < v.parts; ++p) REQUIRE(v.part_begin[p] <= v.part_begin[p + 1]);
  const std::set<int32_t> merged(v.merge_rows, v.merge_rows + v.merge_count);
  int bad_tasks = 0, bad_pages = 0, bad_rows = 0;
  for (int32_t t = 0; t < v.part_begin[v.parts]; ++t) {
    const AttentionTask& task = v.tasks[t];
    bad_tasks += task.row_count < 1;
    bad_tasks += task.row_count > 1 && task.row_count * group > kTilePairs;
    bad_tasks += !task.partial && task.split_begin != 0;
    for (int32_t i = 0; i < task.row_count; ++i) {
      const int32_t row = v.row_ids[task.row_list + i];
      const int32_t own = v.positions[row] / kAttentionSplitTokens;
      bad_tasks += (merged.count(row) == 1) != task.partial;
      bad_tasks += !task.partial && task.split_end <= own;
      for (int32_t split = task.split_begin; split < task.split_end && split <= own; ++split) {
        ++seen[{row, task.kv_head, split}];
        const int32_t last = std::min(split * 16 + 15, v.positions[row] / kPageTokens);
        for (int32_t page = split * 16; page <= last; ++page) {
          bad_pages += task.pages[page] != v.row_tables[row][page];
        }
      }
    }
  }
  int32_t row = 0;
  std::set<int64_t> records;
  for (size_t i = 0; i < s.positions.size(); ++i) {
    for (const int32_t p : s.positions[i]) {
      bad_rows += v.positions[row] != p;
      bad_rows += plan.row_pages()[row] != s.pages[i][static_cast<size_t>(p) / kPageTokens];
      for (int32_t h = 0; h < kv_heads; ++h) {
        for (int32_t split = 0; split <= p / kAttentionSplitTokens; ++split) {
          bad_rows += seen[{row, h, split}] != 1;
        }
      }
      bad_rows += (v.partial_offset[row] >= 0) != (merged.count(row) == 1);
      bad_rows += v.partial_offset[row] >= 0 && !records.insert(v.partial_offset[row]).second;
      ++row;
    }
  }
  CHECK(bad_tasks == 0);
  CHECK(bad_pages == 0);
  CHECK(bad_rows == 0);
  CHECK(plan.rows() == row);
}

TEST_CASE("every row, head and split is computed exactly once, from the row's own pages") {
  Rng rng(1);
  const std::pair<int, int> kHeads[] = {{1, 1}, {9, 3}, {8, 8}, {60, 1}, {14, 2}};
  for (int round = 0; round < 120; ++round) {
    const auto [heads, kv_heads] = kHeads[rng.Below(5)];
    StepPlan plan(heads, kv_heads, 64, 1 + static_cast<int>(rng.Below(5)));
    for (int step = 0; step < 2; ++step) {  // a plan is reused
      Sequences s;
      uint32_t next_page = 0;
      const size_t count = rng.Below(12);
      for (size_t i = 0; i < count; ++i) {
        const bool prefill = rng.Below(4) == 0;
        int32_t p = static_cast<int32_t>(rng.Below(2) == 0 ? rng.Below(1500) : rng.Below(20));
        std::vector<int32_t> positions;
        for (uint64_t n = prefill ? rng.Below(400) : rng.Below(3); n > 0; --n) {
          positions.push_back(p);
          p += rng.Below(8) == 0 ? 1 + static_cast<int32_t>(rng.Below(40)) : 1;
        }
        std::vector<PageId> pages;
        // Some sequences begin on the pages of an earlier one.
        if (!s.pages.empty() && rng.Below(2) == 0) {
          const std::vector<PageId>& other = s.pages[rng.Below(s.pages.size())];
          pages.assign(other.begin(),
                       other.begin() + static_cast<int64_t>(rng.Below(other.size() + 1)));
        }
        const size_t need = positions.empty() ? 1 : static_cast<size_t>(positions.back()) / 16 + 1;
        while (pages.size() < need) pages.push_back(PageId(next_page++));
        s.positions.push_back(std::move(positions));
        s.pages.push_back(std::move(pages));
      }
      REQUIRE(plan.Build(s.spans()).ok());
      CheckCovers(plan, s, kv_heads, heads / kv_heads);
    }
  }
}

TEST_CASE("rows on the same pages share tasks, so a shared prefix is read once") {
  // Eight branches, one row each, over a prefix of 1024 positions on the same 64 pages.
  Sequences s;
  std::vector<PageId> prefix;
  for (uint32_t p = 0; p < 64; ++p) prefix.push_back(PageId(p));
  for (uint32_t b = 0; b < 8; ++b) {
    s.positions.push_back({1030});
    s.pages.push_back(prefix);
    s.pages.back().push_back(PageId(100 + b));
  }
  StepPlan plan(9, 3, 64, 2);
  REQUIRE(plan.Build(s.spans()).ok());
  CheckCovers(plan, s, 3, 3);
  const AttentionPlanView v = plan.attention();
  // 4 shared splits x 3 kv heads, then 8 tails x 3 kv heads.
  CHECK(v.part_begin[v.parts] == 4 * 3 + 8 * 3);
}

TEST_CASE("a long decode row is cut along its splits over the threads") {
  Sequences s;
  s.positions.push_back({4095});
  s.pages.emplace_back();
  for (uint32_t p = 0; p < 256; ++p) s.pages[0].push_back(PageId(p));
  StepPlan plan(8, 1, 64, 4);
  REQUIRE(plan.Build(s.spans()).ok());
  const AttentionPlanView v = plan.attention();
  CHECK(v.parts == 4);
  for (int p = 0; p < 4; ++p) CHECK(v.part_begin[p + 1] - v.part_begin[p] == 4);
}

TEST_CASE("wrong sequences are errors that name the sequence") {
  StepPlan plan(2, 1, 8, 1);
  const PageId page[] = {PageId(0)};
  const std::vector<int32_t> ascending = {3, 4}, repeated = {4, 4}, behind = {15, 16},
                             negative = {-1};
  const auto build = [&](const std::vector<int32_t>& positions) {
    const PlanSequence sequences[] = {{ascending, page}, {positions, page}};
    return plan.Build(sequences);
  };
  CHECK(build(ascending).ok());
  for (const auto* wrong : {&repeated, &behind, &negative}) {
    const Status status = build(*wrong);
    CHECK(status.code() == StatusCode::kInvalidArgument);
    CHECK(status.message().find("sequence 1") != std::string::npos);
  }
  CHECK(plan.Build({}).ok());
  CHECK(plan.rows() == 0);
}

}  // namespace
}  // namespace lmp::kernels
