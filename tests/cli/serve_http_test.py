#!/usr/bin/env python3
"""What `lmp serve` makes of the heads of requests: lines, Host, Expect, schemes of keys, origins of pages.

    serve_http_test.py --lmp BINARY [-v] [TestClass.test_name ...]
"""
import http.client
import json
import socket
import time
import unittest

import serve_test as base

NOTHING = b'{"function":"nothing"}'


def post(*lines, body=NOTHING):
    head = [b"POST /v1/programs/notes HTTP/1.1", b"Host: x", b"Connection: close", b"Content-Length: %d" % len(body), *lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


class Heads(base.Server):
    def test_an_empty_line_before_a_request(self):
        ready = b"GET /readyz HTTP/1.1\r\nHost: x\r\n%s\r\n"
        last = ready % b"Connection: close\r\n"
        self.assertTrue(self.raw(b"\r\n" + last).startswith(b"HTTP/1.1 200 OK\r\n"))
        # Behind each request, as some clients send it behind bodies.
        self.assertEqual(self.raw(ready % b"" + b"\r\n" + ready % b"" + b"\r\n" + last).count(b"HTTP/1.1 200 OK"), 3)
        # One, and nothing else.
        for data in (b"\r\n\r\n" + last, b"\r" + last, b"\n" + last, b" \r\n" + last):
            self.assertTrue(self.raw(data, half_close=True).startswith(b"HTTP/1.1 400 "), data)
        # Byte by byte.
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"\r\n" + last:
                client.sendall(bytes([byte]))
                time.sleep(0.002)
            self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n"))

    def test_an_empty_line_is_no_request(self):
        """Who sends nothing else is silent, and goes when that takes too long."""
        _, port = self.server("--idle-s", "1")
        for data in (b"\r\n", b"\r"):
            begin = time.monotonic()
            self.assertEqual(self.raw(data, port), b"")
            self.assertLess(time.monotonic() - begin, 8)  # --header-s is 10

    def test_hosts(self):
        for version, hosts, status in ((b"1.1", b"Host: x\r\n", 200), (b"1.1", b"", 400), (b"1.1", b"Host: x\r\nHost: x\r\n", 400),
                                       (b"1.0", b"", 200), (b"1.0", b"Host: x\r\nHost: y\r\n", 400)):
            answer = self.raw(b"GET /readyz HTTP/%s\r\n%sConnection: close\r\n\r\n" % (version, hosts))
            self.assertTrue(answer.startswith(b"HTTP/1.1 %d " % status), (version, hosts, answer))
            if status == 400:
                self.assertIn("Host: expected one", json.loads(answer.split(b"\r\n\r\n")[1])["error"]["message"])

    def test_expect_has_no_case(self):
        for value in (b"100-continue", b"100-Continue", b"100-CONTINUE"):
            with socket.create_connection(("127.0.0.1", self.port), timeout=60) as client:
                head, body = post(b"Expect: " + value).split(b"\r\n\r\n")
                client.sendall(head + b"\r\n\r\n")
                self.assertEqual(client.recv(4096), b"HTTP/1.1 100 Continue\r\n\r\n")
                client.sendall(body)
                self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n"))
        # A client of HTTP/1.0 knows no such answer.
        old = self.raw(post(b"Expect: 100-continue").replace(b"HTTP/1.1", b"HTTP/1.0"))
        self.assertTrue(old.startswith(b"HTTP/1.1 200 OK\r\n"), old)

    def test_the_scheme_of_a_key_has_no_case(self):
        _, port = self.server("--api-key-file", "keys")
        for value, status in (("Bearer first-key", 200), ("bearer first-key", 200), ("BEARER first-key", 200), ("bearer   first-key", 200),
                              ("bearer FIRST-KEY", 401), ("bearerfirst-key", 401), ("bearer", 401), ("bearer ", 401), ("basic first-key", 401)):
            self.assertEqual(self.ask("GET", "/v1/programs", port=port, Authorization=value)[0], status, value)


class Origins(base.Server):
    """Pages in a browser may post only where they are the server's own, allowed, or have a key."""

    def status(self, port, path="/v1/programs/notes", **headers):
        answer = self.ask("POST", path, NOTHING, port=port, **headers)
        if answer[0] == 403:
            self.assertRefused(answer, 403, "--cors-origin", code="wrong_origin", type="invalid_request_error")
        return answer[0]

    def test_without_keys(self):
        own = f"http://127.0.0.1:{self.port}"
        evil = {"Origin": "http://evil.example", "Content-Type": "text/plain"}
        for headers, status in (({}, 200), ({"Origin": own}, 200), (evil, 403), ({"Origin": "null"}, 403),
                                ({"Origin": f"http://localhost:{self.port}", "Host": f"localhost:{self.port}"}, 200),
                                ({"Origin": f"http://127.0.0.1:{self.port + 1}"}, 403),
                                # A name of his own that leads here.
                                ({"Origin": f"http://evil.example:{self.port}", "Host": f"evil.example:{self.port}"}, 403),
                                ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "none"}, 200),
                                ({"Origin": own, "Sec-Fetch-Site": "same-origin"}, 200), ({"Host": "any.example"}, 200)):
            self.assertEqual(self.status(self.port, **headers), status, headers)
        for path in ("/v1/chat/completions", "/v1/completions", "/v1/answer"):
            self.assertEqual(self.status(self.port, path, **evil), 403, path)
        # What is only read stays, as the browser keeps the answer from such a page.
        self.assertEqual(self.ask("GET", "/v1/programs", **evil)[0], 200)

    def test_refused_before_the_body(self):
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.addCleanup(client.close)
        client.putrequest("POST", "/v1/programs/notes")
        client.putheader("Origin", "http://evil.example")
        client.putheader("Content-Length", "1000000")
        client.endheaders()
        self.assertEqual(client.getresponse().status, 403)

    def test_allowed_origins(self):
        _, port = self.server("--cors-origin", "https://app.example")
        self.assertEqual(self.status(port, Origin="https://app.example", **{"Sec-Fetch-Site": "cross-site"}), 200)
        self.assertEqual(self.status(port, Origin="https://app.example.evil"), 403)
        _, port = self.server("--cors-origin", "*")
        self.assertEqual(self.status(port, Origin="https://any.example"), 200)

    def test_with_keys(self):
        _, port = self.server("--api-key-file", "keys")
        self.assertEqual(self.status(port, Origin="https://any.example", Authorization="Bearer first-key"), 200)
        self.assertEqual(self.status(port, Origin="https://any.example"), 401)


if __name__ == "__main__":
    base.main()
