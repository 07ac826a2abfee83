/* LMP for C, and for every language that can call C: the same engine as runtime/api/lmp.h, behind a
 * stable ABI.
 *
 *   lmp_program* program = NULL;
 *   char* error = NULL;
 *   if (lmp_compile("ask.lmp", source, strlen(source), &program, &error) != LMP_OK) ...
 *   lmp_engine_options options = {.size = sizeof options, .model = "model.gguf"};
 *   lmp_engine* engine = NULL;
 *   if (lmp_engine_load(&options, &engine, &error) != LMP_OK) ...
 *   lmp_run* run = NULL;
 *   lmp_run_start(engine, program, "main", "{\"question\": \"...\"}", NULL, &run, &error);
 *   const char* value = lmp_run_wait(run) == LMP_OK ? lmp_run_value_json(run) : lmp_run_error(run);
 *
 * Texts are UTF-8 and end with a zero byte unless a length stands beside them. Handles are freed by
 * the function that ends in _free, which takes NULL; `char*` that LMP has made is freed by
 * lmp_free; `const char*` belongs to its handle and lives as long. `error`, where a function has
 * it, may be NULL; otherwise it receives a message when the result is not LMP_OK, and is left alone
 * when it is.
 *
 * Structs begin with their size as the caller knows it: fields that are not there are zero, and
 * zero is the default of every field. Functions and fields are only ever added, at the end.
 *
 * Any function may be called on any thread; one handle's functions at the same time only where it
 * says so. Callbacks run on LMP's threads, must return soon, and must not call lmp_run_wait or free
 * what calls them. Nothing here throws, prints, or keeps global state. After fork() only the parent
 * may use or free its handles; the child may make new ones if it was forked before any engine was
 * loaded.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define LMP_C_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t lmp_status;
enum {
  LMP_OK = 0,
  LMP_CANCELLED = 1,
  LMP_INVALID_ARGUMENT = 2,   /* a wrong call: options, arguments, a program with mistakes */
  LMP_NOT_FOUND = 3,          /* no such file, model, document */
  LMP_RESOURCE_EXHAUSTED = 4, /* memory, disk, too many runs waiting */
  LMP_DEADLINE_EXCEEDED = 5,
  LMP_UNAVAILABLE = 6, /* in use by another process; a disk that fails */
  LMP_CORRUPTION = 7,  /* a damaged file */
  LMP_UNSUPPORTED = 8, /* a file or program that this build or model cannot do */
  LMP_INTERNAL = 9,    /* a fault of LMP */
  LMP_FAILED = 10      /* a run that ended with a failure, see lmp_run_failure_kind */
};

/* "0.1.0". */
LMP_C_API const char* lmp_version(void);
/* "invalid_argument". */
LMP_C_API const char* lmp_status_name(lmp_status status);
LMP_C_API void lmp_free(char* text);

/* --- Programs ----------------------------------------------------------------------------------
 */

/* A compiled program: immutable, for any number of engines, runs and threads at once. */
typedef struct lmp_program lmp_program;

/* `name` is what diagnostics call the text; files that it imports are seen from its folder.
 * LMP_INVALID_ARGUMENT: the program has mistakes; `error` is the text of all diagnostics. */
LMP_C_API lmp_status lmp_compile(const char* name, const char* text, size_t length,
                                 lmp_program** program, char** error);
/* Lints and notes of a program that compiled, as text; "" if there are none. */
LMP_C_API const char* lmp_program_lints(const lmp_program* program);
/* [{"name": "main", "parameters": [{"name": "q", "type": "string", "default": ...}], "result":
 * "string"}], without "default" where there is none, with "description" where there is one. */
LMP_C_API const char* lmp_program_functions_json(const lmp_program* program);
/* Runs and engines that use the program keep what they need. */
LMP_C_API void lmp_program_free(lmp_program* program);

/* --- Engines -----------------------------------------------------------------------------------
 */

typedef struct lmp_engine lmp_engine;

typedef struct lmp_engine_options {
  size_t size;             /* sizeof(lmp_engine_options) */
  const char* model;       /* GGUF file, or folder with safetensors; required */
  const char* kv_type;     /* "bf16", "f32", "int8" */
  const char* kernels;     /* "auto", "reference", "cpu_avx2", "cpu_avx512" */
  int32_t threads;         /* 0: one per core */
  int32_t step_tokens_max; /* rows per step; 0: 512 */
  int32_t sequences_max;   /* running at once; 0: 64 */
  int32_t no_prefix_cache; /* 1: every prompt is computed */
  int32_t no_same_step_sharing;
  int32_t no_chunk_memory;     /* 1: no KV of passages in memory */
  uint64_t kv_bytes;           /* 0: a quarter of memory, at most 4 GiB */
  const char* chunk_store;     /* folder of stored KV of passages; NULL: none */
  uint64_t chunk_store_bytes;  /* 0: 8 GiB */
  uint64_t chunk_memory_bytes; /* 0: 256 MiB */
  void (*on_log)(void* user, const char* text, size_t length);
  void* user;            /* given to on_log */
  int32_t no_http_tools; /* 1: programs may not ask the servers that they name */
  /* What env("NAME") of programs is: "NAME=value" texts and a NULL behind the last, copied by
   * lmp_engine_load. NULL: the environment of the process. */
  const char* const* environment;
  /* Servers with OpenAI's API that generate instead of this process (docs/DELEGATION.md), as
   * "http://HOST:PORT", and a NULL behind the last; of `model` only tokenizer and chat format are
   * read then. NULL: none. */
  const char* const* servers;
  const char* server_kind;  /* "lmp", "vllm", "sglang", "llama-server", "llama-cpp-python"; NULL:
                               they are asked */
  const char* server_model; /* as requests name it; NULL: the first that the server has */
  const char* server_key;   /* of their API; NULL: none */
  int32_t server_seconds;   /* for a server's first word; 0: 300 */
  int32_t server_priority;  /* more goes before less; of vllm and sglang only */
  /* Engines that functions name with @engine("big"), and a NULL behind the last; each has a `name`,
   * and no engines of its own. With servers and no model, the tokenizer is that of the model above;
   * with neither, these functions run where the rest does. on_log of each counts, or the one above;
   * no_http_tools and environment are those above. NULL: none. */
  const struct lmp_engine_options* const* engines;
  const char* name; /* in `engines` */
} lmp_engine_options;

/* Blocks while the model is read. LMP_NOT_FOUND, LMP_CORRUPTION, LMP_UNSUPPORTED (the file, naming
 * the field), LMP_INVALID_ARGUMENT (options), LMP_RESOURCE_EXHAUSTED. */
LMP_C_API lmp_status lmp_engine_load(const lmp_engine_options* options, lmp_engine** engine,
                                     char** error);
/* {"path", "name", "architecture", "weight_format", "kernels", "kv_type", "layers", "width", ...}.
 */
LMP_C_API const char* lmp_engine_model_json(const lmp_engine* engine);

typedef struct lmp_engine_counters {
  size_t size;
  uint64_t steps, rows;
  uint64_t prompt_tokens, cached_tokens, generated_tokens, forced_tokens;
  uint64_t preemptions, pages_total, pages_free, pages_evicted;
  uint64_t passages_waiting; /* whose KV is to be stored once the engine is idle */
} lmp_engine_counters;
LMP_C_API lmp_status lmp_engine_read_counters(lmp_engine* engine, lmp_engine_counters* counters,
                                              char** error);
LMP_C_API void lmp_engine_clear_cache(lmp_engine* engine);
/* One call of a tool that a program declares, `tool order(id: string) -> string = host("orders")`:
 * there while the function runs that lmp_engine_set_tool was given. */
typedef struct lmp_tool_call lmp_tool_call;
LMP_C_API const char* lmp_tool_call_name(const lmp_tool_call* call);           /* "orders" */
LMP_C_API const char* lmp_tool_call_arguments_json(const lmp_tool_call* call); /* {"id":"7"} */
/* 1 once nobody waits for the answer. */
LMP_C_API int32_t lmp_tool_call_cancelled(const lmp_tool_call* call);
/* The result as JSON of the tool's type, or why there is none: the last of these counts. Without
 * one, and with JSON of another type, the program sees the failure "tool". */
LMP_C_API void lmp_tool_call_reply(lmp_tool_call* call, const char* json, size_t length);
LMP_C_API void lmp_tool_call_fail(lmp_tool_call* call, const char* message);
/* What host(`name`) of programs calls from now on; `function` NULL takes it away. It runs on
 * threads of LMP, several at once, and may block; lmp_engine_free waits until it has returned. */
LMP_C_API lmp_status lmp_engine_set_tool(lmp_engine* engine, const char* name,
                                         void (*function)(void* user, lmp_tool_call* call),
                                         void* user, char** error);
/* Cancels what runs. Its runs may outlive it: they end with LMP_FAILED, "cancelled". */
LMP_C_API void lmp_engine_free(lmp_engine* engine);

/* --- Runs --------------------------------------------------------------------------------------
 */

typedef struct lmp_run lmp_run;

/* A context that a run gave: a value that later runs of the same engine, of any program, go on
 * from. While it is there the KV that was computed of it stays in the cache before all else. It may
 * be used on any threads at once, and freed after its engine. */
typedef struct lmp_context lmp_context;

/* Whose a piece of text is: of the generation `name` ("reply") of the function `function` ("ask"),
 * which is `site` of this run ("main.ask#0/ask.reply#0"); `name` of the result of a call is the
 * function that was called. Of other text `name` and `site` are "". There during the callback. */
typedef struct lmp_text_piece {
  size_t size;      /* of this struct in the library */
  const char* text; /* whole characters; ends with a zero byte */
  size_t length;
  const char* name;
  const char* function;
  const char* site;
  int32_t last; /* 1: generated, and nothing of this generation follows in a run that goes on */
} lmp_text_piece;

/* A run that listens: what listen() of its program waits for. Every one is given to
 * lmp_listening_answer or lmp_listening_end once, on any thread and however late; both free it. */
typedef struct lmp_listening lmp_listening;
/* UTF-8, without the line break. */
LMP_C_API void lmp_listening_answer(lmp_listening* listening, const char* line, size_t length);
/* Nobody says anything more: the failure "listen" with this message (NULL: the input has ended). */
LMP_C_API void lmp_listening_end(lmp_listening* listening, const char* why);
/* 1 once nobody waits for the answer. */
LMP_C_API int32_t lmp_listening_cancelled(const lmp_listening* listening);

typedef struct lmp_run_options {
  size_t size;
  int32_t has_seed; /* 1: `seed` counts; else the program's config, else 0 */
  int32_t explain;  /* 1: collect lmp_run_explain */
  uint64_t seed;
  const char* tenant; /* no cache sharing across tenants */
  /* What the program emits, as it comes: `length` bytes, always whole characters. */
  void (*on_text)(void* user, const char* text, size_t length);
  /* Once, when the run has ended; lmp_run_wait then returns at once. Not of a run that
   * is freed before. */
  void (*on_done)(void* user);
  void* user; /* given to the callbacks */
  /* The same as on_text, with whose text it is. */
  void (*on_piece)(void* user, const lmp_text_piece* piece);
  /* What each `gen` writes and each `select` chooses, as it comes, whether it is emitted or not. */
  void (*on_generated)(void* user, const lmp_text_piece* piece);
  /* In the arguments {"$context": i} is contexts[i]. */
  const lmp_context* const* contexts;
  size_t context_count;
  /* The program listens: what it has emitted before went to on_text. NULL: nobody is there, the
   * failure "listen". */
  void (*on_listen)(void* user, lmp_listening* listening);
  int32_t record; /* 1: collect lmp_run_record */
  int32_t trace;  /* 1: collect lmp_run_trace */
  /* For whom it runs: those for whom something runs take turns, however much each has started. 0:
   * all who give none. */
  uint64_t owner;
} lmp_run_options;

/* Starts `function` with a JSON object of arguments (NULL: none). LMP_INVALID_ARGUMENT (no such
 * function; arguments, naming function, argument, expected and found), LMP_UNSUPPORTED (the program
 * under this model), LMP_RESOURCE_EXHAUSTED (too many waiting), LMP_INTERNAL. */
LMP_C_API lmp_status lmp_run_start(lmp_engine* engine, const lmp_program* program,
                                   const char* function, const char* arguments_json,
                                   const lmp_run_options* options, lmp_run** run, char** error);
/* Repeats the run that lmp_run_record is of, with its function, arguments and seed, and asks no
 * tool, no corpus and nobody who listens. LMP_INVALID_ARGUMENT (the text; another program, model,
 * KV type or kernels than recorded), LMP_UNSUPPORTED (another format), and those of lmp_run_start.
 */
LMP_C_API lmp_status lmp_run_replay(lmp_engine* engine, const lmp_program* program,
                                    const char* record, const lmp_run_options* options,
                                    lmp_run** run, char** error);
/* These three on any threads at once. LMP_OK, or LMP_FAILED. */
LMP_C_API lmp_status lmp_run_wait(lmp_run* run);
LMP_C_API int32_t lmp_run_done(lmp_run* run);
LMP_C_API void lmp_run_cancel(lmp_run* run);

/* After lmp_run_wait; until lmp_run_free. Of a run that is not done: "". */
LMP_C_API const char* lmp_run_value_json(const lmp_run* run);
/* Contexts in the value are {"$context": i}: how many there are, and the one of a place, as a
 * handle to be freed. NULL: there is none, or no memory for the handle. */
LMP_C_API size_t lmp_run_context_count(const lmp_run* run);
LMP_C_API lmp_context* lmp_run_context(const lmp_run* run, size_t index);
/* The value as interpolation would print it. */
LMP_C_API const char* lmp_run_value_text(const lmp_run* run);
/* "limit", "constraint", "overflow", "check", "budget", "timeout", "value", "retrieve", "tool",
 * "listen", "remote", "cancelled", "internal", "replay"; "" if it is ok. */
LMP_C_API const char* lmp_run_failure_kind(const lmp_run* run);
/* "rag.lmp:12:3: limit: ...". */
LMP_C_API const char* lmp_run_error(const lmp_run* run);
LMP_C_API const char* lmp_run_explain(const lmp_run* run);
/* What came into the run from outside, also of one that failed: JSON, a line for each answer. */
LMP_C_API const char* lmp_run_record(const lmp_run* run);
/* When each operation ran, as JSON for Perfetto or chrome://tracing. */
LMP_C_API const char* lmp_run_trace(const lmp_run* run);

typedef struct lmp_run_stats {
  size_t size;
  int64_t calls, prompt_tokens, cached_tokens, computed_tokens, generated_tokens, forced_tokens;
  int64_t preemptions;
  double seconds;
  int64_t reused_tokens, recomputed_tokens, approximate_tokens, approximate_calls;
  int64_t auto_reused, auto_computed, reordered;
  int64_t tool_calls, tool_hits; /* tries of tools; of these, answered by what @cache kept */
} lmp_run_stats;
LMP_C_API lmp_status lmp_run_read_stats(const lmp_run* run, lmp_run_stats* stats);
/* Cancels the run if it still runs; no callback of it is called after this. */
LMP_C_API void lmp_run_free(lmp_run* run);

/* Tokens of a prompt that ends here. */
LMP_C_API int64_t lmp_context_tokens(const lmp_context* context);
LMP_C_API void lmp_context_free(lmp_context* context);

/* --- Answers from passages ---------------------------------------------------------------------
 */

typedef struct lmp_answer_query {
  size_t size;
  const char* question;
  size_t passage_count;
  const char* const* ids; /* differ */
  const char* const* texts;
  const char* const* documents; /* NULL: none */
  const char* reuse;            /* "auto", "prefix", "link", "blend"; NULL: "auto" */
  const char* tenant;
} lmp_answer_query;

/* Blocks. The reply: {"text", "citations": [ids of the passages given], "exact", "prompt_tokens",
 * "computed_tokens", "reused_tokens"}. */
LMP_C_API lmp_status lmp_answer(lmp_engine* engine, const lmp_answer_query* query,
                                char** reply_json, char** error);

/* --- Corpora -----------------------------------------------------------------------------------
 */

/* Documents cut into passages and found again. One thread at a time. */
typedef struct lmp_corpus lmp_corpus;

/* `create`: make the file if there is none. */
LMP_C_API lmp_status lmp_corpus_open(const char* path, int32_t create, lmp_corpus** corpus,
                                     char** error);
/* Adds files, folders and patterns, then brings the corpus up to date with all that were ever
 * added. The report: {"added", "changed", "unchanged", "removed", "chunks_added", "chunks_removed",
 * "skipped": [{"name", "reason"}], "missing": [names]}. */
LMP_C_API lmp_status lmp_corpus_update(lmp_corpus* corpus, const char* const* sources,
                                       size_t source_count, char** report_json, char** error);
/* By words, by a vector of the corpus' dimension (NULL: none), or by both. The hits, best first:
 * [{"id", "document", "heading", "text", "line", "score"}]. */
LMP_C_API lmp_status lmp_corpus_search(lmp_corpus* corpus, const char* text, const float* vector,
                                       size_t dimension, size_t count, char** hits_json,
                                       char** error);
LMP_C_API void lmp_corpus_free(lmp_corpus* corpus);

#ifdef __cplusplus
}
#endif
