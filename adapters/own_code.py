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
