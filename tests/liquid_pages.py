"""The tables of docs/liquid.md: templates, and what the harness and plain python-liquid make of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from liquid import Environment, Mode
from liquid.exceptions import LiquidError

from harness.liquid import TemplateSyntaxError, render

PAGE = Path(__file__).parent.parent / "docs" / "liquid.md"
_ROW = re.compile(r"^\| `(?P<template>.*)` \| (?P<ours>.*) \| (?P<theirs>.*) \|$", re.MULTILINE)
_FIELDS = re.compile(r"^```json\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PLAIN = Environment(tolerance=Mode.LAX, strict_filters=False)

FIELDS_TEXT = _FIELDS.findall(PAGE.read_text("utf-8"))[0]
FIELDS = json.loads(FIELDS_TEXT)


def rows() -> list[tuple[str, str, str]]:
    """Read the rows of the tables: template, what the harness shows, what python-liquid shows."""
    found = []
    for row in _ROW.finditer(PAGE.read_text("utf-8")):
        template, ours, theirs = (_unmarked(row[name]) for name in ("template", "ours", "theirs"))
        found.append(
            (template, ours, ours if theirs == "the same" else "" if theirs == "nothing" else theirs)
        )
    return found


def _unmarked(cell: str) -> str:
    return cell.replace("\\|", "|").removeprefix("`").removesuffix("`")


def shown_by_us(template: str) -> str:
    """Render as the helpdesk does; a refusal as the page writes it."""
    try:
        return render(template, FIELDS)
    except TemplateSyntaxError as error:
        return f"refused: {error.message}"


def shown_by_python_liquid(template: str) -> str:
    """Render with plain python-liquid in lax mode, unknown filters allowed."""
    try:
        return _PLAIN.from_string(template).render(**FIELDS)
    except LiquidError as error:
        return f"refused: {error.message}"
    except Exception as error:  # noqa: BLE001 - some of Python's own errors come out of it
        return f"{type(error).__name__}"
