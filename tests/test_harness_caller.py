"""The call as the helpdesk makes it, against real sockets that behave badly."""

import asyncio
import gzip
import socket
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from harness.address import request_url, shown_url
from harness.caller import call

TOKEN = "s3cret-token-of-the-account"
EMAIL = "casey+vip@example.com"


@contextmanager
def _serve_raw(*pieces, pause=0.0, keep_open=False):
    """Answer every connection with these bytes, and give the address and the requests that came."""
    requests = []
    done = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(connection):
        with connection:
            requests.append(connection.recv(65536))
            try:
                for piece in pieces:
                    connection.sendall(piece)
                    done.wait(pause)
                if keep_open:
                    done.wait(5)
            except OSError:
                return

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/profile", requests
    finally:
        done.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _response(body, *headers, status="200 OK"):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def test_answer_of_the_webhook_is_given_whole():
    with _serve_raw(_response(b'{"id": 3}', "Content-Type: application/json")) as (url, _):
        answer = call(url, EMAIL, TOKEN)
    assert (answer.status, answer.body, answer.problem) == (200, b'{"id": 3}', None)
    assert answer.header("content-TYPE") == "application/json"
    assert 0 < answer.elapsed < 5


def test_request_is_a_get_with_both_parameters_encoded():
    with _serve_raw(_response(b"{}")) as (url, requests):
        call(f"{url}?shop=%C3%A9&x=1", EMAIL, "a&b =é")
    line = requests[0].split(b"\r\n")[0]
    assert line == (
        b"GET /profile?shop=%C3%A9&x=1&email=casey%2Bvip%40example.com&api_token=a%26b+%3D%C3%A9 HTTP/1.1"
    )


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b'{"id": 3}', mtime=0)),
        ("gzip", gzip.compress(b'{"id":', mtime=0) + gzip.compress(b" 3}", mtime=0)),
        ("deflate", zlib.compress(b'{"id": 3}')),
        ("deflate", zlib.compress(b'{"id": 3}', wbits=-15)),
        ("identity", b'{"id": 3}'),
    ],
)
def test_compressed_body_is_unpacked(encoding, body):
    with _serve_raw(_response(body, f"Content-Encoding: {encoding}")) as (url, _):
        assert call(url, EMAIL, TOKEN).body == b'{"id": 3}'


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"not gzip"),
        ("gzip", gzip.compress(b"{}" * 99, mtime=0)[:-9]),
        ("deflate", b"\x08\xff\xff"),
    ],
)
def test_body_that_is_not_compressed_as_said_is_a_problem(encoding, body):
    with _serve_raw(_response(body, f"Content-Encoding: {encoding}")) as (url, _):
        answer = call(url, EMAIL, TOKEN)
    assert answer.problem.kind == "encoding"
    assert answer.status == 200


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("br", "with Content-Encoding: br, which was not asked for"),
        ("gzip, GZIP", "with Content-Encoding: gzip, gzip, which"),
        (TOKEN, "with a Content-Encoding, which"),
    ],
)
def test_encoding_that_was_not_asked_for_is_told(encoding, said):
    with _serve_raw(_response(b"x", f"Content-Encoding: {encoding}")) as (url, _):
        problem = call(url, EMAIL, TOKEN).problem
    assert problem.kind == "encoding"
    assert said in problem.message
    assert "do not compress" in problem.fix


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([b"HTTP/1.1 200 OK\r\n", *[b"X-Drip: 1\r\n"] * 200], id="headers"),
        pytest.param([b"HTTP/1.1 200 OK\r\n\r\n", *[b" "] * 200], id="body"),
    ],
)
def test_slow_drip_ends_at_the_deadline(pieces):
    with _serve_raw(*pieces, pause=0.05) as (url, _):
        started = time.perf_counter()
        answer = call(url, EMAIL, TOKEN, deadline=0.4)
    assert time.perf_counter() - started < 2
    assert answer.problem.kind == "timeout"
    assert "0.4 s" in answer.problem.message


def test_answer_without_end_ends_at_the_deadline():
    with _serve_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", keep_open=True) as (url, _):
        answer = call(url, EMAIL, TOKEN, deadline=0.3)
    assert (answer.status, answer.problem.kind) == (200, "timeout")


def test_gzip_bomb_is_stopped_at_the_limit():
    compressor = zlib.compressobj(wbits=31)
    bomb = b"".join(compressor.compress(bytes(1_000_000)) for _ in range(100)) + compressor.flush()
    with _serve_raw(_response(bomb, "Content-Encoding: gzip")) as (url, _):
        answer = call(url, EMAIL, TOKEN, max_bytes=50_000)
    assert answer.problem.kind == "too_large"
    assert len(answer.body) <= 50_001


def test_body_of_exactly_the_limit_is_taken():
    with _serve_raw(_response(b"x" * 1000)) as (url, _):
        assert call(url, EMAIL, TOKEN, max_bytes=1000).problem is None
        assert call(url, EMAIL, TOKEN, max_bytes=999).problem.kind == "too_large"


def test_redirect_is_reported_and_not_followed():
    with _serve_raw(_response(b"never")) as (other, others):
        redirect = _response(b"", f"Location: {other}", status="302 Found")
        with _serve_raw(redirect) as (url, _):
            answer = call(url, EMAIL, TOKEN)
    assert (answer.status, answer.header("location"), others) == (302, other, [])


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (b"220 mail.example.com ESMTP\r\n\r\n", "not_http"),
        (b"", "broken_off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", "broken_off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "not_http"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000 + b"\r\n\r\n", "too_large"),
    ],
)
def test_what_is_no_whole_http_answer_is_a_problem(reply, kind):
    with _serve_raw(reply) as (url, _):
        assert call(url, EMAIL, TOKEN).problem.kind == kind


@pytest.mark.parametrize(
    "greeting", [b"SSH-2.0-OpenSSH_9.2p1\r\n", b"220 mail.example.com ESMTP\r\n", b"\x15\x03", b"-ERR\r\n"]
)
@pytest.mark.parametrize("keep_open", [True, False])
def test_greeting_of_another_protocol_is_told_as_no_http_at_once(greeting, keep_open):
    with _serve_raw(greeting, keep_open=keep_open) as (url, _):
        answer = call(url, EMAIL, TOKEN, deadline=4)
    assert (answer.status, answer.problem.kind) == (None, "not_http")
    assert answer.elapsed < 3


def test_status_line_that_comes_byte_by_byte_is_http():
    reply = _response(b"{}")
    with _serve_raw(*(reply[:9][i : i + 1] for i in range(9)), reply[9:], pause=0.01) as (url, _):
        assert call(url, EMAIL, TOKEN).body == b"{}"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("ftp://127.0.0.1/", "address"),
        ("127.0.0.1:8000/profile", "address"),
        ("http://", "address"),
        ("http://[::1", "address"),
        ("http://127.0.0.1:99999/", "address"),
        ("http://user:hunter2@127.0.0.1/", "address"),
        ("http://nobody.invalid/", "dns"),
    ],
)
def test_address_that_cannot_be_called_is_a_problem(url, kind):
    answer = call(url, EMAIL, TOKEN)
    assert (answer.status, answer.problem.kind) == (None, kind)
    assert "hunter2" not in repr(answer)


def test_port_without_listener_is_refused(free_port):
    assert call(f"http://127.0.0.1:{free_port}/", EMAIL, TOKEN).problem.kind == "refused"


def test_tls_to_a_plain_port_is_a_problem():
    with _serve_raw(b"HTTP/1.1 400 Bad Request\r\n\r\n") as (url, _):
        assert call(url.replace("http:", "https:"), EMAIL, TOKEN).problem.kind == "tls"


def test_echoed_token_is_masked_everywhere():
    location = f"https://example.com/?email=x&api_token={TOKEN}"
    with _serve_raw(_response(f'{{"token": "{TOKEN}"}}'.encode(), f"Location: {location}")) as (url, _):
        answer = call(url, EMAIL, TOKEN)
    assert answer.token_echoed
    assert answer.body == b'{"token": "[api_token]"}'
    assert TOKEN not in f"{answer!r} {answer.headers}"


@pytest.mark.parametrize(
    ("token", "body", "masked"),
    [
        ("abc", b'{"t": "abc", "plan": "abcd xabc"}', b'{"t": "[api_token]", "plan": "abcd xabc"}'),
        ("a/b+c", rb'{"t": "x=a\/b+c"}', b'{"t": "x=[api_token]"}'),
        ("a/b+c", b"?next=%2Fp%3Fapi_token%3Da%2Fb%2Bc", b"?next=%2Fp%3Fapi_token%3D[api_token]"),
        (
            "123",
            b'{"id": 123, "t": "is 123", "n": 1234}',
            b'{"id": "[api_token]", "t": "is [api_token]", "n": 1234}',
        ),
        ("12345678", b'{"id": 12345678, "n": 912345678}', b'{"id": "[api_token]", "n": 912345678}'),
        ("true", b'"open true', b'"open [api_token]'),
        ("long/token+1", b"LONG%2ftoken%2b1 long/token+1x", b"[api_token] [api_token]x"),
        ("long-token-1", b"t=bG9uZy10b2tlbi0x;", b"t=[api_token];"),
        ("long-token-12", b"t=bG9uZy10b2tlbi0xMg==;", b"t=[api_token];"),
        ("tok??en>>>1", b"dG9rPz9lbj4+PjE= dG9rPz9lbj4-PjE", b"[api_token] [api_token]"),
        ('quo"ted-token', rb'{"t": "quo\"ted-token"}', b'{"t": "[api_token]"}'),
    ],
)
def test_token_of_any_length_and_form_is_masked(token, body, masked):
    with _serve_raw(_response(body)) as (url, _):
        answer = call(url, EMAIL, token)
    assert (answer.body, answer.token_echoed) == (masked, True)


def test_short_token_inside_other_words_is_not_taken_for_an_echo():
    body = b'{"id": 3, "plan": "Pro"}'
    with _serve_raw(_response(body, "Content-Type: application/json")) as (url, _):
        answer = call(url, EMAIL, "a")
    assert (answer.body, answer.header("content-type"), answer.token_echoed) == (
        body,
        "application/json",
        False,
    )


def test_call_inside_a_running_event_loop_works():
    async def inside():
        return call(url, EMAIL, TOKEN)

    # In a thread of its own: the browser tests' playwright keeps a loop running in this one.
    with _serve_raw(_response(b"{}")) as (url, _), ThreadPoolExecutor(1) as thread:
        assert thread.submit(lambda: asyncio.run(inside())).result().status == 200


def test_proxy_of_the_environment_is_not_used(monkeypatch, free_port):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port}")
    with _serve_raw(_response(b"{}")) as (url, _):
        assert call(url, EMAIL, TOKEN).status == 200


def test_shown_address_has_its_query_and_no_credentials():
    shown = shown_url("https://user:pass@example.com:8443/a?tenant=7#f")
    assert shown == "https://example.com:8443/a?tenant=7"


def test_token_in_the_query_of_the_address_is_not_shown():
    with _serve_raw(_response(b"{}")) as (url, _):
        answer = call(f"{url}?tenant=7&key={TOKEN}", EMAIL, TOKEN)
    assert answer.url == f"{url}?tenant=7&key=[api_token]"


def test_fragment_is_left_out_of_the_request():
    assert (
        request_url("http://h/p#top", (("email", "a@b.c"), ("api_token", "t")))
        == "http://h/p?email=a%40b.c&api_token=t"
    )
