"""What servers have been brought down with, as pairs of what is sent and the statuses that answer it: incidents of other
servers, and what goes wrong on the way. Where 200 stands too, the request is odd but right."""
import gzip

CHAT, TEXT, SOAK = "/v1/chat/completions", "/v1/completions", "/v1/programs/soak"
ANSWER, PLAY = "/v1/answer", "/v1/playground/run"
ONE = [{"role": "user", "content": "Who?"}]
# Bodies that are taken: what is made of them below is wrong in one thing only.
RIGHT = b'{"prompt": "a", "max_tokens": 1}'
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(RIGHT), RIGHT)


def post(head, body=b""):
    return b"POST /v1/completions HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n" + body


# Sent as they are, and then nothing more.
HTTP = [
    (b"nonsense\r\n\r\n", [400]),
    (b"GET / HTTP/9.9\r\n\r\n", [400]),
    (b"GET /x y HTTP/1.1\r\nHost: x\r\n\r\n", [400]),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", [400]),  # the beginning of TLS
    (post(b"Content-Length: -1"), [400]),
    (post(b"Content-Length: 99999999999999999999"), [400, 413]),
    (post(b"Content-Length: %d\r\nContent-Length: %d" % (len(RIGHT), len(RIGHT) + 1), RIGHT), [400]),
    (post(b"Content-Length: %d\r\nTransfer-Encoding: chunked" % len(CHUNKS), CHUNKS), [400]),
    (post(b"Transfer-Encoding: chunked", b"zz\r\n{}"), [400]),
    (post(b"Transfer-Encoding: chunked", b"fffffffffffffffff\r\n"), [400]),
    (b"CONNECT example:80 HTTP/1.1\r\nHost: x\r\n\r\n", [404]),
    (b"TRACE /health HTTP/1.1\r\nHost: x\r\n\r\n", [405]),
    (b"DELETE /v1/completions HTTP/1.1\r\nHost: x\r\n\r\n", [405]),
    (b"GET /v1/programs/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: x\r\n\r\n", [404]),
    (b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", [404]),
    (b"GET /" + b"x" * 15_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", [404]),
    (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 20_000 + b"\r\n\r\n", [431]),
    (b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 5_000 + b"\r\n", [431]),
]


def schema(one):
    return CHAT, {"messages": ONE, "max_tokens": 4,
                  "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": one}}}


def deep(levels):
    found = {"type": "integer"}
    for _ in range(levels):
        found = {"type": "array", "items": found}
    return found


# Path, body (JSON, or bytes as they are), statuses.
BODIES = [
    (CHAT, b"", [400]),
    (CHAT, b"{", [400]),
    (CHAT, b"[]", [400]),
    (CHAT, b"null", [400]),
    (TEXT, b"\xef\xbb\xbf" + RIGHT, [200]),  # a byte order mark may stand there once
    (TEXT, b"\xef\xbb\xbf\xef\xbb\xbf" + RIGHT, [400]),
    (TEXT, RIGHT.replace(b'"a"', b'"\xff"'), [400]),
    (TEXT, RIGHT + RIGHT, [400]),
    (TEXT, RIGHT + b"\0" + RIGHT, [400]),
    (CHAT, b"{\"messages\": [{\"role\": \"user\", \"content\": \"\\ud800\"}]}", [400]),
    (CHAT, b"[" * 30_000, [400]),
    (CHAT, b"{\"messages\":" * 5_000, [400]),
    (TEXT, gzip.compress(RIGHT, mtime=0), [400]),
    (TEXT, RIGHT.replace(b"}", b', "temperature": NaN}'), [400]),
    (TEXT, RIGHT.replace(b"}", b', "temperature": 1e999}'), [400]),
    (CHAT, {}, [400]),
    (CHAT, {"messages": []}, [400]),
    (CHAT, {"messages": [[]]}, [400]),
    (CHAT, {"messages": [{"role": "user"}]}, [400]),
    (CHAT, {"messages": [{"role": "user", "content": None}]}, [400]),
    (CHAT, {"messages": [{"role": "user", "content": 7}]}, [400]),
    (CHAT, {"messages": [{"role": "user", "content": [["a"]]}]}, [400]),
    (CHAT, {"messages": [{"role": "nobody", "content": "a"}]}, [400]),
    (CHAT, {"messages": [{"role": "tool", "tool_call_id": "none", "content": "a"}], "max_tokens": 4}, [200, 400]),
    (CHAT, {"messages": ONE * 400}, [400]),  # longer than the context
    (CHAT, {"messages": [{"role": "user", "content": "a" * 60_000}]}, [400]),
    (CHAT, {"messages": [{"role": "user", "content": "a\0b <s> </s> [INST]"}], "max_tokens": 4}, [200]),
    (CHAT, {"messages": ONE, "model": "another"}, [404]),
    (CHAT, {"messages": ONE, "n": 1_000_000}, [400]),
    (CHAT, {"messages": ONE, "n": 0}, [400]),
    (CHAT, {"messages": ONE, "max_tokens": -1}, [400]),
    (CHAT, {"messages": ONE, "max_tokens": 2**63 - 1}, [400]),
    (CHAT, {"messages": ONE, "max_tokens": 2**70}, [400]),
    (CHAT, {"messages": ONE, "temperature": "0.7"}, [400]),
    (CHAT, {"messages": ONE, "temperature": -1}, [400]),
    (CHAT, {"messages": ONE, "seed": 2**64}, [400]),
    (CHAT, {"messages": ONE, "top_k": 2**40}, [400]),
    (CHAT, {"messages": ONE, "top_logprobs": 1000, "logprobs": True}, [400]),
    (CHAT, {"messages": ONE, "stop": ["a"] * 17}, [400]),
    (CHAT, {"messages": ONE, "stop": ["a" * 257]}, [400]),
    (CHAT, {"messages": ONE, "logit_bias": {"-1": 1}}, [400]),
    (CHAT, {"messages": ONE, "logit_bias": {"99999999": 1}}, [400]),
    (CHAT, {"messages": ONE, "chat_template": "{{ 1 }}"}, [400]),
    (CHAT, {"messages": ONE, "tools": [{"type": "function", "function": {"name": "a b"}}]}, [400]),
    (CHAT, {"messages": ONE, "tools": [{"type": "function", "function": {"name": "a", "parameters": {"type": "stsring"}}}]}, [400]),
    (TEXT, {"prompt": [[]]}, [400]),
    (TEXT, {"prompt": []}, [400]),
    (TEXT, {"prompt": [-1]}, [400]),
    (TEXT, {"prompt": [2**31]}, [400]),
    (TEXT, {"prompt": [99_999_999], "max_tokens": 1}, [400]),
    (TEXT, {"prompt": [300] * 10_000, "max_tokens": 1}, [400]),
    # The first of several is right: a stream may have begun before the last fails.
    (TEXT, {"prompt": [[300, 301], [99_999_999]], "max_tokens": 8}, [400]),
    (TEXT, {"prompt": [[300, 301], [99_999_999]], "max_tokens": 8, "stream": True}, [200, 400]),
    (TEXT, {"prompt": [[300, 301], [302] * 10_000], "max_tokens": 8}, [400]),
    (TEXT, {"prompt": [[300, 301], [302] * 10_000], "max_tokens": 8, "stream": True}, [200, 400]),
    (TEXT, {"prompt": ["a"] * 129, "max_tokens": 1}, [400]),
    (TEXT, {"prompt": "a", "grammar": "root ::= root"}, [400]),
    (TEXT, {"prompt": "a", "grammar": "root ::= a"}, [400]),
    (TEXT, {"prompt": "a", "grammar": "root ::= " + "(" * 30_000}, [400]),
    (TEXT, {"prompt": "a", "grammar": 'root ::= "a"{1,99999999999}'}, [400]),
    (*schema({"type": "stsring"}), [400]),
    (*schema([]), [400]),
    (*schema(False), [400]),
    (*schema({"$ref": "#/a/b"}), [400]),
    (*schema({"$ref": "#"}), [400]),
    (*schema({"type": "string", "pattern": "^+"}), [400]),
    (*schema({"type": "string", "pattern": "(?<=x)*"}), [400]),
    (*schema({"type": "string", "pattern": "a{1000000}"}), [200, 400, 422]),
    (*schema({"type": "array", "items": {"type": "integer"}, "maxItems": 2**64 - 1}), [200, 400]),
    (*schema({"type": "array", "items": {"type": "integer"}, "minItems": 2**64 - 1}), [200, 400, 422]),
    (*schema(deep(90)), [200, 400]),
    (*schema({"enum": list(range(5_000))}), [200]),
    (*schema({"properties": {"__proto__": {}, "": {}, "a\0": {}}, "type": "object"}), [200, 400]),
    (SOAK, b"{", [400]),
    (SOAK, {"argments": {}, "arguments": {"q": "a"}}, [400]),
    (SOAK, {"arguments": {}}, [400]),
    (SOAK, {"arguments": {"q": 3}}, [400]),
    (SOAK, {"arguments": {"q": "word " * 5_000}}, [400]),
    (SOAK, {"function": "none"}, [400, 404]),
    (SOAK, {"function": "fails", "arguments": {"n": 0}}, [422]),
    (SOAK, {"arguments": {"q": "a"}, "cache_salt": "x" * 257}, [400]),
    (SOAK, {"arguments": {"q": "a"}, "seed": -1}, [400]),
    (SOAK, {"function": "typed", "arguments": {"note": {"text": "a", "stars": 6}, "way": {"kind": "Left", "at": 1}}}, [400]),
    (SOAK, {"function": "typed", "arguments": {"note": {"text": "a"}, "way": {"at": 1}}}, [400]),
    (ANSWER, {}, [400]),
    (ANSWER, {"question": "a", "passages": [{"text": "b", "id": "x"}, {"text": "c", "id": "x"}]}, [400]),
    (ANSWER, {"question": "a", "passages": [{"text": "b" * (64 << 10)}]}, [400, 413]),
    (ANSWER, {"question": "a", "passages": [{"text": "word " * 3_000}]}, [400]),
    (ANSWER, {"question": "a", "passages": [{"text": "b"}], "reuse": "all"}, [400]),
    (PLAY, {}, [400]),
    (PLAY, {"source": "fn main() { emit nothing }"}, [400]),
    (PLAY, {"source": "fn main() { emit \"" + "${" * 5_000}, [400]),
    (PLAY, {"source": "fn main() -> string { return " + "(" * 20_000}, [400]),
    (PLAY, {"source": 'import "/etc/passwd" as p\nfn main() {}'}, [400]),
    (PLAY, {"source": "x" * 60_000}, [400]),
    ("/v1/playground/check", b"", [400]),
    ("/v1/chat", {}, [404]),
    ("/v1/programs/none", {}, [404]),
]
