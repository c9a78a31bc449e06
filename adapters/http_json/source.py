"""The source: the calls in a row, the records in their answers, and the fields in those."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

import httpx

from adapters.base import CustomerSource, Finding, Unreadable
from adapters.errors import SourceDataError, SourceError
from adapters.http_json.calling import Call
from adapters.http_json.lacking import lacks
from adapters.http_json.options import HttpJsonOptions
from adapters.http_json.paths import compiled, keys_of
from adapters.http_json.templates import ADDRESS, MissingError, NobodyError, Values
from adapters.time_limit import time_limit
from adapters.web.client import WebClient
from adapters.web.network import Permission

PROBE = "nobody@invalid"
"""An address that no customer has: the name ``invalid`` is reserved by RFC 2606."""

MOST_RECORDS = 1001
"""Records of one address that are read: one more than the server takes, so that it can tell of it."""


ITS_OWN = " (its own)"
"""What is put behind the name of a record's field, to tell that a call's answer took its place."""


class HttpJsonSource(CustomerSource):
    """A source that asks a service over HTTP."""

    type = "http_json"
    options = HttpJsonOptions
    keeps_time = True

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._timeout = options["timeout"]
        self._record = _Part(options.get("record", ""))
        self._paths = {name: compiled(path) for name, path in options.get("paths", {}).items()}
        self._keys = {name: keys_of(path) for name, path in options.get("paths", {}).items()}
        self._asked = frozenset[str]().union(*self._keys.values())
        self._email_path = options.get("email_path", "")
        self._email = compiled(self._email_path) if self._email_path else None
        headers = _headers(options)
        missing = tuple(options["missing_status"])
        self._call = Call(options["url"], headers=headers, body=options.get("body"), missing_status=missing)
        self._further = [
            (
                more["name"],
                Call(
                    more["url"],
                    headers=more.get(
                        "headers", headers if _is_same_origin(more["url"], options["url"]) else {}
                    ),
                    body=more.get("body"),
                    missing_status=missing,
                ),
                _Part(more.get("record", "")),
            )
            for more in options["calls"]
        ]
        hosts = [self._call.host, *(call.host for _, call, _ in self._further)]
        self._client = WebClient(
            Permission(hosts, allow_private=options["allow_private"]),
            max_bytes=options["max_bytes"],
            ca_file=options.get("ca_file", ""),
        )

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Make the source from loaded options; it connects on its first lookup."""
        return cls(options)

    def lookup(self, email: str) -> Mapping[str, Any] | None:
        """Answer the first record of the address."""
        records = self._records(email, 1)
        return records[0] if records else None

    def lookup_all(self, email: str) -> Sequence[Mapping[str, Any]]:
        """Answer the records of the address, MOST_RECORDS at most; further calls are made for each."""
        return self._records(email, MOST_RECORDS)

    def why_unknown(self, email: str) -> str:
        """Count the records that were answered, and that email_path keeps from being this customer's."""
        with time_limit(self._timeout):
            try:
                found = list(self._found(self._call.fetch(self._client, lambda _: email)))
            except (NobodyError, MissingError):
                return ""
        count = f"{len(found)} {'record was' if len(found) == 1 else 'records were'} answered"
        return f"{count}, and none is of whom was asked for, by email_path" if self._email and found else ""

    def _records(self, email: str, most: int) -> list[dict[str, Any]]:
        with time_limit(self._timeout):
            try:
                answer = self._call.fetch(self._client, lambda _: email)
            except (NobodyError, MissingError):
                return []
            found = list(self._found(answer))
            records = [one for one in found if self._is_of(email, one)][:most]
            if found and not records:
                self._check_email_path(found)
            for record in records:
                self._ask_further(email, record)
        return [self._shaped(record) for record in records]

    def _found(self, answer: Any) -> Iterator[dict[str, Any]]:
        found = self._record.of(answer, self._call.host)
        for record in found if isinstance(found, list) else [found]:
            if isinstance(record, dict):
                if record:
                    yield dict(record)
            elif record is not None:
                kind = _KINDS.get(type(record), "a number")
                told = f"{self._call.host} answered {kind} where a record should be: see record"
                raise SourceDataError(told)

    def _is_of(self, email: str, record: dict[str, Any]) -> bool:
        if self._email is None:
            return True
        found = self._email(record)
        return isinstance(found, str) and found.strip().lower() == email.strip().lower()

    def _check_email_path(self, records: list[dict[str, Any]]) -> None:
        """Raise SourceDataError where no record has an address: not for want of a customer, but of a path."""
        told = []
        for record in records:
            found = compiled(self._email_path)(record)
            missing = lacks(record, self._email_path, may_be_null=True) if found is None else ""
            if isinstance(found, str) or (found is None and not missing):
                return
            told.append(f"without {missing}" if missing else f"in which {self._email_path} is no text")
        raise SourceDataError(f"{self._call.host} answered records {told[0]}: see email_path")

    def _ask_further(self, email: str, record: dict[str, Any]) -> None:
        values: Values = lambda place: email if place == ADDRESS else compiled(place)(record)  # noqa: E731
        for name, call, part in self._further:
            if name in record:
                told = f"the answer of the call {name} stands in its place: give the call another name"
                record[f"{name}{ITS_OWN}"] = Unreadable(told)
            try:
                record[name] = part.of(call.fetch(self._client, values), call.host)
            except MissingError as missing:
                record[name] = Unreadable(f"the record has {missing} to ask {call.host} with")
            except NobodyError:
                record[name] = None

    def _shaped(self, record: dict[str, Any]) -> dict[str, Any]:
        if not self._paths:
            return record
        made = {name: find(record) for name, find in self._paths.items()}
        for call, _, _ in self._further:
            if (own := f"{call}{ITS_OWN}") in record and call in self._asked:
                made[own] = record[own]
            if isinstance(lost := record[call], Unreadable):
                made |= {
                    name: lost
                    for name, value in made.items()
                    if call in self._keys[name] and (value is None or isinstance(value, Unreadable))
                }
        return made

    def field_names(self) -> Iterable[str]:
        """Name the fields that settings give a path; none where the whole record leaves."""
        return list(self._paths)

    def check(self) -> Iterable[Finding]:
        """Report whether the service answers the lookup of an address that nobody has."""
        host = self._call.host
        try:
            found = self._records(PROBE, 1)
        except SourceError as error:
            fix = error.fix or "See that the service is up, and that url, headers and record fit it."
            yield Finding("http-lookup", "error", str(error), fix)
            return
        yield Finding("http-lookup", "ok", f"{host} answers the lookup")
        if found:
            told = f"{host} finds a customer for an address that nobody has"
            fix = "Set email_path, so that a record counts only if it is of the address that was asked for."
            yield Finding("http-anybody", "warning", told, fix)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class _Part:
    """The part of an answer that counts."""

    def __init__(self, path: str) -> None:
        self._find = compiled(path) if path else None
        self._path = path

    def of(self, answer: Any, host: str) -> Any:
        """Answer it, None where there is none. Raises SourceDataError where the answer has another shape."""
        if self._find is None or answer is None:
            return answer
        found = self._find(answer)
        missing = self._path if isinstance(found, Unreadable) else ""
        is_nothing = all(one is None for one in found) if isinstance(found, list) else found is None
        if missing or (is_nothing and (missing := lacks(answer, self._path))):
            raise SourceDataError(f"{host} answered something without {missing}: see record")
        return found


_KINDS = {
    str: "text",
    int: "a number",
    bool: "true or false",
    list: "a list in a list",
    Unreadable: "nothing",
}


def _headers(options: Mapping[str, Any]) -> dict[str, str]:
    if "username" not in options:
        return dict(options.get("headers", {}))
    pair = f"{options['username']}:{options.get('password', '')}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}", **options.get("headers", {})}


def _is_same_origin(one: str, other: str) -> bool:
    first, second = (httpx.URL(url.partition("{")[0]) for url in (one, other))
    return (first.scheme, first.host, first.port) == (second.scheme, second.host, second.port)
