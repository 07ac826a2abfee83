// The shortest host in C++: one question, the answer as it comes.
#include <lmp/lmp.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("usage: ask MODEL QUESTION\n", stderr), 2;
  const auto compiled =
      lmp::Compile("ask.lmp", "fn main(q: string) { user q  gen reply with max: 40  emit reply }");
  const auto engine = lmp::Engine::Load({.model = argv[1]});
  if (!engine.ok()) return std::fprintf(stderr, "%s\n", engine.status().message().c_str()), 1;
  const auto print = [](std::string_view text) { fwrite(text.data(), 1, text.size(), stdout); };
  const auto run =
      engine.value()->Start(compiled.program, "main", {{"q", argv[2]}}, {.on_text = print});
  if (!run.ok()) return std::fprintf(stderr, "%s\n", run.status().message().c_str()), 1;
  return run.value()->Wait().ok ? 0 : 1;
}
