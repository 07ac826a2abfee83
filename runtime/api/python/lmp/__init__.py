"""LMP: LLM programs compiled and run in this process.

    import lmp

    engine = lmp.Engine("model.gguf")
    program = lmp.compile("fn main(q: string) { user q  gen reply with max: 40  emit reply }")
    for text in engine.stream(program, {"q": "Why?"}):
        print(text, end="", flush=True)

Everything may be called from any thread. Other Python threads go on while LMP works, and LMP's own
threads never wait for Python. Engines have threads, which do not survive os.fork(): make engines in
the process that uses them.
"""

from __future__ import annotations

import asyncio
import collections
import concurrent.futures
import contextlib
import dataclasses
import enum
import inspect
import itertools
import json
import logging
import math
import os
import threading
import weakref
from typing import Any, AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Optional, Sequence, TypeVar, Union

from lmp import _lmp

__version__ = _lmp.__version__
__all__ = ["Answer", "CompileError", "Context", "Corpus", "Diagnostic", "Engine", "Error", "Function", "Hit", "Hits", "Parameter",
           "Passage", "Piece", "Program", "Result", "Run", "RunError", "Servers", "Stats", "compile", "load"]

# A context that a run gave: pass it, among the arguments, to later runs of the same engine, of any program. It does not
# change. While it is held, its KV stays in the cache before all else. `tokens`: how long it is.
Context = _lmp.Context

_log = logging.getLogger("lmp")
_T = TypeVar("_T")
_F = TypeVar("_F", bound=Callable[..., Any])
# Who is listened to: gives the next line, or None when there will be no more. `input` is one.
Listener = Callable[[], Union[Optional[str], Awaitable[Optional[str]]]]


class Error(Exception):
    """Something LMP was asked to do cannot be done.

    code: "invalid_argument", "not_found", "resource_exhausted", "unavailable", "corruption",
    "unsupported", "cancelled", "internal".
    """

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


class CompileError(Error):
    """A program with mistakes; `diagnostics` has each of them, str() all as text."""

    def __init__(self, diagnostics: Sequence["Diagnostic"]):
        super().__init__("invalid_argument", "".join(d.text for d in diagnostics).rstrip("\n"))
        self.diagnostics = list(diagnostics)


class RunError(Error):
    """A run that ended with a failure.

    kind: "limit", "constraint", "overflow", "check", "budget", "timeout", "value", "retrieve", "tool", "listen",
    "remote", "cancelled", "internal", "replay";
    place: "rag.lmp:12:3"; site: the generation; stats: what was computed until then; record and trace: as those of a
    Result.
    """

    def __init__(self, kind: str, message: str, site: str, place: str, stats: "Stats", record: str = "",
                 trace: str = ""):
        super().__init__(kind, f"{place}: {kind}: {message}" if place else f"{kind}: {message}")
        self.kind, self.message, self.site, self.place, self.stats = kind, message, site, place, stats
        self.record, self.trace = record, trace


@dataclasses.dataclass(frozen=True)
class Diagnostic:
    is_error: bool
    text: str  # as `lmp check` prints it
    details: dict[str, Any]  # as `lmp check --json` prints it


@dataclasses.dataclass(frozen=True)
class Parameter:
    name: str
    type: str
    has_default: bool
    default: Any = None


@dataclasses.dataclass(frozen=True)
class Function:
    name: str
    parameters: tuple[Parameter, ...]
    result: str


@dataclasses.dataclass(frozen=True)
class Stats:
    """Tokens of one run; docs/CLI.md says what each is."""

    calls: int
    prompt_tokens: int
    cached_tokens: int
    computed_tokens: int
    generated_tokens: int
    forced_tokens: int
    preemptions: int
    seconds: float
    reused_tokens: int
    recomputed_tokens: int
    approximate_tokens: int
    approximate_calls: int
    auto_reused: int
    auto_computed: int
    reordered: int
    tool_calls: int
    tool_hits: int


@dataclasses.dataclass(frozen=True)
class Result:
    value: Any  # None, bool, int, float, str, list, dict, Context
    text: str  # the value as interpolation would print it
    stats: Stats
    explain: str  # with explain=True: what of each prompt was cached, computed, and why
    record: str  # with record=True: what came into the run from outside, for Engine.replay
    trace: str  # with trace=True: when each operation ran, as JSON for Perfetto or chrome://tracing


@dataclasses.dataclass(frozen=True)
class Piece:
    """A piece of text and whose it is.

    name: what the program calls it, `reply` of `gen reply`; of the result of a call, the function that was called; ""
    of other text. function: in which that stands, or which emits. site: one generation of the run. emitted: else it
    was generated (start with generations=True). last: generated, and nothing of that generation follows; text may be
    empty."""

    text: str
    name: str
    function: str
    site: str
    emitted: bool
    last: bool = False


@dataclasses.dataclass(frozen=True)
class Passage:
    id: str
    text: str
    document: str = ""


@dataclasses.dataclass(frozen=True)
class Answer:
    text: str
    citations: list[str]  # ids of passages, of those given
    exact: bool  # what computing the whole prompt gives
    prompt_tokens: int
    computed_tokens: int
    reused_tokens: int


@dataclasses.dataclass(frozen=True)
class Hit:
    id: str
    document: str
    heading: str
    text: str
    line: int
    score: float


@dataclasses.dataclass(frozen=True)
class Servers:
    """Servers with OpenAI's API that generate instead of this process: "http://host:8000", all of one kind.

    kind: "lmp", "vllm", "sglang", "llama-server", "llama-cpp-python"; "": they are asked.
    model: as requests name it; "": the first that they list.
    tokenizer: a model or tokenizer file, for an engine of functions; "": that of the engine around it.
    seconds: for a server's first word. priority: more goes before less; of vllm and sglang only.
    """

    urls: Sequence[str]
    kind: str = ""
    model: str = ""
    key: str = dataclasses.field(default="", repr=False)
    tokenizer: Union[str, "os.PathLike[str]"] = ""
    seconds: int = 300
    priority: int = 0


class Hits(list[Hit]):
    """Hits, best first."""

    @property
    def scores(self) -> Any:
        """A numpy array of their scores, float32."""
        import numpy
        return numpy.array([hit.score for hit in self], dtype=numpy.float32)


def _numbers(where: str, name: str, value: Any) -> Any:
    """A numpy array of it."""
    import numpy
    try:
        return numpy.asarray(value, dtype=numpy.float32)
    except (TypeError, ValueError):
        raise TypeError(f"{where}: `{name}`: expected an array of numbers, found {value!r:.80} of type "
                        f"{type(value).__name__}") from None


def _flags(where: str, **values: Any) -> None:
    for name, value in values.items():
        _typed(where, name, value, bool, "a bool")


def _typed(where: str, name: str, value: _T, kind: Union[type, tuple[type, ...]], expected: str) -> _T:
    """`value`, if it is of that kind. Text has to have a UTF-8 form."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise TypeError(f"{where}: `{name}`: expected {expected}, found {value!r:.80} of type {type(value).__name__}")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"{where}: `{name}`: expected {expected}, found text with a lone surrogate at character "
                             f"{error.start}") from None
    return value


def _path(where: str, name: str, value: Any) -> str:
    return _typed(where, name, os.fspath(_typed(where, name, value, (str, os.PathLike), "a path")), str, "a path")


def _servers(where: str, name: str, servers: Union[Servers, Sequence[str]]) -> "tuple[str, dict[str, Any]]":
    """Its tokenizer, and what _lmp.load takes."""
    if not isinstance(servers, Servers):
        servers = Servers(_typed(where, name, servers, (list, tuple), "Servers, or a list of URLs"))
    urls = list(_typed(where, name, servers.urls, (list, tuple), "a list of URLs"))
    if not urls:
        raise ValueError(f"{where}: `{name}`: expected a URL, found an empty list")
    for text in (*urls, servers.kind, servers.model, servers.key):
        if "\0" in _typed(where, name, text, str, "texts that are str"):
            raise ValueError(f"{where}: `{name}`: expected text without a zero byte")
    for number in (servers.seconds, servers.priority):
        if not -2**31 <= _typed(where, name, number, int, "seconds and a priority that are int") < 2**31:
            raise ValueError(f"{where}: `{name}`: expected an int of 32 bits, found {number}")
    tokenizer = _path(where, name, servers.tokenizer)
    return tokenizer, {"urls": urls, "kind": servers.kind, "model": servers.model, "key": servers.key,
                       "seconds": servers.seconds, "priority": servers.priority}


def _engine(name: Any, engine: Any) -> "tuple[str, str, Optional[dict[str, Any]]]":
    """What one of Engine's `engines` is for _lmp.load."""
    if "\0" in _typed("Engine", "engines", name, str, "names that are str"):
        raise ValueError("Engine: `engines`: expected names without a zero byte")
    if engine is None:
        return name, "", None
    if isinstance(engine, (Servers, list, tuple)):
        return (name, *_servers("Engine", f"engines[{name!r:.80}]", engine))
    return name, _path("Engine", f"engines[{name!r:.80}]", engine), None


def _value(outcome: "Union[tuple[_T, None], tuple[None, tuple[str, str]]]") -> _T:
    value, error = outcome
    if error is not None:
        raise Error(*error)
    return value  # type: ignore[return-value]  # it is there when there is no error


class Program:
    """A compiled program: immutable, for any number of engines, runs and threads."""

    def __init__(self, inner: _lmp.Program, lints: Sequence[Diagnostic]):
        self._inner = inner
        self.lints = list(lints)
        self.functions = tuple(
            Function(name, tuple(Parameter(p, type_, default is not None, None if default is None else json.loads(default))
                                 for p, type_, default in parameters), result)
            for name, parameters, result in inner.functions)

    def __repr__(self) -> str:
        return f"<lmp.Program {', '.join(f.name for f in self.functions)}>"


def compile(text: str, name: str = "program.lmp") -> Program:
    """Compiles a program. `name` is what diagnostics call it; files that it imports are seen from its folder.

    Raises CompileError."""
    inner, found = _value(_lmp.compile(_typed("compile", "name", name, str, "a str"),
                                       _typed("compile", "text", text, str, "a str")))
    diagnostics = [Diagnostic(is_error, shown, json.loads(details)) for is_error, details, shown in found]
    if inner is None:
        raise CompileError(diagnostics)
    return Program(inner, diagnostics)


def load(path: Union[str, "os.PathLike[str]"]) -> Program:
    """Compiles the program in a file. Raises OSError, CompileError."""
    name = _path("load", "path", path)
    with open(name, encoding="utf-8") as file:
        return compile(file.read(), name)


class Run:
    """A run that was started. Iterating, or `async for`, gives what the program emits, as it comes; pieces() and
    pieces_async() give it with whose text it is."""

    def __init__(self, inner: _lmp.Run):
        self._inner = inner
        self._ended = False

    def cancel(self) -> None:
        """Ends the run; its result is then RunError with the kind "cancelled"."""
        self._inner.cancel()

    def done(self) -> bool:
        """Whether it has ended: result() then returns at once."""
        return self._ended or self._inner.take(0, True)[1]

    def result(self, timeout: Optional[float] = None) -> Result:
        """Waits for the end. Raises RunError, and TimeoutError after `timeout` seconds (the run goes on)."""
        if timeout is not None and math.isnan(_typed("result", "timeout", timeout, (int, float), "seconds, or None")):
            raise ValueError("result: `timeout`: expected seconds, or None, found nan")
        if not self._ended:
            with _wait_of_this_thread():
                self._ended = self._inner.take(timeout, True)[1]
            if not self._ended:
                raise TimeoutError(f"the run has not ended within {timeout} seconds")
        report = self._inner.report()
        stats = Stats(**report["stats"])
        if not report["ok"]:
            kind, message, site, place = report["failure"]
            raise RunError(kind, message, site, place, stats, report["record"], report["trace"])
        return Result(_read(report["value_json"], report["contexts"]), report["value_text"], stats, report["explain"],
                      report["record"], report["trace"])

    def pieces(self) -> Iterator[Piece]:
        while not self._ended:
            with _wait_of_this_thread():
                found, self._ended = self._inner.take(None, False)
            for piece in found:
                yield Piece(*piece)

    async def pieces_async(self) -> AsyncIterator[Piece]:
        while not self._ended:
            found, self._ended = self._inner.take(0, False)
            for piece in found:
                yield Piece(*piece)
            if not found and not self._ended:
                await self._readable(False)

    def __iter__(self) -> Iterator[str]:
        return (piece.text for piece in self.pieces() if piece.emitted)

    async def __aiter__(self) -> AsyncIterator[str]:
        async for piece in self.pieces_async():
            if piece.emitted:
                yield piece.text

    def __await__(self) -> Any:
        return self._finish().__await__()

    async def _finish(self) -> Result:
        try:
            while not self._ended:
                self._ended = self._inner.take(0, True)[1]
                if not self._ended:
                    await self._readable(True)
        except asyncio.CancelledError:
            self.cancel()
            raise
        return self.result()

    async def _readable(self, only_end: bool) -> None:
        loop, descriptor = asyncio.get_running_loop(), self._inner.fileno(only_end)
        ready: "asyncio.Future[None]" = loop.create_future()
        loop.add_reader(descriptor, _set, ready)
        try:
            await ready
        finally:
            loop.remove_reader(descriptor)


def _place(value: Any, contexts: list[Context]) -> Any:
    if isinstance(value, Context):
        contexts.append(value)
        return {"$context": len(contexts) - 1}
    return _plain(value)


def _plain(value: Any) -> Any:
    """What JSON has no form for: dataclasses, members of enums by their names, numbers and arrays of numpy."""
    if isinstance(value, enum.Enum):
        return value.name
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a value of type {type(value).__name__}")


def _written(function: str, arguments: Optional[Mapping[str, Any]], contexts: list[Context]) -> str:
    """Arguments as JSON. Raises Error with the function and the argument."""
    members = []
    for name, value in _typed("start", "arguments", arguments or {}, Mapping,
                              "a mapping from names of parameters to values").items():
        _typed("start", "arguments", name, str, "names of parameters")
        try:
            text = json.dumps(value, allow_nan=False, ensure_ascii=False, default=lambda odd: _place(odd, contexts))
            text.encode()
        except UnicodeEncodeError:
            raise Error("invalid_argument", f"function `{function}`: argument `{name}`: expected text that has a UTF-8 form, "
                                            f"found a lone surrogate in {value!r:.80}") from None
        except (TypeError, ValueError, RecursionError) as error:
            raise Error("invalid_argument", f"function `{function}`: argument `{name}`: expected what JSON can say (None, bool, "
                                            f"int, float, str, list, dict), an array, a dataclass or a Context, found "
                                            f"{str(error) or type(error).__name__}") from error
        members.append(f"{json.dumps(name)}: {text}")
    return "{" + ", ".join(members) + "}"


def _read(value_json: str, contexts: Sequence[Context]) -> Any:
    if not contexts:
        return json.loads(value_json or "null")
    return json.loads(value_json, object_hook=lambda found: contexts[found["$context"]] if "$context" in found else found)


def _set(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)


class Engine:
    """A model that is loaded, with its KV cache."""

    def __init__(self, model: Union[str, "os.PathLike[str]"], *, threads: int = 0, kv_type: str = "bf16",
                 kernels: str = "auto", kv_bytes: int = 0, sequences_max: int = 64, prefix_cache: bool = True,
                 chunk_store: Union[str, "os.PathLike[str]"] = "", chunk_store_bytes: int = 0,
                 chunk_memory_bytes: Optional[int] = None, step_tokens_max: int = 512, http_tools: bool = True,
                 environment: Optional[Mapping[str, str]] = None,
                 servers: Union[Servers, Sequence[str], None] = None,
                 engines: "Mapping[str, Union[str, os.PathLike[str], Servers, Sequence[str], None]]" = {}):
        """Reads a GGUF file, or a folder with safetensors. threads=0: one per core; kv_bytes=0: a quarter of memory, at
        most 4 GiB; chunk_store: a folder for the KV of passages; step_tokens_max: rows computed in a step;
        http_tools=False: programs may not ask the servers that they name; environment: what their env("NAME") is
        (None: that of the process when a run starts); servers: they generate, and of the model only tokenizer and chat
        format are read; engines: what functions with @engine("name") run on: a model file, Servers, or None for the
        engine that runs the rest. Raises Error."""
        _flags("Engine", prefix_cache=prefix_cache, http_tools=http_tools)
        for name, number in (("threads", threads), ("sequences_max", sequences_max), ("step_tokens_max", step_tokens_max)):
            if _typed("Engine", name, number, int, "an int") >= 2**31:
                raise ValueError(f"Engine: `{name}`: expected an int below 2**31, found {number}")
        if chunk_memory_bytes is not None:
            _typed("Engine", "chunk_memory_bytes", chunk_memory_bytes, int, "an int that is not negative, or None")
        for name, number in (("threads", threads), ("kv_bytes", kv_bytes), ("sequences_max", sequences_max),
                             ("step_tokens_max", step_tokens_max),
                             ("chunk_store_bytes", chunk_store_bytes), ("chunk_memory_bytes", chunk_memory_bytes or 0)):
            if not 0 <= _typed("Engine", name, number, int, "an int that is not negative") < 2**63:
                raise ValueError(f"Engine: `{name}`: expected an int that is not negative, found {number}")
        for name, text in (("kv_type", kv_type), ("kernels", kernels)):
            _typed("Engine", name, text, str, "a str")
        model, chunk_store = _path("Engine", "model", model), _path("Engine", "chunk_store", chunk_store)
        if environment is not None:
            environment = dict(_typed("Engine", "environment", environment, Mapping, "a mapping from names to str"))
            for text in itertools.chain.from_iterable(environment.items()):
                _typed("Engine", "environment", text, str, "names and values that are str")
                if "\0" in text:
                    raise ValueError("Engine: `environment`: expected text without a zero byte")
            for name in environment:
                if not name or "=" in name:
                    raise ValueError(f"Engine: `environment`: expected the name of a variable, found {name!r:.80}")
        on_servers = None if servers is None else _servers("Engine", "servers", servers)
        if on_servers is not None and on_servers[0]:
            raise ValueError("Engine: `servers`: the tokenizer is that of `model`")
        others = [_engine(name, each) for name, each in
                  _typed("Engine", "engines", engines, Mapping, "a mapping from names to engines").items()]
        self._inner, log = _value(_lmp.load(
            model=model, kv_type=kv_type, kernels=kernels, threads=threads, kv_bytes=kv_bytes,
            sequences_max=sequences_max, prefix_cache=prefix_cache, chunk_store=chunk_store,
            chunk_store_bytes=chunk_store_bytes, chunk_memory_bytes=chunk_memory_bytes,
            step_tokens_max=step_tokens_max, http_tools=http_tools, environment=environment,
            servers=on_servers[1] if on_servers is not None else None, engines=others))
        for line in log:
            _log.warning(line)
        self._tools: Optional[_Tools] = None

    def set_tool(self, name: str, function: Optional[Callable[..., Any]]) -> None:
        """What host(name) of programs calls from now on, with its arguments by name; None takes it away. It
        returns something with a JSON form of the tool's type, and runs in a thread of its own, several at once. A
        coroutine function runs in the event loop that is running now, else in one of its own. What it raises is the
        failure "tool" of the program."""
        if not _typed("set_tool", "name", name, str, "a str"):
            raise ValueError("set_tool: `name`: expected the name that programs write in host(...), found an empty one")
        if function is not None and not callable(function):
            raise TypeError(f"set_tool: `function`: expected a function or None, found {function!r:.80}")
        self._callables().set(name, function)
        self._inner.set_tool(name, function is not None)

    def _callables(self) -> "_Tools":
        if self._tools is None:
            self._tools = _Tools(self._inner.tools())
        return self._tools

    def tool(self, name: str) -> Callable[[_F], _F]:
        """set_tool as a decorator: @engine.tool("orders.lookup")."""
        def decorate(function: _F) -> _F:
            self.set_tool(name, function)
            return function
        return decorate

    @property
    def model(self) -> dict[str, Any]:
        """Facts of the model: name, architecture, layers, width, vocabulary, context_max, ..."""
        return self._inner.model()

    def start(self, program: Program, arguments: Optional[Mapping[str, Any]] = None, *, function: str = "main",
              seed: Optional[int] = None, tenant: str = "", explain: bool = False, generations: bool = False,
              listen: Optional[Listener] = None, record: bool = False, trace: bool = False, owner: int = 0) -> Run:
        """Starts a run; `await` it, iterate over it, or ask for its result(). Runs of one engine share its cache
        unless their tenants differ. Runs of different owners take turns in it, however many each has. With generations=True its pieces() also have what each `gen` writes and each
        `select` chooses. When the program listens, `listen` is called, in a thread of its own (a coroutine function in
        the event loop that is running now), and gives what is said; None and EOFError end it. With record=True the
        result, or the failure, has a record for replay(), with trace=True a time line. Raises Error: no such function, or arguments of a wrong type."""
        _typed("start", "program", program, Program, "what lmp.compile or lmp.load gives")
        _typed("start", "function", function, str, "a str")
        _typed("start", "tenant", tenant, str, "a str")
        _flags("start", explain=explain, generations=generations, record=record, trace=trace)
        if seed is not None and not 0 <= _typed("start", "seed", seed, int, "an int from 0 to 2**64 - 1") < 2**64:
            raise ValueError(f"start: `seed`: expected an int from 0 to 2**64 - 1, found {seed}")
        if not 0 <= _typed("start", "owner", owner, int, "an int from 0 to 2**64 - 1") < 2**64:
            raise ValueError(f"start: `owner`: expected an int from 0 to 2**64 - 1, found {owner}")
        if listen is not None and not callable(listen):
            raise TypeError(f"start: `listen`: expected a function that gives the next line, found {listen!r:.80}")
        contexts: list[Context] = []
        written = _written(function, arguments, contexts)
        listener = None if listen is None else self._callables().add_listener(listen)
        started = self._inner.start(program._inner, function, written, contexts, seed, tenant, explain, generations, listener,
                                    record, "", trace, owner)
        if listener is None:
            return Run(_value(started))
        try:
            run = Run(_value(started))
        except Error:
            self._callables().set(listener, None)
            raise
        weakref.finalize(run, self._callables().set, listener, None)
        return run

    def replay(self, program: Program, record: str, *, explain: bool = False, generations: bool = False,
               trace: bool = False) -> Run:
        """Repeats the run that a record is of, with its function, arguments and seed: bit for bit, and without asking
        tools, corpora or who listens. Raises Error: a record of another program, model, KV type or kernels."""
        _typed("replay", "program", program, Program, "what lmp.compile or lmp.load gives")
        _flags("replay", explain=explain, generations=generations, trace=trace)
        function, arguments, seed = _value(_lmp.read_record(_typed("replay", "record", record, str, "a str")))
        return Run(_value(self._inner.start(program._inner, function, arguments, [], seed, "", explain, generations, None,
                                            False, record, trace, 0)))

    def run(self, program: Program, arguments: Optional[Mapping[str, Any]] = None, *, function: str = "main",
            on_text: Optional[Callable[[str], Any]] = None, seed: Optional[int] = None, tenant: str = "",
            explain: bool = False, listen: Optional[Listener] = None, record: bool = False, trace: bool = False) -> Result:
        """Runs a function to its end; `on_text` is called in this thread with what the program emits, as it comes.
        Raises Error, RunError; what on_text raises, after the run was cancelled."""
        if on_text is not None and not callable(on_text):
            raise TypeError(f"run: `on_text`: expected a function or None, found {on_text!r:.80}")
        run = self.start(program, arguments, function=function, seed=seed, tenant=tenant, explain=explain,
                         listen=listen, record=record, trace=trace)
        try:
            if on_text is not None:
                for text in run:
                    on_text(text)
            return run.result()
        except BaseException:
            run.cancel()
            raise

    def stream(self, program: Program, arguments: Optional[Mapping[str, Any]] = None, *, function: str = "main",
               seed: Optional[int] = None, tenant: str = "", listen: Optional[Listener] = None) -> Iterator[str]:
        """What the program emits, as it comes. Raises Error, RunError. Leaving the loop cancels the run."""
        run = self.start(program, arguments, function=function, seed=seed, tenant=tenant, listen=listen)
        try:
            yield from run
            run.result()
        finally:
            run.cancel()

    def answer(self, question: str, passages: Iterable[Union[Passage, Mapping[str, str], tuple[str, str]]], *,
               reuse: str = "auto", tenant: str = "") -> Answer:
        """A question answered from passages: Passage(id, text), {"id", "text"} or (id, text). reuse: "prefix",
        "link", "blend", "auto" (docs/CHUNK-REUSE.md). Raises Error."""
        _typed("answer", "question", question, str, "a str")
        for name, text in (("reuse", reuse), ("tenant", tenant)):
            _typed("answer", name, text, str, "a str")
        if isinstance(passages, (str, Mapping)) or not isinstance(passages, Iterable):
            raise TypeError(f"answer: `passages`: expected passages, found a {type(passages).__name__}")
        return Answer(*_value(self._inner.answer(question, [_passage(p) for p in passages], reuse, tenant)))

    def check(self, program: Program) -> list[Diagnostic]:
        """What is wrong with the program under this model. Raises Error."""
        return [Diagnostic(is_error, shown, json.loads(details))
                for is_error, details, shown in _value(self._inner.check(program._inner))]

    def counters(self) -> dict[str, int]:
        """Steps, tokens and pages since the engine was loaded."""
        return _value(self._inner.counters())

    def clear_cache(self) -> None:
        self._inner.clear_cache()


_LISTENER = "\0listener "  # how their names begin: no tool can have one


class _Tools:
    """Takes the calls of tools, and of listeners, that wait in the queue, each into a thread of its own."""

    def __init__(self, queue: _lmp.ToolQueue):
        self._functions: dict[str, tuple[Callable[..., Any], Optional[asyncio.AbstractEventLoop]]] = {}
        self._numbers = itertools.count()
        threading.Thread(target=_take_calls, args=(queue, self._functions), name="lmp tools", daemon=True).start()

    def set(self, name: str, function: Optional[Callable[..., Any]]) -> None:
        if function is None:
            self._functions.pop(name, None)
            return
        loop = None
        if inspect.iscoroutinefunction(function):
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                pass
        self._functions[name] = (function, loop)

    def add_listener(self, listen: Listener) -> str:
        name = f"{_LISTENER}{next(self._numbers)}"
        self.set(name, listen)
        return name


def _take_calls(queue: _lmp.ToolQueue,
                functions: Mapping[str, tuple[Callable[..., Any], Optional[asyncio.AbstractEventLoop]]]) -> None:
    while True:
        os.read(queue.fileno(), 8)  # waits here, so that a daemon thread may end with the process
        while True:
            call, closed = queue.take()
            if closed:
                return
            if call is None:
                break
            threading.Thread(target=_answer_call, args=(queue, functions, *call), daemon=True).start()


def _answer_call(queue: _lmp.ToolQueue, functions: Mapping[str, Any], call: int, name: str, arguments: str) -> None:
    try:
        function, loop = functions[name]
        value = function(**json.loads(arguments))
        if inspect.isawaitable(value):
            if loop is not None and loop.is_running():
                value = _result_in(loop, value)
            else:
                value = asyncio.run(_awaited(value))
        if not name.startswith(_LISTENER):
            text = json.dumps(value, allow_nan=False, default=_plain)
        elif value is None:
            raise EOFError
        elif isinstance(value, str):
            text = value[:-1] if value.endswith("\n") else value
            text.encode()
        else:
            raise TypeError(f"`listen` gave a {type(value).__name__}: a str is expected, or None")
    except BaseException as error:
        ended = name.startswith(_LISTENER) and isinstance(error, EOFError)
        why = "the input has ended" if ended else f"{type(error).__name__}: {error}"
        queue.answer(call, False, why.encode("utf-8", "replace").decode())
    else:
        queue.answer(call, True, text)


# Event loops whose thread waits for a run, with how many waits: they run nothing meanwhile.
_waiting_loops: "collections.Counter[asyncio.AbstractEventLoop]" = collections.Counter()


@contextlib.contextmanager
def _wait_of_this_thread() -> Iterator[None]:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        yield
        return
    _waiting_loops[loop] += 1
    try:
        yield
    finally:
        _waiting_loops[loop] -= 1
        if not _waiting_loops[loop]:
            del _waiting_loops[loop]


def _result_in(loop: asyncio.AbstractEventLoop, value: Awaitable[Any]) -> Any:
    """What a coroutine gives in `loop`, which must not be one that waits for the run."""
    future = asyncio.run_coroutine_threadsafe(_awaited(value), loop)
    while True:
        try:
            return future.result(0.1)
        except concurrent.futures.TimeoutError:
            if future.done():
                raise  # its own
            if loop in _waiting_loops:
                future.cancel()
                raise RuntimeError("the event loop that runs this coroutine waits for the run: `await` the run "
                                   "(engine.start) instead") from None


async def _awaited(value: Awaitable[Any]) -> Any:
    return await value


def _passage(passage: Union[Passage, Mapping[str, str], tuple[str, str]]) -> tuple[str, str, str]:
    expected = 'Passage(id, text), {"id", "text"} or (id, text)'
    if isinstance(passage, Mapping):
        found = (passage.get("id"), passage.get("text"), passage.get("document", ""))
    elif isinstance(passage, Passage):
        found = (passage.id, passage.text, passage.document)
    elif isinstance(passage, (tuple, list)) and len(passage) == 2:
        found = (passage[0], passage[1], "")
    else:
        raise TypeError(f"answer: `passages`: expected {expected}, found {passage!r:.80}")
    for text in found:
        if not isinstance(text, str):
            raise TypeError(f"answer: `passages`: expected {expected} of str, found {passage!r:.80}")
        _typed("answer", "passages", text, str, expected)
    return found


class Corpus:
    """Documents cut into passages and found again: one file. One thread at a time."""

    def __init__(self, path: Union[str, "os.PathLike[str]"], *, create: bool = True, model: str = ""):
        """model: a GGUF file whose tokenizer counts; without one tokens are estimated. Raises Error."""
        _flags("Corpus", create=create)
        self._inner = _value(_lmp.Corpus.open(_path("Corpus", "path", path), create,
                                              _path("Corpus", "model", model)))

    def update(self, *sources: Union[str, "os.PathLike[str]"]) -> dict[str, Any]:
        """Adds files, folders and patterns ("docs/**/*.md"), then brings the corpus up to date with all that were
        ever added. Raises Error."""
        return _value(self._inner.update([_path("update", "sources", source) for source in sources], None))

    def add_passages(self, passages: Iterable[Mapping[str, str]]) -> dict[str, Any]:
        """Documents without files: {"id", "text"} and perhaps "title". Raises Error."""
        lines = []
        for passage in _typed("add_passages", "passages", passages, Iterable, "an iterable of {\"id\", \"text\"}"):
            _typed("add_passages", "passages", passage, Mapping, "{\"id\", \"text\"} for each passage")
            for name in ("id", "text"):
                _typed("add_passages", name, passage.get(name), str, "a str")
            _typed("add_passages", "title", passage.get("title", ""), str, "a str")
            lines.append(json.dumps(dict(passage)) + "\n")
        return _value(self._inner.update([], "".join(lines)))

    def add_vectors(self, ids: Sequence[str], vectors: Any) -> tuple[int, int, list[str]]:
        """An array of one row per passage id. Gives how many were new, how many the same as before, and which ids
        are not known. Raises Error."""
        if isinstance(ids, str):
            raise TypeError(f"add_vectors: `ids`: expected a sequence of str, found one str, {ids!r:.80}")
        names = [_typed("add_vectors", "ids", name, str, "a sequence of str")
                 for name in _typed("add_vectors", "ids", ids, Iterable, "a sequence of str")]
        return _value(self._inner.add_vectors(names, _numbers("add_vectors", "vectors", vectors)))

    def search(self, text: str = "", *, vector: Any = None, count: int = 5) -> Hits:
        """By words, by a vector, or by both. Best first. Raises Error."""
        _typed("search", "text", text, str, "a str")
        if _typed("search", "count", count, int, "an int from 1") < 1:
            raise ValueError(f"search: `count`: expected an int from 1, found {count}")
        if vector is not None:
            vector = _numbers("search", "vector", vector)
        return Hits(Hit(*hit) for hit in _value(self._inner.search(text, vector, count)))

    def remove(self, *names: str) -> tuple[int, int]:
        """Documents, folders or sources; gives how many documents and passages. Nothing of them is left in the
        file. Raises Error."""
        return _value(self._inner.remove([_typed("remove", "names", name, str, "a str") for name in names]))
