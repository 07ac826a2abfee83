/* A host in C: compiles a program, runs it, prints its typed value. */
#include <lmp/c.h>
#include <stdio.h>
#include <string.h>

static const char* kProgram =
    "record Reply { text: string(max: 60)  sure: bool }\n"
    "fn main(q: string) -> Reply { user q  gen reply: Reply with max: 80  return reply }\n";

static int fail(char* error) {
  fprintf(stderr, "%s\n", error != NULL ? error : "no memory");
  lmp_free(error);
  return 1;
}

int main(int argc, char** argv) {
  char* error = NULL;
  lmp_program* program = NULL;
  lmp_engine* engine = NULL;
  lmp_run* run = NULL;
  int failed = 1;
  if (argc != 3) return fprintf(stderr, "usage: ask MODEL.gguf ARGUMENTS\n"), 2;
  lmp_engine_options options = {.size = sizeof options, .model = argv[1]};
  if (lmp_compile("ask.lmp", kProgram, strlen(kProgram), &program, &error) != LMP_OK ||
      lmp_engine_load(&options, &engine, &error) != LMP_OK ||
      lmp_run_start(engine, program, "main", argv[2], NULL, &run, &error) != LMP_OK) {
    failed = fail(error);
  } else if (lmp_run_wait(run) != LMP_OK) {
    fprintf(stderr, "%s\n", lmp_run_error(run));
  } else {
    lmp_run_stats stats = {.size = sizeof stats};
    lmp_run_read_stats(run, &stats);
    printf("%s\n%lld tokens\n", lmp_run_value_json(run), (long long)stats.generated_tokens);
    failed = 0;
  }
  lmp_run_free(run);
  lmp_engine_free(engine);
  lmp_program_free(program);
  return failed;
}
