"""Bytes nobody should send, to the real server: an answer below 500 or a closed door, never a fault.

After each the server still answers the next one, and nothing was written.
"""

import socket
from collections.abc import Iterator

import pytest

from tests.proofs.banks import open_banks
from tests.proofs.places import Place, Server, place, served

BIG = 10**6


@pytest.fixture(scope="module")
def behind() -> Iterator[tuple[Place, Server, dict[str, str]]]:
    """The server over a bank, and a token of its chair."""
    with place("sqlite") as at:
        [bank] = open_banks(at, households=2, materials=1)
        with served(at) as server:
            yield at, server, {"token": bank.tokens["chair"], "api": bank.path("")}


def request(line: str, *headers: str, body: bytes = b"", host: str = "Host: localhost") -> bytes:
    lines = [line, *([host] if host else []), "Connection: close", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def post(path: str, body: bytes, *headers: str, kind: str = "application/json") -> bytes:
    return request(
        f"POST {path} HTTP/1.1", f"Content-Type: {kind}", f"Content-Length: {len(body)}",
        "Authorization: Bearer {token}", "Idempotency-Key: k1", *headers, body=body,
    )  # fmt: skip


def get(path: str, *headers: str) -> bytes:
    return request(f"GET {path} HTTP/1.1", "Authorization: Bearer {token}", *headers)


DEPOSIT = b'{"member_id": 1, "lines": [{"material_id": 1, "quantity": 1000}]}'
WIRE = {
    "a long path": get("/b/" + "a" * 60_000),
    "a path of bytes that are no letters": b"GET /b/\xff\xfe/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "a path with quoted bytes that are no letters": get("/b/%ff%fe%c0%ae/setoran"),
    "a NUL in the path": get("/b/%00/setoran"),
    "a NUL in the query": get("{api}/members?q=%00"),
    "half a letter in the query": get("{api}/members?q=%ed%a0%80"),
    "a line break in the path": get("/b/%0d%0aSet-Cookie:%20a=b/"),
    "up and out of the static files": get("/static/../../../../etc/passwd"),
    "up and out, quoted": get("/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd"),
    "up and out, quoted twice": get("/static/%252e%252e%252fconfig.py"),
    "up and out, with backslashes": get("/static/..%5c..%5cconfig.py"),
    "an absolute static file": get("/static//etc/passwd"),
    "an address of another host": get("http://evil.example/masuk"),
    "an address that is a star": request("OPTIONS * HTTP/1.1"),
    "a number no key can be": get("/api/v1/banks/99999999999999999999999/members"),
    "a negative number": get("/api/v1/banks/-1/members"),
    "a number in other digits": get("/api/v1/banks/%D9%A1/members"),
    "one parameter twice": get("{api}/members?limit=1&limit=2"),
    "a parameter ten thousand times": get("{api}/members?" + "&".join(["q=a"] * 10_000)),
    "a cursor of nonsense": get("{api}/deposits?cursor=9223372036854775808"),
    "a cursor with quotes": get("{api}/entries?cursor=%27%20OR%201=1--"),
    "a method nobody knows": request("BREW / HTTP/1.1"),
    "TRACE": request("TRACE / HTTP/1.1"),
    "CONNECT": request("CONNECT evil.example:443 HTTP/1.1"),
    "another method in a header": get("{api}/members/1", "X-HTTP-Method-Override: DELETE"),
    "another method in the query": get("{api}/members/1?_method=DELETE"),
    "no host": request("GET / HTTP/1.1", host=""),
    "two hosts": request("GET / HTTP/1.1", "Host: evil.example"),
    "a host of nonsense": request("GET /masuk HTTP/1.1", host="Host: a\tb<script>"),
    "an old protocol": request("GET /masuk HTTP/1.0", host=""),
    "a protocol to come": request("GET /masuk HTTP/3.7"),
    "no protocol": b"GET /masuk\r\n\r\n",
    "a long header": get("/masuk", "X-Long: " + "a" * 200_000),
    "thousands of headers": get("/masuk", *[f"X-{n}: {n}" for n in range(5_000)]),
    "a header of bytes that are no letters": get("{api}/members", "Authorization: Bearer \xff\xfe"),
    "a token twice": get("{api}/members", "Authorization: Bearer another"),
    "a token with a NUL": get("{api}/members", "Authorization: Bearer a\x00b"),
    "a token as long as a book": get("{api}/members", "Authorization: Bearer " + "a" * 50_000),
    "a cookie of bytes": request("GET / HTTP/1.1", "Cookie: masuk=\xff\x80; formulir=\xfe; saldo=a"),
    "a cookie that is cut": request("GET / HTTP/1.1", 'Cookie: formulir="a'),
    "many cookies": request("GET / HTTP/1.1", "Cookie: " + "; ".join(f"masuk={n}" for n in range(2_000))),
    "a key with a line break in it": post("{api}/deposits", DEPOSIT, "Idempotency-Key: a\tb"),
    "two keys": post("{api}/members", b'{"name": "x"}', "Idempotency-Key: k2"),
    "a key of a thousand letters": post("{api}/deposits", DEPOSIT, "Idempotency-Key: " + "k" * 1_000),
    "a body longer than it says": post("{api}/members", b"{}", "X: y") + b"GET /masuk HTTP/1.1\r\n\r\n",
    "two lengths": post("{api}/members", b"{}", "Content-Length: 0"),
    "a length and chunks": post("{api}/members", b"0\r\n\r\n", "Transfer-Encoding: chunked"),
    "a length below nought": request("POST /masuk HTTP/1.1", "Content-Length: -1"),
    "a length without end": request("POST /masuk HTTP/1.1", f"Content-Length: {10**19}"),
    "a length in words": request("POST /masuk HTTP/1.1", "Content-Length: ten"),
    "chunks of nonsense": request("POST /masuk HTTP/1.1", "Transfer-Encoding: chunked", body=b"zz\r\nx"),
    "a coding nobody knows": request("POST /masuk HTTP/1.1", "Transfer-Encoding: brotli", body=b"x"),
    "three megabytes": post("{api}/members", b'{"name": "' + b"a" * 3 * BIG + b'"}'),
    "a form of three megabytes": post("/masuk", b"login=" + b"a" * 3 * BIG, kind="application/x-www-form-urlencoded"),
    "deep JSON": post("{api}/members", b"[" * 100_000),
    "deep objects": post("{api}/members", b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    "a number of five thousand digits": post("{api}/deposits", b'{"member_id": ' + b"9" * 5_000 + b"}"),
    "an exponent without end": post("{api}/deposits", b'{"member_id": 1e999999999}'),
    "NaN": post("{api}/deposits", b'{"member_id": NaN, "lines": [Infinity]}'),
    "one name twice": post("{api}/members", b'{"name": "x", "name": {"a": 1}}'),
    "JSON in another alphabet": post("{api}/members", '{"name": "x"}'.encode("utf-16")),
    "JSON that claims another alphabet": post("{api}/members", b'{"name": 5}', kind="application/json; charset=utf-7"),
    "JSON squeezed": post("{api}/members", b"\x1f\x8b\x08\x00", "Content-Encoding: gzip"),
    "JSON that says it is text": post("{api}/members", b'{"name": "x"}', kind="text/plain"),
    "a form where JSON is read": post("{api}/members", b"name=x", kind="application/x-www-form-urlencoded"),
    "a type that is no type": post("{api}/members", b"{}", kind=";;;/"),
    "parts without a boundary": post("/masuk", b"x", kind="multipart/form-data"),
    "parts with an empty boundary": post("/masuk", b"--\r\n", kind='multipart/form-data; boundary=""'),
    "parts that never end": post("/masuk", b"--x\r\nContent-Disposition: form-data", kind="multipart/form-data; boundary=x"),
    "ten thousand parts": post("/masuk", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 10_000 + b"--x--", kind="multipart/form-data; boundary=x"),
    "a form of a hundred thousand fields": post("/masuk", b"&".join(b"a%d=1" % n for n in range(100_000)), kind="application/x-www-form-urlencoded"),
    "a file whose name climbs": post("/masuk", b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../etc/cron.d/x"\r\n\r\n1\r\n--x--', kind="multipart/form-data; boundary=x"),
    "a range of a page": get("/static/bank.css", "Range: bytes=0-18446744073709551615"),
    "a date of nonsense": get("/static/bank.css", "If-Modified-Since: yesterday"),
    "a language of nonsense": get("/masuk", "Accept-Language: " + ",".join(["id;q=9"] * 5_000)),
    "an origin of nonsense": post("/masuk", b"a=b", "Origin: http://[", kind="application/x-www-form-urlencoded"),
    "a referer of nonsense": post("/keluar", b"a=b", "Referer: http://[::1", kind="application/x-www-form-urlencoded"),
    "where the proxy says it comes from": get("/masuk", "X-Forwarded-For: " + ", ".join(["1.1.1.1"] * 5_000), "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: gopher"),
    "an upgrade": get("/", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13"),
    "the start of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "another language altogether": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    "nothing but line breaks": b"\r\n" * 1_000,
}  # fmt: skip
WELCOME = {  # odd, but there is nothing wrong with them
    "a path with quoted bytes that are no letters", "a line break in the path", "two hosts",
    "a NUL in the query", "half a letter in the query", "one parameter twice", "no host",
    "a parameter ten thousand times", "another method in a header", "another method in the query",
    "a host of nonsense", "an old protocol", "a long path", "a long header", "a cookie of bytes",
    "a cookie that is cut", "many cookies", "a range of a page", "a date of nonsense",
    "a language of nonsense", "where the proxy says it comes from", "an absolute static file",
    "an address of another host",
}  # fmt: skip


def say(server: Server, words: bytes) -> bytes:
    """What comes back for *words*, until the server is silent for a while or hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
        line.settimeout(1)
        heard = b""
        try:
            line.sendall(words)
            while piece := line.recv(65_536):
                heard += piece
        except (TimeoutError, ConnectionError):
            pass
        return heard


@pytest.mark.parametrize("what", WIRE)
def test_odd_bytes_get_an_answer_and_write_nothing(what, behind):
    at, server, words = behind
    raw = WIRE[what]
    for name, value in words.items():
        raw = raw.replace(b"{" + name.encode() + b"}", value.encode())
    before = at.rows("SELECT count(*) FROM entry WHERE bank_id = 1")
    heard = say(server, raw)
    status = int(heard[9:12] or b"400")  # hung up on: refused too
    assert status < 400 if what in WELCOME else 400 <= status < 500, heard[:400]
    assert b"Traceback" not in heard and b"root:" not in heard
    assert b"\r\nSet-Cookie: a=b" not in heard and b"evil.example" not in heard.split(b"<", 1)[0]
    assert at.rows("SELECT count(*) FROM entry WHERE bank_id = 1") == before
    assert say(server, request("GET /healthz HTTP/1.1")).startswith(b"HTTP/1.1 200")
