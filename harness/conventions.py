"""The ways in which public webhooks say that they know nobody, and what agents see then."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from harness.evidence import Reply

Name = Literal[
    "empty body", "empty list", "list", "HTML page", "plain text", "plain value", "error code", "sentence"
]

_SENTENCE = re.compile(
    r"\b(?:no|not|none|unknown|cannot|without)\b.*\s\w+|\w+\s.*\b(?:not|unknown|missing)\b", re.IGNORECASE
)
_OF_NOBODY = re.compile(
    r"\b(?:found|exists?|known|unknown|such|match(?:es|ing)?|nobody|customers?|users?|clients?|persons?|e-?mail)\b",
    re.IGNORECASE,
)
"""Words that tell a sentence about who asks from one about a field, such as "No subscription"."""
_FAILURE = "agents see no profile."
_CODE_KEYS = ("error_code", "errorcode", "code", "error")
_FLAG_KEYS = frozenset({"found", "exists", "known", "success", "is_customer"})


@dataclass(frozen=True, slots=True)
class Convention:
    """A recognised convention: its name, and a sentence with what agents will see."""

    name: Name
    says: str


def recognise(reply: Reply) -> Convention | None:
    """Recognise how a reply for an unknown address says so; None for {} and for what is not recognised."""
    if not reply.is_whole:
        return None
    if not reply.call.body.strip():
        return Convention("empty body", f"The body is empty, which is no JSON: {_FAILURE}")
    if reply.payload is None:
        return _no_json(reply)
    value = reply.payload.value
    if isinstance(value, list):
        if value:
            return Convention("list", f"A list is no object: {_FAILURE}")
        return Convention(
            "empty list",
            f"[] is no object, though PHP writes an empty one so: {_FAILURE}",
        )
    if not isinstance(value, dict):
        return Convention("plain value", f"{_kind(value)} is no object: {_FAILURE}")
    return _by_fields(value)


def _kind(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return "A text" if isinstance(value, str) else "A number"


def _no_json(reply: Reply) -> Convention:
    if reply.call.body.lstrip().startswith(b"<"):
        return Convention("HTML page", f"It is an HTML page: {_FAILURE}")
    return Convention("plain text", f"It is plain text: {_FAILURE} {reply.error}")


def _by_fields(fields: dict[str, object]) -> Convention | None:
    for key, value in fields.items():
        if key.lower() in _CODE_KEYS and value:
            return Convention(
                "error code",
                f"{key} says that nobody is known: agents see an empty profile, unless the template asks"
                f" {{% if {key} %}}.",
            )
    if any(key.lower() in _FLAG_KEYS and isinstance(value, bool) for key, value in fields.items()):
        return None
    told_by_null = None in fields.values()  # a template can ask for that field, whatever a text says
    for key, value in fields.items():
        if isinstance(value, str) and _SENTENCE.search(value):
            if told_by_null and not _OF_NOBODY.search(value):
                continue
            return Convention(
                "sentence",
                f"{key} holds a sentence that nobody is known: agents see it where the template shows {key},"
                " and the template must compare the very words.",
            )
    return None
