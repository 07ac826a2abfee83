// lmp new: a project to begin from, with a test that passes and a program that answers on the model
// that comes with LMP.
#include <array>
#include <filesystem>
#include <fstream>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {
namespace {

namespace fs = std::filesystem;

struct File {
  const char* path;
  const char* text;
};
struct Project {
  const char* name;
  const char* what;
  std::vector<File> files;  // the first is the program
};

constexpr const char* kRagProgram =
    R"(// Questions about the documents in docs/, answered with the places they come from.
//
//   lmp run main.lmp --arg question="What is the port of Botu?"
//   lmp test

corpus docs from "docs" with chunk: 24

record Answer { text: string  sources: list<string> }

fn main(question: string = "What is the port of Botu?", k: int(1..20) = 1) -> Answer {
  let hits = retrieve(question, from: docs, k: k)
  if len(hits) == 0 { return Answer(text: "nothing was found", sources: []) }
  system "You read passages and answer questions about them."
  user {
    "Passages:"
    insert hits with order: "stable", label: "\n[${it.id}] "
    "\nQuestion: ${question}"
  }
  gen text with max: 24, stop: "\n"
  return Answer(text: text, sources: ["${h.document}:${h.line}" for h in hits])
}

test "says where the answer stands" {
  mock retrieve = [passage(id: "1", document: "docs/places.md", line: 3,
                           text: "The port of Botu is 661.")]
  mock main.text = "661"
  let answer = main("What is the port of Botu?")
  check answer.text == "661"
  check answer.sources == ["docs/places.md:3"]
}

test "says when there is nothing" {
  mock retrieve = []
  check main("Who?").sources == []
}
)";

constexpr const char* kRagDocument = R"(# Places

Botu is made of copper. The port of Botu is 661.

The leader of Wisha is Veahand. Wisha meets on Tuesday.
)";

constexpr const char* kRagReadme = R"(# Questions about documents

    lmp run main.lmp --arg question="What is the port of Botu?"
    lmp test

Put your own documents (text, Markdown, code) into `docs/`. The first run reads them; later runs read what has
changed. With a larger model (`--model FILE`, `lmp models`) raise `chunk` and `k`: the model that comes with LMP reads
one short passage at a time.
)";

constexpr const char* kAgentProgram =
    R"(// An agent: the model chooses one tool after the other, until it can answer.
//
//   lmp test
//   lmp run main.lmp --arg question="How much is 12 * 12?"

record Finish { answer: string(max: 200) }

@effect(pure)
tool calc(text: string(re"[0-9+\-*/(). ]{1,40}") "arithmetic only") -> float = math.eval(text)

// What the host offers: see docs/EMBEDDING.md of LMP. The command line has no such tool.
@effect(read) @timeout(5s) @retry(1)
tool order(id: string(re"ORD-\d{3}") "the number of the order") -> string = host("orders.lookup")

type Step = calc | order | Finish

fn main(question: string = "How much is 12 * 12?", steps: int(1..20) = 6) -> string {
  system "Answer the question. Take one step at a time.\n${schema(Step)}"
  user question
  while limit steps {
    gen step: Step with max: 200
    match step {
      Finish(f) => return f.answer
      else => { try { observe run(step) } else e { observe "error: ${e.message}" } }
    }
  }
  return "no answer within ${steps} steps"
}

test "computes" {
  mock main.step = calc(text: "12 * 12")
  check main("How much is 12 * 12?", steps: 1) == "no answer within 1 steps"
}

test "gives the answer it has" {
  mock main.step = Finish(answer: "144")
  check main("How much is 12 * 12?") == "144"
}

test "asks the host" {
  mock main.step = order(id: "ORD-123")
  mock order = "shipped"
  check main("Where is ORD-123?", steps: 2) == "no answer within 2 steps"
}
)";

constexpr const char* kAgentReadme = R"(# An agent with tools

    lmp test
    lmp run main.lmp --arg question="How much is 12 * 12?" --model FILE

`main.lmp` declares its tools with their types: what a model writes always fits them. `order` is a tool of the host
that embeds LMP; tests mock it. The model that comes with LMP is too small to choose well: take a larger one
(`lmp models`, `lmp pull`).
)";

constexpr const char* kChatProgram =
    R"(// A chat: reads a line, answers it, and sums the talk up before it is too long.
//
//   lmp run main.lmp
//   lmp test

fn begin(name: string, so_far: string) -> context {
  return context {
    system "You are a patient assistant. The user is called ${name}."
    if so_far != "" {
      user "What we discussed before:\n${so_far}"
      assistant "I remember."
    }
  }
}

fn main(name: string = "friend", most: int(100..100_000) = 3000) {
  var talk = begin(name, "")
  while limit 1000 {
    let said = try listen(timeout: 1h) else "/bye"
    if said == "/bye" { break }
    on talk {
      user said
      gen reply with max: 200, temp: 0.6
    }
    emit "${reply}\n"
    if tokens(talk) > most {
      on copy talk {
        user "Sum up our talk so far."
        gen gist with max: 200
      }
      talk = begin(name, gist)
    }
  }
}

test "answers until /bye" {
  mock listen = ["I like tea", "And owls", "/bye"]
  mock main.reply = "So do I."
  mock main.gist = "Tea."
  main(name: "Ada")
  check stats().calls == 2
}

test "sums up what is too long" {
  mock listen = ["a long story about tea", "/bye"]
  mock main.reply = "I see."
  mock main.gist = "Tea."
  main(name: "Ada", most: 100)
  check stats().calls == 2
}
)";

constexpr const char* kChatReadme = R"(# A chat

    lmp run main.lmp --arg name=Ada --model FILE
    lmp test

It ends at `/bye` or at the end of the input. What was said is in the cache, so each turn reads only what is new. The
model that comes with LMP is no talker: take a larger one (`lmp models`, `lmp pull`). From a program of your own, lines
come through `RunOptions::on_listen` (docs/EMBEDDING.md of LMP).
)";

constexpr const char* kIgnored = "*.corpus*\n";

const Project kProjects[] = {
    {"rag",
     "questions about documents, with their sources",
     {{"main.lmp", kRagProgram},
      {"docs/places.md", kRagDocument},
      {".gitignore", kIgnored},
      {"README.md", kRagReadme}}},
    {"agent",
     "a model that chooses among typed tools",
     {{"main.lmp", kAgentProgram}, {".gitignore", kIgnored}, {"README.md", kAgentReadme}}},
    {"chat",
     "a talk, line by line",
     {{"main.lmp", kChatProgram}, {".gitignore", kIgnored}, {"README.md", kChatReadme}}},
};

struct NewFlags {
  std::string project, folder;
};

// Nothing that is there is written over.
ExitCode Make(const NewFlags& flags) {
  const Project* project = nullptr;
  for (const Project& one : kProjects) {
    if (flags.project == one.name) project = &one;
  }
  const fs::path folder = flags.folder.empty() ? fs::path(flags.project) : fs::path(flags.folder);
  std::error_code error;
  for (const File& file : project->files) {
    if (fs::exists(folder / file.path, error))
      return PrintError(InvalidArgument((folder / file.path).string() + " is there already"));
  }
  for (const File& file : project->files) {
    const fs::path path = folder / file.path;
    fs::create_directories(path.parent_path(), error);
    if (error) return PrintError(NotFound(path.parent_path().string() + ": " + error.message()));
    std::ofstream out(path, std::ios::binary);
    out << file.text;
    if (!out.flush()) return PrintError(NotFound("cannot write " + path.string()));
    WriteOut(path.string() + "\n");
  }
  const bool reads = flags.project == "rag";
  WriteOut("\nNext: cd " + folder.string() + " && lmp test && lmp run main.lmp" +
           (reads
                ? "\n"
                : " --model FILE\nThe model that comes with LMP only reads what is in its prompt; "
                  "`lmp models` lists others.\n"));
  return kDone;
}

}  // namespace

void AddNew(CLI::App* app, Action* action) {
  auto flags = std::make_shared<NewFlags>();
  CLI::App* command = app->add_subcommand("new", "Make a project to begin from: rag, agent, chat");
  std::string projects;
  std::vector<std::string> names;
  for (const Project& project : kProjects) {
    names.emplace_back(project.name);
    projects += "  " + std::string(project.name) +
                std::string(8 - std::string(project.name).size(), ' ') + project.what + "\n";
  }
  command->add_option("project", flags->project, "rag, agent or chat")
      ->required()
      ->check(CLI::IsMember(names));
  command->add_option("folder", flags->folder, "where; its own name if left out");
  command->footer(projects +
                  "\nExample:\n  lmp new rag my-questions && cd my-questions && lmp test");
  command->callback([flags, action] { *action = [flags] { return Make(*flags); }; });
}

}  // namespace lmp::cli
