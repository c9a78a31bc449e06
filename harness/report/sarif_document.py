"""A document of SARIF 2.1.0: rules and findings as code hosts show them beside the lines they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from harness.contract import Severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_PLACES = ("startLine", "startColumn", "endLine", "endColumn")

Region = tuple[int, ...]
"""Line, and as far as known column, last line and last column, from 1."""


@dataclass(frozen=True, slots=True)
class SarifRule:
    """A rule as SARIF tells of it; ``help_text`` says how to mend what breaks it, ``markdown`` the same."""

    id: str
    severity: Severity
    title: str
    description: str
    help_text: str
    markdown: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SarifEdit:
    """Text to put in the place of a region."""

    region: Region
    text: str


@dataclass(frozen=True, slots=True)
class SarifResult:
    """One finding: where (a file's path or an address, and perhaps a region of it), and what.

    ``fingerprint`` stays the same while words and lines change; ``suppressed`` says why it does not count.
    """

    rule_id: str
    severity: Severity
    message: str
    uri: str
    region: Region | None = None
    edit: SarifEdit | None = None
    fingerprint: str = ""
    suppressed: str = ""


def sarif_document(
    rules: Iterable[SarifRule],
    results: Iterable[SarifResult],
    *,
    exit_code: int | None = None,
    properties: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Make the document of one run; every result's rule must be among the rules."""
    listed = list(rules)
    indexes = {rule.id: index for index, rule in enumerate(listed)}
    driver = {
        "name": "custom-profile",
        "semanticVersion": version("custom-profile-kit"),
        "rules": [_rule(rule) for rule in listed],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(result, indexes[result.rule_id]) for result in results],
    }
    if exit_code is not None:
        run["invocations"] = [{"executionSuccessful": exit_code != 3, "exitCode": exit_code}]
    if properties:
        run["properties"] = dict(properties)
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: SarifRule) -> dict[str, Any]:
    told = {"text": rule.help_text} | ({"markdown": rule.markdown} if rule.markdown else {})
    document: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.description},
        "help": told,
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }
    if rule.tags:
        document["properties"] = {"tags": list(rule.tags)}
    return document


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
    if result.fingerprint:
        document["partialFingerprints"] = {"finding/v1": result.fingerprint}
    if result.suppressed:
        document["suppressions"] = [{"kind": "external", "justification": result.suppressed}]
    if result.edit:
        change = {
            "artifactLocation": {"uri": result.uri},
            "replacements": [
                {"deletedRegion": _region(result.edit.region), "insertedContent": {"text": result.edit.text}}
            ],
        }
        document["fixes"] = [{"artifactChanges": [change]}]
    return document


def _region(region: Region) -> dict[str, int]:
    return dict(zip(_PLACES, region, strict=False))
