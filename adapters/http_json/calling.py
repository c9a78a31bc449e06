"""One call: a request made of its templates, redirects, a second try where that is safe, and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx

from adapters.base import Unreadable
from adapters.errors import SourceDataError, SourceUnavailable
from adapters.http_json.functions import read_number
from adapters.http_json.templates import Values, filled_body, filled_url
from adapters.json_objects import read_object
from adapters.web.client import Answer, WebClient
from adapters.web.patience import Patience

MOST_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)
REFUSED = (401, 403)
LONGEST_INTEGER = 4300
"""Digits; longer ones Python refuses to read, since that takes the square of their number."""


class Call:
    """A call as settings describe it. ``headers`` are sent nowhere but to the URL's own origin."""

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
        missing_status: tuple[int, ...] = (404,),
    ) -> None:
        self._url = url
        self._headers = dict(headers)
        self._body = body
        self._missing = missing_status
        self.host = httpx.URL(url.partition("{")[0]).raw_host.decode()
        self._patience = Patience(self.host)

    def fetch(self, client: WebClient, values: Values) -> Any:
        """Answer the JSON that the service does, numbers in Decimal; None for "no such customer".

        Raises SourceUnavailable, SourceDataError, and NobodyError and MissingError for what cannot be asked.
        """
        url = httpx.URL(filled_url(self._url, values))
        body = (
            None if self._body is None else json.dumps(filled_body(self._body, values), default=str).encode()
        )
        # A POST may change something at the service: it is sent once.
        answer = self._patience.ask(lambda: self._followed(client, url, body), again=body is None)
        if answer.status in self._missing or answer.status == httpx.codes.NO_CONTENT:
            return None
        if answer.status in REFUSED:
            raise SourceUnavailable(
                f"{self.host} refuses the lookup (status {answer.status}): is its key right?"
            )
        if not 200 <= answer.status < 300:
            raise SourceUnavailable(f"{self.host} answered with status {answer.status}")
        return self._read(answer)

    def _followed(self, client: WebClient, url: httpx.URL, body: bytes | None) -> Answer:
        method, headers = "GET", self._headers
        if body is not None:
            method, headers = "POST", {"Content-Type": "application/json", **headers}
        for _ in range(MOST_REDIRECTS + 1):
            answer = client.ask(method, url, headers, body or b"")
            if answer.status not in REDIRECTS:
                return answer
            if body is not None:
                raise SourceUnavailable(
                    f"{self.host} redirects what is sent to it: give the URL it redirects to"
                )
            target = self._target(url, answer.headers.get("location", ""))
            if _origin(target) != _origin(url):
                headers = {}  # another service: it gets no key, nor anything else that is not meant for it
            url = target
        raise SourceUnavailable(f"{self.host} redirects more than {MOST_REDIRECTS} times")

    def _target(self, url: httpx.URL, location: str) -> httpx.URL:
        try:
            target = url.join(location)
        except (httpx.InvalidURL, ValueError):
            target = httpx.URL("")
        safe = target.scheme == "https" or (target.scheme == "http" and url.scheme == "http")
        if not location or not safe or not target.host or target.userinfo:
            raise SourceUnavailable(f"{self.host} redirects to what is no safe address")
        return target

    def _read(self, answer: Answer) -> Any:
        try:
            return json.loads(
                answer.body, parse_float=_number, parse_int=_integer, object_pairs_hook=read_object
            )
        except (ValueError, RecursionError):
            # The text of the decoder's error tells where, and its object holds the body.
            told = re.match(r"[\w.+-]{1,60}/[\w.+-]{1,60}", answer.headers.get("content-type", ""))
            kind = f" ({told[0]})" if told else ""
            raise SourceDataError(f"{self.host} answered what is no JSON{kind}") from None


def _number(text: str) -> Decimal | Unreadable:
    try:
        return read_number(text)
    except ValueError:
        return Unreadable("it is a number of a size that JSON's numbers do not have")


def _integer(text: str) -> int | Unreadable:
    if len(text) > LONGEST_INTEGER:
        return Unreadable("it is an integer of thousands of digits")
    return int(text)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    default = {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, url.port or default
