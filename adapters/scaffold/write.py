"""Writes the package of a new adapter: a source that works, its options, its contract test, its README."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from string import Template
from unicodedata import combining, normalize

from adapters.errors import SourceConfigError
from adapters.registry import installed

LONGEST = 40
"""Characters of a type."""

_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST - 1}}}")
_FILES = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "adapter.py.txt": "src/{module}/__init__.py",
    "typed.txt": "src/{module}/py.typed",
    "test_contract.py.txt": "tests/test_contract.py",
}
"""The templates, and where each goes in the package."""


def write_package(name: str, folder: Path) -> list[Path]:
    """Write the package of an adapter into a new folder, and answer the files.

    Raises SourceConfigError for a name that no adapter can have, or where the folder is there already.
    """
    refuse_name(name)
    if folder.exists():
        raise SourceConfigError(f"{folder} is there already; nothing was written")
    module = f"custom_profile_{name}"
    words = {
        "name": name,
        "module": module,
        "distribution": module.replace("_", "-"),
        "class_name": "".join(part.capitalize() for part in name.split("_")) + "Source",
        "kit": ".".join(version("custom-profile-kit").split(".")[:2]),
    }
    written = []
    for template, target in _FILES.items():
        path = folder / target.format(module=module)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = files(__package__).joinpath("package", template).read_text("utf-8")
        path.write_text(Template(text).substitute(words), encoding="utf-8")
        written.append(path)
    return written


def refuse_name(name: str) -> None:
    """Refuse what cannot be the type of a source. Raises SourceConfigError, with a name that can."""
    if _NAME.fullmatch(name) and not keyword.iskeyword(name):
        if name in installed():
            raise SourceConfigError(
                f"an adapter of the name {name!r} is installed already; take another name"
            )
        return
    raise SourceConfigError(f"{name!r} cannot be the type of a source: {_why_not(name)}")


def _why_not(name: str) -> str:
    if keyword.iskeyword(name):
        return f"it is a word of Python's own; take another, such as {name}_source"
    if len(name) > LONGEST:
        return f"it has {len(name)} characters, and {LONGEST} are the most"
    better = re.sub(r"[^a-z0-9]+", "_", _plain(name).lower()).strip("_")
    hint = f", such as {better}" if _NAME.fullmatch(better) and not keyword.iskeyword(better) else ""
    return f"take small letters, digits and underscores, a letter first{hint}"


def _plain(name: str) -> str:
    """Take the marks off letters: Ü becomes U."""
    return "".join(letter for letter in normalize("NFKD", name) if not combining(letter))


def templates() -> Iterator[str]:
    """Name the templates that the package is made of."""
    yield from _FILES
