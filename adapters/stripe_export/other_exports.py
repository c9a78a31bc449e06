"""Stripe's other exports, of which nothing is read: payouts, refunds, balance transactions and their kin.

Many of them have all the columns that payments need, and none is a list of charges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.errors import SourceDataError
from adapters.stripe_export.columns import is_metadata, normalise

TELLING: Mapping[str, Sequence[frozenset[str]]] = {
    "balance transactions": (
        frozenset({"available_on"}),
        frozenset({"balance_transaction_id"}),
        frozenset({"reporting_category"}),
    ),
    "payouts": (frozenset({"arrival_date"}), frozenset({"payout_id"}), frozenset({"automatic_payout_id"})),
    "disputes": (
        frozenset({"dispute_id"}),
        frozenset({"evidence_due_by"}),
        frozenset({"network_reason_code"}),
    ),
    "refunds": (
        frozenset({"refund_id"}),
        frozenset({"id", "charge_id"}),
        frozenset({"id", "charge", "reason"}),
    ),
    "transfers": (frozenset({"amount_reversed"}), frozenset({"source_transaction"})),
    "top-ups": (frozenset({"expected_availability_date"}),),
    "prices": (frozenset({"price_id", "product_id", "product_name"}), frozenset({"billing_scheme"})),
    "products": (frozenset({"id", "name", "tax_code"}), frozenset({"unit_label"})),
    "coupons": (frozenset({"percent_off"}), frozenset({"amount_off"})),
    "promotion codes": (frozenset({"times_redeemed"}), frozenset({"max_redemptions"})),
}
"""For each what its header has together and no export that is read does, as normalise() writes it."""

PREFIXES: Mapping[str, Sequence[str]] = {
    "customers": ("cus_",),
    "payments": ("ch_", "pi_", "py_"),
    "subscriptions": ("sub_",),
    "invoices": ("in_",),
}
"""How the ids of a kind begin."""

OTHER_PREFIXES = ("dp_", "du_", "fee_", "po_", "price_", "prod_", "pyr_", "re_", "tr_", "tu_", "txn_")
"""How ids begin that are of nothing that is read."""


class OtherExportError(SourceDataError):
    """Raise where a file is another of Stripe's exports than those that are read: ``kind`` says which."""

    def __init__(self, where: str, kind: str) -> None:
        super().__init__(f"{where}: this is an export of {kind}, of which nothing is read")
        self.kind = kind


def other_kind_of(names: Sequence[str]) -> str:
    """Tell by its header which of Stripe's other exports a file is; "" for none."""
    normalised = {normalise(name) for name in names if not is_metadata(name)}
    for kind, telling in TELLING.items():
        if any(columns <= normalised for columns in telling):
            return kind
    return ""


def prefixes_of_others(kind: str) -> Sequence[str]:
    """Answer how ids begin that are not of a kind."""
    others = [prefix for other, prefixes in PREFIXES.items() if other != kind for prefix in prefixes]
    return [*others, *OTHER_PREFIXES]
