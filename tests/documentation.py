"""Writes the parts of the documentation that are made from schemas: ``python tests/documentation.py``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from marshmallow import Schema

from adapters import registry
from adapters.stripe_export.fields import FIELDS
from webhook_server.config.schemas import CacheSchema, IdentitySchema, ProfileSchema, ServerSchema
from webhook_server.config.source_schema import SourceSchema

ROOT = Path(__file__).parent.parent
MADE = re.compile(r"(<!-- made: (options|fields|settings) ?(\w*) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(schema: type[Schema]) -> str:
    """Write a schema's fields as a table."""
    rows = ["| Key | Meaning |", "|---|---|"]
    for name, field in schema().fields.items():
        required = " (required)" if field.required else ""
        rows.append(f"| `{field.data_key or name}` | {field.metadata['description']}{required} |")
    return "\n".join(rows)


def part(kind: str, name: str) -> str:
    """Write what stands after one marker."""
    if kind == "settings":
        heads = {
            "`[server]`": ServerSchema,
            "`[profile]`": ProfileSchema,
            "`[identity]`": IdentitySchema,
            "`[cache]`": CacheSchema,
            "`[[sources]]`": SourceSchema,
        }
        tables = "\n\n".join(f"### {head}\n{table(schema)}" for head, schema in heads.items())
        pages = ", ".join(f"[`{name}`](adapters/{name}.md)" for name in registry.installed())
        return f"{tables}\n\nEvery type of source has options of its own: {pages}."
    if kind == "fields":
        rows = [f"| `{field}` | {meaning} |" for field, meaning in FIELDS.items()]
        return "\n".join(["| Field | What it is, and the column it comes from |", "|---|---|", *rows])
    return f"## Options\n{table(registry.load(name).options)}"


def is_missing(name: str) -> bool:
    """Tell whether an adapter cannot be imported, so that its page stays as it is."""
    return name in registry.installed() and name not in registry.loadable()[0]


def renewed(text: str) -> str:
    """Write a page's text with every part between the markers made anew."""
    return MADE.sub(
        lambda mark: mark[0] if is_missing(mark[3]) else f"{mark[1]}{part(mark[2], mark[3])}\n{mark[4]}", text
    )


def pages() -> list[Path]:
    """List the pages that hold such a part."""
    return [page for page in sorted((ROOT / "docs").rglob("*.md")) if MADE.search(page.read_text("utf-8"))]


if __name__ == "__main__":
    for problem in registry.loadable()[1]:
        print(f"Left as it is: {problem}", file=sys.stderr)
    for page in pages():
        page.write_text(renewed(page.read_text("utf-8")), encoding="utf-8")
