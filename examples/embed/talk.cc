// A conversation: the host holds the context, and each run goes on from it.
#include <lmp/lmp.h>

#include <iostream>
#include <string>

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: talk MODEL\n", 2;
  const auto compiled = lmp::Compile("talk.lmp", R"(
fn begin() -> context { return context { system "You are brief." } }
fn turn(talk: context, said: string) -> context {
  var mine = talk
  on mine { user said  gen reply with max: 40 }
  emit reply
  return mine
})");
  const auto engine = lmp::Engine::Load({.model = argv[1]});
  if (!engine.ok()) return std::cerr << engine.status().message() << "\n", 1;
  const auto run = [&](const char* function, const lmp::Arguments& arguments) -> lmp::RunReport {
    const auto print = [](std::string_view text) { std::cout << text << std::flush; };
    const auto started =
        (*engine)->Start(compiled.program, function, arguments, {.on_text = print});
    if (!started.ok()) return {.failure = {.message = started.status().message()}};
    return (*started)->Wait();
  };
  lmp::RunReport last = run("begin", {});
  for (std::string said; last.ok && std::getline(std::cin, said); std::cout << "\n")
    last = run("turn", {{"talk", last.contexts[0]}, {"said", said}});
  std::cerr << last.failure.message;
  return last.ok ? 0 : 1;
}
