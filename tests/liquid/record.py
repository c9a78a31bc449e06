"""Record what Ruby Liquid makes of the templates in rules.toml, into recorded.json.

``python tests/liquid/record.py [CHECKOUT]`` needs ``ruby`` and ``ruby-liquid``, as Debian has them. Debian's
version is older than what the helpdesk is held to, so that CHECKOUT, the folder of a checkout of Ruby Liquid,
is recorded too; without one, what is recorded of it is kept.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RULES, RECORDED, RECORDER = HERE / "rules.toml", HERE / "recorded.json", HERE / "record.rb"
OLDER, NEWER = "5.4.0", "5.13.0"
"""Debian's version, and the one that the harness is held to."""


def cases() -> Iterator[dict[str, Any]]:
    """Read the rules' templates, each with its fields."""
    document = tomllib.loads(RULES.read_text("utf-8"))
    shared = json.loads(document["fields"])
    for rule in document["rule"]:
        fields = {**shared, **json.loads(rule.get("fields", "{}"))}
        for template in rule["templates"]:
            yield {
                "rule": rule["name"],
                "template": template,
                "fields": fields,
                "partials": rule.get("partials"),
            }


def ask_ruby(checkout: Path | None = None) -> tuple[str, list[dict[str, Any]]]:
    """Render every case with Ruby; give the version and the answers."""
    library: Mapping[str, str] = {"LIQUID_LIB": str(checkout / "lib")} if checkout else {}
    lines = "".join(json.dumps(case) + "\n" for case in cases())
    ran = subprocess.run(
        ["ruby", RECORDER],
        input=lines,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        env={**os.environ, "LANG": "C.UTF-8", **library},
    )
    head, *answers = map(json.loads, ran.stdout.strip("\n").split("\n"))
    return head["version"], answers


def main() -> None:
    """Record, and say how much."""
    recorded = json.loads(RECORDED.read_text("utf-8")) if RECORDED.exists() else {}
    for checkout in [None, *map(Path, sys.argv[1:])]:
        version, answers = ask_ruby(checkout)
        recorded[version] = [
            {"rule": case["rule"], "template": case["template"], **answer}
            for case, answer in zip(cases(), answers, strict=True)
        ]
        print(f"Recorded {len(answers)} templates with Ruby Liquid {version}.")
    RECORDED.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
