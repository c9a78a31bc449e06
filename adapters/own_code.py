"""The modules of a company's own that functions come from, which a reload of settings imports anew."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

Modules = dict[str, ModuleType]

_KIT = frozenset({"adapters", "custom_profile", "harness", "webhook_server"})
_INSTALLED = frozenset({"site-packages", "dist-packages"})

_known: set[str] = set()
_folders: list[str] = []


def search(folder: str) -> None:
    """Let modules be found in a folder.

    It comes after all else, so that no file beside the settings takes the place of an installed module, but
    before the folders of other sources: those may be of settings that a reload has replaced.
    """
    if folder in sys.path and folder not in _folders:
        return
    others = [other for other in _folders if other != folder and other in sys.path]
    _folders[:] = [folder, *others]
    sys.path[:] = [*(place for place in sys.path if place not in _folders), *_folders]


def left_aside(folder: str) -> tuple[str, str, Path] | None:
    """Find a module in a folder in whose place one of its name was imported from another source's folder.

    Answers its name, the file that was imported, and the file that is left aside.
    """
    for name in sorted(_known):
        own, found = _file_in(folder, name), getattr(sys.modules.get(name), "__file__", None)
        if own is None or found is None or own == Path(found):
            continue
        if Path(found) in {_file_in(other, name) for other in _folders if other != folder}:
            return name, found, own
    return None


def _file_in(folder: str, name: str) -> Path | None:
    place = Path(folder, *name.split("."))
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)


def remember(names: Iterable[str], folder: str) -> None:
    """Note the modules among ``names`` with files below ``folder``, but for packages that are installed."""
    for name in names:
        file = getattr(sys.modules.get(name), "__file__", None)
        if file is None or name.partition(".")[0] in _KIT:
            continue
        path = Path(file).resolve()
        if path.is_relative_to(folder) and _INSTALLED.isdisjoint(path.parts):
            _known.add(name)


def forget() -> Modules:
    """Let the next import of the modules that were noted read their files; answers those of now."""
    importlib.invalidate_caches()
    forgotten = {name: sys.modules.pop(name) for name in _known if name in sys.modules}
    _known.clear()
    return forgotten


def restore(modules: Modules) -> None:
    """Put forgotten modules back in the place of what was imported since."""
    forget()
    sys.modules.update(modules)
    _known.update(modules)
