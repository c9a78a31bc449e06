"""Finds the function that ``target`` names, and says what is wrong where there is none."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

from adapters import own_code
from adapters.errors import SourceConfigError

PROBE = "nobody@invalid"
"""An address that no customer has: the name ``invalid`` is reserved by RFC 2606."""

Function = Callable[[str], Any]


def imported(target: str, folder: str) -> Function:
    """Answer the function, its module imported. Raises SourceConfigError."""
    module_name, _, path = target.partition(":")
    folder = str(Path(folder).resolve())
    own_code.search(folder)
    before = set(sys.modules)
    try:
        found: Any = import_module(module_name)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - an import runs a module, which may do anything
        _refuse_one_that_is_left_aside(folder)
        raise SourceConfigError(_why_not(error, module_name, folder)) from None
    finally:
        own_code.remember(sys.modules.keys() - before, folder)
    _refuse_one_that_is_left_aside(folder)
    where = getattr(found, "__file__", None) or "built into Python"
    for name in path.split("."):
        if not hasattr(found, name):
            near = _near(name, (known for known in dir(found) if not known.startswith("_")))
            raise SourceConfigError(f"there is no {path} in the module {module_name} ({where}){near}")
        found = getattr(found, name)
    return _checked(found, target)


def _refuse_one_that_is_left_aside(folder: str) -> None:
    if left_aside := own_code.left_aside(folder):
        name, where, own = left_aside
        raise SourceConfigError(
            f"the module {name} comes from another source's folder ({where}), and {own} would never "
            "be called: give one of them another name"
        )


def _why_not(error: BaseException, module: str, folder: str) -> str:
    if isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}."):
        package, _, last = str(error.name).rpartition(".")
        places = getattr(sys.modules.get(package), "__path__", ()) if package else (folder,)
        near = _near(last, _modules_in(places))
        return f"there is no module {error.name} in {folder} or among the installed packages{near}"
    told = (
        f"{type(error).__name__}: {error}"
        if isinstance(error, ImportError | SyntaxError)
        else told_of(error, module)
    )
    return f"the module {module} cannot be imported: {told}"


def _modules_in(places: Iterable[str]) -> Iterator[str]:
    """Name the modules and packages that lie in folders; a package need not have an __init__.py."""
    for place in places:
        try:
            found = list(Path(place).iterdir())
        except OSError:
            continue  # no folder: nothing in it is near
        yield from (path.stem for path in found if path.suffix == ".py" or path.is_dir())


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


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


def told_of(error: BaseException, module: str) -> str:
    """Name an error and the innermost line of a module that it passed through; its text may hold anything."""
    trace, line = error.__traceback__, ""
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == module:
            line = f" in line {trace.tb_lineno} of {module}"
        trace = trace.tb_next
    return f"{type(error).__name__}{line}"
