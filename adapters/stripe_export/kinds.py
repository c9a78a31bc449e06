"""Which kind of Stripe's exports a file is, and of which generation: its header tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from adapters.errors import SourceDataError
from adapters.exports.header import Header, Recognises
from adapters.exports.reader import ExportFile, open_export
from adapters.stripe_export.columns import ALIASES, REQUIRED, find, normalise, resolve
from adapters.stripe_export.other_exports import OtherExportError, other_kind_of, other_kind_of_ids

KINDS = ("customers", "payments", "subscriptions", "invoices")
"""In the order in which they tell the address of a customer id."""

TELLING: Mapping[str, frozenset[str]] = {
    "subscriptions": frozenset(
        {"current_period_end", "current_period_start", "trial_end", "trial_start", "interval", "quantity"}
    ),
    "invoices": frozenset(
        {"amount_due", "amount_paid", "due_date", "subtotal", "finalized_at", "forgiven", "total"}
    ),
    "payments": frozenset(REQUIRED["payments"]) | {"created_date"},
    "customers": frozenset({"email", "delinquent", "customer_email"}),
}
"""What a header has that only this kind has, or no kind before it in this order."""

NO_CUSTOMERS = frozenset(
    {"amount", "amount_refunded", "captured", "converted_amount", "decline_reason", "dispute_status"}
    | {"disputed_amount", "fee", "invoice_id", "paymentintent_id", "refunded", "refunded_date"}
    | {"seller_message", "statement_descriptor"}
)
"""What payments have and customers never."""


def open_as(name: str, path: Path) -> tuple[str, ExportFile]:
    """Open a file of one kind, or of the one that its header tells where ``name`` is "".

    Raises OtherExportError where it is another export of Stripe's; SourceDataError where it is of no kind,
    naming what it lacks of the nearest, or where its header tells another; and what opening a file raises.
    """
    export = open_export(path, recogniser(name))
    names, where = export.header.names, f"{path}: line {export.header.line}"
    if other := other_kind_of(names):
        raise OtherExportError(where, other)
    told = kind_of(names)
    if name == "customers" and {normalise(column) for column in names} & NO_CUSTOMERS:
        told = told or _nearest_kind(names)
    # Of these two any export has the columns that are needed.
    if name in {"customers", "subscriptions"} and told not in {name, None}:
        raise SourceDataError(f"{where}: this is the header of an export of {told}, not of {name}")
    if other := other_kind_of_ids(export):
        raise OtherExportError(where, other)
    found = name or told
    if found is None:
        if nearest := _nearest_kind(names):
            resolve(nearest, export)
        raise SourceDataError(
            f"{where}: this is no header of an export of {', '.join(KINDS)}; "
            "take the file away, or export it anew with all columns"
        )
    return found, export


def recogniser(kind: str) -> Recognises:
    """Answer what tells a header of a kind of export from a title above it; of any kind for ``""``."""
    if not kind:
        return lambda names: kind_of(names) is not None or bool(other_kind_of(names))
    return lambda names: all(ours in find(kind, names) for ours in REQUIRED[kind])


def kind_of(names: Sequence[str]) -> str | None:
    """Tell by its header which kind of export a file is; None for none of Stripe's."""
    normalised = {normalise(name) for name in names}
    for kind, telling in TELLING.items():
        if kind == "customers" and _is_of_customers(normalised):
            return "subscriptions" if _is_bare_subscription(normalised) else None
        if normalised & telling and recogniser(kind)(names):
            return kind
    return None


def _nearest_kind(names: Sequence[str]) -> str:
    """Tell which kind a header would be of that lacks a column; "" for none."""
    normalised = {normalise(name) for name in names}
    for kind in ("subscriptions", "invoices"):
        if normalised & TELLING[kind]:
            return kind
    if _is_of_customers(normalised):
        return "payments"
    return "customers" if normalised & TELLING["customers"] else ""


def _is_of_customers(normalised: set[str]) -> bool:
    """Tell what has an id of its own and its customer's, or an amount: customers have it, and it is none."""
    whose = {"customer_id", "customer", "customer_email"}
    return bool(normalised & NO_CUSTOMERS) or ("id" in normalised and bool(normalised & whose))


def _is_bare_subscription(normalised: set[str]) -> bool:
    """Tell a subscription that is exported with hardly a column; a payment would have an amount."""
    has_plan = not normalised.isdisjoint(ALIASES["subscriptions"]["plan"])
    return has_plan and "status" in normalised and "amount" not in normalised


def generation_of(kind: str, header: Header) -> str:
    """Say which of Stripe's generations a header is of, as far as it tells."""
    names = {normalise(name) for name in header.names}
    if kind == "payments":
        if "created_date" in names:
            return "today's columns"
        return "older columns" if "seller_message" in names else "oldest columns, or a selection of them"
    if kind == "invoices":
        return "today's columns" if "status" in names else "older columns (Paid, Closed, Forgiven)"
    if kind == "subscriptions":
        return "older columns (Start)" if "start" in names and "created" not in names else "today's columns"
    return "all columns" if "card_last4" in names else "the default columns, or a selection of them"
