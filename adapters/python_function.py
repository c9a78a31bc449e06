"""A plain function of the company's own: ten lines, and no package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Self

from marshmallow import Schema, fields, validate

from adapters.base import CustomerSource, Finding
from adapters.errors import SourceDataError, SourceError, SourceUnavailable
from adapters.options import FilePattern
from adapters.python_target import PROBE, Function, imported, told_of
from adapters.typed_dicts import outline_of

MOST_ENTRIES = 20_001
"""Entries of one record that are read: one more than the server looks at, so that it can tell of it."""

MOST_LEVELS = 100
"""Levels of a record that are copied; the server drops what is nested a fifth as deeply."""

STUMBLES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a function raises that cannot take a record: another customer's may be in order."""


class PythonOptions(Schema):
    """The options of ``type = "python"``."""

    target = fields.String(
        required=True,
        validate=validate.Regexp(
            r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*\Z",
            error="Write the module and the function, as in mycompany.profile:lookup.",
        ),
        metadata={"description": "The module and the function in it, as in `mycompany.profile:lookup`."},
    )
    folder = FilePattern(
        load_default=".",
        metadata={"description": "The folder that the module lies in (default: that of the settings file)."},
    )


class PythonSource(CustomerSource):
    """A source that calls a function with the address."""

    type = "python"
    options = PythonOptions

    def __init__(self, function: Function, name: str = "the function") -> None:
        self._function = function
        self._name = name

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Make the source; imports the function's module. Raises SourceConfigError."""
        return cls(imported(options["target"], options["folder"]), options["target"])

    def lookup(self, email: str) -> Mapping[str, Any] | None:
        """Answer what the function answers, or the first where it answers several."""
        records = self.lookup_all(email)
        return records[0] if records else None

    def lookup_all(self, email: str) -> Sequence[Mapping[str, Any]]:
        """Answer the record, or the records, that the function answers.

        Raises SourceDataError where it stumbles over one customer's record, SourceUnavailable otherwise.
        """
        answer = self._called(email)
        if answer is None:
            return ()
        return [self._record(one) for one in (answer if isinstance(answer, list | tuple) else (answer,))]

    def _called(self, email: str) -> Any:
        try:
            return self._function(email)
        except SourceError:
            raise
        except STUMBLES as error:
            raise SourceDataError(self._told(error)) from None
        except Exception as error:  # noqa: BLE001 - told anew: the text of other people's errors may hold anything
            raise SourceUnavailable(self._told(error)) from None

    def _told(self, error: Exception) -> str:
        return f"{self._name} raised {told_of(error, self._function.__module__)}"

    def _record(self, record: Any) -> dict[Any, Any]:
        if not isinstance(record, Mapping):
            kind = type(record).__name__
            raise SourceDataError(
                f"{self._name} answered {kind}: let it return a dict, a list of them, or None"
            )
        own = _OwnCopies()
        try:
            return {key: own.of(value) for key, value in islice(record.items(), MOST_ENTRIES)}
        except Exception as error:  # noqa: BLE001 - a mapping of somebody's own may do anything
            raise SourceDataError(
                f"{self._name} answered {type(record).__name__}, whose entries cannot be read "
                f"({type(error).__name__})"
            ) from None

    def field_names(self) -> Iterable[str]:
        """Name the fields of the TypedDict that the function says it returns; none where it does not."""
        return outline_of(self._function)

    def outlines(self) -> Iterable[Mapping[str, Any]]:
        """Answer that TypedDict without values."""
        return (outline_of(self._function),)

    def check(self) -> Iterable[Finding]:
        """Report whether the function answers for an address that nobody has."""
        try:
            self.lookup_all(PROBE)
        except SourceError as error:
            yield Finding("python-lookup", "error", str(error), "Mend the function, or what it asks.")
        else:
            yield Finding("python-lookup", "ok", f"{self._name} answers")


class _OwnCopies:
    """Copies what can be changed, each object once: a function may answer what it goes on using.

    So what holds itself, or stands in many places, does so in the copy too.
    """

    def __init__(self) -> None:
        self._made: dict[int, Any] = {}

    def of(self, value: Any, depth: int = 1) -> Any:
        """Answer a copy of dicts and lists; what is nested too deeply for a profile stays as it is."""
        if not isinstance(value, dict | list | tuple) or depth > MOST_LEVELS:
            return value
        made = self._made.get(id(value))
        if made is not None:
            return made
        if isinstance(value, dict):
            copied: dict[Any, Any] = {}
            self._made[id(value)] = copied
            copied.update((key, self.of(inner, depth + 1)) for key, inner in value.items())
            return copied
        items: list[Any] = []
        self._made[id(value)] = items
        items.extend(self.of(inner, depth + 1) for inner in value)
        return items
