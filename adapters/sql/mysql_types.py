"""How PyMySQL reads values of MySQL and MariaDB where its own reading loses something."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC
from importlib import import_module
from typing import Any

from adapters.json_objects import read_object

NO_DATE = "0000-00-00"
"""What MySQL keeps where a date may not be NULL and there is none."""


def decoders() -> dict[Any, Any]:
    """Answer PyMySQL's converters with our own for some types."""
    converters: Any = import_module("pymysql.converters")
    kinds: Any = import_module("pymysql.constants.FIELD_TYPE")
    usual: dict[Any, Any] = converters.conversions
    own: dict[Any, Callable[[Any], Any]] = {
        kinds.BIT: _read_bits,
        kinds.DATE: _or_none(usual[kinds.DATE]),
        kinds.DATETIME: _or_none(usual[kinds.DATETIME]),
        kinds.JSON: _read_json,
        kinds.TIME: str,  # an opening hour or a duration of 838 hours: as it is written there
        kinds.TIMESTAMP: _or_none(_in_utc(usual[kinds.TIMESTAMP])),
    }
    return usual | own


def _read_bits(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _or_none(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: None if text.startswith(NO_DATE) else read(text)


def _in_utc(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Give a time the zone of the session, which is UTC; PyMySQL answers text where it cannot read one."""

    def read_in_utc(text: str) -> Any:
        value = read(text)
        return value if isinstance(value, str) else value.replace(tzinfo=UTC)

    return read_in_utc


def _read_json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=read_object)
    except (ValueError, RecursionError):
        return text
