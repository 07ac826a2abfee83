// Every bound of LMP in one place, each with its reason. tests/lang/limits and the unit tests hold
// one test at and one above each.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lmp {

// Front end.
inline constexpr size_t kProgramBytesMax = 4u << 20;  // a program is read by people
inline constexpr size_t kNestingMax = 200;  // the parser recurses; 30,000 overflows the stack
inline constexpr size_t kExpressionHeightMax = 500;  // `a + b + ...`: later stages recurse over it
inline constexpr size_t kDiagnosticsMax = 100;       // more is noise; said as a last note
inline constexpr size_t kGraphOpsMax = 1u << 20;     // ids are 32 bits, passes are near linear
inline constexpr size_t kRecordDepthMax = 100;       // records inside records: later stages recurse
inline constexpr size_t kRecordPartsMax = 4096;  // fields of a record written out, those inside too
inline constexpr size_t kMatchArmsMax = 64;      // arms nest in the IR, and later stages recurse
inline constexpr size_t kMatchPatternsMax = 1024;  // each is compared with those before it
// Of all constants of a compilation together: operations (large operands count as many), and bytes
// of the values that are made on the way.
inline constexpr size_t kConstantStepsMax = 4'000'000;
inline constexpr size_t kConstantBytesMax = 32u << 20;
// Of all functions together: copies of loop bodies (unroll_loops), bytes of the operands of what is
// computed before the run (fold_text), bytes of fixed text that are tokenised before it.
inline constexpr size_t kUnrolledOpsMax = 1u << 15;
inline constexpr size_t kFoldedOperandBytesMax = 64u << 20;
inline constexpr size_t kProgramGrammarNodesMax = 2'000'000;  // of all generated types
inline constexpr size_t kFixedTextBytesMax = 4u << 20;        // beyond it, while it runs
inline constexpr size_t kCallDepthMax = 64;  // calls are acyclic; a longer chain is a mistake

// Corpora: tokens of a chunk.
inline constexpr size_t kCorpusChunkTokensMin = 16;
inline constexpr size_t kCorpusChunkTokensMax = 32768;  // what a store of chunk KV takes
inline constexpr int64_t kCorpusChunkTokensDefault = 384;

// Retrieval: passages of one answer, queries whose rankings are fused.
inline constexpr int64_t kPassagesDefault = 5;
inline constexpr int64_t kPassagesMax = 1000;
inline constexpr size_t kPassageQueriesMax = 64;

inline constexpr int64_t kRetriesMax = 100;  // of one try: each may be as dear as the first

// Tools.
inline constexpr int64_t kToolTimeoutMsDefault = 30'000;
inline constexpr size_t kToolBytesMax = 4u << 20;  // what one call gives: it goes into prompts
inline constexpr size_t kLineBytesMax = 1u << 20;  // what a person says at once

// Language defaults (decision 14).
inline constexpr int64_t kStringTokensDefault = 512;  // max of a bare `gen x: string`, in tokens
inline constexpr int64_t kListItemsDefault = 32;      // default upper bound of list<T>
inline constexpr int64_t kStringCharactersMax = 1'000'000;  // bounds of string(min: a, max: b)

// Run time.
inline constexpr size_t kMailboxEventsMax = 4096;  // beyond this the caller is told to back off
inline constexpr size_t kEventsPerTickMax = 256;   // keeps one step's latency bounded
inline constexpr size_t kSequencesMax = 4096;      // waiting and running in one engine
inline constexpr size_t kForkChildrenMax = 4096;   // children of one fork
inline constexpr size_t kScopesMax =
    16384;  // bodies open in one run; further ones wait (1 KB each)
inline constexpr size_t kLoopRoundsMax = 1'000'000;  // upper limit of `limit`
inline constexpr size_t kValueBytesMax = 64u << 20;  // one run-time value (strings grow in loops)
// Bodies that are open in one run: beyond it further ones wait, as beyond kScopesMax.
inline constexpr size_t kScopeBytesMax = 64u << 20;
// All values of one run, where the host sets nothing: of programs that somebody sends (a page).
inline constexpr size_t kSentRunBytesMax = 32u << 20;
inline constexpr size_t kReportedValueBytesMax = 1u << 20;  // a result that a page is shown
inline constexpr size_t kPatternStatesMax = 200'000'000;    // of one `matches`: a second or two
inline constexpr size_t kSentRunsMax = 16;           // at one time: each may take kSentRunBytesMax
inline constexpr size_t kNamedEnginesMax = 16;       // of one engine: each is stepped in turn
inline constexpr size_t kStopStringsMax = 16;        // per generation
inline constexpr int kThreadsMax = 1024;             // of the kernels
inline constexpr size_t kTraceSpansMax = 100'000;    // operations in the trace of one run
inline constexpr size_t kGbnfTextRulesMax = 20'000;  // of a grammar written for another server
inline constexpr size_t kChoicesMax = 128;           // of a completion: the batch limit is near
inline constexpr size_t kChatToolsMax = 128;         // of a conversation; as OpenAI's
inline constexpr size_t kToolNameBytesMax = 64;      // as OpenAI's
inline constexpr uint32_t kChatCallsMax = 128;       // of tools, in one turn
inline constexpr int kTopLogprobsMax = 20;           // what clients ask; a heap per token
inline constexpr size_t kChoiceBytesMax = 1u << 20;  // all options of one choice together
inline constexpr size_t kStopBytesMax = 256;         // per stop string: held back while streaming

// Model files.
inline constexpr uint64_t kGgufStringBytesMax = 64ull << 20;  // tokenizer blobs are a few MB
inline constexpr uint64_t kGgufKeysMax = 1u << 16;
inline constexpr uint64_t kGgufTensorsMax = 1u << 16;
inline constexpr uint64_t kGgufArrayItemsMax = 1ull << 26;
inline constexpr uint64_t kSafetensorsHeaderBytesMax = 64ull << 20;  // about 100 bytes a tensor
inline constexpr uint32_t kVocabularyMax = 1u << 20;
inline constexpr size_t kPieceBytesMax =
    4096;  // one piece of a vocabulary; real ones are under 100
inline constexpr size_t kSplitPatternBytesMax = 16384;  // a pre-tokenizer; real ones are under 1 KB
inline constexpr size_t kChatTemplateBytesMax = 64u << 10;  // real ones are under 20 KB
inline constexpr size_t kMergesMax = 1u << 22;  // merges of a vocabulary; real ones are under 1 M
inline constexpr uint32_t kContextTokensMax = 1u << 20;

static_assert(kEventsPerTickMax <= kMailboxEventsMax);
static_assert(kForkChildrenMax <= kSequencesMax);

}  // namespace lmp
