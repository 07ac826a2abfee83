#include "tests/model/prefix_cache_script.h"

#include <memory>
#include <sstream>
#include <stdexcept>

#include "runtime/base/check.h"

namespace lmp::cache::testing {

namespace {

constexpr const char* kNames[kOpKinds] = {"match",    "extend",  "insert", "advance",  "fork",
                                          "truncate", "release", "drop",   "donate",   "retain",
                                          "hint",     "forget",  "evict",  "end_step", "peek"};

// As the twin takes them.
const std::vector<KvKey>& Keys() {
  static const std::vector<KvKey> keys = {
      {.model = "m", .tenant = "a"}, {.model = "m", .tenant = "b"}, {.model = "n", .tenant = "a"}};
  return keys;
}

template <typename A, typename B>
void Same(const char* what, const A& cache, const B& twin) {
  if (cache == static_cast<A>(twin)) return;
  std::ostringstream text;
  text << what << ": cache " << cache << ", twin " << static_cast<A>(twin);
  throw std::runtime_error(text.str());
}

struct Sequence {
  int tree = 0;
  Tokens tokens;
  std::vector<PageId> table;
  Lease lease;

  size_t leased() const { return static_cast<size_t>(lease.tokens()); }
  Path LeasedPath() const {
    return {tree, Tokens(tokens.begin(), tokens.begin() + lease.tokens())};
  }
};

class Machine {
 public:
  explicit Machine(const Setup& setup)
      : setup_(setup),
        page_(static_cast<size_t>(setup.page_tokens)),
        pool_({.page_count = static_cast<uint32_t>(setup.page_count)}),
        cache_(pool_, {.page_tokens = setup.page_tokens, .digest_bits = setup.digest_bits}),
        twin_(page_) {}

  void Run(const Op& op) {
    switch (op.kind) {
      case OpKind::kMatch:
        Match(op);
        break;
      case OpKind::kEvict:
        Evict(op.b % 6);
        break;
      case OpKind::kEndStep:
        EndStep();
        break;
      case OpKind::kPeek:
        Peek(op);
        break;
      case OpKind::kHint:
      case OpKind::kForget:
        ChangeRetention(op);
        break;
      default:
        if (!sequences_.empty()) OnSequence(op, static_cast<size_t>(op.a) % sequences_.size());
    }
    Compare();
  }

  CacheStatistics statistics() const { return cache_.statistics(); }

 private:
  void OnSequence(const Op& op, size_t index) {
    Sequence& sequence = sequences_[index];
    switch (op.kind) {
      case OpKind::kExtend:
        Extend(sequence, op.tokens);
        break;
      case OpKind::kInsert:
        Insert(sequence, op.b % 2 != 0);
        break;
      case OpKind::kAdvance:
        Advance(sequence);
        break;
      case OpKind::kFork:
        Fork(index, op.b);
        break;
      case OpKind::kTruncate:
        Truncate(sequence, op.b);
        break;
      case OpKind::kRelease:
        Release(index);
        break;
      case OpKind::kDrop:
        Drop(index, op.b);
        break;
      case OpKind::kDonate:
        Donate(index);
        break;
      case OpKind::kRetain:
        Retain(sequence, op.b);
        break;
      default:
        break;
    }
  }

  void Match(const Op& op) {
    if (sequences_.size() == 8) Release(0);
    Sequence sequence{op.a % 3, op.tokens, {}, {}};
    const Twin::Answer answer = twin_.Match(sequence.tree, op.tokens);
    Same("peek", static_cast<size_t>(cache_.Peek(Key(sequence.tree), op.tokens)), answer.full);
    MatchResult result = cache_.Match(Key(sequence.tree), op.tokens, &sequence.table);
    sequence.lease = std::move(result.lease);
    Same("full tokens", sequence.leased(), answer.full);
    Same("partial tokens", result.partial ? result.partial->tokens : 0, answer.partial);
    if (setup_.digest_bits == kAllDigestBits) {
      Same("miss reason", MissReasonName(result.miss), MissReasonName(answer.miss));
    }
    Same("diverged at", static_cast<size_t>(result.diverged_at), answer.full + answer.common);
    if (result.partial) CheckPartial(op.tokens, sequence, *result.partial);
    twin_.Touch(sequence.LeasedPath());
    twin_.pins.insert(sequence.LeasedPath());
    result.partial.reset();
    sequence.tokens.resize(sequence.leased());
    const Tokens rest(op.tokens.begin() + sequence.lease.tokens(), op.tokens.end());
    Extend(sequence, rest);
    sequences_.push_back(std::move(sequence));
  }

  void CheckPartial(const Tokens& tokens, const Sequence& sequence, const PartialMatch& partial) {
    const Tokens copied(tokens.begin(), tokens.begin() + sequence.lease.tokens() + partial.tokens);
    for (const auto& [path, page] : twin_.pages) {
      if (page.id != partial.page) continue;
      Same("partial page pending", false, page.pending);
      if (path.first == sequence.tree && path.second.size() <= sequence.leased() + page_ &&
          path.second.size() >= copied.size() &&
          std::equal(copied.begin(), copied.end(), path.second.begin())) {
        return;
      }
    }
    throw std::runtime_error("the partial page does not hold the tokens of the match");
  }

  // Appends tokens as long as there are pages for them.
  void Extend(Sequence& sequence, const Tokens& tokens) {
    for (const TokenId token : tokens) {
      if (sequence.tokens.size() == sequence.table.size() * page_) {
        size_t evictable = 0;
        for (const auto& [path, page] : twin_.pages) evictable += !twin_.Pinned(path);
        const bool possible = pool_.free_count() + evictable > 0;
        if (pool_.free_count() == 0) twin_.Evict(1);
        Same("ensure free", cache_.EnsureFree(1), possible);
        if (!possible) return;
        sequence.table.push_back(pool_.Allocate().value());
      }
      sequence.tokens.push_back(token);
    }
  }

  void Repin(const Path& from, const Path& to) {
    twin_.pins.erase(twin_.pins.find(from));
    twin_.pins.insert(to);
  }

  Path Prefix(const Sequence& sequence, size_t size) const {
    return {sequence.tree,
            Tokens(sequence.tokens.begin(), sequence.tokens.begin() + static_cast<long>(size))};
  }

  void TwinAdvance(const Sequence& sequence) {
    const size_t full = twin_.FullPrefix(sequence.tree, sequence.tokens);
    if (full == sequence.leased()) return;
    twin_.Touch(Prefix(sequence, full));
    Repin(sequence.LeasedPath(), Prefix(sequence, full));
  }

  void Advance(Sequence& sequence) {
    const size_t full = twin_.FullPrefix(sequence.tree, sequence.tokens);
    TwinAdvance(sequence);
    const size_t before = sequence.leased();
    Same("peek behind the lease",
         before + static_cast<size_t>(cache_.PeekAdvance(sequence.lease, sequence.tokens)), full);
    const int gained = cache_.Advance(sequence.lease, sequence.tokens, &sequence.table);
    Same("advanced", before + static_cast<size_t>(gained), full);
  }

  void Insert(Sequence& sequence, bool pending) {
    TwinAdvance(sequence);
    const size_t full = sequence.tokens.size() / page_ * page_;
    const size_t known = twin_.FullPrefix(sequence.tree, sequence.tokens);
    for (size_t end = known + page_; end <= full; end += page_) {
      twin_.Insert(Prefix(sequence, end), sequence.table[end / page_ - 1], pending);
    }
    if (known < full) {
      twin_.Touch(Prefix(sequence, full));
      Repin(Prefix(sequence, known), Prefix(sequence, full));
      if (pending) {
        pending_pins_.push_back(Prefix(sequence, full));
        twin_.pins.insert(Prefix(sequence, full));
      }
    }
    cache_.Insert(sequence.lease, sequence.tokens,
                  pending ? PageBytes::kPending : PageBytes::kReady, &sequence.table);
    Same("leased after insert", sequence.leased(), full);
  }

  void Fork(size_t index, int at) {
    if (sequences_.size() == 8) return;
    const Sequence& parent = sequences_[index];
    Sequence child{parent.tree, {}, {}, {}};
    child.lease = cache_.Fork(parent.lease, at % (parent.lease.tokens() + 1));
    child.tokens.assign(parent.tokens.begin(), parent.tokens.begin() + child.lease.tokens());
    cache_.AppendPages(child.lease, &child.table);
    twin_.pins.insert(child.LeasedPath());
    sequences_.push_back(std::move(child));
  }

  void Truncate(Sequence& sequence, int at) {
    const Path before = sequence.LeasedPath();
    twin_.Touch(before);
    FreePrivate(sequence);
    cache_.Truncate(sequence.lease, at % (sequence.lease.tokens() + 1));
    sequence.tokens.resize(sequence.leased());
    sequence.table.resize(sequence.leased() / page_);
    Repin(before, sequence.LeasedPath());
  }

  void FreePrivate(Sequence& sequence) {
    const size_t leased = sequence.leased() / page_;
    for (size_t i = leased; i < sequence.table.size(); ++i) pool_.FreePrivate(sequence.table[i]);
    sequence.table.resize(leased);
  }

  void Release(size_t index) {
    Sequence& sequence = sequences_[index];
    FreePrivate(sequence);
    twin_.Touch(sequence.LeasedPath());
    twin_.pins.erase(twin_.pins.find(sequence.LeasedPath()));
    sequences_.erase(sequences_.begin() + static_cast<long>(index));
  }

  void Drop(size_t index, int from) {
    Sequence& sequence = sequences_[index];
    FreePrivate(sequence);
    from %= sequence.lease.tokens() + 2;
    twin_.Touch(sequence.LeasedPath(), static_cast<size_t>(from));
    twin_.pins.erase(twin_.pins.find(sequence.LeasedPath()));
    cache_.Drop(std::move(sequence.lease), from);
    sequences_.erase(sequences_.begin() + static_cast<long>(index));
  }

  void Donate(size_t index) {
    Sequence& sequence = sequences_[index];
    Insert(sequence, false);
    if (sequence.tokens.size() > sequence.leased()) {
      const PageId page = sequence.table.back();
      sequence.table.pop_back();
      const Path path{sequence.tree, sequence.tokens};
      twin_.Insert(path, page, false);
      twin_.Touch(path);
      cache_.DonateTail(sequence.lease, sequence.tokens, page);
    }
    Release(index);
  }

  void Retain(const Sequence& sequence, int next_use) {
    if (retained_.size() == 4) return;
    twin_.retained[next_handle_] = {sequence.LeasedPath(), next_use};
    retained_.emplace(next_handle_++, cache_.Retain(sequence.lease, next_use));
  }

  void ChangeRetention(const Op& op) {
    if (retained_.empty()) return;
    const auto at = std::next(retained_.begin(), op.a % static_cast<int>(retained_.size()));
    if (op.kind == OpKind::kHint) {
      twin_.retained[at->first].second = op.b;
      at->second.SetNextUse(op.b);
      return;
    }
    twin_.retained.erase(at->first);
    retained_.erase(at);
  }

  void Evict(int pages) {
    const size_t freed = static_cast<size_t>(cache_.Evict(pages));
    Same("evicted", freed, twin_.Evict(static_cast<size_t>(pages + setup_.evict_lie)));
  }

  void EndStep() {
    cache_.EndStep();
    for (auto& [path, page] : twin_.pages) page.pending = false;
    for (const Path& path : pending_pins_) twin_.pins.erase(twin_.pins.find(path));
    pending_pins_.clear();
  }

  void Peek(const Op& op) {
    Same("peek", static_cast<size_t>(cache_.Peek(Key(op.a % 3), op.tokens)),
         twin_.FullPrefix(op.a % 3, op.tokens));
  }

  // Invariants, page conservation, and the same content in every tree and page table.
  void Compare() {
    cache_.CheckInvariants();
    size_t private_pages = 0;
    for (const Sequence& sequence : sequences_) {
      private_pages += sequence.table.size() - sequence.leased() / page_;
      for (size_t end = page_; end <= sequence.leased(); end += page_) {
        Same("page of a table", sequence.table[end / page_ - 1].index,
             twin_.pages.at(Prefix(sequence, end)).id.index);
      }
      std::vector<PageId> pages;
      cache_.AppendPages(sequence.lease, &pages);
      Same("pages of a lease", std::equal(pages.begin(), pages.end(), sequence.table.begin()),
           true);
    }
    Same("private pages", pool_.private_count(), private_pages);
    Same("tree pages", pool_.tree_count(), twin_.pages.size());
    size_t pinned = 0;
    for (const auto& [path, page] : twin_.pages) {
      pinned += twin_.Pinned(path);
      Same("page in the tree", pool_.owner(page.id) == PageOwner::kTree, true);
      if (path.second.size() % page_ != 0) continue;
      Same("path in the tree", static_cast<size_t>(cache_.Peek(Key(path.first), path.second)),
           path.second.size());
    }
    Same("pinned pages", cache_.pinned_pages(), pinned);
  }

  static const KvKey& Key(int tree) { return Keys()[static_cast<size_t>(tree)]; }

  Setup setup_;
  size_t page_;
  PagePool pool_;
  PrefixCache cache_;
  Twin twin_;
  std::vector<Sequence> sequences_;
  std::map<int, Retained> retained_;
  std::vector<Path> pending_pins_;
  int next_handle_ = 0;
};

std::string PrintOp(const Op& op) {
  std::string text = std::string(kNames[static_cast<int>(op.kind)]) + " " + std::to_string(op.a) +
                     " " + std::to_string(op.b);
  for (const TokenId token : op.tokens) text += " " + std::to_string(token);
  return text;
}

}  // namespace

std::optional<std::string> RunScript(const Setup& setup, const std::vector<Op>& script,
                                     CacheStatistics* statistics) {
  Machine machine(setup);
  for (size_t i = 0; i < script.size(); ++i) {
    try {
      machine.Run(script[i]);
    } catch (const std::exception& failure) {
      return "operation " + std::to_string(i) + " (" + PrintOp(script[i]) + "): " + failure.what();
    }
  }
  if (statistics != nullptr) *statistics += machine.statistics();
  return std::nullopt;
}

std::vector<Op> Shrink(const Setup& setup, std::vector<Op> script) {
  for (size_t chunk = script.size(); chunk > 0; chunk /= 2) {
    for (size_t at = 0; at < script.size();) {
      std::vector<Op> less = script;
      const size_t end = std::min(at + chunk, script.size());
      less.erase(less.begin() + static_cast<long>(at), less.begin() + static_cast<long>(end));
      if (RunScript(setup, less)) {
        script = std::move(less);
      } else {
        at += chunk;
      }
    }
  }
  return script;
}

std::string PrintScript(const Setup& setup, const std::vector<Op>& script) {
  std::string text =
      "pages " + std::to_string(setup.page_tokens) + " " + std::to_string(setup.page_count) + "\n";
  for (const Op& op : script) text += PrintOp(op) + "\n";
  return text;
}

bool ReadScript(std::string_view text, Setup* setup, std::vector<Op>* script) {
  std::istringstream lines{std::string(text)};
  std::string line;
  for (bool first = true; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string name;
    Op op;
    if (!(words >> name >> op.a >> op.b)) return false;
    if (std::exchange(first, false)) {
      if (name != "pages") return false;
      setup->page_tokens = op.a;
      setup->page_count = op.b;
      continue;
    }
    const auto* const found = std::find(std::begin(kNames), std::end(kNames), name);
    if (found == std::end(kNames)) return false;
    op.kind = static_cast<OpKind>(found - std::begin(kNames));
    for (TokenId token; words >> token;) op.tokens.push_back(token);
    script->push_back(std::move(op));
  }
  return true;
}

}  // namespace lmp::cache::testing
