"""How settings ask for a field's format, and the formats there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from babel.numbers import is_currency

from webhook_server.profile import date_patterns, writings
from webhook_server.profile.formats import Formatter, Unwritable
from webhook_server.profile.routes import FieldFormat

__all__ = ["OPTIONS", "FieldFormat", "FormatError", "make_format"]

Clock = Callable[[], datetime]

_LENGTHS = ("short", "medium", "long", "full")


class FormatError(ValueError):
    """Raised for a format that settings ask for and that there is not; the text says what is allowed."""


@dataclass(frozen=True, slots=True)
class _Option:
    """One option of a format: what it must be, in words and as a test, and what a wrong one may mean."""

    allowed: str
    is_valid: Callable[[Any], bool]
    meant: Callable[[Any], str] = lambda _: ""


def _is_short_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 100


def _is_pattern(value: Any) -> bool:
    return _is_short_text(value) and (value in _LENGTHS or date_patterns.is_sound(value))


def _pattern_meant(value: Any) -> str:
    meant = date_patterns.meant_by(value) if _is_short_text(value) else ""
    return f"{meant!r} is probably meant" if meant else ""


_PATTERN = _Option(f"{', '.join(_LENGTHS)}, or a CLDR pattern such as d MMM y", _is_pattern, _pattern_meant)
_WORD = _Option("text of at most 100 characters", _is_short_text)
_CURRENCY = _Option(
    "an ISO 4217 code such as USD", lambda value: isinstance(value, str) and is_currency(value, "en")
)
_FLAG = _Option("true or false", lambda value: isinstance(value, bool))
_DECIMALS = _Option("a whole number from 0 to 10", lambda value: type(value) is int and 0 <= value <= 10)
_LENGTH = _Option("a whole number from 1 to 65536", lambda value: type(value) is int and 1 <= value <= 65536)

OPTIONS: Mapping[str, Mapping[str, _Option]] = {
    "money": {"currency": _CURRENCY, "minor_units": _FLAG},
    "date": {"pattern": _PATTERN},
    "datetime": {"pattern": _PATTERN},
    "since": {},
    "number": {"decimals": _DECIMALS},
    "yes/no": {"yes": _WORD, "no": _WORD},
    "text": {"length": _LENGTH},
}
"""The formats and their options."""


def make_format(spec: Any, formatter: Formatter, *, now: Clock = lambda: datetime.now(UTC)) -> FieldFormat:
    """Make the format that settings ask for: a name, or a table with ``type`` and options.

    ``now`` is the clock of ``since`` and answers an aware time. The format answers None for None, and
    raises Unwritable for what it cannot write. Raises FormatError for a format or an option that
    there is not.
    """
    name, options = _read(spec)
    makers: Mapping[str, Callable[..., FieldFormat]] = {
        "money": writings.money,
        "date": writings.date_in_words,
        "datetime": writings.datetime_in_words,
        "number": writings.number,
        "yes/no": writings.yes_no,
        "text": writings.text,
    }
    if name == "since":
        return _safe(writings.since(formatter, now), name)
    return _safe(makers[name](formatter, **options), name)


def _read(spec: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(spec, str):
        name, options = spec, {}
    elif isinstance(spec, Mapping) and isinstance(spec.get("type"), str):
        name, options = spec["type"], {key: value for key, value in spec.items() if key != "type"}
    else:
        raise FormatError(f"give the name of a format, or a table with a type: {_list(OPTIONS)}.")
    if name not in OPTIONS:
        raise FormatError(f"There is no format {name!r}; {_nearest(name, OPTIONS)}")
    for key, value in options.items():
        option = OPTIONS[name].get(key)
        if option is None:
            known = OPTIONS[name]
            advice = _nearest(key, known) if known else "it takes none."
            raise FormatError(f"The format {name} has no option {key!r}; {advice}")
        if not option.is_valid(value):
            hint = f"; {meant}" if (meant := option.meant(value)) else ""
            raise FormatError(f"The format {name}: {key} must be {option.allowed}{hint}.")
    return name, options


def _nearest(given: Any, known: Mapping[str, Any]) -> str:
    near = get_close_matches(str(given), known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{hint}Known are: {_list(known)}."


def _list(known: Mapping[str, Any]) -> str:
    return ", ".join(known)


def _safe(write: FieldFormat, name: str) -> FieldFormat:
    """Let a format raise nothing but Unwritable: it meets whatever a source gives."""

    def written(value: Any) -> Any:
        if value is None:
            return None
        try:
            return write(value)
        except Unwritable:
            raise
        except Exception:  # noqa: BLE001 - the value is somebody else's object; it leaves as it is
            raise Unwritable(f"the format {name} cannot write a {type(value).__name__}") from None

    return written
