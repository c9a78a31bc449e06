"""Findings as SARIF 2.1.0, which code hosts show beside the lines that they are about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from harness.contract import Severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


@dataclass(frozen=True, slots=True)
class SarifRule:
    """A rule as SARIF tells of it; ``help_text`` says how to mend what breaks it."""

    id: str
    severity: Severity
    title: str
    description: str
    help_text: str


@dataclass(frozen=True, slots=True)
class SarifEdit:
    """Text to put in the place of a region: line and column of its start and end, from 1."""

    region: tuple[int, int, int, int]
    text: str


@dataclass(frozen=True, slots=True)
class SarifResult:
    """One finding: where (a file's path or an address, and perhaps a region of it), and what."""

    rule_id: str
    severity: Severity
    message: str
    uri: str
    region: tuple[int, int, int, int] | None = None
    edit: SarifEdit | None = None


def sarif_document(rules: Iterable[SarifRule], results: Iterable[SarifResult]) -> dict[str, Any]:
    """Make the document of one run; every result's rule must be among the rules."""
    listed = list(rules)
    indexes = {rule.id: index for index, rule in enumerate(listed)}
    driver = {
        "name": "custom-profile",
        "version": version("custom-profile-kit"),
        "rules": [_rule(rule) for rule in listed],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(result, indexes[result.rule_id]) for result in results],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: SarifRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.description},
        "help": {"text": rule.help_text},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(result: SarifResult, rule_index: int) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": result.uri}}
    if result.region:
        location["region"] = _region(result.region)
    document: dict[str, Any] = {
        "ruleId": result.rule_id,
        "ruleIndex": rule_index,
        "level": _LEVELS[result.severity],
        "message": {"text": result.message},
        "locations": [{"physicalLocation": location}],
    }
    if result.edit:
        change = {
            "artifactLocation": {"uri": result.uri},
            "replacements": [
                {"deletedRegion": _region(result.edit.region), "insertedContent": {"text": result.edit.text}}
            ],
        }
        document["fixes"] = [{"artifactChanges": [change]}]
    return document


def _region(region: tuple[int, int, int, int]) -> dict[str, int]:
    return dict(zip(("startLine", "startColumn", "endLine", "endColumn"), region, strict=True))
