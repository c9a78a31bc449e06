"""Rules on single fields: one level, keys that a template can use, nothing that the helpdesk overrides."""

from __future__ import annotations

import re
from typing import Any

from harness import contract
from harness.checks.results import Result, judge, skip
from harness.contract import RESERVED_FIELDS

_RULES = (
    contract.SINGLE_LEVEL,
    contract.NO_LISTS,
    contract.NO_SPACES,
    contract.IDENTIFIERS,
    contract.RESERVED,
)
_IDENTIFIER = re.compile(r"[A-Za-z_][\w-]*\??", re.ASCII)
_LIQUID_WORDS = frozenset({"nil", "null", "true", "false", "empty", "blank"})


def check_fields(fields: dict[str, Any] | None) -> list[Result]:
    """Judge every field; each detail begins with the key it is about."""
    if fields is None:
        return skip(_RULES, "There are no fields to look at.")
    nested = [key for key, value in fields.items() if _holds_object(value)]
    lists = [key for key, value in fields.items() if isinstance(value, list) and key not in nested]
    spaced = [key for key in fields if re.search(r"\s", key)]
    unwritable = [key for key in fields if key not in spaced and not _is_identifier(key)]
    reserved = [key for key in fields if key in RESERVED_FIELDS]
    notes = {key: f": the helpdesk puts {RESERVED_FIELDS[key]} there" for key in reserved}
    found = (nested, lists, spaced, unwritable, reserved)
    return [
        judge(
            rule,
            [
                f"{key or '(empty key)'}{notes.get(key, '') if rule is contract.RESERVED else ''}"
                for key in keys
            ],
        )
        for rule, keys in zip(_RULES, found, strict=True)
    ]


def _holds_object(value: Any) -> bool:
    if isinstance(value, list):
        return any(_holds_object(item) for item in value)
    return isinstance(value, dict)


def _is_identifier(key: str) -> bool:
    return _IDENTIFIER.fullmatch(key) is not None and key not in _LIQUID_WORDS
