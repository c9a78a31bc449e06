"""Stripe's columns, found by what they are called and never by where they stand.

Stripe has renamed columns more than once and lets people export any subset in any order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from adapters.errors import SourceDataError
from adapters.exports.reader import ExportFile

ALIASES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "payments": {
        "id": ("id",),
        "created": ("created_date", "created"),
        "amount": ("amount",),
        "amount_refunded": ("amount_refunded",),
        "currency": ("currency",),
        "status": ("status",),
        "captured": ("captured",),
        "mode": ("mode",),
        "customer_id": ("customer_id", "customer"),
        "customer_email": ("customer_email", "email"),
        "dispute_status": ("dispute_status",),
    },
    "customers": {
        "id": ("id", "customer_id"),
        "email": ("email", "customer_email"),
        "created": ("created",),
        "delinquent": ("delinquent",),
    },
    "subscriptions": {
        "id": ("id", "subscription_id"),
        "customer_id": ("customer_id", "customer"),
        "customer_email": ("customer_email", "email"),
        "plan": ("plan", "plan_name"),
        "status": ("status",),
        "created": ("created",),
        "current_period_end": ("current_period_end",),
    },
}
"""For each kind of export, our name of a column and Stripe's, old and new, as normalise() writes them."""

REQUIRED: Mapping[str, Sequence[str]] = {
    "payments": ("created", "amount", "currency", "status"),
    "customers": ("id", "email"),
    "subscriptions": ("id", "status"),
}
"""The columns without which an export of that kind says nothing."""


def normalise(header: str) -> str:
    """Write a column's name without case, zone and punctuation: ``Created date (UTC)`` → ``created_date``."""
    without_zone = re.sub(r"\(utc\)", "", header.lower())
    return re.sub(r"[^a-z0-9]+", "_", without_zone).strip("_")


def resolve(kind: str, export: ExportFile) -> dict[str, str]:
    """Map our names of the columns to the file's own.

    Raises SourceDataError naming a required column that the file does not have.
    """
    by_name = {normalise(name): name for name in reversed(export.header)}
    columns = {}
    for ours, theirs in ALIASES[kind].items():
        known = [by_name[name] for name in theirs if name in by_name]
        if known:
            columns[ours] = known[0]
    for ours in REQUIRED[kind]:
        if ours not in columns:
            hint = _hint(kind, ours, by_name, found=len(columns))
            raise SourceDataError(f"{export.path}: line 1: there is no column {ours!r}{hint}")
    return columns


def _hint(kind: str, missing: str, by_name: Mapping[str, str], *, found: int) -> str:
    """Say what a first line without a required column probably is, and what to do."""
    if found == 0 or len([name for name in by_name if name]) == 1:
        return (
            " and this line looks like a title: delete the lines above the header, so that the file begins "
            f"with the names of the columns, separated by commas; or is it no export of {kind}?"
        )
    near = get_close_matches(missing, by_name, n=1)
    nearest = f" (the nearest is {by_name[near[0]]!r})" if near else ""
    return f"{nearest}; is it an export of {kind}? Choose all columns when exporting"
