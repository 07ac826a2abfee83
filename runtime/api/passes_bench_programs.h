// The programs of `lmp bench passes`. Each is written once, in functions of one generation each and
// a function that puts them together; the client calls the former. Lengths are fixed, so that every
// run does the same work whatever the model writes.
#pragma once

namespace lmp::api {

inline constexpr const char* kPassesPrograms = R"lmp(
@effect(read) @timeout(60s)
tool search(query: string) -> string = host("search")

// ---- rag: searches are planned, then made; the answer is from a letter and what was found ----

fn plan(question: string) -> list<string(max: 40)>(3..3) {
  system "You plan searches. Write one search for each thing that has to be known."
  user question
  gen queries: list<string(max: 40)>(3..3) with max: 200
  return queries
}

fn reply(letter: string, question: string, found: string) -> string {
  system "You answer letters from passages."
  user "Letter:\n${letter}\n\nQuestion: ${question}\n\nPassages:\n${found}\n\nAnswer in a few words."
  gen answer with min: 24, max: 24
  return answer
}

fn rag(letter: string, question: string) -> string {
  let found = [search(q) for q in plan(question)]
  return reply(letter, question, lines(found))
}

// ---- map_reduce: a list of sections, notes on each from what is found, one text from the notes ----

fn sections(topic: string) -> list<string(max: 40)>(6..6) {
  system "You plan a report as a list of sections."
  user topic
  gen titles: list<string(max: 40)>(6..6) with max: 300
  return titles
}

fn note(title: string, source: string) -> string {
  system "You note what a text says about a section."
  user "Section: ${title}\nText:\n${source}\nNote:"
  gen text with min: 32, max: 32
  return text
}

fn report(topic: string, notes: string) -> string {
  system "You write a report from notes."
  user "Topic: ${topic}\nNotes:\n${notes}"
  gen text with min: 32, max: 32
  return text
}

fn map_reduce(topic: string) -> string {
  let notes = [note(t, search(t)) for t in sections(topic)]
  return report(topic, lines(notes))
}

// ---- skeleton: an outline, then all of its points at the same time ----

fn outline(topic: string) -> list<string(max: 40)>(6..6) {
  system "You write short, plain articles."
  user "Topic: ${topic}"
  user "List six points, a few words each."
  gen points: list<string(max: 40)>(6..6) with max: 300
  return points
}

fn body(topic: string, point: string) -> string {
  system "You write short, plain articles."
  user "Topic: ${topic}"
  user "Write two sentences on this point only: ${point}"
  gen text with min: 40, max: 40
  return text
}

fn skeleton(topic: string) {
  let parts = [body(topic, p) for p in outline(topic)]
  emit lines(parts)
}

// ---- what single passes are about ----

// parallelize: a loop whose rounds need nothing of each other.
fn loop(texts: list<string>(0..8)) -> list<string> {
  var all: list<string> = []
  for t in texts { all = all + [note("all", t)] }
  return all
}

// dead_code: an answer that nobody reads.
fn unread(text: string) -> string {
  let gist = note("gist", text)
  let tone = note("tone", text)
  let all = [gist, tone]
  return all[0]
}
)lmp";

}  // namespace lmp::api
