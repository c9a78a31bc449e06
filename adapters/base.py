"""The interface that every data source implements, and the values it may answer with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, ClassVar, Literal, Self

from marshmallow import Schema

from adapters.errors import SourceDataError

MOST_FIELDS = 100_000
"""Names that are read of field_names(): one that never ends would be read for ever."""

OptionsSchema = type[Schema]
"""A marshmallow schema class: the name that stays free where a class has a ``type`` of its own."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency; the server writes it by the profile's locale (``$150.00``).

    ``amount`` is in major units (dollars, not cents) and exact; ``currency`` is an ISO 4217 code in
    capitals.
    """

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that is there and cannot be read; the server leaves its field out and tells why.

    So that it costs its own field and not the whole record. ``reason`` names the column and what was
    expected, and never holds the value.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a source's :meth:`~CustomerSource.check` found.

    ``message`` says what was found and ``fix`` what to do about it; neither holds a secret or a
    customer's data. ``id`` is stable, so that a finding can be looked up or ignored. ``still_serves`` says of
    an error that the source goes on with what it had before.
    """

    id: str
    severity: Literal["ok", "warning", "error"]
    message: str
    fix: str = ""
    still_serves: bool = False


class CustomerSource(ABC):
    """A place that knows something about customers, found by e-mail address.

    One instance serves many threads at once and stays usable after ``fork()``: connect on first use,
    never in the constructor.
    """

    type: ClassVar[str]
    """The name under which settings ask for this source: ``type = "sql"``."""

    options: ClassVar[OptionsSchema]
    """The settings this source takes, each field described in its metadata."""

    is_local: bool = False
    """Whether a lookup reads only memory or a local file, and so is made without a thread of its own."""

    keeps_time: bool = False
    """Whether a lookup ends when the caller's time does, whatever becomes of the data source.

    The caller's time is what ``adapters.time_limit.seconds_left()`` tells. Such a source may be asked in the
    thread that waits for it; every other remote one gets a thread of its own, which is left behind.
    """

    @classmethod
    @abstractmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Make a source from options that its schema has loaded.

        Does no I/O. Raises SourceConfigError where options that are each valid contradict each other.
        """

    @abstractmethod
    def lookup(self, email: str) -> Mapping[str, Any] | None:
        """Answer what is known of one address, or None for "no such customer".

        The mapping may be nested and belongs to the caller, who may change it. Values are those of
        JSON, and Decimal, datetime, date, time, timedelta, UUID, Enum and Money; Unreadable stands for
        one that cannot be read. Raises SourceUnavailable when the data source does not answer and
        SourceDataError when it answers nonsense.
        """

    def lookup_all(self, email: str) -> Sequence[Mapping[str, Any]]:
        """Answer every record of one address, best first; none for "no such customer".

        Override it where an address may have several; what becomes of them is the settings' choice. The
        server takes 1,000 of them, and looks whether there is one more, so that it can say so.
        Raises what lookup() raises.
        """
        record = self.lookup(email)
        return () if record is None else (record,)

    def why_unknown(self, email: str) -> str:
        """Say why an address is unknown though something was found for it; empty where nothing was.

        Only people who ask for reasons call it, after a lookup. Never holds a value of a customer's. Raises
        what lookup() raises.
        """
        return ""

    def doubt_of_key(self, lookup_by: str) -> str:
        """Say what is odd about lookups by this field of another source's answer, or by the address ("").

        Empty where nothing is: settings that can find nobody are told before anybody misses a field.
        """
        return ""

    def narrow(self, may_give: Callable[[str], bool]) -> None:
        """Learn which fields of a record can become part of a profile, before the first lookup.

        ``may_give`` takes the name of a field of the record's own level. Of any other, lookup() must still
        say that it is there, but its value is never looked at, so that a source may save itself the work of
        reading it. Not called where settings take several records of an address.
        """

    def field_names(self) -> Iterable[str]:
        """Name the fields that a lookup may answer, as far as that is known without a customer.

        So that people can see beforehand what agents will see. May ask the data source, and raises what
        lookup() raises.
        """
        return ()

    def outlines(self) -> Iterable[Mapping[str, Any]]:
        """Answer records as a lookup nests them, without their values.

        True stands for a boolean, whichever it is, ``b""`` for bytes, which never leave, and None for
        every other value, and where its type is not known.
        Override it where field_names() cannot tell what is nested; together the outlines have every
        field that is known. Raises what field_names() raises.
        """
        names = list(islice(self.field_names(), MOST_FIELDS + 1))
        if len(names) > MOST_FIELDS:
            raise SourceDataError(f"field_names() tells more than {MOST_FIELDS:,} names")
        return (dict.fromkeys(names),)

    def check(self) -> Iterable[Finding]:
        """Report whether the source can do its work: reachable, readable, fresh.

        Platforms ask for it every few seconds (``/readyz``), so it must be quick.
        """
        return ()

    def examine(self) -> Iterable[Finding]:
        """Report all that check() does, and what takes longer to find out: rights, an index used.

        ``custom-profile doctor`` alone asks for it. Reports what is wrong instead of raising it.
        """
        return self.check()

    def close(self) -> None:
        """Give back what the source holds open; calling it again does nothing."""
