"""A plain function of the company's own: ten lines, and no package."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from marshmallow import Schema, fields, validate

from adapters.base import CustomerSource, Finding
from adapters.errors import SourceConfigError, SourceDataError, SourceError, SourceUnavailable
from adapters.options import FilePattern
from adapters.typed_dicts import outline_of

PROBE = "nobody@invalid"
"""An address that no customer has: the name ``invalid`` is reserved by RFC 2606."""

Function = Callable[[str], Any]


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
        return cls(_imported(options["target"], options["folder"]), options["target"])

    def lookup(self, email: str) -> Mapping[str, Any] | None:
        """Answer what the function answers, or the first where it answers several."""
        records = self.lookup_all(email)
        return records[0] if records else None

    def lookup_all(self, email: str) -> Sequence[Mapping[str, Any]]:
        """Answer the record, or the records, that the function answers."""
        try:
            answer = self._function(email)
            if answer is None:
                return ()
            return [self._record(one) for one in (answer if isinstance(answer, list | tuple) else (answer,))]
        except SourceError:
            raise
        except Exception as error:  # noqa: BLE001 - told anew: the text of other people's errors may hold anything
            raise SourceUnavailable(
                f"{self._name} raised {_told(error, self._function.__module__)}"
            ) from None

    def _record(self, record: Any) -> dict[Any, Any]:
        if not isinstance(record, Mapping):
            kind = type(record).__name__
            raise SourceDataError(
                f"{self._name} answered {kind}: let it return a dict, a list of them, or None"
            )
        return {key: _own(value) for key, value in record.items()}

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


def _told(error: Exception, module: str) -> str:
    """Name an error and the innermost line of a module that it passed through; its text may hold anything."""
    trace, line = error.__traceback__, ""
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == module:
            line = f" in line {trace.tb_lineno} of {module}"
        trace = trace.tb_next
    return f"{type(error).__name__}{line}"


def _own(value: Any) -> Any:
    """Copy what can be changed: a function may answer what it goes on using."""
    if isinstance(value, dict):
        return {key: _own(inner) for key, inner in value.items()}
    return [_own(inner) for inner in value] if isinstance(value, list | tuple) else value


def _imported(target: str, folder: str) -> Function:
    module_name, _, path = target.partition(":")
    folder = str(Path(folder).resolve())
    if folder not in sys.path:
        # Last, so that no file beside the settings takes the place of an installed module.
        sys.path.append(folder)
    try:
        found: Any = import_module(module_name)
    except Exception as error:  # noqa: BLE001 - a module that is imported runs, and may raise anything
        raise SourceConfigError(_why_not(error, module_name, folder)) from None
    where = getattr(found, "__file__", None) or "built into Python"
    for name in path.split("."):
        if not hasattr(found, name):
            raise SourceConfigError(f"there is no {path} in the module {module_name} ({where})")
        found = getattr(found, name)
    return _checked(found, target)


def _why_not(error: Exception, module: str, folder: str) -> str:
    if isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}."):
        return f"there is no module {error.name} in {folder} or among the installed packages"
    told = (
        f"{type(error).__name__}: {error}"
        if isinstance(error, ImportError | SyntaxError)
        else _told(error, module)
    )
    return f"the module {module} cannot be imported: {told}"


def _checked(function: Any, target: str) -> Function:
    if not callable(function):
        raise SourceConfigError(f"{target} is no function, but {type(function).__name__}")
    if inspect.iscoroutinefunction(function):
        raise SourceConfigError(f"{target} is an async function: give a plain one")
    try:
        inspect.signature(function).bind(PROBE)
    except TypeError:
        raise SourceConfigError(f"{target} must take one argument, the address") from None
    except ValueError:
        pass  # it is written in C and does not say what it takes
    checked: Function = function
    return checked
