"""Fields that do not leave as their source gives them, and settings that can do nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from webhook_server.doctor.diagnosis import Diagnosis
from webhook_server.profile.changes import Change
from webhook_server.profile.inventory import UNTOLD, YES_OR_NO_LEAVES
from webhook_server.profile.service import ProfileService

SHOWN = 8
"""How many fields a finding names."""

OVERRIDDEN = "the helpdesk overrides"
"""How the reason of a change begins where a name is the helpdesk's own."""

EARLIER = "an earlier source gives"
"""How it begins where two sources give a field of one name."""


def examine(service: ProfileService) -> Iterator[Diagnosis]:
    """Report on the fields, as far as sources tell them without a customer."""
    inventory = service.inventory()
    count = len(inventory.fields)
    if count:
        told = f"agents can see {count} {'field' if count == 1 else 'fields'}: custom-profile fields"
        yield Diagnosis("fields", "ok", "fields", told)
    elif not inventory.silent:
        fix = "Let a source give some, and [profile] fields list them."
        yield Diagnosis("fields", "error", "fields", "no field ever leaves", fix)
    for name, reason in inventory.silent.items():
        told = f"its fields are not known: {reason}"
        if reason == UNTOLD:
            yield Diagnosis("fields-untold", "ok", f"source {name}", told)
        else:
            yield Diagnosis("fields-untold", "warning", f"source {name}", told, "Mend that source first.")
    for doubt in inventory.doubts:
        fix = "Correct the name, or take the setting away."
        yield Diagnosis("setting-without-effect", "warning", doubt.key, doubt.message, fix)
    changes = [change for change in inventory.changes if _matters(change, inventory.fields)]
    for source in dict.fromkeys(change.source for change in changes):
        yield from _changes(source, [change for change in changes if change.source == source])


def _matters(change: Change, leaving: Mapping[str, str]) -> bool:
    """Tell whether a change is about a field that would leave otherwise, or leaves under another name."""
    if change.kind == "renamed":
        return change.became in leaving
    return change.kind != "shadowed" or not change.reason.startswith(EARLIER) or change.key in leaving


def _changes(source: str, changes: Sequence[Change]) -> Iterator[Diagnosis]:
    where = f"source {source}" if source else "fields"
    if taken := [one for one in changes if one.kind == "renamed" and one.reason.startswith(OVERRIDDEN)]:
        names = _names([f"{change.key} → {change.became}" for change in taken])
        told = f"the helpdesk always overrides these names, so they leave under others: {names}"
        pairs = ", ".join(f'{change.key} = "{change.became}"' for change in taken[:SHOWN])
        fix = f"Name them yourself, for example: rename = {{ {pairs} }}"
        yield Diagnosis("field-reserved", "warning", where, told, fix)
    if shadowed := [change.key for change in changes if change.kind == "shadowed"]:
        told = f"an earlier source or field has the same name, so these never leave: {_names(shadowed)}"
        fix = "Rename them or give the source a prefix; or leave them out with its fields."
        yield Diagnosis("field-shadowed", "warning", where, told, fix)
    yield from _withheld(where, [change for change in changes if change.kind == "withheld"])
    if dropped := [change.key for change in changes if change.kind == "dropped"]:
        told = f"these cannot be written and never leave: {_names(dropped)}"
        yield Diagnosis("field-dropped", "warning", where, told, "custom-profile explain says why.")


def _withheld(where: str, changes: Sequence[Change]) -> Iterator[Diagnosis]:
    fix = "Do not ask for them; or allow them by name: [profile] allow."
    told = [(change.key or "one whose name is a secret itself", change.reason) for change in changes]
    if never := [key for key, reason in told if reason != YES_OR_NO_LEAVES]:
        yield Diagnosis("field-withheld", "ok", where, f"these never leave: {_names(never)}", fix)
    if unless := [key for key, reason in told if reason == YES_OR_NO_LEAVES]:
        problem = f"these look like secrets, and no more leaves of them than yes or no: {_names(unless)}"
        yield Diagnosis("field-withheld", "ok", where, problem, fix)


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
