"""Finds adapters by name, through the entry-point group ``custom_profile.adapters``.

The adapters of the kit are registered there like everybody else's: this module names none of them,
and imports one only when settings ask for it.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from marshmallow import Schema

from adapters.base import CustomerSource
from adapters.errors import SourceConfigError, place_of
from adapters.options import schema_within

_USUAL = re.compile(r"[a-z][a-z0-9_]*")

ADAPTERS_GROUP = "custom_profile.adapters"


def installed() -> dict[str, EntryPoint]:
    """Map the name of every installed adapter to its entry point, in alphabetical order.

    Of two that different packages call alike, each is under its package's name too: ``its-package:sql``.
    """
    points = sorted(entry_points(group=ADAPTERS_GROUP))
    homes: dict[str, set[str]] = {}
    for point in points:
        homes.setdefault(point.name, set()).add(point.value)
    return {point.name if len(homes[point.name]) == 1 else _qualified(point): point for point in points}


def load(name: str) -> type[CustomerSource]:
    """Import the adapter that settings call ``name``, or ``its-package:name``.

    Raises SourceConfigError where there is none of that name, or it cannot be imported, or it is no
    CustomerSource, or lacks a type or a schema of options.
    """
    points = [
        point for point in entry_points(group=ADAPTERS_GROUP) if name in {point.name, _qualified(point)}
    ]
    if not points:
        raise SourceConfigError(_unknown(name))
    if len({point.value for point in points}) > 1:
        homes = ", ".join(sorted(f"{point.value} ({_distribution(point)})" for point in points))
        spelled = " or ".join(sorted(f"type = {_qualified(point)!r}" for point in points))
        message = (
            f"two adapters are called {name!r}: {homes}; write {spelled}, or uninstall one of the packages"
        )
        raise SourceConfigError(message)
    point = points[0]
    told = f"the adapter {name!r} of {_distribution(point)}"
    try:
        adapter = point.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a module runs at import, and may raise or end
        message = (
            f"{told} cannot be imported: {_problem(error)}; {_remedy(point, error)}, "
            "or leave it out of the settings"
        )
        raise SourceConfigError(message) from None
    if problem := _why_unfit(adapter, point):
        raise SourceConfigError(f"{told}{problem}")
    return adapter  # type: ignore[no-any-return]


def _why_unfit(adapter: Any, point: EntryPoint) -> str:
    """Say what keeps a class from being an adapter; empty where it is one."""
    if not (isinstance(adapter, type) and issubclass(adapter, CustomerSource)):
        return f", {point.value}, is not a CustomerSource"
    options = getattr(adapter, "options", None)
    if not (isinstance(options, type) and issubclass(options, Schema)):
        return f" has no options: give {point.value} a class attribute options, a marshmallow Schema class"
    if not isinstance(getattr(adapter, "type", None), str):
        return f" has no type: give {point.value} a class attribute type = {point.name!r}"
    if missing := getattr(adapter, "__abstractmethods__", None):
        lacks = " and ".join(f"{name}()" for name in sorted(missing))
        return f" cannot be used: {point.value} is unfinished: it lacks {lacks}"
    try:
        _make_all(options)
    except Exception as error:  # noqa: BLE001 - of another package; the text may hold a secret
        where = f"{type(error).__name__} in {place_of(error)}"
        return f" cannot be used: the options of {point.value} cannot be made: {where}; mend it"
    return ""


def _make_all(schema: type[Schema], above: tuple[type[Schema], ...] = ()) -> None:
    """Make a schema and those within it: marshmallow looks for one that is named when it is asked for."""
    for field in schema().fields.values():
        within = schema_within(field)
        if within in (*above, schema):
            raise TypeError("a table of options holds itself")
        if within is not None:
            _make_all(within, (*above, schema))


def doubt_about(name: str, adapter: type[CustomerSource]) -> str:
    """Say what is odd about an adapter that can be used, if anything."""
    plain = name.rpartition(":")[2]
    if adapter.type != plain:
        return f"settings write type = {plain!r}, and its class says type = {adapter.type!r}"
    if not _USUAL.fullmatch(plain):
        return "its name is not of small letters, digits and underscores, as those of other types are"
    return ""


def loadable() -> tuple[dict[str, type[CustomerSource]], list[str]]:
    """Import every adapter; answer those that can be, by name, and what is wrong with each of the others."""
    adapters, problems = {}, []
    for name in installed():
        try:
            adapters[name] = load(name)
        except SourceConfigError as error:
            problems.append(str(error))
    return adapters, problems


def _problem(error: BaseException) -> str:
    """Say what is wrong; the text of an error that a package raises itself may hold a secret."""
    if isinstance(error, ImportError):
        return str(error)
    kind = type(error).__name__
    if isinstance(error, SyntaxError | AttributeError):
        return f"{kind}: {error}"
    return f"{kind} in {place_of(error)}"


def _remedy(point: EntryPoint, error: BaseException) -> str:
    """Name the command that installs what is missing: an entry point names the extra that it needs."""
    if isinstance(error, ModuleNotFoundError) and point.extras and point.dist:
        return f"pip install '{point.dist.name}[{','.join(point.extras)}]'"
    return "install what it needs" if isinstance(error, ImportError) else "mend it"


def _unknown(name: str) -> str:
    names = list(installed())
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}? Installed" if near else "installed"
    return f"there is no adapter {name!r}; {hint} are: {', '.join(names)}"


def _qualified(point: EntryPoint) -> str:
    return f"{_distribution(point)}:{point.name}"


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "an unknown package"
