// The programs of `lmp bench naive`: messages of the sizes that the table in docs/PERFORMANCE.md
// names, with what the chat format of the demo model adds.
#pragma once

namespace lmp::api {

inline constexpr const char* kNaivePrograms = R"lmp(
// What a model writes is read but not put into other prompts: how many tokens it has there is not known.

// ---- extract: two more attempts after the first, each told what was wrong ----

fn extract(text: string) -> string {
  user clip(text, tokens: 1624)
  try with retries: 2, feedback: true {
    gen reply with min: 300, max: 300, temp: 0.5
    check reply == "", "${clip(text, tokens: 34)}"
  } else e { return e.kind }
  return reply
}

// ---- rag: six passages of 384 tokens, the last time in another order ----

fn rag(rules: string, question: string, passages: list<passage>) -> string {
  system clip(rules, tokens: 56)
  user {
    "Passages:\n"
    insert [passage(id: p.id, text: clip(p.text, tokens: 384)) for p in passages] with reuse: blend(0.15)
    "${clip(question, tokens: 124)}"
  }
  gen answer with max: 2
  return answer
}

// ---- votes: eight answers to one question ----

fn votes(text: string) -> int {
  user clip(text, tokens: 137)
  let all = fork i in 0..8 with temp: 0.8 { gen answer with min: 100, max: 100  yield len(answer) }
  return sum(all)
}

// ---- tree: three levels, three steps for each of the best three ----

record Scored { path: string  score: int(1..10) }

fn step_text(steps: list<string>, number: int, written: string) -> string {
  return clip(steps[number], tokens: 40) + (written == "" ? "." : "")
}

fn tree(text: string, steps: list<string>) -> string {
  let problem = clip(text, tokens: 148)
  var frontier: list<string> = [""]
  for d in 0..3 {
    let grown = fork path in frontier {
      user "${problem}\nSo far:\n${path}\nNext:"
      let more = fork j in 0..3 with temp: 0.9 {
        gen step with min: 40, max: 40
        yield path + step_text(steps, d * 9 + len(path) % 3 * 3 + j, step)
      }
      yield more
    }
    let scored = fork candidate in flat(grown) {
      user "${problem}\nScore this:\n${candidate}\nScore:"
      gen score: int(1..10) with max: 4
      yield Scored(path: candidate, score: score)
    }
    frontier = [s.path for s in top(scored, by: "score", n: 3)]
  }
  return frontier[0]
}

// ---- react: eight steps, what is thought and what is found ----

fn react(text: string, found: list<string>) -> int {
  user clip(text, tokens: 494)
  var n = 0
  for f in found {
    gen thought with min: 60, max: 60
    n = n + len(thought)
    observe clip(f, tokens: 233)
  }
  return n
}

// ---- judge: two answers compared in four ways, then as a whole ----

enum Better { first second neither }

fn judge(text: string, ways: list<string>, notes: string) -> int {
  user clip(text, tokens: 1894)
  let all = fork way in ways {
    user clip(way, tokens: 26)
    gen note with min: 40, max: 40
    yield len(note)
  }
  user clip(notes, tokens: 180) + (sum(all) == 0 ? "." : "")
  gen better: Better
  return better == Better.first ? 1 : 0
}

// ---- triage: three questions about each of 200 mails ----

enum Topic { billing delivery account other }

fn triage(guide: string, mails: list<string>) -> int {
  system clip(guide, tokens: 956)
  let all = fork mail in mails with max_parallel: 64 {
    user clip(mail, tokens: 187)
    gen topic: Topic
    user "Urgent?"
    gen urgent: bool
    user "Summary:"
    gen summary with min: 10, max: 10
    yield len(summary)
  }
  return sum(all)
}

// ---- chat: twenty turns ----

fn chat(rules: string, said: list<string>) -> int {
  system clip(rules, tokens: 56)
  var n = 0
  for s in said {
    user clip(s, tokens: 33)
    gen reply with min: 120, max: 120
    n = n + len(reply)
  }
  return n
}

// ---- skeleton: is there an outline, which, and a text for each of five points ----

fn wanted(topic: string) -> bool {
  user clip(topic, tokens: 34)
  gen yes: bool
  return yes
}

fn skeleton(topic: string, points: list<string>) -> int {
  let first = wanted(topic)
  let base = context { system clip(topic, tokens: 148) }
  on copy base {
    user clip(topic, tokens: 20) + (first ? "?" : "!")
    gen outline with min: 60, max: 60
  }
  on copy base {
    let all = fork p in points { user clip(p, tokens: 15)  gen body with min: 120, max: 120  yield len(body) }
  }
  return sum(all) + len(outline)
}
)lmp";

}  // namespace lmp::api
