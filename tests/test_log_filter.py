"""What is taken out of the servers' own log lines, and what is left to read."""

from __future__ import annotations

import errno
import io
import logging
import os
from threading import Thread

import pytest

from webhook_server.web import log_filter
from webhook_server.web.logs import EnduringStream


@pytest.fixture
def logger(caplog):
    """A logger with the filter, as a server has it."""
    logger = logging.getLogger("tests.log_filter")
    logger.addFilter(log_filter.FILTER)
    return logger


QUERY = "email=casey@example.com&api_token=t0ken-canary"


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("nothing to hide", "nothing to hide"),
        (f'"GET /profile?{QUERY} HTTP/1.1" 200 17', '"GET /profile?… HTTP/1.1" 200 17'),
        (
            f'"\x1b[33mGET /profile?{QUERY} HTTP/1.1\x1b[0m" 404 -',
            '"\x1b[33mGET /profile?… HTTP/1.1\x1b[0m" 404 -',
        ),
        (f"GET /profile?a HTTP/1.1 &{QUERY}", "GET /profile?…"),
        (f"GET /profile?a HTTP/1.1&{QUERY} HTTP/1.1", "GET /profile?… HTTP/1.1"),
        (f"GET /profile?a={QUERY} HTTP/t0ken-canary", "GET /profile?…"),
        (f"Error handling request GET /profile?{QUERY}", "Error handling request GET /profile?…"),
        ("GET /profile%3Fapi%5Ftoken=t0ken-canary", "GET /profile?…"),
        (QUERY, "?…"),
        (
            "code 400, message Bad request version ('t0ken-canary')",
            "code 400, message Bad request version (…)",
        ),
        (f"one line\nGET /?{QUERY}\nanother", "one line\nGET /?…\nanother"),
    ],
)
def test_query_is_cut_and_the_rest_is_left(line, left):
    assert log_filter.without_queries(line) == left


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("GET /?%s", (QUERY,)),
        (f"GET /?{QUERY} %s %s", ("too few",)),
        (f"GET /?{QUERY}", ("too many",)),
        (f"100% of /?{QUERY}", ()),
        ("%(path)s", ({"path": f"/?{QUERY}"},)),
        (ValueError(f"/?{QUERY}"), ()),
        (f"GET /?{QUERY} %d", (object(),)),
    ],
)
def test_record_is_cleaned_whatever_its_arguments_are(message, arguments, logger, caplog):
    logger.error(message, *arguments)
    assert "canary" not in caplog.text
    assert "casey" not in caplog.text
    assert "/?…" in caplog.text


def test_exception_keeps_its_kind_and_place_and_loses_its_text(logger, caplog):
    try:
        raise ValueError(QUERY)
    except ValueError:
        logger.exception("it failed")
    assert "canary" not in caplog.text
    assert "ValueError" in caplog.text
    assert "test_log_filter.py" in caplog.text


def test_filter_stands_once_on_every_servers_logger():
    for _ in range(3):
        log_filter.install()
    for name in log_filter.LOGGERS:
        assert logging.getLogger(name).filters.count(log_filter.FILTER) == 1


def test_log_that_cannot_be_written_costs_lines_and_no_answer():
    class Full(io.StringIO):
        is_full = True

        def write(self, text):
            if self.is_full:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(text)

    disk = Full()
    stream = EnduringStream(disk)
    for _ in range(3):
        stream.write("lost\n")
    disk.is_full = False
    stream.write("kept\n")
    stream.write("kept too\n")
    assert disk.getvalue().splitlines() == [
        "kept",
        '{"event":"log_lines_lost","count":3,"level":"warning"}',
        "kept too",
    ]
    disk.close()
    stream.write("to nobody\n")
    assert stream.lost == 1


def test_reader_that_stops_reading_costs_lines_and_holds_up_nobody():
    reading, writing = os.pipe()
    with open(writing, "w", encoding="utf-8") as pipe, open(reading, "rb") as reader:  # noqa: PTH123
        stream = EnduringStream(pipe)

        def fill():
            while stream.lost < 2:
                stream.write("x" * 1000 + "\n")

        filling = Thread(target=fill, daemon=True)
        filling.start()
        filling.join(30)
        assert stream.lost == 2
        waiting = os.read(reading, 1 << 20)
        assert set(waiting) == set(b"x\n"), "whole lines and nothing else"
        stream.write("it reads again\n")
        assert reader.readline() == b"it reads again\n"
        assert reader.readline() == b'{"event":"log_lines_lost","count":2,"level":"warning"}\n'
