"""Rules of the seventh hundred: the same answer twice, the same keys for everyone, the same as recorded."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract import OUR_CONVENTION
from harness.evidence import Evidence, Fields, Finding, NotAppliedError
from harness.rules.registry import rule
from harness.shapes import Shape

_NOT_FOR_ALL = (
    "Especially using if statements around custom attributes that aren't available for all customers"
)
_ONE = "There is one customer with fields: give --email more than once, or --email-file."
_NONE = "No customer has fields."
_NOT_RECORDED = "There is nothing to compare with: give --against FILE."


@rule(
    "CP701", "warning", "Gives the same answer twice",
    sentence=OUR_CONVENTION,
    fix="Sort what has no order of its own, and leave out what changes with every call, such as the time.",
)  # fmt: skip
def same_twice(evidence: Evidence) -> Iterator[Finding]:
    """The second answer for the first customer has the same keys and values as the first."""
    first = evidence.fields()
    if evidence.again is None:
        raise NotAppliedError("There was one call only: give --calls 2 or more.")
    if evidence.again.fields is None:
        yield Finding(f"The second call gave no fields (status {evidence.again.status}).", "second")
        return
    for key in dict.fromkeys((*first, *evidence.again.fields)):
        if _differ(first, evidence.again.fields, key):
            yield Finding(key, key)


@rule(
    "CP702", "info", "Has the same keys for every customer",
    sentence=_NOT_FOR_ALL,
    fix="Send null for what a customer does not have, or put {% if key %} around it in the template.",
)  # fmt: skip
def same_keys(evidence: Evidence) -> Iterator[Finding]:
    """Each key that one customer has is there for every other that is known."""
    shape = _shape_of_several(evidence)
    for key in shape.types:
        missing = shape.customers - shape.count(key)
        if missing:
            yield Finding(f"{key}: missing for {missing} of {shape.customers} customers", key)


@rule(
    "CP703", "warning", "Has the same types for every customer",
    sentence=OUR_CONVENTION,
    fix="Send one type for a key: a template that compares numbers meets an error when it gets a text.",
)  # fmt: skip
def same_types(evidence: Evidence) -> Iterator[Finding]:
    """The values of a key are of one type for every customer; null is no type."""
    shape = _shape_of_several(evidence)
    for key in shape.types:
        if len(shape.known_types(key)) > 1:
            counts = ", ".join(f"{kind} for {count}" for kind, count in shape.types[key].items())
            yield Finding(f"{key}: {counts}", key)


@rule(
    "CP704", "error", "Has the keys that were recorded",
    sentence=OUR_CONVENTION,
    fix="Bring the key back, or record anew when the change is meant: templates may use it.",
)  # fmt: skip
def recorded_keys(evidence: Evidence) -> Iterator[Finding]:
    """Each recorded key is there for as large a part of the customers as it was, and no key is new."""
    before, now = _recorded(evidence)
    for key in before.types:
        was, is_now = before.count(key) / before.customers, now.count(key) / now.customers
        if is_now < was:
            yield Finding(
                f"{key}: was there for {_share(before, key)}, is there for {_share(now, key)}"
                f" ({was - is_now:.0%} fewer)",
                key,
            )
    for key in now.types:
        if key not in before.types:
            yield Finding(f"{key}: is new, for {_share(now, key)}", key)


@rule(
    "CP705", "error", "Has the types that were recorded",
    sentence=OUR_CONVENTION,
    fix="Send the type that templates were written for, or record anew when the change is meant.",
)  # fmt: skip
def recorded_types(evidence: Evidence) -> Iterator[Finding]:
    """The values of each key are of the types that were recorded for it."""
    before, now = _recorded(evidence)
    for key in before.types:
        for kind in sorted(now.known_types(key) - before.known_types(key)):
            if before.known_types(key):
                was = " or ".join(sorted(before.known_types(key)))
                yield Finding(
                    f"{key}: was {was}, is {kind} for {now.types[key][kind]} of {now.customers} customers",
                    key,
                )


@rule(
    "CP706", "error", "Knows a customer that was asked for",
    sentence="return non-nested JSON for the given email address",
    fix="Give --email the address of a customer that your data has, and see that the webhook finds it.",
    curl="-sS -i",
)  # fmt: skip
def knows_somebody(evidence: Evidence) -> Iterator[Finding]:
    """At least one of the addresses that were given gets fields: else nothing of them could be looked at."""
    everyone = evidence.everyone()
    if not any(fields for _, fields in everyone):
        whose = "the address" if len(everyone) == 1 else f"all {len(everyone):,} addresses"
        yield Finding(
            f"The answer for {whose} that {'was' if len(everyone) == 1 else 'were'} given is an object"
            " without fields: agents see an empty profile.",
            "customers",
        )


def _differ(first: Fields, second: Fields, key: str) -> bool:
    return (key in first) != (key in second) or first.get(key) != second.get(key)


def _shape_of_several(evidence: Evidence) -> Shape:
    shape = Shape.of(fields for _, fields in evidence.everyone())
    if shape.customers < 2:
        raise NotAppliedError(_ONE if shape.customers else _NONE)
    return shape


def _recorded(evidence: Evidence) -> tuple[Shape, Shape]:
    if evidence.recorded is None:
        raise NotAppliedError(_NOT_RECORDED)
    now = Shape.of(fields for _, fields in evidence.everyone())
    if not now.customers or not evidence.recorded.customers:
        raise NotAppliedError(_NONE)
    return evidence.recorded, now


def _share(shape: Shape, key: str) -> str:
    return f"{shape.count(key)} of {shape.customers} customers"
