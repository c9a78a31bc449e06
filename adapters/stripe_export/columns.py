"""Stripe's columns, found by what they are called and never by where they stand.

Stripe has renamed columns more than once and lets people export any subset in any order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from adapters.errors import SourceDataError
from adapters.exports.reader import ExportFile
from adapters.stripe_export.known_columns import STRIPES_OWN

CARD: Mapping[str, Sequence[str]] = {
    "card_brand": ("card_brand", "card_type"),
    "card_last4": ("card_last4", "card_last_4", "last4"),
    "card_exp_month": ("card_exp_month",),
    "card_exp_year": ("card_exp_year",),
}

ALIASES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "customers": {
        "id": ("id", "customer_id"),
        "email": ("email", "customer_email"),
        "created": ("created", "created_date"),
        "delinquent": ("delinquent",),
        "plan": ("plan", "plan_name"),
        "status": ("status",),
        "cancel_at_period_end": ("cancel_at_period_end",),
        **CARD,
    },
    "payments": {
        "id": ("id", "charge_id", "payment_id"),
        "created": ("created_date", "created"),
        "amount": ("amount",),
        "amount_refunded": ("amount_refunded",),
        "currency": ("currency",),
        "status": ("status",),
        "captured": ("captured",),
        "mode": ("mode", "livemode", "live_mode"),
        "customer_id": ("customer_id", "customer"),
        "customer_email": ("customer_email", "email"),
        "dispute_status": ("dispute_status",),
        "intent": ("paymentintent_id", "payment_intent_id", "payment_intent"),
        **CARD,
    },
    "subscriptions": {
        "id": ("id", "subscription_id"),
        "customer_id": ("customer_id", "customer"),
        "customer_email": ("customer_email", "email"),
        "plan": ("plan", "plan_name", "plan_price_id", "plan_id", "price_id"),
        "status": ("status",),
        "created": ("created", "created_date", "start_date", "start"),
        "current_period_end": ("current_period_end",),
        "trial_end": ("trial_end",),
        "canceled_at": ("canceled_at", "cancelled_at"),
        "ended_at": ("ended_at",),
        "cancel_at_period_end": ("cancel_at_period_end",),
        "cancellation_reason": ("cancellation_reason",),
    },
    "invoices": {
        "id": ("id", "invoice_id"),
        "customer_id": ("customer", "customer_id"),
        "customer_email": ("customer_email", "email"),
        "created": ("date", "created", "created_date", "finalized_at"),
        "number": ("number", "invoice_number"),
        "status": ("status",),
        "paid": ("paid",),
        "forgiven": ("forgiven",),
        "closed": ("closed",),
        "currency": ("currency",),
        "total": ("total", "amount_due", "amount"),
        "amount_due": ("amount_due", "total", "amount"),
        "amount_paid": ("amount_paid",),
        "due": ("due_date",),
    },
}
"""For each kind of export, our name of a column and Stripe's, old and new, as normalise() writes them."""

REQUIRED: Mapping[str, Sequence[str]] = {
    "customers": ("id", "email"),
    "payments": ("created", "amount", "currency", "status"),
    "subscriptions": ("id", "status"),
    "invoices": ("id", "created", "currency", "total"),
}
"""The columns without which an export of that kind says nothing."""

TIMES = frozenset({"created", "current_period_end", "trial_end", "canceled_at", "ended_at", "due"})
"""The columns that hold times, in all kinds."""

METADATA = " (metadata)"


def normalise(header: str) -> str:
    """Write a column's name without case, zone and punctuation: ``Created date (UTC)`` → ``created_date``.

    So programs write it that store exports, with the zone: ``created_utc``.
    """
    return re.sub(r"[^a-z0-9]+", "_", header.lower()).strip("_").removesuffix("_utc")


def find(kind: str, names: Sequence[str]) -> dict[str, str]:
    """Map our names of the columns to the file's own, as far as it has them."""
    by_name = {normalise(name): name for name in reversed(names) if not is_metadata(name)}
    columns = {}
    for ours, theirs in ALIASES[kind].items():
        known = [by_name[name] for name in theirs if name in by_name]
        if known:
            columns[ours] = known[0]
    return columns


def address_in(kind: str) -> str:
    """Answer our name of the column that holds the address."""
    return "email" if "email" in ALIASES[kind] else "customer_email"


def is_metadata(name: str) -> bool:
    """Tell whether a column is one that the company itself wrote at Stripe."""
    return name.lower().endswith(METADATA) and bool(key_of(name))


def metadata_in(names: Sequence[str]) -> dict[str, str]:
    """Map the keys of metadata to the names of their columns: ``user_id`` → ``user_id (metadata)``."""
    return {key_of(name): name for name in names if is_metadata(name)}


def key_of(name: str) -> str:
    """Answer the key of a column of metadata."""
    return name[: -len(METADATA)].strip()


def unused(kind: str, names: Sequence[str]) -> list[str]:
    """Name the columns that are Stripe's and of which nothing is made."""
    return [name for name in _left(kind, names) if is_metadata(name) or normalise(name) in STRIPES_OWN]


def unrecognised(kind: str, names: Sequence[str]) -> list[str]:
    """Name the columns that no export of Stripe's is known to have."""
    left = _left(kind, names)
    return [name for name in left if not is_metadata(name) and normalise(name) not in STRIPES_OWN]


def _left(kind: str, names: Sequence[str]) -> list[str]:
    used = set(find(kind, names).values())
    return [name for name in names if name not in used]


def resolve(kind: str, export: ExportFile) -> dict[str, str]:
    """Map our names of the columns to the file's own.

    Raises SourceDataError naming the required columns that the file does not have, and one with times of
    another zone.
    """
    names = export.header.names
    columns = find(kind, names)
    where = f"{export.path}: line {export.header.line}"
    if elsewhere := _of_another_zone(kind, names):
        raise SourceDataError(f"{where}: the times of {elsewhere!r} are not in UTC: export them in UTC")
    if missing := [ours for ours in REQUIRED[kind] if ours not in columns]:
        hint = _hint(kind, missing[0], [normalise(name) for name in names], found=len(columns))
        listed = " and none ".join(map(repr, missing))
        raise SourceDataError(f"{where}: there is no column {listed}{hint}")
    return columns


def _of_another_zone(kind: str, names: Sequence[str]) -> str:
    """Name a column that would be one of ours without the zone in its name; "" for none."""
    known = {theirs for ours in TIMES & ALIASES[kind].keys() for theirs in ALIASES[kind][ours]}
    for name in names:
        of_zone = re.fullmatch(r"(.+)\(([^()]+)\)", name)
        if of_zone and of_zone[2].lower() not in {"utc", "metadata"} and normalise(of_zone[1]) in known:
            return name
    return ""


def _hint(kind: str, missing: str, names: Sequence[str], *, found: int) -> str:
    """Say what a first line without a required column probably is, and what to do."""
    if found == 0 or len([name for name in names if name]) == 1:
        return (
            " and this line looks like a title: delete the lines above the header, so that the file begins "
            f"with the names of the columns, separated by commas; or is it no export of {kind}?"
        )
    near = get_close_matches(missing, names, n=1)
    nearest = f" (the nearest is {near[0]!r})" if near else ""
    return f"{nearest}; is it an export of {kind}? Choose all columns when exporting"
