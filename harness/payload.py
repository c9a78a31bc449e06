"""A webhook's body read as strict JSON: every reason why it is not the object that it should be."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, NoReturn

from harness import json_faults
from harness.excerpts import excerpt

_LONGEST_SHOWN = 20
_AS_TEXT = "Write the number as text, in quotes."


class PayloadError(Exception):
    """Raise when a body is not valid JSON; the message says what is wrong, and where, ``fix`` what to do."""

    def __init__(self, message: str, fix: str = json_faults.LIBRARY) -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Payload:
    """What a body holds: its JSON value, and the keys that some object in it gives twice."""

    value: Any
    repeated_keys: tuple[str, ...] = ()

    @property
    def fields(self) -> dict[str, Any] | None:
        """Give the fields in the webhook's own order, or None where the value is no object."""
        return self.value if isinstance(self.value, dict) else None


def read_payload(body: bytes) -> Payload:
    """Read a body as JSON (RFC 8259, UTF-8); raises PayloadError."""
    repeated: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        collected: dict[str, Any] = {}
        for key, value in pairs:
            if key in collected:
                repeated.append(key)
            collected[key] = value
        return collected

    try:
        text = body.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=collect,
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
            parse_int=_readable_integer,
        )
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        piece = excerpt(body.decode("utf-8", "replace"), len(body[: error.start].decode()))
        message = f"It is not UTF-8: byte {error.start + 1} is 0x{body[error.start]:02X}: {piece}."
        raise PayloadError(message, "Encode the answer as UTF-8, whatever the database has.") from None
    except UnicodeEncodeError:
        message = "It holds half a character: a lone surrogate such as \\ud83d."
        fix = "Cut texts between characters: an emoji is two of them where languages count in UTF-16."
        raise PayloadError(message, fix) from None
    except json.JSONDecodeError as error:
        raise PayloadError(*json_faults.explain(error)) from None
    except RecursionError:
        fix = "Answer keys and values on a single level: nested keys will not work."
        raise PayloadError("It is nested too deeply to be read.", fix) from None
    return Payload(value, tuple(dict.fromkeys(repeated)))


def _refuse_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is not JSON", "", 0)


def _finite_float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise PayloadError(f"It holds a number that is too large: {digits[:_LONGEST_SHOWN]}.", _AS_TEXT)
    return number


def _readable_integer(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:  # what Python says of its limit is advice to a programmer
        count = len(digits.removeprefix("-"))
        shown = f"{digits[:_LONGEST_SHOWN]}…"
        message = f"It holds a number of {count:,} digits ({shown}), more than programs read."
        raise PayloadError(message, _AS_TEXT) from None
