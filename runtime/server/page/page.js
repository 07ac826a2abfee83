// The page of `lmp serve --playground`: a program is edited and run, its stream, its calls of the model and the engine are
// shown. What models, programs and servers say becomes text nodes and nothing else.
"use strict";

const CHECK_AFTER_MS = 400;
const STATE_EVERY_MS = 2000;
const CALLS_SHOWN = 200;
const CHARACTERS_SHOWN = 1500;  // of one part of a context, until it is opened

const $ = (id) => document.getElementById(id);

// An element with properties, attributes and children; strings become text nodes.
function make(tag, how = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(how)) {
    if (name === "on") for (const [event, call] of Object.entries(value)) element.addEventListener(event, call);
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function count(number, one, many = one + "s") {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

// --- Asking the server ---------------------------------------------------------------------------

let key = sessionStorage.getItem("lmp.key") || "";

// Asks for the key as often as the server does. What it does not take is not kept.
async function ask(path, body, signal) {
  for (let tried = key;;) {
    const headers = {};
    if (tried) headers.Authorization = `Bearer ${tried}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const reply = await fetch(path, {method: body === undefined ? "GET" : "POST", headers, signal, cache: "no-store",
                                     body: body === undefined ? undefined : JSON.stringify(body)})
      .catch((wrong) => { throw signal && signal.aborted ? wrong : new Error("the server does not answer"); });
    if (reply.status !== 401) {
      if (tried !== key) sessionStorage.setItem("lmp.key", key = tried);
      return reply;
    }
    tried = await askForKey(tried !== "");
  }
}

let asking = null;  // one dialog for all that ask
function askForKey(refused) {
  asking ??= new Promise((resolve) => {
    $("asking-why").textContent = refused ? "The server does not take this key" : "This server asks for a key";
    $("key").value = "";
    $("asking").showModal();
    $("asking").addEventListener("close", () => {
      asking = null;
      // No header can hold another character.
      resolve($("key").value.replace(/[^\x20-\x7e\xa0-\xff]/g, ""));
    }, {once: true});
  });
  return asking;
}

// {name, data} of each event of a stream.
async function* eventsOf(reply) {
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const {value, done} = await reader.read();
    if (done) return;
    held += value;
    for (let end; (end = held.indexOf("\n\n")) >= 0; held = held.slice(end + 2)) {
      const event = {name: "", data: ""};
      for (const line of held.slice(0, end).split("\n")) {
        if (line.startsWith("event: ")) event.name = line.slice(7);
        else if (line.startsWith("data: ")) event.data += line.slice(6);
      }
      if (event.name) yield {name: event.name, data: JSON.parse(event.data)};
    }
  }
}

// --- Editing --------------------------------------------------------------------------------------

let served = [];       // programs of the server
let chosen = null;     // the one that the source is, as long as nobody edits it
let functions = [];    // of the source, as it was checked last

function numberLines(wrong = new Set()) {
  const lines = $("source").value.split("\n").length;
  $("lines").replaceChildren(...Array.from({length: lines}, (_, i) =>
    make("span", {className: wrong.has(i + 1) ? "wrong" : ""}, String(i + 1))));
  $("lines").scrollTop = $("source").scrollTop;
}

// Lines and columns begin with 1; columns count code points.
function goTo(line, column) {
  const lines = $("source").value.split("\n");
  let at = 0;
  for (let i = 0; i + 1 < line && i < lines.length; ++i) at += lines[i].length + 1;
  at += [...lines[Math.min(line, lines.length) - 1]].slice(0, Math.max(0, column - 1)).join("").length;
  $("source").focus();
  $("source").setSelectionRange(at, at);
  $("source").scrollTop = Math.max(0, (line - 6) * 19.5);
}

function placeButton(text) {
  const found = /:(\d+):(\d+)$/.exec(text || "");
  if (!found) return text || "";
  return make("button", {type: "button", className: "place", on: {click: () => goTo(Number(found[1]), Number(found[2]))}}, text);
}

function showDiagnostics(diagnostics, message) {
  const items = diagnostics.map((d) => {
    const item = make("li", {className: d.severity === "error" ? "error" : ""},
      make("p", {}, placeButton(`${d.file}:${d.line}:${d.column}`), ` ${d.code} ${d.title}`));
    if (d.label) item.append(make("p", {className: "more"}, d.label));
    for (const note of d.notes || []) item.append(make("p", {className: "more"}, note));
    for (const help of d.helps || []) item.append(make("p", {className: "more"}, `help: ${help}`));
    return item;
  });
  if (message) items.unshift(make("li", {className: "error"}, make("p", {}, message)));
  $("diagnostics").replaceChildren(...items);
  numberLines(new Set(diagnostics.filter((d) => d.severity === "error").map((d) => d.line)));
}

function setChecked(text, how) {
  $("checked").textContent = text;
  $("checked").className = how;
}

let checks = 0, checkTimer = 0;
function onEdit() {
  chosen = null;
  numberLines();
  clearTimeout(checkTimer);
  checkTimer = setTimeout(() => check().catch(() => setChecked("no answer", "wrong")), CHECK_AFTER_MS);
}

async function check() {
  const number = ++checks;
  const reply = await ask("/v1/playground/check", {source: $("source").value});
  const said = await reply.json();
  if (number !== checks || chosen) return;
  if (reply.status !== 200) {
    showDiagnostics([], said.error.message);
    return setChecked("not taken", "wrong");
  }
  showDiagnostics(said.diagnostics, said.message);
  setChecked(said.ok ? "right" : "wrong", said.ok ? "right" : "wrong");
  if (said.ok) showFunctions(said.functions);
}

function showFunctions(found) {
  functions = found;
  const before = $("functions").value;
  $("functions").replaceChildren(...found.map((f) => make("option", {value: f.name}, f.name)));
  const names = found.map((f) => f.name);
  $("functions").value = names.includes(before) ? before : names.includes("main") ? "main" : names[0] || "";
  showParameters();
}

function functionChosen() {
  return functions.find((f) => f.name === $("functions").value);
}

function isText(parameter) {
  return /^string\b/.test(parameter.type);
}

// What is written for a parameter stays when the function changes only elsewhere.
function showParameters() {
  const written = new Map([...$("arguments").querySelectorAll("textarea")].map((field) => [field.name, field]));
  const rows = [];
  for (const parameter of (functionChosen() || {parameters: []}).parameters) {
    const id = `argument-${parameter.name}`;
    let field = written.get(parameter.name);
    if (!field || field.dataset.type !== parameter.type) {
      const value = !("default" in parameter) ? ""
        : isText(parameter) && typeof parameter.default === "string" ? parameter.default : JSON.stringify(parameter.default, null, 1);
      field = make("textarea", {id, name: parameter.name, value, rows: Math.min(6, value.split("\n").length), spellcheck: false,
                                placeholder: isText(parameter) ? "text" : "JSON"});
      field.dataset.type = parameter.type;
    }
    rows.push(make("label", {htmlFor: id, title: parameter.description || ""}, `${parameter.name} `, make("code", {}, parameter.type)), field);
  }
  $("arguments").replaceChildren(...rows);
}

// Throws what is wrong with one of them.
function argumentsWritten() {
  const values = {};
  for (const parameter of (functionChosen() || {parameters: []}).parameters) {
    const text = $(`argument-${parameter.name}`).value;
    if (isText(parameter)) {
      if (text !== "" || !("default" in parameter)) values[parameter.name] = text;
    } else if (text.trim() !== "") {
      try {
        values[parameter.name] = JSON.parse(text);
      } catch {
        // A word of an enum needs no quotes.
        if (!/^[\w -]+$/.test(text.trim())) throw new Error(`argument ${parameter.name}: expected JSON of ${parameter.type}`);
        values[parameter.name] = text.trim();
      }
    }
  }
  return values;
}

function choose(name) {
  const program = served.find((p) => p.id === name);
  if (!program) return;
  $("source").value = program.source;
  chosen = program;
  ++checks;
  clearTimeout(checkTimer);
  showDiagnostics([], "");
  setChecked("", "");
  showFunctions(program.functions);
}

// --- Running ---------------------------------------------------------------------------------------

let stopping = null;

function setState(text, wrong = false) {
  $("state").textContent = text;
  $("state").className = wrong ? "wrong" : "";
}

function fail(text, place, kind) {
  const said = $("failure");
  said.replaceChildren(...(kind ? [`${kind}: `] : []), text, ...(place ? ["\n", placeButton(place)] : []));
  said.hidden = false;
  setState("failed", true);
}

function clearRun() {
  $("failure").hidden = true;
  $("emitted").replaceChildren();
  $("variables").replaceChildren();
  $("result").hidden = true;
  $("usage").textContent = "";
  $("time").replaceChildren();
  $("tree").replaceChildren();
}

// A row per generation, filled as its text comes.
function makeVariables() {
  const rows = new Map();
  return (piece) => {
    let row = rows.get(piece.site);
    if (!row) {
      row = make("td", {className: "going"});
      rows.set(piece.site, row);
      $("variables").append(make("tr", {}, make("td", {title: piece.site}, piece.function ? `${piece.function}.${piece.name}` : piece.name), row));
    }
    if (piece.text) row.append(piece.text);
    if (piece.last) row.className = "";
  };
}

async function run() {
  let body;
  try {
    body = {function: $("functions").value || "main", arguments: argumentsWritten()};
    if ($("seed").value.trim() !== "") body.seed = JSON.parse($("seed").value);
  } catch (wrong) {
    clearRun();
    return fail(wrong.message);
  }
  if (chosen) body.program = chosen.id;
  else body.source = $("source").value;
  clearRun();
  stopping = new AbortController();
  $("run").disabled = true;
  $("stop").disabled = false;
  setState("running");
  const hear = makeVariables();
  try {
    const reply = await ask("/v1/playground/run", body, stopping.signal);
    if (reply.status !== 200) {
      const said = await reply.json();
      if (said.diagnostics) showDiagnostics(said.diagnostics, "");
      return fail(said.error.message, said.error.place);
    }
    let ended = false;
    for await (const event of eventsOf(reply)) {
      if (event.name === "text" && event.data.text) $("emitted").append(event.data.text);
      else if (event.name === "generated") hear(event.data);
      else if (event.name === "done" || event.name === "error") {
        ended = true;
        showEnd(event.data);
      }
    }
    if (!ended) fail("the server went away");
  } catch (wrong) {
    if (stopping.signal.aborted) setState("stopped");
    else fail(String(wrong.message || wrong));
  } finally {
    for (const going of document.querySelectorAll("#variables .going")) going.className = "";
    $("run").disabled = false;
    $("stop").disabled = true;
    look().catch(() => {});
  }
}

function showEnd(data) {
  if (data.error) {
    fail(data.error.message, data.error.place, data.error.code);
  } else {
    setState("done");
    if (data.value_cut) {
      $("value").textContent = `${data.value_cut.json}\n... cut: the value has ${count(data.value_cut.bytes, "byte")}`;
      $("result").hidden = false;
    } else if (data.value !== null) {
      $("value").textContent = typeof data.value === "string" ? data.value : JSON.stringify(data.value, null, 2);
      $("result").hidden = false;
    }
  }
  const usage = data.usage;
  const parts = [count(usage.calls, "call") + " of the model", count(usage.prompt_tokens, "prompt token"),
                 `${usage.prompt_tokens_details.cached_tokens.toLocaleString("en")} of them found, ${usage.computed_tokens.toLocaleString("en")} tokens computed`,
                 `${usage.completion_tokens.toLocaleString("en")} written, ${usage.forced_tokens.toLocaleString("en")} of them forced`,
                 `${usage.seconds.toFixed(usage.seconds < 1 ? 3 : 1)} s`];
  if (usage.approximate_tokens > 0) parts.push(`${count(usage.approximate_tokens, "prompt token")} on approximate KV`);
  $("usage").textContent = parts.join(" · ");
  showTime(data.calls);
  showContexts(data.calls);
}

// --- What the model was asked ------------------------------------------------------------------

// "main.ask#0/3/ask.reply#0" is ask.reply, the fourth of its fork.
function shortSite(site) {
  const parts = site.split("/");
  const last = parts[parts.length - 1].replace(/#0$/, "");
  const numbers = parts.filter((part) => /^\d+$/.test(part));
  return numbers.length ? `${last} ${numbers.join(".")}` : last;
}

function seconds(s) {
  return s < 0.001 ? `${(s * 1e6).toFixed(0)} µs` : s < 1 ? `${(s * 1e3).toFixed(s < 0.01 ? 1 : 0)} ms` : `${s.toFixed(2)} s`;
}

function showTime(calls) {
  if (!calls.length) return $("time").replaceChildren(make("p", {className: "note"}, "The model was not asked."));
  const end = Math.max(...calls.map((call) => call.end_s), 1e-9);
  const legend = make("p", {className: "legend"});
  for (const [name, text] of [["cached", "found"], ["computed", "computed"], ["generated", "written"], ["forced", "forced"]])
    legend.append(make("span", {}, make("span", {className: `swatch ${name}`}), text));
  const rows = [legend];
  for (const call of calls.slice(0, CALLS_SHOWN)) {
    const bar = make("div", {className: "span"});
    bar.style.left = `${100 * call.start_s / end}%`;
    bar.style.width = `${100 * (call.end_s - call.start_s) / end}%`;
    const tokens = make("div", {className: "tokens"});
    const prompt = Math.max(0, call.prompt_tokens - call.cached_tokens);
    for (const [name, many] of [["cached", call.cached_tokens], ["computed", prompt],
                                ["generated", Math.max(0, call.generated_tokens - call.forced_tokens)], ["forced", call.forced_tokens]]) {
      const part = make("span", {className: name});
      part.style.flexGrow = many;
      if (many > 0) tokens.append(part);
    }
    const facts = factsOf(call);
    rows.push(make("div", {className: "row", title: `${call.site}\n${facts}`},
      make("span", {className: "name"}, shortSite(call.site)), make("div", {className: "track"}, bar),
      make("span", {className: "much"}, seconds(call.end_s - call.start_s)), tokens));
  }
  if (calls.length > CALLS_SHOWN) rows.push(make("p", {className: "note"}, `${count(calls.length - CALLS_SHOWN, "more call")} not shown`));
  rows.push(make("p", {className: "note"}, `From 0 to ${seconds(end)}. The thin bars are the tokens of each call.`));
  $("time").replaceChildren(...rows);
}

function factsOf(call) {
  return `${count(call.prompt_tokens, "prompt token")}, ${call.cached_tokens} found (${call.why}); ${call.generated_tokens} written` +
    (call.forced_tokens ? `, ${call.forced_tokens} of them forced` : "") + (call.reused_tokens ? `; ${call.reused_tokens} from stored passages` : "") +
    (call.exact ? "" : "; approximate");
}

// Contexts that begin alike share what they begin with: a tree, as the cache has them.

function lengthOf(parts) {
  return parts.reduce((sum, part) => sum + part.text.length, 0);
}

// The first `length` characters, and the rest.
function cut(parts, length) {
  const head = [], rest = [];
  for (const part of parts) {
    const take = Math.max(0, Math.min(part.text.length, length));
    length -= part.text.length;
    if (take > 0) head.push({...part, text: part.text.slice(0, take)});
    if (take < part.text.length) rest.push({...part, text: part.text.slice(take)});
  }
  return [head, rest];
}

// How far both are the same, back to where a part or a word begins.
function sharedLength(a, b) {
  const one = a.map((part) => part.text).join(""), other = b.map((part) => part.text).join("");
  let same = 0;
  while (same < one.length && same < other.length && one[same] === other[same]) ++same;
  if (same === one.length || same === other.length) return same;
  const begins = new Set([0]);
  let at = 0;
  for (const part of a) begins.add(at += part.text.length);
  while (same > 0 && !begins.has(same) && !/\s/.test(one[same - 1])) --same;
  return same;
}

function isFound(parts) {
  return parts.every((part) => part.state === "cached");
}

function addCall(node, parts, call) {
  for (const child of node.children) {
    const same = sharedLength(child.parts, parts);
    if (same === 0) continue;
    if (same < lengthOf(child.parts)) {
      const [head, rest] = cut(child.parts, same);
      const seen = child.seen.map((one) => cut(one, same));
      const lower = {parts: rest, seen: seen.map((one) => one[1]), ends: child.ends, children: child.children};
      Object.assign(child, {parts: head, seen: seen.map((one) => one[0]), ends: [], children: [lower]});
    }
    const [head, rest] = cut(parts, same);
    child.seen.push(head);
    if (rest.length === 0) child.ends.push(call);
    else addCall(child, rest, call);
    return;
  }
  node.children.push({parts, seen: [parts], ends: [call], children: []});
}

function partElement(part) {
  const element = make("span", {className: `part ${part.kind} ${part.state}`,
                                title: `${part.kind}, ${part.state === "cached" ? "found in the cache" : part.state}`});
  if (part.text.length <= CHARACTERS_SHOWN) {
    element.append(part.text);
  } else {
    const half = CHARACTERS_SHOWN / 2;
    const more = make("button", {type: "button", on: {click: () => element.replaceChildren(part.text)}},
                      `${count(part.text.length - CHARACTERS_SHOWN, "character")} more`);
    element.append(part.text.slice(0, half), more, part.text.slice(-half));
  }
  return element;
}

function nodeElement(node) {
  const element = make("div", {className: "node"}, make("div", {className: "said"}, ...node.parts.map(partElement)));
  if (node.seen.length > 1) {
    const found = node.seen.filter(isFound).length;
    element.append(make("p", {className: "facts"}, `in ${node.seen.length} calls, of which ${found} found it whole`));
  }
  for (const call of node.ends) element.append(make("p", {className: "facts"}, make("b", {}, shortSite(call.site)), ` ${factsOf(call)} `, placeButton(call.place)));
  // A context that only goes on stays at the margin.
  const children = node.children.map(nodeElement);
  if (children.length === 1) {
    element.append(...children[0].childNodes);
  } else {
    element.append(...children);
  }
  return element;
}

function showContexts(calls) {
  const root = {children: []};
  const kept = calls.filter((call) => call.parts.length).slice(0, CALLS_SHOWN);
  for (const call of kept) addCall(root, call.parts, call);
  const nodes = root.children.map(nodeElement);
  if (!nodes.length) nodes.push(make("p", {className: "note"}, "The model was not asked."));
  if (kept.length < calls.length) nodes.push(make("p", {className: "note"}, `${count(calls.length - kept.length, "more call")} not shown`));
  $("tree").replaceChildren(...nodes);
}

function showLegend() {
  const parts = [["role", "", "chat format"], ["static", "", "text of the program"], ["dynamic", "", "values"], ["generated", "", "written by the model"],
                 ["forced", "", "forced by a type"], ["", "cached", "found in the cache"], ["", "computed", "computed"]];
  $("legend").replaceChildren(...parts.map(([kind, state, text]) => make("span", {className: `part ${kind} ${state}`}, text)));
}

// --- The engine ----------------------------------------------------------------------------------

const rates = [];  // share found since the last look, where there were prompts
let before = null;

function counterRows(now) {
  const share = (a, b) => (b > 0 ? `${(100 * a / b).toFixed(1)} %` : "none");
  const used = now.pages_total - now.pages_free;
  const rows = [["prompt tokens", now.prompt_tokens], ["found in the cache", `${now.cached_tokens.toLocaleString("en")} (${share(now.cached_tokens, now.prompt_tokens)})`],
                ["written tokens", now.generated_tokens], ["of them forced", `${now.forced_tokens.toLocaleString("en")} (${share(now.forced_tokens, now.generated_tokens)})`],
                ["steps", now.steps], ["rows computed", now.rows],
                ["pages in use", `${used.toLocaleString("en")} of ${now.pages_total.toLocaleString("en")}`], ["pages evicted", now.pages_evicted],
                ["running, waiting", `${now.sequences_running}, ${now.sequences_waiting}`]];
  return rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, typeof value === "number" ? value.toLocaleString("en") : value)]);
}

async function showEngine() {
  const reply = await ask("/v1/playground/state");
  if (reply.status === 403) {
    $("counters").replaceChildren(make("dd", {}, "Of several tenants: shown to keys of operators."));
    $("rates-note").textContent = "Shown to keys of operators.";
  }
  if (reply.status !== 200) return;
  const now = await reply.json();
  $("counters").replaceChildren(...counterRows(now));
  $("engines").replaceChildren(...now.engines.flatMap((engine) => [make("h2", {}, `Engine ${engine.name}`), make("dl", {}, ...counterRows(engine))]));
  if (before && now.prompt_tokens > before.prompt_tokens) {
    rates.push((now.cached_tokens - before.cached_tokens) / (now.prompt_tokens - before.prompt_tokens));
    if (rates.length > 60) rates.shift();
  }
  before = now;
  const space = "http://www.w3.org/2000/svg";
  const line = document.createElementNS(space, "polyline");
  const shown = rates.length === 1 ? [rates[0], rates[0]] : rates;
  line.setAttribute("points", shown.map((rate, i) => `${120 * i / Math.max(1, shown.length - 1)},${38 - 36 * rate}`).join(" "));
  $("rates").replaceChildren(line);
  $("rates-note").textContent = rates.length ? `From 0 to 100 %. Last: ${(100 * rates[rates.length - 1]).toFixed(1)} %.` : "Nothing was asked since this page is open.";
}

// Of each run of tokens that is cached: from where to where it goes in the prompts that have it, and how often it was found. What
// goes on from another stands below it and begins where that ends.
function treeRows(tree) {
  const nodes = tree.nodes.map((node) => ({...node, children: []}));
  const roots = [];
  for (const node of nodes) {
    const parent = node.parent === null ? null : nodes[node.parent];
    node.begin = parent ? parent.end : 0;
    node.end = node.begin + node.tokens;
    node.depth = parent ? parent.depth + 1 : 0;
    (parent ? parent.children : roots).push(node);
  }
  const longest = nodes.reduce((most, node) => Math.max(most, node.end), 1);
  const rows = [];
  const add = (node) => {
    if (node.parent !== null) {
      const bar = make("div", {className: node.leased ? "span leased" : "span"});
      bar.style.left = `${100 * node.begin / longest}%`;
      bar.style.width = `${100 * node.tokens / longest}%`;
      bar.style.opacity = Math.max(0.25, 1 - Math.log2(1 + node.idle) / 14);
      const facts = [`tokens ${node.begin} to ${node.end}`, `taken from ${count(node.hits, "time")}`,
                     node.idle ? `${count(node.idle, "run")} of tokens used since` : "used last", `${count(node.pages_below, "page")} with what follows`];
      if (node.leased) facts.push("in use now");
      if (node.retained) facts.push("evicted last");
      rows.push(make("div", {className: "row", title: facts.join("\n")}, make("span", {className: "name"}, `${"· ".repeat(Math.min(node.depth - 1, 8))}${count(node.tokens, "token")}`),
        make("div", {className: "track"}, bar), make("span", {className: "much"}, `${node.hits.toLocaleString("en")} ×`)));
    }
    node.children.forEach(add);
  };
  roots.forEach(add);
  return rows;
}

async function showCache() {
  const reply = await ask("/v1/playground/cache");
  if (reply.status !== 200) return;
  const {trees} = await reply.json();
  const rows = [];
  let pages = 0, others = 0;
  for (const tree of trees) {
    const found = treeRows(tree);
    if (trees.length > 1 && found.length) rows.push(make("h2", {}, tree.engine || "the engine of runs"));
    rows.push(...found);
    const left = tree.node_count - found.length;
    if (left > 0) rows.push(make("p", {className: "note"}, `${count(left, "more run")} of tokens, taken less often`));
    pages += tree.pages;
    others += tree.pages_others;
  }
  $("cache-note").textContent = rows.length
    ? `A bar is a run of tokens that prompts begin with, and how many lookups took tokens of it; what goes on from it stands below. Paler: not used for longer. ${count(pages, "page")}` +
      (others ? `; ${count(others, "page")} of other keys and salts are not shown.` : ".")
    : "Nothing.";
  $("cache").replaceChildren(...rows);
}

// What the tab of the engine shows.
async function look() {
  await showEngine();
  if (!$("engine").hidden) await showCache();
}

// --- The page ------------------------------------------------------------------------------------

function showTab(tab) {
  for (const other of document.querySelectorAll("[role=tab]")) {
    const selected = other === tab;
    other.setAttribute("aria-selected", String(selected));
    other.tabIndex = selected ? 0 : -1;
    $(other.getAttribute("aria-controls")).hidden = !selected;
  }
  if (!$("engine").hidden) showCache().catch(() => {});
}

function onTabKey(event) {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const step = {ArrowRight: 1, ArrowLeft: tabs.length - 1}[event.key];
  if (!step) return;
  const next = tabs[(tabs.indexOf(event.target) + step) % tabs.length];
  showTab(next);
  next.focus();
}

// Tab indents; Escape before it leaves the editor, as without it the keyboard would be caught.
let leaving = false;
function onSourceKey(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (!$("run").disabled) run();
  } else if (event.key === "Tab" && !event.shiftKey && !leaving) {
    event.preventDefault();
    $("source").setRangeText("  ", $("source").selectionStart, $("source").selectionEnd, "end");
    onEdit();
  }
  leaving = event.key === "Escape";
}

async function begin() {
  showLegend();
  $("programs").addEventListener("change", () => choose($("programs").value));
  $("functions").addEventListener("change", showParameters);
  $("source").addEventListener("input", onEdit);
  $("source").addEventListener("keydown", onSourceKey);
  $("source").addEventListener("scroll", () => { $("lines").scrollTop = $("source").scrollTop; });
  $("call").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  $("stop").addEventListener("click", () => stopping && stopping.abort());
  for (const tab of document.querySelectorAll("[role=tab]")) {
    tab.addEventListener("click", () => showTab(tab));
    tab.addEventListener("keydown", onTabKey);
  }
  $("asking").addEventListener("cancel", (event) => event.preventDefault());
  const reply = await ask("/v1/playground");
  const facts = await reply.json();
  if (reply.status !== 200) return fail(facts.error.message);
  const model = facts.model;
  $("model").textContent = `${facts.version} · ${model.name || model.architecture} · ${model.weights} · context ${model.context_max.toLocaleString("en")} · ${model.kernels}`;
  served = facts.programs;
  $("programs").replaceChildren(...served.map((p) => make("option", {value: p.id}, p.id)));
  if (served.length) choose(served[0].id);
  await look();
  setInterval(() => { if (!document.hidden) look().catch(() => setState("the server does not answer", true)); }, STATE_EVERY_MS);
}

begin().catch((wrong) => fail(String(wrong.message || wrong)));
